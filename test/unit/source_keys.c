/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "test/unit/source_help.h"

#include <sodium.h>

#include "source/base64.h"
#include "source/keyfile.h"

static const char *typed; /* what the user types */

static int type_password(void *data, const char *prompt, char *out, size_t size, tsp_error *cause)
{
	(void)data;
	(void)cause;
	assert_non_null(prompt);
	snprintf(out, size, "%s", typed);
	return 0;
}

static bool signs_for(const struct secret_key *key, const struct public_key *public)
{
	uint8_t signature[64];
	ok(secret_key_sign(key, "text", 4, signature));
	return crypto_sign_verify_detached(signature, (const uint8_t *)"text", 4, public->key) ==
		0 &&
		memcmp(secret_key_id(key), public->id, KEY_ID_SIZE) == 0;
}

static void a_pair_is_made_and_read(void **state)
{
	uint8_t id[KEY_ID_SIZE];
	struct secret_key *key = NULL;
	struct public_key public;
	struct public_key own;
	struct stat status;
	(void)state;
	ok(keys_generate("a.sec", "a_tls.key", NULL, id, &err));
	assert_int_equal(stat("a.sec", &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	ok(secret_key_open("a.sec", NULL, NULL, &key, &err));
	ok(keyfile_read_public("a_tls.key", &public, &err));
	assert_true(signs_for(key, &public));
	assert_memory_equal(id, public.id, KEY_ID_SIZE);
	secret_key_public(key, &own);
	assert_memory_equal(own.key, public.key, KEY_PUBLIC_SIZE);
	secret_key_free(key);
}

static void a_key_is_never_overwritten(void **state)
{
	uint8_t id[KEY_ID_SIZE];
	(void)state;
	write_file("there", "x", 1);
	assert_int_equal(keys_generate("there", "new_tls.key", NULL, id, &err), TSP_EEXIST);
	assert_int_equal(access("new_tls.key", F_OK), -1);
	assert_int_equal(keys_generate("new.sec", "there", NULL, id, &err), TSP_EEXIST);
	assert_int_equal(access("new.sec", F_OK), -1);
	struct buffer text = read_all("there");
	assert_int_equal(text.size, 1);
	buffer_clear(&text);
}

static void a_file_that_others_read_is_refused(void **state)
{
	uint8_t id[KEY_ID_SIZE];
	struct secret_key *key = NULL;
	(void)state;
	ok(keys_generate("open.sec", "open_tls.key", NULL, id, &err));
	assert_int_equal(chmod("open.sec", 0640), 0);
	assert_int_equal(secret_key_open("open.sec", NULL, NULL, &key, &err), TSP_EPERM);
	assert_non_null(strstr(err.text, "chmod 600"));
	assert_int_equal(secret_key_open("nowhere.sec", NULL, NULL, &key, &err), TSP_ENOENT);
	assert_null(key);
}

/* A plain file has no checksum, but its two halves must fit. */
static void a_flipped_plain_key_is_refused(void **state)
{
	uint8_t id[KEY_ID_SIZE];
	uint8_t raw[158];
	char line[BASE64_SIZE(158)];
	(void)state;
	ok(keys_generate("flip.sec", "flip_tls.key", NULL, id, &err));
	struct buffer text = read_all("flip.sec");
	char *start = strchr((char *)text.data, '\n') + 1;
	assert_int_equal(base64_decode(start, BASE64_SIZE(158) - 1, raw, 158), 0);
	for (size_t i = 62; i < 126; i++) {
		struct secret_key *key = NULL;
		raw[i] ^= 4;
		base64_encode(raw, sizeof(raw), line);
		memcpy(start, line, sizeof(line) - 1);
		raw[i] ^= 4;
		write_file("flipped.sec", text.data, text.size);
		assert_int_equal(
			secret_key_open("flipped.sec", NULL, NULL, &key, NULL), TSP_EVALUE);
	}
	buffer_clear(&text);
}

static void other_files_are_no_keys(void **state)
{
	static const char *const bad[] = { "", "\n", "untrusted comment: x",
		"untrusted comment: x\n", "untrusted comment: x\nAAAA\n", "no comment\nRWQ\n" };
	struct secret_key *key = NULL;
	struct public_key public;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_file("bad", bad[i], strlen(bad[i]));
		assert_int_equal(secret_key_open("bad", NULL, NULL, &key, NULL), TSP_EVALUE);
		assert_int_equal(keyfile_read_public("bad", &public, NULL), TSP_EVALUE);
	}
	assert_null(key);
}

/* A file that asks for more than we give is refused before anything is derived. */
static void scrypt_limits_are_bounded(void **state)
{
	uint8_t raw[158] = "EdScB2";
	char text[300];
	char line[BASE64_SIZE(158)];
	struct secret_key *key = NULL;
	(void)state;
	typed = "pw";
	for (int which = 0; which < 2; which++) {
		memset(raw + 38, 0, 16);
		raw[which ? 45 : 38] = 1;                /* operations: 1, or 2^56 */
		raw[which ? 46 : 49] = which ? 1 : 0x41; /* memory: 1 byte, or 0x41000000 */
		base64_encode(raw, sizeof(raw), line);
		int size = snprintf(text, sizeof(text), "untrusted comment: x\n%s\n", line);
		write_file("greedy.sec", text, (size_t)size);
		int rc = secret_key_open("greedy.sec", type_password, NULL, &key, &err);
		assert_int_equal(rc, TSP_ELIMIT);
	}
}

static void a_password_protects(void **state)
{
	uint8_t id[KEY_ID_SIZE];
	struct secret_key *key = NULL;
	struct public_key public;
	(void)state;
	ok(keys_generate("p.sec", "p_tls.key", "secret word", id, &err));
	assert_int_equal(secret_key_open("p.sec", NULL, NULL, &key, &err), TSP_EPERM);
	typed = "wrong word";
	assert_int_equal(secret_key_open("p.sec", type_password, NULL, &key, &err), TSP_EPERM);
	assert_null(key);
	typed = "secret word";
	ok(secret_key_open("p.sec", type_password, NULL, &key, &err));
	ok(keyfile_read_public("p_tls.key", &public, &err));
	assert_true(signs_for(key, &public));
	secret_key_free(key);
	write_file("message", "hello", 5);
	assert_int_equal(
		shell("echo secret word | minisign -S -s p.sec -m message >/dev/null 2>&1"), 0);
	assert_int_equal(shell("minisign -V -q -p p_tls.key -m message"), 0);
}

static void minisign_reads_our_keys(void **state)
{
	uint8_t id[KEY_ID_SIZE];
	(void)state;
	ok(keys_generate("our.sec", "our_tls.key", NULL, id, &err));
	write_file("message", "hello", 5);
	assert_int_equal(shell("minisign -S -s our.sec -m message </dev/null >/dev/null 2>&1"), 0);
	assert_int_equal(shell("minisign -V -q -p our_tls.key -m message"), 0);
}

static void we_read_the_keys_of_minisign(void **state)
{
	struct secret_key *key = NULL;
	struct public_key public;
	char id[KEY_ID_TEXT];
	(void)state;
	assert_int_equal(shell("minisign -G -W -p m_tls.key -s m.sec >/dev/null 2>&1"), 0);
	ok(secret_key_open("m.sec", NULL, NULL, &key, &err));
	ok(keyfile_read_public("m_tls.key", &public, &err));
	assert_true(signs_for(key, &public));
	secret_key_free(key);
	struct buffer text = read_all("m_tls.key");
	assert_int_equal(buffer_put(&text, "", 1), 0);
	/* minisign leaves out the zeros that an id begins with */
	key_id_text(public.id, id);
	assert_non_null(strstr((char *)text.data, id + strspn(id, "0")));
	buffer_clear(&text);
	/* The same with a password. */
	assert_int_equal(
		shell("printf 'pw\\npw\\n' | minisign -G -p s_tls.key -s s.sec >/dev/null 2>&1"),
		0);
	typed = "pw";
	ok(secret_key_open("s.sec", type_password, NULL, &key, &err));
	ok(keyfile_read_public("s_tls.key", &public, &err));
	assert_true(signs_for(key, &public));
	secret_key_free(key);
}

static void a_ring_is_all_key_files_of_a_folder(void **state)
{
	uint8_t id[KEY_ID_SIZE];
	struct keyring ring = { NULL, 0 };
	(void)state;
	assert_int_equal(mkdir("ring", 0700), 0);
	ok(keyring_open("ring", &ring, &err));
	assert_int_equal(ring.count, 0);
	keyring_clear(&ring);
	ok(keys_generate("b.sec", "ring/b_tls.key", NULL, id, &err));
	ok(keys_generate("a2.sec", "ring/a_tls.key", NULL, id, &err));
	write_file("ring/other.txt", "x", 1);
	ok(keyring_open("ring", &ring, &err));
	assert_int_equal(ring.count, 2);
	assert_string_equal(ring.keys[0].path, "ring/a_tls.key");
	assert_ptr_equal(keyring_find(&ring, id), &ring.keys[0]);
	id[0] ^= 1;
	assert_null(keyring_find(&ring, id));
	keyring_clear(&ring);
	write_file("ring/c_tls.key", "x", 1);
	assert_int_equal(keyring_open("ring", &ring, &err), TSP_EVALUE);
	assert_non_null(strstr(err.text, "ring/c_tls.key"));
	assert_int_equal(keyring_open("no-ring", &ring, &err), TSP_ENOENT);
}

static void count_fault(void *data, const char *path, const tsp_error *fault)
{
	assert_int_equal(fault->code, TSP_EVALUE);
	assert_non_null(strstr(fault->text, path));
	(*(int *)data)++;
}

static void a_survey_goes_on_behind_a_fault(void **state)
{
	uint8_t id[KEY_ID_SIZE];
	struct keyring ring = { NULL, 0 };
	int faults = 0;
	(void)state;
	assert_int_equal(mkdir("survey", 0700), 0);
	write_file("survey/a_tls.key", "x", 1);
	ok(keys_generate("survey.sec", "survey/b_tls.key", NULL, id, &err));
	write_file("survey/c_tls.key", "y", 1);
	ok(keyring_survey("survey", count_fault, &faults, &ring, &err));
	assert_int_equal(faults, 2);
	assert_int_equal(ring.count, 1);
	assert_string_equal(ring.keys[0].path, "survey/b_tls.key");
	keyring_clear(&ring);
	assert_int_equal(
		keyring_survey("no-survey", count_fault, &faults, &ring, &err), TSP_ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair_is_made_and_read),
		cmocka_unit_test(a_key_is_never_overwritten),
		cmocka_unit_test(a_file_that_others_read_is_refused),
		cmocka_unit_test(a_flipped_plain_key_is_refused),
		cmocka_unit_test(other_files_are_no_keys),
		cmocka_unit_test(scrypt_limits_are_bounded),
		cmocka_unit_test(a_password_protects),
		cmocka_unit_test(minisign_reads_our_keys),
		cmocka_unit_test(we_read_the_keys_of_minisign),
		cmocka_unit_test(a_ring_is_all_key_files_of_a_folder),
		cmocka_unit_test(a_survey_goes_on_behind_a_fault),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
