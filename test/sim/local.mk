# SPDX-License-Identifier: MIT
# The simulator: 500 seeds in `make check`; `test/sim/sim --seeds 1..100000` runs more, `--seed N --trace` shows one.

sim_sources = \
	test/sim/main.c \
	test/sim/world.c \
	test/sim/links.c \
	test/sim/hosts.c \
	test/sim/nursery.c \
	test/sim/callers.c \
	test/sim/actors.c \
	test/sim/workload.c \
	test/sim/switch.c \
	test/sim/ledger.c \
	test/sim/checks.c \
	test/sim/memory.c
noinst_HEADERS += \
	test/sim/sim.h \
	test/sim/ledger.h

check_PROGRAMS += test/sim/sim
TESTS += test/sim/sim
test_sim_sim_SOURCES = $(sim_sources)
test_sim_sim_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/test
test_sim_sim_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=strdup
test_sim_sim_LDADD = lib/libtspall.la $(UV_LIBS) $(core_libs)

# Systems that are linked: 500 seeds in `make check`, with the same options.
check_PROGRAMS += test/sim/convention
TESTS += test/sim/convention
noinst_HEADERS += test/sim/convention.h
test_sim_convention_SOURCES = test/sim/convention.c test/sim/convention_wires.c \
	test/sim/convention_ledger.c test/unit/machine.c
test_sim_convention_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/test/unit
test_sim_convention_LDADD = lib/libtspall.la $(UV_LIBS) $(core_libs)

# `make sim SEEDS=N`: both, over so many.
SEEDS = 500
sim: test/sim/sim test/sim/convention
	test/sim/sim --seeds 1..$(SEEDS)
	test/sim/convention --seeds 1..$(SEEDS)
.PHONY: sim

# Thousands of members: `test/sim/crowd 9000`; 200 in `make check`.
check_PROGRAMS += test/sim/crowd
TESTS += test/sim/crowd
noinst_HEADERS += test/sim/crowd.h
test_sim_crowd_SOURCES = test/sim/crowd.c test/sim/crowd_wires.c test/unit/machine.c \
	test/unit/machine_actors.c
test_sim_crowd_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/test/unit
test_sim_crowd_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=strdup \
	-Wl,--wrap=free
test_sim_crowd_LDADD = lib/libtspall.la $(UV_LIBS) $(core_libs)
