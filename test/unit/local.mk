# SPDX-License-Identifier: MIT
# One program a file: `unit_tests += test/unit/FOLDER_FILE`; the source is test/unit/FOLDER_FILE.c.

unit_tests =

if HAVE_CMOCKA
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif
