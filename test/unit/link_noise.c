/* SPDX-License-Identifier: MIT */
/* The handshake against the vectors that noise-c and cacophony have published for it. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <string.h>
#include "link/noise.h"

struct vector {
	const char *prologue;
	const char *payloads[6];
	const char *messages[6];
};

static const char init_static[] =
	"e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1";
static const char init_ephemeral[] =
	"893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
static const char resp_public[] =
	"31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62";
static const char resp_static[] =
	"4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893";
static const char resp_ephemeral[] =
	"bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";

static const struct vector vectors[] = {
	{ "50726f6c6f677565313233",
		{ "4c756477696720766f6e204d69736573", "4d757272617920526f746862617264",
			"462e20412e20486179656b", "4361726c204d656e676572",
			"4a65616e2d426170746973746520536179",
			"457567656e2042f6686d20766f6e2042617765726b" },
		{ "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79447a2281c0f1aee0c4"
		  "8c41333a1abbb349ee4bf12e09f8c4fd66635aabbb7dad345826d359e4bd6ebee659f5c6cb3d2d4e"
		  "d12f7c7ffc9fe5513818d9cf9b8778d1502f90649c42ab4a1e3df7199a3d6a13",
			"95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843f58050451a"
			"0edd2a40bb8b0f6b51ea63e1f1f429f1afd583e5d6e53f44da1e",
			"cae0b6af5460d026e80e22c27572a92048176872538f91a056a8df",
			"ab1440d2b5892c638a11a7fa6412beaea5cee62342147f02d75a68",
			"0263ed778a193155c9947202e0b9d35eb46581a902449d091e1b6575a9a59fbeff",
			"95aedd9192351379cb063c8d5827d5529c7f2c8929552dd64c57029734737ea2a405255dcf" } },
	{ "4a6f686e2047616c74",
		{ "4c756477696720766f6e204d69736573", "4d757272617920526f746862617264",
			"462e20412e20486179656b", "4361726c204d656e676572",
			"4a65616e2d426170746973746520536179",
			"457567656e2042f6686d20766f6e2042617765726b" },
		{ "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79447a2281c0f1aee0c4"
		  "8c41333a1abbb349ee4bf12e09f8c4fd66635aabbb7dad346081a79f59e2cef812260cfe8c9e6a99"
		  "d12f7c7ffc9fe5513818d9cf9b8778d1ebd1ce70c8f726d7869830258a788910",
			"95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843f58050451a"
			"0edd2a40bb8b0f6b51ea8094a07e3ed31ebc516b584fef6eaaaf",
			"cae0b6af5460d026e80e22c27572a92048176872538f91a056a8df",
			"ab1440d2b5892c638a11a7fa6412beaea5cee62342147f02d75a68",
			"0263ed778a193155c9947202e0b9d35eb46581a902449d091e1b6575a9a59fbeff",
			"95aedd9192351379cb063c8d5827d5529c7f2c8929552dd64c57029734737ea2a405255dcf" } },
};

static size_t unhex(const char *text, uint8_t *out)
{
	size_t size = 0;

	assert_int_equal(sodium_hex2bin(out, 256, text, strlen(text), NULL, &size, NULL), 0);
	return size;
}

static void is_hex(const struct buffer *bytes, const char *text)
{
	uint8_t expected[256];

	assert_int_equal(bytes->size, unhex(text, expected));
	assert_memory_equal(bytes->data, expected, bytes->size);
}

static void pair_of(const char *text, struct noise_pair *pair)
{
	(void)unhex(text, pair->secret);
	assert_int_equal(noise_pair_fill(pair), 0);
}

/* Both sides at their beginning. */
static void begin(const struct vector *vector, struct noise *one, struct noise *two)
{
	struct noise_pair own, ephemeral;
	uint8_t prologue[64];
	uint8_t peer[NOISE_KEY];
	size_t size = unhex(vector->prologue, prologue);

	pair_of(init_static, &own);
	pair_of(init_ephemeral, &ephemeral);
	(void)unhex(resp_public, peer);
	noise_begin(one, &own, &ephemeral, peer, prologue, size);
	pair_of(resp_static, &own);
	pair_of(resp_ephemeral, &ephemeral);
	assert_memory_equal(own.public, peer, NOISE_KEY);
	noise_begin(two, &own, &ephemeral, NULL, prologue, size);
}

static void transport(const struct vector *vector, struct noise_cipher ciphers[2])
{
	struct noise_cipher readers[2] = { ciphers[0], ciphers[1] };

	for (size_t i = 2; i < 6; i++) {
		uint8_t text[64];
		uint8_t expected[64];
		size_t size = unhex(vector->payloads[i], text);

		assert_int_equal(noise_seal(&ciphers[i % 2], NULL, 0, text, size, text), 0);
		assert_int_equal(unhex(vector->messages[i], expected), size + NOISE_TAG);
		assert_memory_equal(text, expected, size + NOISE_TAG);
		assert_int_equal(
			noise_open(&readers[i % 2], NULL, 0, text, size + NOISE_TAG, text), 0);
		(void)unhex(vector->payloads[i], expected);
		assert_memory_equal(text, expected, size);
	}
}

