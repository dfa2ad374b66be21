# SPDX-License-Identifier: MIT
# One harness a parser; in `make check` each replays its corpus.

fuzz_tests =
fuzz_files =

check_PROGRAMS += $(fuzz_tests)
TESTS += $(fuzz_tests)
EXTRA_DIST += $(fuzz_files)
