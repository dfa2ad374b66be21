/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/status.h"

#define RECORDING_KEY "thespian_recording"

/* ---- Writing ---- */

int recording_create(const char *path, FILE **ret_stream, tsp_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		bool exists = errno == EEXIST;
		int rc = tsp_fail_errno(err, "create", path);
		return exists ?
			status_hint(err, "a recording is never written over: name another file") :
			rc;
	}
	*ret_stream = fdopen(fd, "w");
	if (*ret_stream != NULL)
		return TSP_OK;
	close(fd);
	return tsp_fail(err, TSP_ENOMEM, "cannot create '%s': out of memory", path);
}

/* A kill between two of these loses nothing, one within the write at most this line. */
static int recording_write(FILE *stream, tsp_builder *builder, tsp_error *err)
{
	tsp_value line;
	char *json = NULL;
	int rc = tsp_builder_value(builder, &line);
	if (rc >= 0)
		rc = tsp_value_to_json(line, TSP_JSON_COMPACT, &json);
	if (rc < 0)
		return tsp_fail(err, rc, "cannot record a message: %s", tsp_error_sentence(rc));
	if (fprintf(stream, "%s\n", json) < 0 || fflush(stream) != 0)
		rc = tsp_fail(err, TSP_EIO, "cannot write the recording: %s", strerror(errno));
	free(json);
	return rc;
}

int recording_put_head(FILE *stream, tsp_address actor, tsp_value entry, tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();
	if (builder == NULL)
		return tsp_fail(err, TSP_ENOMEM, "cannot record: out of memory");
	tsp_put_format(builder, "{s:i, s:a, s:v, s:v, s:v}", RECORDING_KEY, RECORDING_VERSION,
		"actor", actor, "class", tsp_value_get(entry, "class"), "module",
		tsp_value_get(entry, "module"), "source", tsp_value_get(entry, "source"));
	int rc = recording_write(stream, builder, err);
	tsp_builder_free(builder);
	return rc;
}

int recording_put(FILE *stream, const tsp_message *event, tsp_error *err)
{
	static const char *const members[] = { "at_us", "direction", "from", "to", "type", "size",
		"latency_us", "outcome", "system" };
	tsp_builder *builder = tsp_builder_new();
	tsp_value body;
	if (builder == NULL)
		return tsp_fail(err, TSP_ENOMEM, "cannot record: out of memory");
	tsp_begin_map(builder);
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		tsp_put_key(builder, members[i]);
		tsp_put_value(builder, tsp_get(event, members[i]));
	}
	if (tsp_value_encoded(tsp_get(event, "body"), &body)) {
		tsp_put_key(builder, "body");
		tsp_put_value(builder, body);
	}
	tsp_end(builder);
	int rc = recording_write(stream, builder, err);
	tsp_builder_free(builder);
	return rc;
}

/* ---- Reading ---- */

void recording_clear(struct recording *recording)
{
	for (size_t i = 0; i < recording->count; i++)
		tsp_builder_free(recording->messages[i].builder);
	free(recording->messages);
	tsp_builder_free(recording->head);
	free(recording->class_name);
	free(recording->source);
	table_clear(&recording->answers);
	*recording = (struct recording){ 0 };
}

