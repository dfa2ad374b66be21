/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "log/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

#define PARTS_LIMIT 64
#define SHOWN_LIMIT 16384 /* of one part; four bytes may stand for one */

enum part_kind {
	PART_LITERAL,
	PART_TIME,
	PART_LEVEL,
	PART_ADDRESS,
	PART_CLASS,
	PART_PROCESS,
	PART_SYSTEM,
	PART_NAME,
	PART_MESSAGE,
};

static const struct {
	const char *text;
	enum part_kind kind;
} known[] = {
	{ "%(asctime)s", PART_TIME },
	{ "%(levelname)s", PART_LEVEL },
	{ "%(actorAddress)s", PART_ADDRESS },
	{ "%(actorClass)s", PART_CLASS },
	{ "%(process)d", PART_PROCESS },
	{ "%(process)s", PART_PROCESS },
	{ "%(system)s", PART_SYSTEM },
	{ "%(name)s", PART_NAME },
	{ "%(message)s", PART_MESSAGE },
};

struct part {
	enum part_kind kind;
	tsp_text text; /* of a literal, in the format's text */
};

struct log_format {
	char *text;
	struct part parts[PARTS_LIMIT];
	size_t count;
};

/* The part at a '%'; its size, 0: there is none such. */
static size_t read_part(const char *at, struct part *part)
{
	size_t i;

	if (at[1] == '%') {
		*part = (struct part){ PART_LITERAL, { at, 1 } };
		return 2;
	}
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t size = strlen(known[i].text);

		if (strncmp(at, known[i].text, size) != 0)
			continue;
		*part = (struct part){ .kind = known[i].kind };
		return size;
	}
	return 0;
}

static int read_parts(struct log_format *format, tsp_error *err)
{
	const char *at = format->text;

	while (*at != '\0') {
		struct part part = { PART_LITERAL, { at, strcspn(at, "%") } };
		size_t size = part.text.size;
		char shown[64];

		if (size == 0)
			size = read_part(at, &part);
		if (size == 0)
			return tsp_fail(err, TSP_EVALUE, "nothing is known for '%s'",
				text_quote((tsp_text){ at, strcspn(at + 1, "% ") + 1 }, shown,
					sizeof(shown)));
		if (format->count == PARTS_LIMIT)
			return tsp_fail(err, TSP_EVALUE, "more than %d parts", PARTS_LIMIT);
		format->parts[format->count++] = part;
		at += size;
	}
	return TSP_OK;
}

int log_format_new(const char *text, struct log_format **ret_format, tsp_error *err)
{
	struct log_format *format = calloc(1, sizeof(*format));
	int rc;

	if (format != NULL)
		format->text = strdup(text);
	if (format == NULL || format->text == NULL) {
		free(format);
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	}
	rc = read_parts(format, err);
	if (rc < 0) {
		log_format_free(format);
		return rc;
	}
	*ret_format = format;
	return TSP_OK;
}

void log_format_free(struct log_format *format)
{
	if (format == NULL)
		return;
	free(format->text);
	free(format);
}

static int put_time(int64_t wall_us, struct buffer *line)
{
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm local;
	char when[32];

	localtime_r(&seconds, &local);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);
	return buffer_printf(line, "%s,%03d", when, (int)(wall_us / 1000 % 1000));
}

static int put_text(tsp_text text, const char *otherwise, struct buffer *line)
{
	char shown[SHOWN_LIMIT];

	if (text.data == NULL)
		text = tsp_text_of(otherwise);
	text_quote(text, shown, sizeof(shown));
	return buffer_put(line, shown, strlen(shown));
}

static int put_part(const struct part *part, const struct log_record *record, const char *system,
	struct buffer *line)
{
	char address[TSP_ADDRESS_TEXT];

	switch (part->kind) {
	case PART_LITERAL:
		return put_text(part->text, "", line);
	case PART_TIME:
		return put_time(record->wall_us, line);
	case PART_LEVEL:
		return buffer_printf(line, "%s", log_level_name(record->level));
	case PART_ADDRESS:
		if (tsp_address_is_nobody(record->actor))
			return buffer_printf(line, "%s", LOG_NOT_ACTOR);
		return buffer_printf(line, "%s", tsp_address_text(record->actor, address));
	case PART_CLASS:
		return put_text(record->class_name, "-", line);
	case PART_PROCESS:
		return buffer_printf(line, "%d", record->pid);
	case PART_SYSTEM:
		return put_text(tsp_text_of(system), "-", line);
	case PART_NAME:
		return put_text(record->logger, "root", line);
	case PART_MESSAGE:
		return put_text(record->text, "", line);
	}
	return TSP_OK;
}

int log_format_put(const struct log_format *format, const struct log_record *record,
	const char *system, struct buffer *line)
{
	size_t before = line->size;
	int rc = TSP_OK;
	size_t i;

	for (i = 0; i < format->count && rc == TSP_OK; i++)
		rc = put_part(&format->parts[i], record, system, line);
	if (rc == TSP_OK)
		rc = buffer_put(line, "\n", 1);
	if (rc < 0)
		line->size = before;
	return rc;
}
