/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "test/unit/source_help.h"

#include "source/version.h"

/* From old to new (F131, W40). */
static const char *const order[] = { "none", "~", "0~", "0", "0.9", "1~rc1", "1~rc2", "1", "1a",
	"1b", "1+1", "1-1", "1.0", "1.0.1", "1.00.1", "1.2", "1.10", "2", "15~beta1", "15~beta2",
	"15", "15a", "15a5beta4", "15a5gamma1", "15.1", "15.2", "15.2.1", "20260101",
	"202601010000", "202601010001", "99999999999999999999999999", "100000000000000000000000000",
	"a", "alpha", "b", "nonf" };

static void each_is_newer_than_all_before(void **state)
{
	size_t count = sizeof(order) / sizeof(order[0]);
	(void)state;
	for (size_t a = 0; a < count; a++)
		for (size_t b = 0; b < count; b++) {
			int found = version_compare(order[a], order[b]);
			int expected = a < b ? -1 : a > b ? 1 : 0;
			if ((found > 0) - (found < 0) != expected)
				fail_msg("'%s' against '%s': %d", order[a], order[b], found);
		}
}

static void equal_values_are_told_apart_by_bytes(void **state)
{
	(void)state;
	assert_int_equal(version_compare("1.0", "1.0"), 0);
	assert_true(version_compare("1.00", "1.0") != 0);
	assert_true((version_compare("1.00", "1.0") < 0) == (version_compare("1.0", "1.00") > 0));
	assert_int_equal(version_compare("none", "none"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_newer_than_all_before),
		cmocka_unit_test(equal_values_are_told_apart_by_bytes),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
