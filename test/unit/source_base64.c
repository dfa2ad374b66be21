/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "test/unit/source_help.h"

#include "source/base64.h"

static void every_size_comes_back(void **state)
{
	uint8_t bytes[80];
	uint8_t again[80];
	char text[BASE64_SIZE(80)];
	(void)state;
	for (size_t size = 1; size <= sizeof(bytes); size++) {
		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)(i * 37 + size);
		base64_encode(bytes, size, text);
		assert_int_equal(strlen(text), BASE64_SIZE(size) - 1);
		assert_int_equal(base64_decode(text, strlen(text), again, size), 0);
		assert_memory_equal(bytes, again, size);
	}
}

/* Of all texts of four characters, each that decodes to one byte is what that byte encodes to. */
static void only_the_canonical_text_decodes(void **state)
{
	uint8_t byte;
	char again[BASE64_SIZE(1)];
	int good = 0;
	(void)state;
	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			char text[4] = { (char)a, (char)b, '=', '=' };
			if (base64_decode(text, 4, &byte, 1) < 0)
				continue;
			base64_encode(&byte, 1, again);
			assert_memory_equal(text, again, 4);
			good++;
		}
	assert_int_equal(good, 256);
}

static void other_forms_are_refused(void **state)
{
	static const char *const bad[] = { "", "QQ", "QQ=", "QQ==\n",
		" QQ=", "QR==", "QUI=", "QUJD", "Q===", "QQ-=", "====", "QQ==QQ==" };
	uint8_t bytes[8];
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(base64_decode(bad[i], strlen(bad[i]), bytes, 1), TSP_EVALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_comes_back),
		cmocka_unit_test(only_the_canonical_text_decodes),
		cmocka_unit_test(other_forms_are_refused),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
