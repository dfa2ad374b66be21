# SPDX-License-Identifier: MIT

cli_tests =

EXTRA_DIST += test/cli/common.bash $(cli_tests)
if HAVE_BATS
TESTS += $(cli_tests)
endif
