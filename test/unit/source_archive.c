/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "test/unit/source_help.h"

#include <zlib.h>

#include "source/entry.h"

/* A zip made by hand, so that each part of it can lie. */
struct craft {
	struct buffer zip;
	struct buffer central;
	size_t count;
};

static void craft_init(struct craft *craft)
{
	buffer_init(&craft->zip, (size_t)1 << 30);
	buffer_init(&craft->central, (size_t)1 << 30);
	craft->count = 0;
}

static void craft_put(struct craft *craft, const struct entry *entry, const void *packed)
{
	uint8_t header[ENTRY_CENTRAL_SIZE + ENTRY_NAME_LIMIT];
	ok(buffer_put(&craft->zip, header, entry_put_local(entry, header)));
	ok(buffer_put(&craft->zip, packed, entry->packed));
	ok(buffer_put(&craft->central, header, entry_put_central(entry, header)));
	craft->count++;
}

static struct entry craft_entry(const struct craft *craft, const char *name, size_t size)
{
	struct entry entry = { .name_size = strlen(name),
		.method = ENTRY_STORED,
		.packed = (uint32_t)size,
		.size = (uint32_t)size,
		.offset = (uint32_t)craft->zip.size };
	snprintf(entry.name, sizeof(entry.name), "%s", name);
	return entry;
}

static void craft_stored(struct craft *craft, const char *name, const char *text)
{
	struct entry entry = craft_entry(craft, name, strlen(text));
	entry.crc = (uint32_t)crc32_z(0, (const uint8_t *)text, strlen(text));
	craft_put(craft, &entry, text);
}

/* The finished zip; free the craft by craft_read. */
static void craft_end(struct craft *craft)
{
	uint8_t end[ENTRY_END_SIZE];
	entry_put_end(craft->count, (uint32_t)craft->central.size, (uint32_t)craft->zip.size, end);
	ok(buffer_put(&craft->zip, craft->central.data, craft->central.size));
	ok(buffer_put(&craft->zip, end, sizeof(end)));
}

static int read_with(const void *zip, size_t size, const struct archive_limits *limits)
{
	struct archive archive = { NULL, 0 };
	int rc = archive_read(zip, size, limits, &archive, &err);
	archive_clear(&archive);
	return rc;
}

static int craft_read(struct craft *craft)
{
	int rc = read_with(craft->zip.data, craft->zip.size, &archive_default_limits);
	buffer_clear(&craft->zip);
	buffer_clear(&craft->central);
	return rc;
}

static const char *const bad_names[] = { "", "/", "/a", "a/", "a//b", ".", "..", "./a", "../a",
	"a/.", "a/..", "a/./b", "a/../b", "-a", ".a", "~a", "a b", " a", "a ", "a\\b", "c:a",
	"c:/a", "a\nb", "a\tb", "a\rb", "a\x01", "a\x1b[0m", "a\x7f", "\xc3\xa4", "a\xff", "a*",
	"a?", "a\"", "a'", "a|b", "a<b", "a>b", "a&b", "a;b", "$a", "`a`", "a(b)", "a[b]", "a{b}",
	"a%b", "a#b", "a@b", "a!b", "a^b", "a=b", "a+b", "a,b", "//a", "///", "..a/..", "a/b/",
	"a/b//", "a/b/..", "a/b/.", "\\\\host\\a",
	"a2345678901234567890123456789012345678901234567890123456789012345678901234567890"
	"12345678901234567890123456789012345678901" };
static const char *const good_names[] = { "a", "_", "0", "a.c", "a..b", "a/b", "a/b/c.h", "a-",
	"a/-b", "a/.b", "A", "a...", "a/..b", "source.json",
	"a2345678901234567890123456789012345678901234567890123456789012345678901234567890"
	"1234567890123456789012345678901234567890" };

