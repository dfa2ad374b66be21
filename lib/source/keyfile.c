/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "source/base64.h"

#define COMMENT        "untrusted comment: "
#define SECRET_COMMENT COMMENT "minisign encrypted secret key"
#define SECRET_SIZE    158 /* algorithms 2+2+2, salt 32, limits 8+8, body */
#define PUBLIC_SIZE    42
#define FILE_SIZE_MAX  4096

_Static_assert(
	offsetof(struct keyfile_secret, checksum) + 32 - offsetof(struct keyfile_secret, id) ==
		KEYFILE_BODY_SIZE,
	"the body lies as in the file");

struct keyfile_secret *keyfile_new(void)
{
	struct keyfile_secret *file = sodium_malloc(sizeof(*file));
	if (file)
		memset(file, 0, sizeof(*file));
	return file;
}

void keyfile_free(struct keyfile_secret *file)
{
	sodium_free(file);
}

static uint64_t read_u64(const uint8_t *bytes)
{
	uint64_t number = 0;
	for (int i = 7; i >= 0; i--)
		number = number << 8 | bytes[i];
	return number;
}

static void write_u64(uint8_t *bytes, uint64_t number)
{
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (8 * i));
}

/* Both kinds are a comment line and a line of base64; size is what that must decode to. */
static int text_decode(const char *text, size_t text_size, size_t size, uint8_t *ret_bytes)
{
	const char *line = memchr(text, '\n', text_size);
	if (!line || text_size < sizeof(COMMENT) || memcmp(text, COMMENT, sizeof(COMMENT) - 1) != 0)
		return TSP_EVALUE;
	line++;
	size_t left = text_size - (size_t)(line - text);
	if (left > 0 && line[left - 1] == '\n')
		left--;
	return base64_decode(line, left, ret_bytes, size);
}

/* Secrets do not pass through a buffer that realloc may leave behind. */
static int small_file_read(int fd, const char *path, char *out, size_t *ret_size, tsp_error *err)
{
	size_t size = 0;
	while (size < FILE_SIZE_MAX) {
		ssize_t got = read(fd, out + size, FILE_SIZE_MAX - size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return tsp_fail_errno(err, "read key", path);
		if (got == 0)
			break;
		size += (size_t)got;
	}
	*ret_size = size;
	return 0;
}

static int mode_check(int fd, const char *path, tsp_error *err)
{
	struct stat status;
	if (fstat(fd, &status) < 0)
		return tsp_fail_errno(err, "read key", path);
	if (!S_ISREG(status.st_mode))
		return tsp_fail(err, TSP_EVALUE, "cannot read key '%s': not a file", path);
	if (status.st_mode & 077)
		return tsp_fail(err, TSP_EPERM,
			"cannot read key '%s': others may read it too; "
			"take that away with: chmod 600",
			path);
	return 0;
}

static int secret_parse(const uint8_t raw[SECRET_SIZE], struct keyfile_secret *file)
{
	static const uint8_t none[2];

	if (memcmp(raw, "Ed", 2) != 0 || memcmp(raw + 4, "B2", 2) != 0)
		return TSP_EVALUE;
	file->encrypted = memcmp(raw + 2, "Sc", 2) == 0;
	if (!file->encrypted && memcmp(raw + 2, none, 2) != 0)
		return TSP_EVALUE;
	memcpy(file->salt, raw + 6, sizeof(file->salt));
	file->ops_limit = read_u64(raw + 38);
	file->memory_limit = read_u64(raw + 46);
	memcpy(file->id, raw + 54, KEYFILE_BODY_SIZE);
	return 0;
}

int keyfile_read_secret(const char *path, struct keyfile_secret **ret_file, tsp_error *err)
{
	int rc = TSP_ENOMEM;
	size_t size = 0;
	struct keyfile_secret *file = keyfile_new();
	char *text = sodium_malloc(FILE_SIZE_MAX);
	uint8_t *raw = sodium_malloc(SECRET_SIZE);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		rc = tsp_fail_errno(err, "read key", path);
		goto out;
	}
	if (!file || !text || !raw) {
		tsp_fail(err, rc, "cannot read key '%s': out of memory", path);
		goto out;
	}
	rc = mode_check(fd, path, err);
	if (rc == 0)
		rc = small_file_read(fd, path, text, &size, err);
	if (rc < 0)
		goto out;
	rc = text_decode(text, size, SECRET_SIZE, raw);
	if (rc == 0)
		rc = secret_parse(raw, file);
	if (rc < 0) {
		tsp_fail(err, rc, "cannot read key '%s': not a secret key as minisign writes it",
			path);
		goto out;
	}
	*ret_file = file;
	file = NULL;
out:
	if (fd >= 0)
		close(fd);
	keyfile_free(file);
	sodium_free(text);
	sodium_free(raw);
	return rc;
}

int keyfile_read_public(const char *path, struct public_key *ret_key, tsp_error *err)
{
	uint8_t raw[PUBLIC_SIZE];
	struct buffer text;
	buffer_init(&text, FILE_SIZE_MAX);
	int rc = file_read(path, &text, err);
	if (rc < 0 && rc != TSP_ELIMIT)
		goto out;
	if (rc == 0)
		rc = text_decode((const char *)text.data, text.size, sizeof(raw), raw);
	if (rc < 0 || memcmp(raw, "Ed", 2) != 0) {
		rc = tsp_fail(err, TSP_EVALUE,
			"cannot read key '%s': not a public key as minisign writes it", path);
		goto out;
	}
	memcpy(ret_key->id, raw + 2, KEY_ID_SIZE);
	memcpy(ret_key->key, raw + 10, KEY_PUBLIC_SIZE);
	ret_key->path = NULL;
out:
	buffer_clear(&text);
	return rc;
}

