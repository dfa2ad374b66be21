/* SPDX-License-Identifier: MIT */
/* Proofs of other systems, honest ones and all that may be wrong with one. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/file.h"
#include "base/text.h"
#include "director/testimony.h"
#include "source/proof_keys.h"
#include "wire/message.h"

#define SOUTH 0x1234u

static const uint8_t south[PIN_KEY] = { 7 };
static char root[64], here[80], there[80], elsewhere[80];
static tsp_error err;

static char *folder(char out[80], const char *name)
{
	(void)snprintf(out, 80, "%s/%s", root, name);
	assert_int_equal(mkdir(out, 0700), 0);
	return out;
}

static int setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/tsp-testimony.XXXXXX");
	assert_non_null(mkdtemp(root));
	(void)folder(here, "here");
	(void)folder(there, "there");
	(void)folder(elsewhere, "elsewhere");
	return keys_init(NULL);
}

static int teardown(void **state)
{
	(void)state;
	return file_remove_tree(root, NULL);
}

static const struct witness witness = { "today 17", SOUTH, south, here };

/* A proof of that system, signed by the key of a folder. */
static struct proof_signed prove(uint64_t system, const char *nonce, const char *by)
{
	struct proof proof = { .nonce = nonce };
	struct proof_signed made;
	tsp_builder *status = tsp_builder_new();
	tsp_message *message;
	tsp_value value;

	tsp_put_format(status, "{s:a,s:i,s:i,s:[],s:[],s:i}", "adminAddress", (tsp_address){ system, 0 },
		"sourceCount", 0, "moduleCount", 0, "loadedSources", "modules", "port", 1900);
	assert_int_equal(tsp_builder_value(status, &value), 0);
	message = message_new(value, TSP_NOBODY, TSP_NOBODY, true);
	assert_non_null(message);
	proof.system = message;
	assert_int_equal(proof_make(&proof, by, &made, &err), 0);
	tsp_message_free(message);
	tsp_builder_free(status);
	return made;
}

/* What comes of it, as the answer of a Director; made is freed. */
static int judge(const struct witness *of, struct proof_signed made, struct testimony *testimony)
{
	tsp_builder *b = tsp_builder_new();
	tsp_value answer;
	int rc;

	tsp_begin_map(b);
	tsp_put_key(b, "document");
	tsp_put_string(b, made.text);
	tsp_put_key(b, "signature");
	tsp_put_string(b, made.lines);
	tsp_put_key(b, "key_id");
	tsp_put_bytes(b, made.key.id, sizeof(made.key.id));
	tsp_put_key(b, "key");
	tsp_put_bytes(b, made.key.key, sizeof(made.key.key));
	tsp_end(b);
	assert_int_equal(tsp_builder_value(b, &answer), 0);
	err = (tsp_error){ 0 };
	rc = testimony_judge(answer, of, testimony, &err);
	if (rc >= 0) {
		assert_true(tsp_text_is(testimony->text, made.text));
		assert_true(tsp_text_is(testimony->lines, made.lines));
	}
	tsp_builder_free(b);
	proof_signed_clear(&made);
	return rc;
}

static bool is_pinned(void)
{
	struct public_key key;
	char path[120];

	(void)snprintf(path, sizeof(path), "%s/convention", here);
	if (proof_key_find(path, south, &key, NULL) < 0)
		return false;
	free(key.path);
	return true;
}