static void names_are_checked(void **state)
{
	(void)state;
	assert_true(sizeof(bad_names) / sizeof(bad_names[0]) >= 60);
	for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++) {
		struct archive archive = { NULL, 0 };
		struct craft craft;
		if (archive_name_ok(bad_names[i]))
			fail_msg("accepted: '%s'", bad_names[i]);
		assert_int_equal(
			archive_add(&archive, bad_names[i], "", 0, false, NULL), TSP_EVALUE);
		if (strlen(bad_names[i]) > ENTRY_NAME_LIMIT)
			continue;
		craft_init(&craft);
		craft_stored(&craft, "source.json", "{}");
		craft_stored(&craft, bad_names[i], "x");
		craft_end(&craft);
		if (craft_read(&craft) != TSP_EVALUE)
			fail_msg("read: '%s'", bad_names[i]);
	}
	for (size_t i = 0; i < sizeof(good_names) / sizeof(good_names[0]); i++)
		if (!archive_name_ok(good_names[i]))
			fail_msg("refused: '%s'", good_names[i]);
	struct craft craft;
	craft_init(&craft);
	craft_stored(&craft, "source.json", "{}");
	craft_stored(&craft, "a", "x");
	craft_end(&craft);
	ok(craft_read(&craft));
}

static void twins_are_refused(void **state)
{
	static const char *const table[][2] = { { "a", "a" }, { "a", "A" }, { "d/x", "D/X" },
		{ "a", "a/b" }, { "a/b", "a" }, { "A", "a/b" }, { "source.json", "b" },
		{ "Source.json", "b" } };
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct archive archive = { NULL, 0 };
		struct craft craft;
		add_text(&archive, "source.json", "{}");
		int rc = archive_add(&archive, table[i][0], "", 0, false, &err);
		if (rc == 0)
			rc = archive_add(&archive, table[i][1], "", 0, false, &err);
		assert_int_equal(rc, TSP_EEXIST);
		archive_clear(&archive);
		/* In byte order, so that nothing but the twins is wrong. */
		int order = strcmp(table[i][0], table[i][1]) > 0;
		craft_init(&craft);
		craft_stored(&craft, "source.json", "{}");
		craft_stored(&craft, table[i][order], "");
		craft_stored(&craft, table[i][!order], "");
		craft_end(&craft);
		assert_int_equal(craft_read(&craft), TSP_EVALUE);
	}
}

/* source.json, text that deflates, bytes that do not, an empty file, an executable one. */
static void fill(struct archive *archive, int seed)
{
	char text[5000];
	uint8_t noise[5000];
	uint32_t x = (uint32_t)seed + 1;
	for (size_t i = 0; i < sizeof(text); i++) {
		x = x * 1664525 + 1013904223;
		noise[i] = (uint8_t)(x >> 24);
		text[i] = "int main(void)\n"[i % 15];
	}
	static const char *const names[] = { "z.c", "a/b/c.h", "run.sh", "empty", "noise.bin",
		"a-b.c", "B.c" };
	size_t count = sizeof(names) / sizeof(names[0]);
	for (size_t i = 0; i < count; i++) {
		const char *name = names[(i * 3 + (size_t)seed) % count];
		bool odd = strcmp(name, "noise.bin") == 0;
		size_t size = strcmp(name, "empty") == 0 ? 0 : sizeof(text) - (size_t)name[0];
		ok(archive_add(archive, name, odd ? (const void *)noise : text, size,
			strcmp(name, "run.sh") == 0, &err));
	}
	add_text(archive, "source.json", "{\"group\": 1}");
}

static void what_is_written_is_read(void **state)
{
	static const char *const order[] = { "source.json", "B.c", "a-b.c", "a/b/c.h", "empty",
		"noise.bin", "run.sh", "z.c" };
	struct archive archive = { NULL, 0 };
	struct archive again = { NULL, 0 };
	uint8_t *zip;
	size_t size;
	(void)state;
	fill(&archive, 0);
	ok(archive_write(&archive, &zip, &size, &err));
	ok(archive_read(zip, size, &archive_default_limits, &again, &err));
	assert_int_equal(again.count, 8);
	for (size_t i = 0; i < again.count; i++) {
		const struct archive_file *file = archive_find(&archive, again.files[i].name);
		assert_string_equal(again.files[i].name, order[i]);
		assert_non_null(file);
		assert_int_equal(file->size, again.files[i].size);
		assert_memory_equal(file->bytes, again.files[i].bytes, file->size);
		assert_int_equal(again.files[i].executable, strcmp(order[i], "run.sh") == 0);
		assert_ptr_equal(archive_find(&again, order[i]), &again.files[i]);
	}
	assert_null(archive_find(&again, "none"));
	/* It can be added to. */
	add_text(&again, "more.c", "");
	assert_int_equal(again.count, 9);
	archive_clear(&again);
	archive_clear(&archive);
	free(zip);
}