static void vectors_hold(void **state)
{
	(void)state;
	for (size_t v = 0; v < sizeof(vectors) / sizeof(*vectors); v++) {
		const struct vector *vector = &vectors[v];
		struct noise_cipher ours[2], theirs[2];
		struct buffer message;
		struct noise one, two;
		uint8_t payload[64], read[64];
		size_t size = unhex(vector->payloads[0], payload);

		begin(vector, &one, &two);
		buffer_init(&message, 4096);
		assert_int_equal(noise_write_first(&one, payload, size, &message), 0);
		is_hex(&message, vector->messages[0]);
		assert_int_equal(noise_read_first(&two, message.data, message.size, read), 0);
		assert_memory_equal(read, payload, size);
		assert_memory_equal(two.peer, one.own.public, NOISE_KEY);
		buffer_clear(&message);
		size = unhex(vector->payloads[1], payload);
		assert_int_equal(noise_write_second(&two, payload, size, &message), 0);
		is_hex(&message, vector->messages[1]);
		assert_int_equal(noise_read_second(&one, message.data, message.size, read), 0);
		assert_memory_equal(read, payload, size);
		buffer_clear(&message);
		noise_split(&one, &ours[0], &ours[1]);
		noise_split(&two, &theirs[0], &theirs[1]);
		assert_memory_equal(ours, theirs, sizeof(ours));
		transport(vector, ours);
	}
}

/* One bit of the first message, wherever it is, makes all of it worthless; so does another prologue. */
static void changed_bytes_are_refused(void **state)
{
	struct buffer message;
	struct noise one, two, fresh;
	uint8_t read[64];

	(void)state;
	begin(&vectors[0], &one, &fresh);
	buffer_init(&message, 4096);
	assert_int_equal(noise_write_first(&one, "hello", 5, &message), 0);
	for (size_t i = 0; i < message.size; i++) {
		two = fresh;
		message.data[i] ^= 0x10;
		assert_int_equal(noise_read_first(&two, message.data, message.size, read),
			TSP_EPROTOCOL);
		message.data[i] ^= 0x10;
	}
	for (size_t size = 0; size < message.size; size++) {
		two = fresh;
		assert_int_equal(
			noise_read_first(&two, message.data, size, read), TSP_EPROTOCOL);
	}
	begin(&vectors[1], &one, &two);
	assert_int_equal(
		noise_read_first(&two, message.data, message.size, read), TSP_EPROTOCOL);
	two = fresh;
	assert_int_equal(noise_read_first(&two, message.data, message.size, read), 0);
	buffer_clear(&message);
}

static void worthless_keys_are_refused(void **state)
{
	static const uint8_t zeros[NOISE_KEY] = { 0 };
	struct noise_pair own, ephemeral;
	struct buffer message;
	struct noise one;

	(void)state;
	pair_of(init_static, &own);
	pair_of(init_ephemeral, &ephemeral);
	noise_begin(&one, &own, &ephemeral, zeros, "", 0);
	buffer_init(&message, 4096);
	assert_int_equal(noise_write_first(&one, "hello", 5, &message), TSP_EVALUE);
	buffer_clear(&message);
}

static void rekeying_keeps_both_together(void **state)
{
	struct noise_cipher one = { .key = { 1, 2, 3 } };
	struct noise_cipher two = one;
	struct noise_cipher old = one;
	uint8_t text[32] = "text";
	uint8_t copy[32];

	(void)state;
	noise_rekey(&one);
	noise_rekey(&two);
	assert_int_equal(noise_seal(&one, "with", 4, text, 4, text), 0);
	memcpy(copy, text, sizeof(copy)); /* what does not hold is wiped */
	assert_int_equal(noise_open(&old, "with", 4, copy, 4 + NOISE_TAG, copy), TSP_EPROTOCOL);
	memcpy(copy, text, sizeof(copy));
	assert_int_equal(noise_open(&two, "wit", 3, copy, 4 + NOISE_TAG, copy), TSP_EPROTOCOL);
	assert_int_equal(noise_open(&two, "with", 4, text, 4 + NOISE_TAG, text), 0);
	assert_memory_equal(text, "text", 4);
	one.counter = UINT64_MAX;
	assert_int_equal(noise_seal(&one, NULL, 0, text, 4, text), TSP_ELIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_hold),
		cmocka_unit_test(changed_bytes_are_refused),
		cmocka_unit_test(worthless_keys_are_refused),
		cmocka_unit_test(rekeying_keeps_both_together),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
