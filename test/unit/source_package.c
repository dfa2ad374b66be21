/* SPDX-License-Identifier: MIT */
/* Every byte of a package is signed or fixed, and the check has no loose end (W5, F111, F138). */
#include "config.h"

#include "test/unit/source_help.h"

#include <sodium.h>

#include "source/package.h"

#define PUT_TOGETHER \
	"(printf 'THESPIAN-SOURCE 1\\n'; cat in.zip.minisig; echo; cat in.zip) >in.tls"
#define TIME 1700000000 /* 2023-11-14T22:13:20Z */
#define COMMENT "group:hello version:1.2 time:2023-11-14T22:13:20Z runtime:1"

struct signed_package {
	uint8_t *bytes;
	size_t size;
	uint8_t *zip;
	size_t zip_size;
};

/* Makes the keys a and b below "keys" once, and a package signed by one of them. */
static struct secret_key *key_named(const char *name)
{
	char secret[64];
	char public[64];
	uint8_t id[KEY_ID_SIZE];
	struct secret_key *key = NULL;
	snprintf(secret, sizeof(secret), "%s.sec", name);
	snprintf(public, sizeof(public), "keys/%s_tls.key", name);
	(void)mkdir("keys", 0700);
	if (access(secret, F_OK) != 0)
		ok(keys_generate(secret, public, NULL, id, &err));
	ok(secret_key_open(secret, NULL, NULL, &key, &err));
	return key;
}

static struct keyring ring_open(void)
{
	struct keyring ring = { NULL, 0 };
	ok(keyring_open("keys", &ring, &err));
	return ring;
}

static struct signed_package package_by(const char *name, const char *version)
{
	struct signed_package made = { NULL, 0, NULL, 0 };
	struct secret_key *key = key_named(name);
	struct package_claim claim = { .group = "hello", .version = version, .time = TIME };
	made.zip = zip_of(MANIFEST, "int a;\n", &made.zip_size);
	ok(package_write(&claim, made.zip, made.zip_size, key, &made.bytes, &made.size, &err));
	secret_key_free(key);
	return made;
}

static void signed_clear(struct signed_package *made)
{
	free(made->bytes);
	free(made->zip);
}

static int read_all_of(
	const void *bytes, size_t size, const struct keyring *ring, struct package *ret_package)
{
	struct package package;
	struct archive archive = { NULL, 0 };
	int rc = package_read(bytes, size, &package, NULL);
	if (rc == 0)
		rc = package_verify(&package, ring, NULL);
	if (rc == 0)
		rc = archive_read(
			package.zip, package.zip_size, &archive_default_limits, &archive, NULL);
	archive_clear(&archive);
	if (rc == 0 && ret_package)
		*ret_package = package;
	return rc;
}

static void what_is_written_is_read(void **state)
{
	struct signed_package made = package_by("a", "1.2");
	struct keyring ring = ring_open();
	struct package package;
	(void)state;
	assert_int_equal(read_all_of(made.bytes, made.size, &ring, &package), 0);
	assert_string_equal(package.group, "hello");
	assert_string_equal(package.version, "1.2");
	assert_string_equal(package.time, "2023-11-14T22:13:20Z");
	assert_string_equal(package.comment, COMMENT);
	assert_int_equal(package.runtime, 1);
	assert_int_equal(package.signature_count, 1);
	assert_ptr_equal(package.verified_by, &ring.keys[0]);
	assert_int_equal(package.zip_size, made.zip_size);
	assert_memory_equal(package.zip, made.zip, made.zip_size);
	keyring_clear(&ring);
	signed_clear(&made);
}