/* Its first file alone, even where another one does not unpack; never where a header lies. */
static void the_first_is_read_alone(void **state)
{
	struct archive archive = { NULL, 0 };
	struct archive first = { NULL, 0 };
	uint8_t *zip;
	size_t size;

	(void)state;
	fill(&archive, 0);
	ok(archive_write(&archive, &zip, &size, &err));
	ok(archive_read_first(zip, size, &archive_default_limits, &first, &err));
	assert_int_equal(first.count, 1);
	assert_string_equal(first.files[0].name, "source.json");
	assert_string_equal((char *)first.files[0].bytes, "{\"group\": 1}");
	archive_clear(&first);
	for (size_t i = 0; i < size; i++) {
		int whole;

		zip[i] ^= 1;
		whole = read_with(zip, size, &archive_default_limits);
		if (archive_read_first(zip, size, &archive_default_limits, &first, &err) == 0) {
			if (whole < 0) /* in the bytes of another */
				assert_string_equal(
					(char *)first.files[0].bytes, "{\"group\": 1}");
			archive_clear(&first);
		} else {
			assert_true(whole < 0);
		}
		zip[i] ^= 1;
	}
	archive_clear(&archive);
	free(zip);
}

static void the_same_files_give_the_same_bytes(void **state)
{
	uint8_t *first = NULL;
	size_t first_size = 0;
	(void)state;
	for (int seed = 0; seed < 7; seed++) { /* another order of adding; the noise stays */
		struct archive archive = { NULL, 0 };
		struct archive again = { NULL, 0 };
		uint8_t *zip;
		size_t size;
		fill(&archive, 0);
		for (size_t i = 0; i < archive.count; i++) {
			struct archive_file *file =
				&archive.files[(i * 3 + (size_t)seed) % archive.count];
			ok(archive_add(&again, file->name, file->bytes, file->size,
				file->executable, &err));
		}
		ok(archive_write(&again, &zip, &size, &err));
		if (!first) {
			first = zip;
			first_size = size;
		} else {
			assert_int_equal(size, first_size);
			assert_memory_equal(zip, first, size);
			free(zip);
		}
		archive_clear(&archive);
		archive_clear(&again);
	}
	free(first);
}

static void every_flip_and_every_cut_is_refused(void **state)
{
	struct archive archive = { NULL, 0 };
	uint8_t *zip;
	size_t size;
	size_t accepted = 0;
	(void)state;
	add_text(&archive, "source.json",
		"{\"group\": 1, \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\": 2}");
	add_text(&archive, "b.c", "int a;\n");
	ok(archive_write(&archive, &zip, &size, &err));
	for (size_t i = 0; i < size; i++) {
		uint8_t *cut = malloc(i ? i : 1);
		memcpy(cut, zip, i);
		assert_true(read_with(cut, i, &archive_default_limits) < 0);
		free(cut);
		for (int bit = 0; bit < 8; bit++) {
			zip[i] ^= (uint8_t)(1 << bit);
			/* Names may change, and spare bits of a deflated file. */
			accepted += read_with(zip, size, &archive_default_limits) == 0;
			zip[i] ^= (uint8_t)(1 << bit);
		}
	}
	assert_true(accepted < 8);
	archive_clear(&archive);
	free(zip);
}

