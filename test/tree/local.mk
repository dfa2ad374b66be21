# SPDX-License-Identifier: MIT

tree_tests =

EXTRA_DIST += $(tree_tests)
if HAVE_BATS
TESTS += $(tree_tests)
endif