static void the_hash_is_of_claim_and_zip(void **state)
{
	struct signed_package made = package_by("a", "1.2");
	struct signed_package other = package_by("a", "1.3");
	struct package package;
	uint8_t hash[PACKAGE_HASH_SIZE];
	uint8_t expected[PACKAGE_HASH_SIZE];
	char text[PACKAGE_HASH_TEXT];
	static const char head[] = "THESPIAN-SOURCE 1\n" COMMENT "\n";
	uint8_t *all = malloc(sizeof(head) + made.zip_size);
	(void)state;
	memcpy(all, head, sizeof(head) - 1);
	memcpy(all + sizeof(head) - 1, made.zip, made.zip_size);
	size_t size = sizeof(head) - 1 + made.zip_size;
	crypto_generichash(expected, sizeof(expected), all, size, NULL, 0);
	package_hash(made.bytes, made.size, hash);
	assert_memory_equal(hash, expected, sizeof(hash));
	ok(package_read(made.bytes, made.size, &package, &err));
	assert_string_equal(package.hash, text_hex(hash, sizeof(hash), text));
	/* The very bytes that were hashed are no package, and do not have its hash. */
	package_hash(all, size, hash);
	assert_memory_not_equal(hash, expected, sizeof(hash));
	package_hash(other.bytes, other.size, hash);
	assert_memory_not_equal(hash, expected, sizeof(hash));
	/* Bytes of another kind. */
	crypto_generichash(expected, sizeof(expected), (const uint8_t *)"other", 5, NULL, 0);
	package_hash("other", 5, hash);
	assert_memory_equal(hash, expected, sizeof(hash));
	free(all);
	signed_clear(&made);
	signed_clear(&other);
}

static void every_flipped_byte_is_refused(void **state)
{
	struct signed_package made = package_by("a", "1.2");
	struct keyring ring = ring_open();
	(void)state;
	for (size_t i = 0; i < made.size; i++)
		for (int bit = 0; bit < 8; bit++) {
			made.bytes[i] ^= (uint8_t)(1 << bit);
			if (read_all_of(made.bytes, made.size, &ring, NULL) == 0)
				fail_msg("bit %d of byte %zu flipped: accepted", bit, i);
			made.bytes[i] ^= (uint8_t)(1 << bit);
		}
	assert_int_equal(read_all_of(made.bytes, made.size, &ring, NULL), 0);
	keyring_clear(&ring);
	signed_clear(&made);
}

static void every_cut_and_every_addition_is_refused(void **state)
{
	struct signed_package made = package_by("a", "1.2");
	struct keyring ring = ring_open();
	uint8_t *more = malloc(made.size + 1);
	(void)state;
	for (size_t size = 0; size < made.size; size++) {
		/* In memory of just that size, so that a sanitizer sees a read past it. */
		uint8_t *cut = malloc(size ? size : 1);
		memcpy(cut, made.bytes, size);
		assert_true(read_all_of(cut, size, &ring, NULL) < 0);
		free(cut);
	}
	for (size_t at = 0; at <= made.size; at++) {
		memcpy(more, made.bytes, at);
		more[at] = '\n';
		memcpy(more + at + 1, made.bytes + at, made.size - at);
		if (read_all_of(more, made.size + 1, &ring, NULL) == 0)
			fail_msg("a byte added at %zu: accepted", at);
	}
	free(more);
	keyring_clear(&ring);
	signed_clear(&made);
}

/* The lines of one signature, from a package with one; free() them. */
static char *block_of(const struct signed_package *made)
{
	struct package package;
	ok(package_read(made->bytes, made->size, &package, &err));
	char *block = package_minisig(&package, 0);
	assert_non_null(block);
	return block;
}

static struct buffer assemble(
	const char *first, const char *second, const struct signed_package *made)
{
	struct buffer buffer;
	buffer_init(&buffer, (size_t)1 << 24);
	ok(buffer_put(&buffer, BYTES("THESPIAN-SOURCE 1\n")));
	ok(buffer_put(&buffer, first, strlen(first)));
	ok(buffer_put(&buffer, second, strlen(second)));
	ok(buffer_put(&buffer, "\n", 1));
	ok(buffer_put(&buffer, made->zip, made->zip_size));
	return buffer;
}