static void zeros_deflated(size_t size, uint8_t **ret_packed, uint32_t *ret_size)
{
	z_stream stream;
	uint8_t *zeros = calloc(1, size);
	uint8_t *packed = malloc(size);
	memset(&stream, 0, sizeof(stream));
	assert_int_equal(
		deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = zeros;
	stream.avail_in = (uInt)size;
	stream.next_out = packed;
	stream.avail_out = (uInt)size;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	*ret_size = (uint32_t)stream.total_out;
	*ret_packed = packed;
	deflateEnd(&stream);
	free(zeros);
}

static void a_bomb_by_ratio_is_refused(void **state)
{
	struct craft craft;
	uint8_t *packed;
	(void)state;
	craft_init(&craft);
	craft_stored(&craft, "source.json", "{}");
	struct entry entry = craft_entry(&craft, "bomb", 10000000);
	entry.method = ENTRY_DEFLATED;
	zeros_deflated(entry.size, &packed, &entry.packed);
	craft_put(&craft, &entry, packed);
	craft_end(&craft);
	assert_int_equal(craft_read(&craft), TSP_ELIMIT);
	assert_non_null(strstr(err.text, "200 times"));
	free(packed);
	/* Our writer stores it instead: what it writes can always be read. */
	struct archive archive = { NULL, 0 };
	uint8_t *zeros = calloc(1, 100000);
	uint8_t *zip;
	size_t size;
	add_text(&archive, "source.json", "{}");
	ok(archive_add(&archive, "zeros", zeros, 100000, false, &err));
	ok(archive_write(&archive, &zip, &size, &err));
	ok(read_with(zip, size, &archive_default_limits));
	archive_clear(&archive);
	free(zeros);
	free(zip);
}

static void limits_are_kept(void **state)
{
	struct archive archive = { NULL, 0 };
	struct archive_limits limits = { .files = 3, .bytes = 10, .ratio = 200 };
	uint8_t *zip;
	size_t size;
	(void)state;
	add_text(&archive, "source.json", "{}");
	add_text(&archive, "a", "1234");
	add_text(&archive, "b", "1234");
	ok(archive_write(&archive, &zip, &size, &err));
	ok(read_with(zip, size, &limits));
	limits.bytes = 9;
	assert_int_equal(read_with(zip, size, &limits), TSP_ELIMIT);
	limits.bytes = 10;
	limits.files = 2;
	assert_int_equal(read_with(zip, size, &limits), TSP_ELIMIT);
	archive_clear(&archive);
	free(zip);
}

/* Sizes that claim 4 GiB each, in a zip of some hundred bytes: no memory is taken for them. */
static void sizes_that_lie_take_no_memory(void **state)
{
	struct craft craft;
	(void)state;
	craft_init(&craft);
	craft_stored(&craft, "source.json", "{}");
	struct entry entry = craft_entry(&craft, "big", 4);
	entry.method = ENTRY_DEFLATED;
	entry.size = UINT32_MAX;
	craft_put(&craft, &entry, "abcd");
	craft_end(&craft);
	assert_int_equal(craft_read(&craft), TSP_ELIMIT);
	craft_init(&craft);
	craft_stored(&craft, "source.json", "{}");
	craft_end(&craft);
	memset(craft.zip.data + craft.zip.size - ENTRY_END_SIZE + 8, 0xFF, 4); /* 65,535 files */
	assert_true(craft_read(&craft) < 0);
}

static void overlaps_and_gaps_are_refused(void **state)
{
	struct craft craft;
	struct entry entry;
	(void)state;
	/* Two names for one file. */
	craft_init(&craft);
	craft_stored(&craft, "source.json", "{}");
	craft_stored(&craft, "a", "x");
	craft_stored(&craft, "b", "x");
	uint8_t *second = craft.central.data + 2 * ENTRY_CENTRAL_SIZE + strlen("source.json") + 1;
	memset(second + 42, 0, 4);
	craft_end(&craft);
	assert_int_equal(craft_read(&craft), TSP_EVALUE);
	/* A gap between files. */
	craft_init(&craft);
	craft_stored(&craft, "source.json", "{}");
	ok(buffer_put(&craft.zip, "gap", 3));
	craft_stored(&craft, "a", "x");
	craft_end(&craft);
	assert_int_equal(craft_read(&craft), TSP_EVALUE);
	/* Junk before, between and behind. */
	for (int where = 0; where < 3; where++) {
		craft_init(&craft);
		if (where == 0)
			ok(buffer_put(&craft.zip, "junk", 4));
		craft_stored(&craft, "source.json", "{}");
		if (where == 1)
			ok(buffer_put(&craft.zip, "junk", 4));
		craft_end(&craft);
		if (where == 2)
			ok(buffer_put(&craft.zip, "junk", 4));
		assert_int_equal(craft_read(&craft), TSP_EVALUE);
	}
	/* Out of order, and source.json not first. */
	craft_init(&craft);
	craft_stored(&craft, "source.json", "{}");
	craft_stored(&craft, "b", "");
	craft_stored(&craft, "a", "");
	craft_end(&craft);
	assert_int_equal(craft_read(&craft), TSP_EVALUE);
	craft_init(&craft);
	craft_stored(&craft, "a", "");
	craft_stored(&craft, "source.json", "{}");
	craft_end(&craft);
	assert_int_equal(craft_read(&craft), TSP_EVALUE);
	/* A method of its own, and stored with two sizes. */
	for (int which = 0; which < 3; which++) {
		craft_init(&craft);
		entry = craft_entry(&craft, "source.json", 2);
		entry.crc = (uint32_t)crc32_z(0, (const uint8_t *)"{}", 2);
		if (which == 1)
			entry.method = 12;
		if (which == 2)
			entry.size = 1;
		craft_put(&craft, &entry, "{}");
		craft_end(&craft);
		assert_int_equal(craft_read(&craft), which ? TSP_EVALUE : 0);
	}
}

/* Every number of both headers, changed in one of them. */
static void headers_that_disagree_are_refused(void **state)
{
	(void)state;
	for (size_t at = 0; at < ENTRY_LOCAL_SIZE; at++) {
		struct craft craft;
		craft_init(&craft);
		craft_stored(&craft, "source.json", "{}");
		craft.zip.data[at] ^= 1;
		craft_end(&craft);
		assert_int_equal(craft_read(&craft), TSP_EVALUE);
	}
	for (size_t at = 0; at < ENTRY_CENTRAL_SIZE; at++) {
		struct craft craft;
		craft_init(&craft);
		craft_stored(&craft, "source.json", "{}");
		craft.central.data[at] ^= 1;
		craft_end(&craft);
		assert_int_equal(craft_read(&craft), TSP_EVALUE);
	}
}

static void other_programs_see_the_same(void **state)
{
	struct archive archive = { NULL, 0 };
	uint8_t *zip;
	size_t size;
	(void)state;
	fill(&archive, 0);
	ok(archive_write(&archive, &zip, &size, &err));
	write_file("out.zip", zip, size);
	if (has_program("unzip")) {
		assert_int_equal(shell("rm -rf out && unzip -q -t out.zip >/dev/null"), 0);
		assert_int_equal(shell("unzip -q -d out out.zip"), 0);
		for (size_t i = 0; i < archive.count; i++) {
			char path[200];
			struct stat status;
			snprintf(path, sizeof(path), "out/%s", archive.files[i].name);
			struct buffer bytes = read_all(path);
			assert_int_equal(bytes.size, archive.files[i].size);
			if (bytes.size)
				assert_memory_equal(bytes.data, archive.files[i].bytes, bytes.size);
			assert_int_equal(stat(path, &status), 0);
			assert_int_equal(
				status.st_mode & 0777, archive.files[i].executable ? 0755 : 0644);
			buffer_clear(&bytes);
		}
	}
	if (has_program("python3"))
		assert_int_equal(
			shell("python3 -c \"import zipfile;z=zipfile.ZipFile('out.zip');"
			      "assert z.testzip() is None;"
			      "assert z.namelist()==['source.json','B.c','a-b.c','a/b/c.h',"
			      "'empty','noise.bin','run.sh','z.c'];"
			      "assert all(i.date_time==(1980,1,1,0,0,0) for i in z.infolist());"
			      "assert [i.compress_type for i in z.infolist()]==[0,8,8,8,0,0,8,8];"
			      "assert len(z.read('z.c'))==5000-ord('z')\""),
			0);
	archive_clear(&archive);
	free(zip);
}

/* What others write is another form: dates, extra fields, descriptors. */
static void zips_of_others_are_refused(void **state)
{
	(void)state;
	write_file("source.json", "{}", 2);
	if (has_program("zip")) {
		assert_int_equal(shell("rm -f other.zip; zip -q other.zip source.json"), 0);
		struct buffer bytes = read_all("other.zip");
		assert_int_equal(
			read_with(bytes.data, bytes.size, &archive_default_limits), TSP_EVALUE);
		buffer_clear(&bytes);
	}
	assert_int_equal(read_with("", 0, &archive_default_limits), TSP_EVALUE);
	uint8_t nothing[ENTRY_END_SIZE];
	entry_put_end(0, 0, 0, nothing);
	assert_int_equal(read_with(nothing, sizeof(nothing), &archive_default_limits), TSP_EVALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(twins_are_refused),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(the_first_is_read_alone),
		cmocka_unit_test(the_same_files_give_the_same_bytes),
		cmocka_unit_test(every_flip_and_every_cut_is_refused),
		cmocka_unit_test(a_bomb_by_ratio_is_refused),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(sizes_that_lie_take_no_memory),
		cmocka_unit_test(overlaps_and_gaps_are_refused),
		cmocka_unit_test(headers_that_disagree_are_refused),
		cmocka_unit_test(other_programs_see_the_same),
		cmocka_unit_test(zips_of_others_are_refused),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
