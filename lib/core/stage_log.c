/* SPDX-License-Identifier: MIT */
/*
 * Records for the log, from actors and from the host itself: as requests to the admin, which no
 * mailbox holds. What is below the levels that the system goes by is not made at all, and each actor
 * has a rate; what was past it is counted and told.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "core/cell.h"

#define RECORD_LIMIT	 4096 /* bytes of a text */
#define LOGGER_LIMIT	 200
#define RATE_DEFAULT	 1000
#define RATE_MOST	 1000000
#define REFUSAL_INTERVAL (CLOCK_SECOND / 10)

/* below: of what only who follows the log would have, so that it costs the log none of its records. */
static struct log_bucket *bucket_of(struct stage *stage, struct tsp_actor *cell, bool below)
{
	if (below)
		return cell != NULL ? &cell->log_below : &stage->log_below;
	return cell != NULL ? &cell->log : &stage->log;
}

/* NULL: the host itself. */
static struct tsp_actor *owner_of(struct stage *stage, struct log_bucket *bucket)
{
	if (bucket == &stage->log || bucket == &stage->log_below)
		return NULL;
	return bucket->below ? list_item(bucket, struct tsp_actor, log_below) :
			       list_item(bucket, struct tsp_actor, log);
}

static bool post_record(struct stage *stage, struct tsp_actor *cell, enum log_level level,
	unsigned places, const char *logger, const char *text)
{
	char shown[RECORD_LIMIT];
	tsp_builder *builder = stage_builder(stage);

	if (builder == NULL)
		return false;
	if (!text_is_utf8(text, strlen(text)))
		text = text_quote(tsp_text_of(text), shown, sizeof(shown));
	tsp_begin_map(builder);
	tsp_put_key(builder, "level");
	tsp_put_string(builder, log_level_name(level));
	tsp_put_key(builder, "text");
	tsp_put_string(builder, text);
	if (logger != NULL) {
		tsp_put_key(builder, "logger");
		tsp_put_string(builder, logger);
	}
	if (places != LOG_PLACE_NORMAL) {
		tsp_put_key(builder, "places");
		tsp_put_int(builder, places);
	}
	tsp_end(builder);
	return stage_post_built(stage, cell, stage_address(stage, 0),
		       system_request_name(REQUEST_LOG), false) == TSP_OK;
}

static void hold(struct stage *stage, struct tsp_actor *cell, struct log_bucket *bucket)
{
	if (cell != NULL)
		cell->suppressed++;
	if (list_empty(&bucket->link))
		list_append(&stage->log_held, &bucket->link);
}

/* Where what was held back is wanted itself; LOG_LEVEL_OFF: nowhere. */
static enum log_level report_level(const struct stage *stage, const struct log_bucket *bucket)
{
	if (bucket->below)
		return stage->log_least < stage->log_normal ? stage->log_least : LOG_LEVEL_OFF;
	return stage->log_least > LOG_LEVEL_WARNING ? stage->log_least : LOG_LEVEL_WARNING;
}

/* Says what a bucket held back, if it is time. It is not one of those that are counted. */
static void report(
	struct stage *stage, struct tsp_actor *cell, struct log_bucket *bucket, clock_ns now, bool force)
{
	uint32_t held = log_bucket_report(bucket, now, force);
	enum log_level level = report_level(stage, bucket);
	char text[64];

	if (held == 0)
		return;
	list_remove(&bucket->link);
	snprintf(text, sizeof(text), "%lu records suppressed", (unsigned long)held);
	if (level == LOG_LEVEL_OFF || post_record(stage, cell, level, LOG_PLACE_NORMAL, NULL, text))
		return;
	log_bucket_hold(bucket, now); /* for later, with what comes until then */
	bucket->held = held;
	list_append(&stage->log_held, &bucket->link);
}

/* Whether the rate lets one more pass; else it is counted. */
static bool admit(struct stage *stage, struct tsp_actor *cell, struct log_bucket *bucket)
{
	clock_ns now = stage->ops->now(stage->io);

	if (bucket->held > 0)
		report(stage, cell, bucket, now, false);
	if (log_bucket_take(bucket, now, stage->log_interval))
		return true;
	hold(stage, cell, bucket);
	return false;
}

static void write_record(struct stage *stage, struct tsp_actor *cell, enum log_level level,
	unsigned places, const char *logger, const char *format, va_list args)
{
	bool below = level < stage->log_normal && !(places & LOG_PLACE_INTERNAL);
	struct log_bucket *bucket = bucket_of(stage, cell, below);
	char text[RECORD_LIMIT];

	if (!admit(stage, cell, bucket))
		return;
	if (vsnprintf(text, sizeof(text), format, args) >= (int)sizeof(text))
		text_mend(text); /* cut, maybe in the midst of a character */
	if (post_record(stage, cell, level, places, logger, text))
		return;
	log_bucket_hold(bucket, stage->ops->now(stage->io));
	hold(stage, cell, bucket);
}

/* The places that want a record of the system itself. */
static unsigned own_places(const struct stage *stage, enum log_level level)
{
	unsigned places = stage->log_places;

	if (level < stage->log_own_least)
		places &= ~(unsigned)LOG_PLACE_INTERNAL;
	if (level < stage->log_least)
		places &= ~(unsigned)LOG_PLACE_NORMAL;
	return places;
}

