# SPDX-License-Identifier: MIT

tree_tests = \
	test/tree/examples.bats \
	test/tree/exports.bats \
	test/tree/manual.bats \
	test/tree/manual_convention.bats \
	test/tree/manual_files.bats \
	test/tree/layering.bats \
	test/tree/listen_cost.bats \
	test/tree/shell_scripts.bats \
	test/tree/dist.bats \
	test/tree/style.bats \
	test/tree/docs.bats \
	test/tree/doc_links.bats \
	test/tree/features.bats

EXTRA_DIST += $(tree_tests) test/.shellcheckrc
if HAVE_BATS
TESTS += $(tree_tests)
endif
