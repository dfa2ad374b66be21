# SPDX-License-Identifier: MIT

cli_tests =

EXTRA_DIST += $(cli_tests)
if HAVE_BATS
TESTS += $(cli_tests)
endif
