# SPDX-License-Identifier: MIT
# Every test program and every .bats file reports TAP (or just its exit status) to one driver, so
# that the summary counts cases and not files.

EXTRA_DIST += test/log-driver test/lsan.supp test/plain-link
TEST_EXTENSIONS = .bats
LOG_DRIVER = $(SHELL) $(top_srcdir)/test/log-driver
BATS_LOG_DRIVER = $(LOG_DRIVER)
BATS_LOG_COMPILER = $(BATS)
AM_BATS_LOG_FLAGS = --tap
AM_TESTS_ENVIRONMENT = \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	TSP_SRCDIR='$(abs_top_srcdir)'; export TSP_SRCDIR; \
	TSP_BUILDDIR='$(abs_top_builddir)'; export TSP_BUILDDIR; \
	LSAN_OPTIONS='suppressions=$(abs_top_srcdir)/test/lsan.supp:print_suppressions=0'; export LSAN_OPTIONS; \
	TSP_CC='$(CC)'; export TSP_CC; \
	TSP_SANITIZERS='$(HARD_LDFLAGS)'; export TSP_SANITIZERS;
