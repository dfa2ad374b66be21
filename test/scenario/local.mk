# SPDX-License-Identifier: MIT
# The scenarios: one table of rows, run on every base. A row's id is that of share/doc/features.md. On one machine
# the bases with processes differ by their name and port alone, so that each runs once, TCP in own and in shared hosts;
# the two others are for `make check TESTS=..`.

scenario_tests = \
	test/scenario/simple.test \
	test/scenario/queue_own.test \
	test/scenario/tcp_own.test \
	test/scenario/tcp_shared.test \
	test/scenario/udp_shared.test
scenario_others = \
	test/scenario/queue_shared.test \
	test/scenario/udp_own.test

EXTRA_DIST += $(scenario_tests) $(scenario_others)
TESTS += $(scenario_tests)
TEST_EXTENSIONS += .test
TEST_LOG_DRIVER = $(LOG_DRIVER)
TEST_LOG_COMPILER = $(SHELL)

# As a program outside: the public header and the library, no more.
check_PROGRAMS += test/scenario/scenario
test_scenario_scenario_SOURCES = \
	test/scenario/main.c \
	test/scenario/scenario.c \
	test/scenario/process.c \
	test/scenario/rows_actors.c \
	test/scenario/rows_bases.c \
	test/scenario/rows_caller.c \
	test/scenario/rows_delivery.c \
	test/scenario/rows_helpers.c \
	test/scenario/rows_life.c \
	test/scenario/rows_sources.c \
	test/scenario/rows_status.c \
	test/scenario/rows_weak.c
test_scenario_scenario_LDADD = lib/libthespian.la
# Writes packages' zips for it, with the library's own parts.
check_PROGRAMS += test/scenario/pack
test_scenario_pack_SOURCES = test/scenario/pack.c
test_scenario_pack_LDADD = lib/libtspall.la $(core_libs)
noinst_HEADERS += \
	test/scenario/actors.h \
	test/scenario/actors_requests.h \
	test/scenario/scenario.h

# Its actors. -rpath makes it a module though it is never installed.
check_LTLIBRARIES += test/scenario/scenario.la
test_scenario_scenario_la_SOURCES = \
	test/scenario/actors.c \
	test/scenario/actors_agent.c \
	test/scenario/actors_authority.c \
	test/scenario/actors_plain.c \
	test/scenario/actors_requests.c
test_scenario_scenario_la_CPPFLAGS = -I$(top_srcdir)/lib
test_scenario_scenario_la_LDFLAGS = $(LINK_LDFLAGS) $(HARD_LDFLAGS) -module -avoid-version -shared \
	-rpath $(pkglibdir) -export-symbols-regex '^tsp_module_exported$$'