void stage_log(
	struct stage *stage, struct tsp_actor *cell, enum log_level level, const char *format, ...)
{
	unsigned places = own_places(stage, level);
	va_list args;

	if (!stage->greeted || places == 0)
		return;
	va_start(args, format);
	write_record(stage, cell, level, places, NULL, format, args);
	va_end(args);
}

void stage_log_line(struct stage *stage, enum log_level level, const char *text)
{
	stage_log(stage, NULL, level, "%s", text);
}

void stage_log_refused(struct tsp_actor *cell, tsp_text type, tsp_address target, int code)
{
	struct stage *stage = cell->stage;
	char address[TSP_ADDRESS_TEXT];
	char more[48] = "";
	uint32_t before;
	clock_ns now;

	if (!stage->greeted || own_places(stage, LOG_LEVEL_ERROR) == 0)
		return;
	now = stage->ops->now(stage->io);
	if (!log_bucket_take(&stage->refusals, now, REFUSAL_INTERVAL))
		return;
	before = log_bucket_report(&stage->refusals, now, true);
	if (type.data == NULL)
		type = TSP_TEXT("a plain value");
	if (before > 0)
		snprintf(more, sizeof(more), " (and %lu refused before it)", (unsigned long)before);
	stage_log(stage, cell, LOG_LEVEL_ERROR, "cannot send '%.*s' to %s: %s%s",
		(int)(type.size < 120 ? type.size : 120), type.data,
		tsp_address_text(target, address), tsp_error_sentence(code), more);
}

void stage_log_run(struct stage *stage, clock_ns now)
{
	struct list *at, *next;

	for (at = stage->log_held.next; at != &stage->log_held; at = next) {
		struct log_bucket *bucket = list_item(at, struct log_bucket, link);

		next = at->next;
		if (now < bucket->report_at)
			continue;
		report(stage, owner_of(stage, bucket), bucket, now, false);
	}
}

clock_ns stage_log_deadline(const struct stage *stage)
{
	clock_ns next = CLOCK_NEVER;
	struct list *at;

	for (at = stage->log_held.next; at != &stage->log_held; at = at->next) {
		clock_ns report_at = list_item(at, struct log_bucket, link)->report_at;

		if (report_at < next)
			next = report_at;
	}
	return next;
}

void cell_log_end(struct tsp_actor *cell)
{
	for (int below = 0; below < 2; below++) {
		struct log_bucket *bucket = bucket_of(cell->stage, cell, below != 0);

		if (bucket->held > 0)
			report(cell->stage, cell, bucket, cell->stage->now, true);
		list_remove(&bucket->link);
	}
}

/* ---- what the admin says of it ---- */

void stage_log_buckets_init(struct log_bucket *log, struct log_bucket *below)
{
	list_init(&log->link);
	list_init(&below->link);
	below->below = true;
}

void stage_log_init(struct stage *stage)
{
	stage_log_buckets_init(&stage->log, &stage->log_below);
	list_init(&stage->log_held);
	stage->log_places = LOG_PLACE_BOTH;
	stage->log_interval = CLOCK_SECOND / RATE_DEFAULT;
}

void stage_log_rate(struct stage *stage, tsp_value capabilities)
{
	int64_t rate;

	if (!tsp_value_int(tsp_value_get(capabilities, "Log Rate"), &rate) || rate <= 0)
		rate = RATE_DEFAULT;
	stage->log_interval = CLOCK_SECOND / (rate < RATE_MOST ? rate : RATE_MOST);
}

static void set_level(const struct tsp_message *message, const char *key, enum log_level *level)
{
	int64_t number = tsp_get_int(message, key, *level);

	if (number >= LOG_LEVEL_DEBUG && number <= LOG_LEVEL_OFF)
		*level = (enum log_level)number;
}

void stage_hear_log_settings(struct stage *stage, const struct tsp_message *message)
{
	char *file = NULL;
	tsp_text path;

	set_level(message, "least", &stage->log_least);
	set_level(message, "normal", &stage->log_normal);
	set_level(message, "own_least", &stage->log_own_least);
	stage->log_places = (unsigned)tsp_get_int(message, "places", stage->log_places) &
		LOG_PLACE_BOTH;
	if (stage->ops->log_file == NULL)
		return;
	path = tsp_get_text(message, "file");
	if (path.data != NULL)
		file = tsp_text_copy(path); /* without memory: none */
	stage->ops->log_file(stage->io, file);
	free(file);
}

/* ---- the public calls ---- */

static void log_to(
	tsp_actor *self, const char *logger, const char *level, const char *format, va_list args)
{
	struct stage *stage = self->stage;
	enum log_level known = LOG_LEVEL_INFO;
	char shown[LOGGER_LIMIT];

	if (level != NULL)
		(void)log_level_parse(level, &known); /* another word counts as info */
	if (known < stage->log_least)
		return;
	if (logger != NULL && logger[0] == '\0')
		logger = NULL;
	if (logger != NULL)
		logger = text_quote(tsp_text_of(logger), shown, sizeof(shown));
	write_record(stage, self, known, LOG_PLACE_NORMAL, logger, format, args);
}

void tsp_log(tsp_actor *self, const char *level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_to(self, NULL, level, format, args);
	va_end(args);
}

void tsp_log_to(tsp_actor *self, const char *logger, const char *level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_to(self, logger, level, format, args);
	va_end(args);
}