int keyfile_stream(const struct keyfile_secret *file, const char *password,
	uint8_t ret_stream[KEYFILE_BODY_SIZE])
{
	if (crypto_pwhash_scryptsalsa208sha256(ret_stream, KEYFILE_BODY_SIZE, password,
		    strlen(password), file->salt, file->ops_limit, (size_t)file->memory_limit) != 0)
		return TSP_ENOMEM;
	return 0;
}

void keyfile_xor(struct keyfile_secret *file, const uint8_t stream[KEYFILE_BODY_SIZE])
{
	uint8_t *body = (uint8_t *)file + offsetof(struct keyfile_secret, id);
	for (size_t i = 0; i < KEYFILE_BODY_SIZE; i++)
		body[i] ^= stream[i];
}

static void checksum_make(const struct keyfile_secret *file, uint8_t ret_checksum[32])
{
	crypto_generichash_state state;
	crypto_generichash_init(&state, NULL, 0, 32);
	crypto_generichash_update(&state, (const uint8_t *)"Ed", 2);
	crypto_generichash_update(&state, file->id, sizeof(file->id));
	crypto_generichash_update(&state, file->secret, sizeof(file->secret));
	crypto_generichash_final(&state, ret_checksum, 32);
	sodium_memzero(&state, sizeof(state));
}

bool keyfile_checksum_ok(const struct keyfile_secret *file)
{
	uint8_t checksum[32];
	checksum_make(file, checksum);
	return sodium_memcmp(checksum, file->checksum, sizeof(checksum)) == 0;
}

static int body_encrypt(struct keyfile_secret *file, const char *password)
{
	uint8_t *stream = sodium_malloc(KEYFILE_BODY_SIZE);
	if (!stream)
		return TSP_ENOMEM;
	randombytes_buf(file->salt, sizeof(file->salt));
	file->ops_limit = KEYFILE_OPS_MAX;
	file->memory_limit = KEYFILE_MEMORY_MAX;
	checksum_make(file, file->checksum);
	int rc = keyfile_stream(file, password, stream);
	if (rc == 0) {
		keyfile_xor(file, stream);
		file->encrypted = true;
	}
	sodium_free(stream);
	return rc;
}

static int secret_write(const char *path, const struct keyfile_secret *file, tsp_error *err)
{
	const size_t room = sizeof(SECRET_COMMENT) + BASE64_SIZE(SECRET_SIZE) + 2;
	int rc = TSP_ENOMEM;
	uint8_t *raw = sodium_malloc(SECRET_SIZE);
	char *text = sodium_malloc(room);
	if (!raw || !text) {
		tsp_fail(err, rc, "cannot write key '%s': out of memory", path);
		goto out;
	}
	memset(raw, 0, SECRET_SIZE);
	memcpy(raw, "Ed", 2);
	if (file->encrypted)
		memcpy(raw + 2, "Sc", 2);
	memcpy(raw + 4, "B2", 2);
	memcpy(raw + 6, file->salt, sizeof(file->salt));
	write_u64(raw + 38, file->ops_limit);
	write_u64(raw + 46, file->memory_limit);
	memcpy(raw + 54, file->id, KEYFILE_BODY_SIZE);
	memcpy(text, SECRET_COMMENT "\n", sizeof(SECRET_COMMENT));
	base64_encode(raw, SECRET_SIZE, text + sizeof(SECRET_COMMENT));
	size_t size = strlen(text);
	text[size++] = '\n';
	rc = file_create(path, text, size, 0600, err);
out:
	sodium_free(raw);
	sodium_free(text);
	return rc;
}

int keyfile_write_public(const char *path, const struct public_key *public, tsp_error *err)
{
	uint8_t raw[PUBLIC_SIZE] = "Ed";
	char text[256];
	char id[KEY_ID_TEXT];
	char line[BASE64_SIZE(PUBLIC_SIZE)];
	memcpy(raw + 2, public->id, KEY_ID_SIZE);
	memcpy(raw + 10, public->key, KEY_PUBLIC_SIZE);
	base64_encode(raw, sizeof(raw), line);
	int size = snprintf(text, sizeof(text), COMMENT "minisign public key %s\n%s\n",
		key_id_text(public->id, id), line);
	return file_create(path, text, (size_t)size, 0644, err);
}

int keyfile_write_pair(const char *secret_path, const char *public_path, const char *password,
	struct keyfile_secret *file, const struct public_key *public, tsp_error *err)
{
	/* file_create refuses this too; here nothing is made, and no password derived, in vain. */
	if (access(secret_path, F_OK) == 0 || access(public_path, F_OK) == 0)
		return tsp_fail(err, TSP_EEXIST, "cannot make key '%s': exists already",
			access(secret_path, F_OK) == 0 ? secret_path : public_path);
	if (password && body_encrypt(file, password) < 0)
		return tsp_fail(
			err, TSP_ENOMEM, "cannot make key '%s': out of memory", secret_path);
	int rc = secret_write(secret_path, file, err);
	if (rc < 0)
		return rc;
	rc = keyfile_write_public(public_path, public, err);
	if (rc < 0)
		unlink(secret_path); /* made a moment ago, by us */
	return rc;
}