static void believed(struct proof_signed made, bool is_new)
{
	struct testimony testimony;

	if (judge(&witness, made, &testimony) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(testimony.is_new, is_new);
	assert_non_null(strstr(testimony.key.path, "/here/convention/proofs/07000000"));
	testimony_clear(&testimony);
	assert_true(is_pinned());
}

static void refused(struct proof_signed made, const char *why)
{
	struct testimony testimony;

	assert_int_equal(judge(&witness, made, &testimony), TSP_EUNTRUSTED);
	if (!strstr(err.text, why) || strncmp(err.text, "its proof is not believed: ", 27) != 0)
		fail_msg("%s", err.text);
}

static void test_first_key_is_pinned(void **state)
{
	(void)state;
	believed(prove(SOUTH, "today 17", there), true);
	believed(prove(SOUTH, "today 17", there), false);
	refused(prove(SOUTH, "today 17", elsewhere), "it is signed by key ");
	assert_non_null(strstr(err.text, "\nhint: if its operator has made a new key, put its system.pub at '"));
	refused(prove(SOUTH, "tomorrow", there), "its nonce is 'tomorrow'");
	assert_null(strstr(err.text, "hint"));
	believed(prove(SOUTH, "today 17", there), false);
}

/* Nothing of what is not believed is pinned. */
static void test_what_is_wrong(void **state)
{
	struct proof_signed made;
	struct public_key other;

	(void)state;
	refused(prove(SOUTH, "yesterday", there), "its nonce is 'yesterday', not the one asked for");
	refused(prove(SOUTH + 1, "today 17", there),
		"it is of system '0000000000001235', and 0000000000001234 was asked");
	made = prove(SOUTH, "today 17", there);
	*strstr(made.text, "1900") = '2';
	refused(made, "does not verify");
	assert_null(strstr(err.text, "hint"));
	/* a key that goes by the id of another */
	made = prove(SOUTH, "today 17", elsewhere);
	other = made.key;
	proof_signed_clear(&made);
	made = prove(SOUTH, "today 17", there);
	memcpy(made.key.key, other.key, sizeof(other.key));
	refused(made, "does not verify");
	made = prove(SOUTH, "today 17", there);
	made.lines[strlen(made.lines) - 1] = ' ';
	refused(made, "");
	made = prove(SOUTH, "today 17", there);
	made.lines[0] = '\0';
	refused(made, "");
	assert_false(is_pinned());
}

static void test_no_answer(void **state)
{
	struct testimony testimony;
	tsp_builder *b = tsp_builder_new();
	tsp_value answer;

	(void)state;
	assert_int_equal(testimony_judge((tsp_value){ NULL, 0 }, &witness, &testimony, &err), TSP_EPROTOCOL);
	tsp_put_format(b, "{s:s,s:s,s:s,s:s}", "document", "{}", "signature", "x", "key_id", "12345678", "key", "k");
	assert_int_equal(tsp_builder_value(b, &answer), 0);
	assert_int_equal(testimony_judge(answer, &witness, &testimony, &err), TSP_EPROTOCOL);
	tsp_builder_free(b);
	assert_false(is_pinned());
}

/* The one here is believed by the key of its folder, and nothing is pinned. */
static void test_here(void **state)
{
	const struct witness self = { "n", SOUTH, NULL, here };
	struct testimony testimony;

	(void)state;
	assert_int_equal(judge(&self, prove(SOUTH, "n", there), &testimony), TSP_ENOENT);
	assert_int_equal(judge(&self, prove(SOUTH, "n", here), &testimony), 0);
	assert_false(testimony.is_new);
	testimony_clear(&testimony);
	assert_int_equal(judge(&self, prove(SOUTH, "n", there), &testimony), TSP_EUNTRUSTED);
	assert_null(strstr(err.text, "hint"));
	assert_false(is_pinned());
}

static void test_nonces(void **state)
{
	char longest[PROOF_NONCE + 2];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_true(proof_nonce_ok(TSP_TEXT("a")));
	assert_true(proof_nonce_ok((tsp_text){ longest, PROOF_NONCE }));
	assert_false(proof_nonce_ok((tsp_text){ longest, PROOF_NONCE + 1 }));
	assert_false(proof_nonce_ok((tsp_text){ NULL, 0 }));
	assert_false(proof_nonce_ok(TSP_TEXT("a\0b")));
	assert_false(proof_nonce_ok(TSP_TEXT("\xff")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_key_is_pinned, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_here, setup, teardown),
		cmocka_unit_test(test_nonces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
