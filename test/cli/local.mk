# SPDX-License-Identifier: MIT

cli_tests = \
	test/cli/shell_system.bats \
	test/cli/shell_terminal.bats \
	test/cli/shell_usage.bats

EXTRA_DIST += test/cli/common.bash $(cli_tests)
if HAVE_BATS
TESTS += $(cli_tests)
endif