static void two_signatures_stand_in_order(void **state)
{
	struct signed_package one = package_by("a", "1.2");
	struct signed_package two = package_by("b", "1.2");
	struct signed_package other = package_by("b", "1.3");
	struct keyring ring = ring_open();
	char *blocks[2] = { block_of(&one), block_of(&two) };
	char *foreign = block_of(&other);
	struct package package;
	(void)state;
	/* Key ids are compared as they stand in the file. */
	int first = memcmp(ring.keys[0].id, ring.keys[1].id, KEY_ID_SIZE) < 0 ? 0 : 1;
	struct buffer right = assemble(blocks[first], blocks[!first], &one);
	struct buffer wrong = assemble(blocks[!first], blocks[first], &one);
	struct buffer twice = assemble(blocks[0], blocks[0], &one);
	struct buffer mixed = first == 0 ? assemble(blocks[0], foreign, &one) :
					   assemble(foreign, blocks[0], &one);
	assert_int_equal(read_all_of(right.data, right.size, &ring, &package), 0);
	assert_int_equal(package.signature_count, 2);
	uint8_t hash[PACKAGE_HASH_SIZE];
	char text[PACKAGE_HASH_TEXT];
	package_hash(one.bytes, one.size, hash);
	assert_string_equal(package.hash, text_hex(hash, sizeof(hash), text));
	assert_true(read_all_of(wrong.data, wrong.size, &ring, NULL) < 0);
	assert_true(read_all_of(twice.data, twice.size, &ring, NULL) < 0);
	assert_true(read_all_of(mixed.data, mixed.size, &ring, NULL) < 0);
	buffer_clear(&right);
	buffer_clear(&wrong);
	buffer_clear(&twice);
	buffer_clear(&mixed);
	free(blocks[0]);
	free(blocks[1]);
	free(foreign);
	keyring_clear(&ring);
	signed_clear(&one);
	signed_clear(&two);
	signed_clear(&other);
}

static void unknown_and_missing_signatures_are_refused(void **state)
{
	struct signed_package made = package_by("a", "1.2");
	struct keyring empty = { NULL, 0 };
	struct package package;
	char id[KEY_ID_TEXT];
	(void)state;
	ok(package_read(made.bytes, made.size, &package, &err));
	assert_int_equal(package_verify(&package, &empty, &err), TSP_EUNTRUSTED);
	assert_non_null(strstr(err.text, "not signed by a known key"));
	assert_non_null(strstr(err.text, key_id_text(package.signatures[0].key_id, id)));
	assert_null(package.verified_by);
	struct buffer bare = assemble("", "", &made);
	assert_int_equal(package_read(bare.data, bare.size, &package, &err), TSP_EUNTRUSTED);
	assert_int_equal(package_read(made.zip, made.zip_size, &package, &err), TSP_EUNTRUSTED);
	buffer_clear(&bare);
	signed_clear(&made);
}

/* A look at the head finds the group that the whole is read to be of, at every cut. */
static void the_head_says_the_group(void **state)
{
	struct signed_package made = package_by("a", "1.2");
	char group[65] = "";
	size_t cut = 0;
	(void)state;
	while (cut < made.size && package_read_group(made.bytes, cut, group) < 0)
		cut++;
	assert_true(cut < PACKAGE_HEAD);
	assert_string_equal(group, "hello");
	for (; cut < made.size; cut++)
		ok(package_read_group(made.bytes, cut, group));
	made.bytes[0] ^= 1;
	assert_int_equal(package_read_group(made.bytes, made.size, group), TSP_EUNTRUSTED);
	assert_int_equal(package_read_group("", 0, group), TSP_EUNTRUSTED);
	signed_clear(&made);
}

