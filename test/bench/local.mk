# SPDX-License-Identifier: MIT
# `make bench` prints each figure as a ratio to a raw baseline of the same run.

EXTRA_DIST += test/bench/bench_actors.c
bench_sources = \
	test/bench/bench_stage.c

EXTRA_PROGRAMS += test/bench/bench
CLEANFILES += test/bench/bench$(EXEEXT)
test_bench_bench_SOURCES = $(bench_sources)

.PHONY: bench
bench: all
	@$(MAKE) $(AM_MAKEFLAGS) test/bench/bench$(EXEEXT)
	@$(AM_TESTS_ENVIRONMENT) PATH='$(abs_top_builddir)/bin':"$$PATH" test/bench/bench$(EXEEXT) $(BENCH)
