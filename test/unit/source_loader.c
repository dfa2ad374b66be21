/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "test/unit/source_help.h"

#include "source/loader.h"

#define MAGIC "glibc-ld.so.cache1.1"

static void put(struct buffer *cache, const void *bytes, size_t size)
{
	ok(buffer_put(cache, bytes, size));
}

static void put_number(struct buffer *cache, uint32_t number)
{
	put(cache, &number, sizeof(number));
}

static void put_entry(struct buffer *cache, uint32_t key, uint32_t value, uint32_t processor)
{
	put_number(cache, 3);
	put_number(cache, key);
	put_number(cache, value);
	put_number(cache, 0);
	put_number(cache, 0);
	put_number(cache, processor);
}

/* Three entries: of "a" for certain processors, for any, and one of "b". before: bytes of an older part. */
static struct buffer cache_of(size_t before)
{
	const uint32_t strings = 48 + 3 * 24;
	struct buffer cache;
	buffer_init(&cache, 4096);
	for (size_t i = 0; i < before; i++)
		put(&cache, "g", 1);
	put(&cache, BYTES(MAGIC));
	put_number(&cache, 3);
	for (int i = 0; i < 6; i++)
		put_number(&cache, 0);
	put_entry(&cache, strings, strings + 2, 1u << 30);
	put_entry(&cache, strings, strings + 7, 0);
	put_entry(&cache, strings + 12, strings + 14, 0);
	put(&cache, "a\0/one\0/two\0b\0/bee", 19); /* with the last NUL */
	return cache;
}

static void the_cache_tells_places(void **state)
{
	(void)state;
	for (size_t before = 0; before < 50; before += 24) {
		struct buffer cache = cache_of(before);
		assert_string_equal(loader_cached(&cache, "a", 0), "/two");
		assert_null(loader_cached(&cache, "a", 1));
		assert_string_equal(loader_cached(&cache, "b", 0), "/bee");
		assert_null(loader_cached(&cache, "c", 0));
		assert_null(loader_cached(&cache, "", 0));
		buffer_clear(&cache);
	}
}

/* Every byte may lie (the sanitizers watch). */
static void a_damaged_cache_does_no_harm(void **state)
{
	struct buffer cache = cache_of(0);
	(void)state;
	for (size_t i = 0; i + 1 < cache.size; i++) {
		uint8_t kept = cache.data[i];
		for (int turn = 0; turn < 3; turn++) {
			cache.data[i] = turn == 0 ? 0xFF : turn == 1 ? 0 : kept ^ 0x80;
			for (size_t k = 0; loader_cached(&cache, "a", k); k++)
				assert_true(k < 3);
		}
		cache.data[i] = kept;
	}
	for (size_t size = 0; size < cache.size; size++) {
		struct buffer cut;
		buffer_init(&cut, 4096);
		put(&cut, cache.data, size);
		put(&cut, "", 1);
		(void)loader_cached(&cut, "a", 0);
		buffer_clear(&cut);
	}
	buffer_clear(&cache);
}

static void names_are_no_paths(void **state)
{
	static const char *const names[] = { "", ".", "..", "/lib/libc.so.6", "../lib/libc.so.6",
		"no such library" };
	struct buffer bytes;
	struct elf elf;
	char longest[5000];
	(void)state;
	buffer_init(&bytes, (size_t)1 << 30);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(loader_read(names[i], &bytes, &elf, &err), TSP_EVALUE);
	assert_string_equal(err.text, "library 'no such library' is not here");
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(loader_read(longest, &bytes, &elf, &err), TSP_EVALUE);
#ifdef __GLIBC__
	ok(loader_read("libc.so.6", &bytes, &elf, &err));
	assert_int_equal(elf_exports(&elf, "malloc"), 1);
	assert_int_equal(elf_exports(&elf, "no_such_function"), 0);
#endif
	buffer_clear(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cache_tells_places),
		cmocka_unit_test(a_damaged_cache_does_no_harm),
		cmocka_unit_test(names_are_no_paths),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