/* Comments that our keys signed, but that are no claims. */
static void only_claims_are_accepted(void **state)
{
	static const struct {
		const char *comment;
		int rc;
	} table[] = {
		{ COMMENT, 0 },
		{ "group:hello version:1.2 time:2023-11-14T22:13:20Z runtime:2", TSP_EREJECTED },
		{ "group:hello version:none time:2024-02-29T00:00:00Z runtime:1", 0 },
		{ "group:hello version:1~a+b time:2023-11-14T22:13:20Z runtime:1", 0 },
		{ "group:hello version:1.2 time:2023-02-29T22:13:20Z runtime:1", TSP_EUNTRUSTED },
		{ "group:hello version:1.2 time:2023-11-14T24:13:20Z runtime:1", TSP_EUNTRUSTED },
		{ "group:hello version:1.2 time:2023-11-14T22:13:20 runtime:1", TSP_EUNTRUSTED },
		{ "group:hello version:1.2 time:2023-11-14T22:13:20Z runtime:01", TSP_EUNTRUSTED },
		{ "group:hello version:1.2 time:2023-11-14T22:13:20Z runtime:", TSP_EUNTRUSTED },
		{ "group:hello version:1.2 time:2023-11-14T22:13:20Z runtime:+1", TSP_EUNTRUSTED },
		{ "group:hello version:1.2 time:2023-11-14T22:13:20Z runtime:1 more:2",
			TSP_EUNTRUSTED },
		{ "group:hello version:1.2 time:2023-11-14T22:13:20Z runtime:1 ", TSP_EUNTRUSTED },
		{ "group:hello  version:1.2 time:2023-11-14T22:13:20Z runtime:1", TSP_EUNTRUSTED },
		{ " group:hello version:1.2 time:2023-11-14T22:13:20Z runtime:1", TSP_EUNTRUSTED },
		{ "version:1.2 group:hello time:2023-11-14T22:13:20Z runtime:1", TSP_EUNTRUSTED },
		{ "group:.hello version:1.2 time:2023-11-14T22:13:20Z runtime:1", TSP_EUNTRUSTED },
		{ "group: version:1.2 time:2023-11-14T22:13:20Z runtime:1", TSP_EUNTRUSTED },
		{ "group:../x version:1.2 time:2023-11-14T22:13:20Z runtime:1", TSP_EUNTRUSTED },
		{ "group:hello version:1/2 time:2023-11-14T22:13:20Z runtime:1", TSP_EUNTRUSTED },
		{ "timestamp:1700000000\tfile:hello.zip\thashed", TSP_EUNTRUSTED },
		{ "", TSP_EUNTRUSTED },
	};
	struct secret_key *key = key_named("a");
	struct keyring ring = ring_open();
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct signed_package made = package_by("a", "1.2");
		struct package package;
		uint8_t text[512];
		ok(package_read(made.bytes, made.size, &package, &err));
		size_t size = strlen(table[i].comment);
		memcpy(text, package.signatures[0].signature, 64);
		memcpy(text + 64, table[i].comment, size);
		ok(secret_key_sign(key, text, 64 + size, package.signatures[0].global));
		memcpy(package.comment, table[i].comment, size + 1);
		char *block = package_minisig(&package, 0);
		struct buffer bytes = assemble(block, "", &made);
		int rc = read_all_of(bytes.data, bytes.size, &ring, NULL);
		if (rc != table[i].rc)
			fail_msg("'%s': %d", table[i].comment, rc);
		free(block);
		buffer_clear(&bytes);
		signed_clear(&made);
	}
	secret_key_free(key);
	keyring_clear(&ring);
}

static void claims_that_cannot_be_made(void **state)
{
	static const struct package_claim table[] = {
		{ "", "1", TIME },
		{ ".a", "1", TIME },
		{ "a b", "1", TIME },
		{ "a\n", "1", TIME },
		{ "a", "", TIME },
		{ "a", "1 2", TIME },
		{ "a", "1:2", TIME },
		{ "a", "-1", TIME },
		{ "a~", "1", TIME },
		{ "a", "1", INT64_MAX },
		{ "a", "1", INT64_MIN },
		{ NULL, "1", TIME },
		{ "a2345678901234567890123456789012345678901234567890123456789012345", "1", TIME },
	};
	struct secret_key *key = key_named("a");
	uint8_t *bytes = NULL;
	size_t size;
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(
			package_write(&table[i], "zip", 3, key, &bytes, &size, NULL), TSP_EVALUE);
	assert_null(bytes);
	struct package_claim claim = { .group = "a", .version = NULL, .time = 0 };
	ok(package_write(&claim, "zip", 3, key, &bytes, &size, &err));
	struct package package;
	ok(package_read(bytes, size, &package, &err));
	assert_string_equal(
		package.comment, "group:a version:none time:1970-01-01T00:00:00Z runtime:1");
	free(bytes);
	secret_key_free(key);
}