/* One line's map in a builder of its own; *ret_value lies there. */
static int recording_parse(const char *text, size_t size, tsp_builder **ret_builder,
	tsp_value *ret_value, tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();
	if (builder == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	int rc = tsp_value_from_json(text, size, builder, err);
	if (rc >= 0)
		rc = tsp_builder_value(builder, ret_value);
	if (rc >= 0 && tsp_value_kind(*ret_value) != TSP_KIND_MAP)
		rc = tsp_fail(err, TSP_EVALUE, "not a JSON object");
	if (rc < 0) {
		tsp_builder_free(builder);
		return rc;
	}
	*ret_builder = builder;
	return TSP_OK;
}

static char *recording_copy(tsp_value map, const char *key)
{
	tsp_text text;
	return tsp_value_text(tsp_value_get(map, key), &text) ? tsp_text_copy(text) : NULL;
}

static int recording_read_head(
	struct recording *recording, const char *text, size_t size, tsp_error *err)
{
	tsp_value head;
	int64_t version = 0;
	int rc = recording_parse(text, size, &recording->head, &head, err);
	if (rc < 0)
		return rc;
	if (!tsp_value_int(tsp_value_get(head, RECORDING_KEY), &version))
		return tsp_fail(err, TSP_EVALUE, "not the head of a recording");
	if (version != RECORDING_VERSION)
		return tsp_fail(err, TSP_EVALUE, "a recording of version %lld, and this reads %d",
			(long long)version, RECORDING_VERSION);
	char *module = recording_copy(head, "module");
	recording->class_name = recording_copy(head, "class");
	recording->source = recording_copy(head, "source");
	if (recording->class_name != NULL && module != NULL && recording->source == NULL) {
		char *whole = text_format("%s:%s", module, recording->class_name);
		free(recording->class_name);
		recording->class_name = whole;
	}
	free(module);
	return recording->class_name != NULL ?
		TSP_OK :
		tsp_fail(err, TSP_EVALUE, "no class is named in the head");
}

static int recording_fill(struct recorded *message, tsp_value line, tsp_error *err)
{
	tsp_text direction;
	if (!tsp_value_text(tsp_value_get(line, "direction"), &direction) ||
		(!tsp_text_is(direction, "in") && !tsp_text_is(direction, "out")))
		return tsp_fail(err, TSP_EVALUE, "no direction that is in or out");
	if (!tsp_value_int(tsp_value_get(line, "at_us"), &message->at_us) ||
		!tsp_value_address(tsp_value_get(line, "from"), &message->from) ||
		!tsp_value_address(tsp_value_get(line, "to"), &message->to) ||
		!tsp_value_text(tsp_value_get(line, "outcome"), &message->outcome) ||
		!tsp_value_text(tsp_value_get(line, "type"), &message->type))
		return tsp_fail(err, TSP_EVALUE,
			"one of at_us, from, to, type and outcome is not there, or is none");
	message->in = tsp_text_is(direction, "in");
	(void)tsp_value_bool(tsp_value_get(line, "system"), &message->system);
	message->body = tsp_value_get(line, "body");
	return TSP_OK;
}

static int recording_add(
	struct recording *recording, const char *text, size_t size, int number, tsp_error *err)
{
	struct recorded message = { .line = number };
	tsp_value line;
	if (recording->count == recording->capacity) {
		size_t capacity = recording->capacity == 0 ? 64 : recording->capacity * 2;
		struct recorded *grown =
			realloc(recording->messages, capacity * sizeof(*recording->messages));
		if (grown == NULL)
			return tsp_fail(err, TSP_ENOMEM, "out of memory");
		recording->messages = grown;
		recording->capacity = capacity;
	}
	int rc = recording_parse(text, size, &message.builder, &line, err);
	if (rc >= 0)
		rc = recording_fill(&message, line, err);
	if (rc < 0) {
		tsp_builder_free(message.builder);
		return rc;
	}
	recording->messages[recording->count++] = message;
	return TSP_OK;
}

/* Lines stand in the order of their ends, and an actor got its messages in that of their times. */
static int recording_compare(const void *a, const void *b)
{
	const struct recorded *one = a;
	const struct recorded *other = b;
	if (one->at_us != other->at_us)
		return one->at_us < other->at_us ? -1 : 1;
	return one->line < other->line ? -1 : one->line > other->line;
}

static int recording_read_lines(
	struct recording *recording, const char *path, const struct buffer *file, tsp_error *err)
{
	const char *text = (const char *)file->data;
	size_t left = file->size;
	int rc = TSP_OK;
	int number = 0;
	while (rc >= 0 && left > 0) {
		const char *end = memchr(text, '\n', left);
		if (end == NULL) {
			recording->torn = true;
			break;
		}
		size_t size = (size_t)(end - text);
		tsp_error why = { 0 };
		number++;
		rc = number == 1 ? recording_read_head(recording, text, size, &why) :
				   recording_add(recording, text, size, number, &why);
		if (rc < 0)
			return tsp_fail(err, rc, "cannot read line %d of '%s': %s", number, path,
				why.text[0] != '\0' ? why.text : tsp_error_sentence(rc));
		text = end + 1;
		left -= size + 1;
	}
	return number > 0 ?
		TSP_OK :
		tsp_fail(err, TSP_EVALUE, "cannot read line 1 of '%s': it has no head", path);
}

static uint64_t recording_key(tsp_address address)
{
	return address.number ^ (address.system << 32 | address.system >> 32);
}

/* Chains what went to the same address, the earliest first. */
static int recording_index(struct recording *recording)
{
	int rc = TSP_OK;
	for (size_t i = recording->count; rc >= 0 && i > 0; i--) {
		struct recorded *message = &recording->messages[i - 1];
		if (message->in)
			continue;
		uint64_t key = recording_key(message->to);
		message->next = (size_t)(uintptr_t)table_get(&recording->answers, key);
		rc = table_put(&recording->answers, key, (void *)(uintptr_t)i);
	}
	return rc;
}

int recording_read(const char *path, struct recording *ret_recording, tsp_error *err)
{
	struct recording recording = { 0 };
	struct buffer file;
	char shown[256];
	table_init(&recording.answers);
	buffer_init(&file, RECORDING_SIZE_LIMIT);
	int rc = file_read(path, &file, err);
	if (rc >= 0)
		rc = recording_read_lines(&recording,
			text_quote(tsp_text_of(path), shown, sizeof(shown)), &file, err);
	buffer_clear(&file);
	if (rc >= 0 && recording.count > 0)
		qsort(recording.messages, recording.count, sizeof(*recording.messages),
			recording_compare);
	if (rc >= 0 && recording_index(&recording) < 0)
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (rc < 0) {
		recording_clear(&recording);
		return rc;
	}
	*ret_recording = recording;
	return TSP_OK;
}

struct recorded *recording_answer(struct recording *recording, const struct recorded *request)
{
	uint64_t key = recording_key(request->from);
	size_t first = (size_t)(uintptr_t)table_get(&recording->answers, key);
	size_t place = first;
	struct recorded *answer = NULL;
	while (place > 0 && answer == NULL) {
		struct recorded *message = &recording->messages[place - 1];
		place = message->next;
		/* One that was before this request is before all that follow. */
		if (message->at_us >= request->at_us &&
			tsp_address_equal(message->to, request->from))
			answer = message;
	}
	if (place != first && place > 0)
		(void)table_put(&recording->answers, key, (void *)(uintptr_t)place); /* it is there */
	else if (place != first)
		(void)table_take(&recording->answers, key);
	return answer;
}
