/* SPDX-License-Identifier: MIT */
/* What a script asks for: a line of JSON, an object whose one member of those below says what. */
#include "config.h"

#include "script/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define WAKEUP_LIMIT_S 3e9 /* about a century */

struct request {
	const char *key;
	/* Negative: what failed. TSP_EVALUE: it is not what it should be. */
	int (*run)(struct run *run, tsp_actor *self, tsp_value value);
	bool answered; /* always, with what it puts into run->answer; else {"ok"} where it has "answer": true */
};

void run_wrong(struct run *run, tsp_actor *self, int code, const char *format, ...)
{
	char text[sizeof(run->wrong)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tsp_log(self, "error", "%s: %s", run->script->name, text);
	if (run->wrong[0] == '\0')
		(void)snprintf(run->wrong, sizeof(run->wrong), "%s: %.*s", tsp_error_name(code),
			(int)sizeof(run->wrong) - 40, text);
}

int run_say(struct run *run, tsp_value value)
{
	char *json = NULL;
	size_t size;
	int rc = tsp_value_to_json(value, TSP_JSON_COMPACT, &json);

	if (rc < 0)
		return rc;
	size = strlen(json);
	if (size > SCRIPT_LINE_LIMIT) {
		rc = TSP_ETOOBIG;
	} else {
		json[size] = '\n'; /* in the place of its end */
		rc = buffer_put(&run->in, json, size + 1);
	}
	free(json);
	return rc;
}

/* ---- Parts of requests ----------------------------------------------------------------------- */

/* An address, its text, or a global name. */
static int read_target(const tsp_actor *self, tsp_value value, tsp_address *ret_target)
{
	tsp_text text = { NULL, 0 };
	char *copy;
	int rc = TSP_EVALUE;

	if (tsp_value_address(value, ret_target))
		return TSP_OK;
	if (!tsp_value_text(value, &text) || memchr(text.data, '\0', text.size) != NULL)
		return TSP_EVALUE;
	copy = tsp_text_copy(text);
	if (copy == NULL)
		return TSP_ENOMEM;
	if (copy[0] == '@')
		rc = tsp_address_parse(copy, ret_target);
	else {
		*ret_target = tsp_name_address(self, copy);
		rc = tsp_address_is_nobody(*ret_target) ? TSP_EVALUE : TSP_OK;
	}
	free(copy);
	return rc;
}

/* A member's text in new memory, NULL where there is none. TSP_EVALUE: it is no text. */
static int read_text(tsp_value map, const char *key, char **ret_text)
{
	tsp_value value = tsp_value_get(map, key);
	tsp_text text = { NULL, 0 };

	*ret_text = NULL;
	if (tsp_value_kind(value) <= TSP_KIND_NULL)
		return TSP_OK;
	if (!tsp_value_text(value, &text) || memchr(text.data, '\0', text.size) != NULL)
		return TSP_EVALUE;
	*ret_text = tsp_text_copy(text);
	return *ret_text != NULL ? TSP_OK : TSP_ENOMEM;
}

static int send_to(tsp_actor *self, tsp_address target, tsp_value value)
{
	char *type = NULL;
	int rc = read_text(value, "type", &type);

	if (rc == TSP_OK)
		rc = tsp_send(self, target, type, tsp_value_get(value, "message"));
	free(type);
	return rc;
}

/* ---- Requests -------------------------------------------------------------------------------- */

static int run_send(struct run *run, tsp_actor *self, tsp_value value)
{
	tsp_address target;
	int rc = read_target(self, tsp_value_get(value, "to"), &target);

	(void)run;
	return rc < 0 ? rc : send_to(self, target, value);
}

static int run_reply(struct run *run, tsp_actor *self, tsp_value value)
{
	if (run->message == NULL || tsp_value_kind(value) != TSP_KIND_MAP)
		return TSP_EVALUE;
	return send_to(self, tsp_message_sender(run->message), value);
}

static int run_forward(struct run *run, tsp_actor *self, tsp_value value)
{
	tsp_address target;
	int rc = run->message != NULL ? read_target(self, value, &target) : TSP_EVALUE;

	return rc < 0 ? rc : tsp_forward(self, target, run->message);
}

static int run_create(struct run *run, tsp_actor *self, tsp_value value)
{
	tsp_create_options options = { .argument = tsp_value_get(value, "argument"),
		.requirements = tsp_value_get(value, "requirements") };
	char *texts[4] = { NULL, NULL, NULL, NULL };
	static const char *const keys[4] = { "class", "name", "source", "role" };
	tsp_address child = TSP_NOBODY;
	int rc = TSP_OK;

	for (size_t i = 0; i < 4 && rc == TSP_OK; i++)
		rc = read_text(value, keys[i], &texts[i]);
	if (rc == TSP_OK && texts[0] == NULL)
		rc = TSP_EVALUE;
	options.name = texts[1];
	options.source = texts[2];
	options.role = texts[3];
	if (rc == TSP_OK) {
		child = tsp_create(self, texts[0], &options);
		rc = tsp_address_is_nobody(child) ? TSP_EVALUE : TSP_OK;
	}
	if (rc == TSP_OK)
		tsp_put_format(run->answer, "{s:a}", "address", child);
	for (size_t i = 0; i < 4; i++)
		free(texts[i]);
	return rc;
}

static int run_wakeup(struct run *run, tsp_actor *self, tsp_value value)
{
	tsp_value request;
	double seconds = 0;

	if (!tsp_value_float(value, &seconds) || !(seconds >= 0) || seconds > WAKEUP_LIMIT_S ||
		tsp_builder_value(run->said, &request) < 0)
		return TSP_EVALUE;
	return tsp_wakeup_after(
		self, (int64_t)(seconds * 1000), tsp_value_get(request, "payload"));
}

static int run_log(struct run *run, tsp_actor *self, tsp_value value)
{
	static const char *const levels[] = { "debug", "info", "warning", "error", "critical" };
	char shown[SCRIPT_LOG_LIMIT];
	tsp_text text = { NULL, 0 };
	tsp_text wanted = TSP_TEXT("info");
	tsp_value request;

	if (!tsp_value_text(value, &text) || tsp_builder_value(run->said, &request) < 0)
		return TSP_EVALUE;
	(void)tsp_value_text(tsp_value_get(request, "level"), &wanted);
	text_quote(text, shown, sizeof(shown));
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (tsp_text_is(wanted, levels[i])) {
			tsp_log(self, levels[i], "%s", shown);
			return TSP_OK;
		}
	return TSP_EVALUE;
}

static int run_exit(struct run *run, tsp_actor *self, tsp_value value)
{
	(void)run;
	(void)value;
	return tsp_exit(self);
}

static int run_get(struct run *run, tsp_actor *self, tsp_value value)
{
	tsp_text path = { NULL, 0 };

	(void)self;
	if (!tsp_value_text(value, &path))
		return TSP_EVALUE;
	return field_put(field_find(run->value, path), run->answer);
}

/* ---- What ends a message --------------------------------------------------------------------- */

static int end_with(struct run *run, enum verdict verdict)
{
	if (run->verdict != VERDICT_NONE)
		return TSP_EVALUE; /* nothing is in work */
	run->verdict = verdict;
	return TSP_OK;
}

static int run_ready(struct run *run, tsp_actor *self, tsp_value value)
{
	(void)self;
	(void)value;
	if (run->message != NULL)
		return TSP_EVALUE;
	return end_with(run, VERDICT_READY);
}

static int run_done(struct run *run, tsp_actor *self, tsp_value value)
{
	(void)self;
	(void)value;
	return end_with(run, VERDICT_DONE);
}

static int run_defer(struct run *run, tsp_actor *self, tsp_value value)
{
	(void)self;
	(void)value;
	return end_with(run, VERDICT_DEFER);
}

static int run_failed(struct run *run, tsp_actor *self, tsp_value value)
{
	tsp_text text = { NULL, 0 };

	(void)self;
	if (!tsp_value_text(value, &text) || end_with(run, VERDICT_FAILED) < 0)
		return TSP_EVALUE;
	free(run->details);
	run->details = tsp_text_copy(text);
	return TSP_OK;
}

static const struct request requests[] = { { "send", run_send, false },
	{ "reply", run_reply, false }, { "forward", run_forward, false },
	{ "create", run_create, true }, { "get", run_get, true }, { "wakeup", run_wakeup, false },
	{ "log", run_log, false }, { "exit", run_exit, false }, { "ready", run_ready, false },
	{ "done", run_done, false }, { "defer", run_defer, false }, { "failed", run_failed, false } };
#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

/* ---- A line ---------------------------------------------------------------------------------- */

static const struct request *find_request(tsp_value map)
{
	for (size_t i = 0; i < REQUESTS; i++)
		if (tsp_value_kind(tsp_value_get(map, requests[i].key)) != TSP_KIND_ABSENT)
			return &requests[i];
	return NULL;
}

static int say_error(struct run *run, int code)
{
	tsp_value value;
	int rc;

	tsp_builder_reset(run->answer);
	tsp_put_format(run->answer, "{s:s, s:s}", "error", tsp_error_name(code), "text",
		tsp_error_sentence(code));
	rc = tsp_builder_value(run->answer, &value);
	return rc < 0 ? rc : run_say(run, value);
}

/* rc: what came of the request; where that is well, run->answer is said. */
static void answer(struct run *run, tsp_actor *self, int rc)
{
	tsp_value value;

	if (rc == TSP_OK)
		rc = tsp_builder_value(run->answer, &value);
	if (rc == TSP_OK)
		rc = run_say(run, value);
	if (rc < 0)
		rc = say_error(run, rc);
	if (rc < 0)
		run_wrong(run, self, rc, "an answer to it is lost: %s", tsp_error_sentence(rc));
}

void run_refuse(struct run *run, tsp_actor *self, int code)
{
	answer(run, self, code);
}

static bool begins(tsp_text line, const char *text)
{
	return line.size >= strlen(text) && memcmp(line.data, text, strlen(text)) == 0;
}

static bool ends(tsp_text line, const char *text)
{
	size_t size = strlen(text);

	return line.size >= size && memcmp(line.data + line.size - size, text, size) == 0;
}

/* No request. Who waits hears that; else the message in work fails, at once where that was to be said. */
static void refuse_line(struct run *run, tsp_actor *self, tsp_text line)
{
	char shown[SCRIPT_SHOWN];

	text_quote(line, shown, sizeof(shown));
	if (ends(line, ANSWER_WANTED)) {
		tsp_log(self, "error", "%s: it wrote what is no request: '%s'", run->script->name, shown);
		run_refuse(run, self, TSP_EVALUE);
		return;
	}
	run_wrong(run, self, TSP_EVALUE, "it wrote what is no request: '%s'", shown);
	if (begins(line, "{\"failed\":"))
		(void)end_with(run, VERDICT_FAILED);
}

void run_request(struct run *run, tsp_actor *self, tsp_text line)
{
	char shown[SCRIPT_SHOWN];
	const struct request *request = NULL;
	tsp_value map = { NULL, 0 };
	bool wanted = false;
	int rc;

	tsp_builder_reset(run->said);
	tsp_builder_reset(run->answer);
	rc = tsp_value_from_json(line.data, line.size, run->said, NULL);
	if (rc == TSP_OK)
		rc = tsp_builder_value(run->said, &map);
	if (rc == TSP_OK)
		request = find_request(map);
	if (request == NULL) {
		refuse_line(run, self, line);
		return;
	}
	rc = request->run(run, self, tsp_value_get(map, request->key));
	(void)tsp_value_bool(tsp_value_get(map, "answer"), &wanted);
	if (rc == TSP_OK && !request->answered)
		tsp_put_format(run->answer, "{s:b}", "ok", true);
	if (wanted || request->answered)
		answer(run, self, rc);
	else if (rc == TSP_EVALUE)
		run_wrong(run, self, rc, "it wrote a '%s' that is not usable: '%s'", request->key,
			text_quote(line, shown, sizeof(shown)));
	else if (rc < 0)
		tsp_log(self, "error", "%s: its '%s' failed: %s", run->script->name, request->key,
			tsp_error_sentence(rc));
}