static void the_same_input_gives_the_same_bytes(void **state)
{
	struct signed_package one = package_by("a", "1.2");
	struct signed_package two = package_by("a", "1.2");
	(void)state;
	assert_int_equal(one.size, two.size);
	assert_memory_equal(one.bytes, two.bytes, one.size);
	signed_clear(&one);
	signed_clear(&two);
}

static void minisign_verifies_what_we_sign(void **state)
{
	struct signed_package made = package_by("a", "1.2");
	char *block = block_of(&made);
	(void)state;
	if (has_program("minisign")) {
		write_file("out.zip", made.zip, made.zip_size);
		write_file("out.zip.minisig", block, strlen(block));
		assert_int_equal(shell("minisign -V -p keys/a_tls.key -m out.zip >said"), 0);
		struct buffer said = read_all("said");
		ok(buffer_put(&said, "", 1));
		assert_non_null(strstr((char *)said.data, COMMENT));
		buffer_clear(&said);
		/* Its honest opposite. */
		made.zip[30] ^= 1;
		write_file("out.zip", made.zip, made.zip_size);
		assert_int_not_equal(
			shell("minisign -V -q -p keys/a_tls.key -m out.zip 2>/dev/null"), 0);
	}
	free(block);
	signed_clear(&made);
}

static void what_minisign_signs_is_verified(void **state)
{
	struct signed_package made = package_by("a", "1.2");
	struct keyring ring = { NULL, 0 };
	struct package package;
	(void)state;
	if (has_program("minisign")) {
		assert_int_equal(mkdir("theirs", 0700), 0);
		assert_int_equal(
			shell("minisign -G -W -p theirs/m_tls.key -s m.sec >/dev/null 2>&1"), 0);
		write_file("in.zip", made.zip, made.zip_size);
		assert_int_equal(shell("minisign -S -s m.sec -t '" COMMENT
				       "' -m in.zip </dev/null >/dev/null"),
			0);
		assert_int_equal(shell(PUT_TOGETHER), 0);
		struct buffer bytes = read_all("in.tls");
		ok(keyring_open("theirs", &ring, &err));
		assert_int_equal(read_all_of(bytes.data, bytes.size, &ring, &package), 0);
		assert_string_equal(package.version, "1.2");
		buffer_clear(&bytes);
		/* The old kind of signature, not over a hash, is another thing. */
		assert_int_equal(shell("minisign -S -l -s m.sec -t '" COMMENT
				       "' -m in.zip </dev/null >/dev/null"),
			0);
		assert_int_equal(shell(PUT_TOGETHER), 0);
		bytes = read_all("in.tls");
		assert_int_equal(
			package_read(bytes.data, bytes.size, &package, NULL), TSP_EUNTRUSTED);
		buffer_clear(&bytes);
		keyring_clear(&ring);
	}
	signed_clear(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(the_hash_is_of_claim_and_zip),
		cmocka_unit_test(every_flipped_byte_is_refused),
		cmocka_unit_test(every_cut_and_every_addition_is_refused),
		cmocka_unit_test(two_signatures_stand_in_order),
		cmocka_unit_test(unknown_and_missing_signatures_are_refused),
		cmocka_unit_test(the_head_says_the_group),
		cmocka_unit_test(only_claims_are_accepted),
		cmocka_unit_test(claims_that_cannot_be_made),
		cmocka_unit_test(the_same_input_gives_the_same_bytes),
		cmocka_unit_test(minisign_verifies_what_we_sign),
		cmocka_unit_test(what_minisign_signs_is_verified),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
