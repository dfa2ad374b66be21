/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/endpoint.h"
#include "base/text.h"

static void is_read(void **state)
{
	static const struct {
		const char *text, *host, *port, *again;
	} good[] = {
		{ "north.example", "north.example", "", "north.example:1900" },
		{ "north.example:1", "north.example", "1", "north.example:1" },
		{ "10.0.0.1:65535", "10.0.0.1", "65535", "10.0.0.1:65535" },
		{ "::1", "::1", "", "[::1]:1900" },
		{ "[::1]", "::1", "", "[::1]:1900" },
		{ "[fe80::1%eth0]:7", "fe80::1%eth0", "7", "[fe80::1%eth0]:7" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct endpoint endpoint;
		char *again;

		assert_true(endpoint_parse(tsp_text_of(good[i].text), &endpoint));
		assert_string_equal(endpoint.host, good[i].host);
		assert_string_equal(endpoint.port, good[i].port);
		again = endpoint_text(&endpoint, 1900);
		assert_string_equal(again, good[i].again);
		free(again);
	}
}

static void others_are_refused(void **state)
{
	static const char *const bad[] = { "", ":", ":1", "a:", "a:0", "a:65536", "a:1x", "[]", "[]:1", "[::1",
		"[::1]1", "[::1]:", "a:123456789" };
	char longest[400];
	struct endpoint endpoint = { .host = "kept" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(endpoint_parse(tsp_text_of(bad[i]), &endpoint));
	memset(longest, 'x', sizeof(longest));
	assert_false(endpoint_parse((tsp_text){ longest, ENDPOINT_HOST }, &endpoint));
	assert_false(endpoint_parse((tsp_text){ "a\0b", 3 }, &endpoint));
	assert_string_equal(endpoint.host, "kept");
	assert_true(endpoint_parse((tsp_text){ longest, ENDPOINT_HOST - 1 }, &endpoint));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_read),
		cmocka_unit_test(others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
