# SPDX-License-Identifier: MIT
# `make bench` prints each figure next to a raw baseline of the same run and fails if a limit does not
# hold; `make bench BENCH=short` takes a quick look, `BENCH="load command"` at some only.

bench_sources = \
	test/bench/across.c \
	test/bench/bench.c \
	test/bench/ask.c \
	test/bench/flood.c \
	test/bench/flow.c \
	test/bench/build.c \
	test/bench/bulk.c \
	test/bench/crowd.c \
	test/bench/wakeup.c \
	test/bench/create.c \
	test/bench/deployment.c \
	test/bench/memory.c \
	test/bench/load.c \
	test/bench/log.c \
	test/bench/package.c \
	test/bench/command.c \
	test/bench/raw.c \
	test/bench/raw_command.c \
	test/bench/raw_link.c \
	test/bench/raw_switch.c \
	test/bench/run.c \
	test/bench/script.c
EXTRA_DIST += test/bench/ask.bash
noinst_HEADERS += \
	test/bench/bench.h \
	test/bench/bench_actors.h \
	test/bench/package.h \
	test/bench/raw.h \
	test/bench/run.h

EXTRA_PROGRAMS += test/bench/bench test/bench/stage
CLEANFILES += test/bench/bench$(EXEEXT) test/bench/stage$(EXEEXT)
test_bench_bench_SOURCES = $(bench_sources)
# One stage without processes, for a profiler.
test_bench_stage_SOURCES = test/bench/stage.c

# What a trace costs the admin, counted by test/tree/listen_cost.bats.
check_PROGRAMS += test/bench/listen
test_bench_listen_SOURCES = test/bench/listen.c test/unit/machine.c test/unit/machine_actors.c \
	test/unit/network.c
test_bench_listen_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/test/unit

# The measured actors. -rpath makes it a module though it is never installed.
EXTRA_LTLIBRARIES = test/bench/bench_actors.la
CLEANFILES += test/bench/bench_actors.la
test_bench_bench_actors_la_SOURCES = test/bench/bench_actors.c test/bench/bench_crowd.c
test_bench_bench_actors_la_CPPFLAGS = -I$(top_srcdir)/lib
test_bench_bench_actors_la_LDFLAGS = $(LINK_LDFLAGS) $(HARD_LDFLAGS) -module -avoid-version -shared \
	-rpath $(pkglibdir) -export-symbols-regex '^tsp_module_exported$$'

.PHONY: bench
bench: all
	@$(MAKE) $(AM_MAKEFLAGS) test/bench/bench$(EXEEXT) test/bench/bench_actors.la
	@$(AM_TESTS_ENVIRONMENT) test/bench/bench$(EXEEXT) $(BENCH)
