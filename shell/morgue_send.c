/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/morgue.h"

#include <stdio.h>

#include "base/error.h"
#include "cli/status.h"
#include "shell/render.h"

/* How many of all went well. */
struct morgue_round {
	struct output *output;
	size_t sent;
	size_t failed;
};

static bool morgue_is(const tsp_message *reply, const char *type)
{
	return tsp_message_is_system(reply) && tsp_message_is(reply, type);
}

/* Of a message that was sent again: what a person is told of it. */
static const char *morgue_outcome(const tsp_message *reply)
{
	if (morgue_is(reply, "MorgueSent"))
		return "sent as from its sender";
	if (morgue_is(reply, "PoisonMessage"))
		return "failed again";
	if (morgue_is(reply, "Handled"))
		return tsp_text_is(tsp_get_text(reply, "outcome"), "finished") ? "handled" : "failed again";
	return "answered";
}

/* The details of poison, or the answer. */
static tsp_value morgue_answer(const tsp_message *reply)
{
	if (morgue_is(reply, "PoisonMessage"))
		return tsp_get(reply, "details");
	if (morgue_is(reply, "MorgueSent") || morgue_is(reply, "Handled"))
		return (tsp_value){ 0 };
	return tsp_message_body(reply);
}

static bool morgue_failed(const tsp_message *reply)
{
	return morgue_is(reply, "PoisonMessage") ||
		(morgue_is(reply, "Handled") &&
			!tsp_text_is(tsp_get_text(reply, "outcome"), "finished"));
}

static int morgue_send_one(struct shell *shell, enum tsp_morgue shelf, uint64_t id, tsp_address to,
	bool as_sender, tsp_error *err)
{
	tsp_message *reply = NULL;
	int rc = tsp_morgue_send(
		shell->system, shelf, id, to, as_sender, shell->timeout_ms, &reply, err);
	if (rc == TSP_EDEAD && !as_sender)
		(void)status_hint(err, "--to sends it to another");
	if (rc < 0)
		return rc;
	bool answer = morgue_answer(reply).data != NULL;
	if (answer && shell->form == OUTPUT_TEXT) {
		rc = render_message(shell, reply, err); /* 1 for poison */
		tsp_message_free(reply);
		return rc;
	}
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_int(output, "id", NULL, (int64_t)id);
	output_string(output, "outcome", NULL, morgue_outcome(reply));
	output_value(output, "answer", NULL, morgue_answer(reply));
	output_say(output, "%s", morgue_outcome(reply));
	output_end(output);
	bool failed = morgue_failed(reply);
	tsp_message_free(reply);
	rc = render_finish(output, err);
	return rc >= 0 && failed ? STATUS_FAILED : rc;
}

/* One of all, as a row. Returns a failure that the next would meet, too. */
static int morgue_send_row(struct shell *shell, struct morgue_round *round, enum tsp_morgue shelf,
	uint64_t id, tsp_address to, bool as_sender, tsp_error *err)
{
	tsp_error cause = { 0 };
	tsp_message *reply = NULL;
	int rc = tsp_morgue_send(
		shell->system, shelf, id, to, as_sender, shell->timeout_ms, &reply, &cause);
	if (rc == TSP_ENOSYSTEM || rc == TSP_ECLOSED || rc == TSP_EINTERRUPT || rc == TSP_ENOMEM)
		return tsp_fail(err, rc, "%s", cause.text);
	bool failed = rc < 0 || morgue_failed(reply);
	round->sent += !failed;
	round->failed += failed;
	output_begin(round->output, NULL, NULL);
	output_int(round->output, "id", "Id", (int64_t)id);
	output_string(round->output, "outcome", "Outcome", rc < 0 ? "not sent" : morgue_outcome(reply));
	output_value(round->output, "answer", "Answer",
		rc < 0 ? (tsp_value){ 0 } : morgue_answer(reply));
	output_string(round->output, "error", "Error", rc < 0 ? cause.text : NULL);
	output_end(round->output);
	tsp_message_free(reply);
	return TSP_OK;
}

static int morgue_send_all(struct shell *shell, enum tsp_morgue shelf, tsp_address to,
	bool as_sender, tsp_error *err)
{
	struct morgue_round round = { 0 };
	tsp_message *list = NULL;
	tsp_walk at = { 0 };
	tsp_value none;
	tsp_value entry;
	int rc = tsp_morgue_list(shell->system, shelf, shell->timeout_ms, &list, err);
	if (rc < 0)
		return rc;
	round.output = output_new(stdout, shell->form);
	output_begin(round.output, NULL, NULL);
	output_list(round.output, "messages", NULL);
	while (rc >= 0 && tsp_value_next(tsp_get(list, "entries"), &at, &none, &entry))
		rc = morgue_send_row(
			shell, &round, shelf, morgue_id(entry), to, as_sender, err);
	output_end(round.output);
	output_int(round.output, "sent", NULL, (int64_t)round.sent);
	output_int(round.output, "failed", NULL, (int64_t)round.failed);
	output_say(round.output, "%zu sent, %zu not", round.sent, round.failed);
	output_end(round.output);
	tsp_message_free(list);
	int shown = render_finish(round.output, rc >= 0 ? err : NULL);
	if (rc < 0 || shown < 0)
		return rc < 0 ? rc : shown;
	if (round.failed == 0)
		return TSP_OK;
	return round.sent > 0 ? STATUS_PART : STATUS_FAILED;
}

int morgue_send(struct shell *shell, enum tsp_morgue shelf, uint64_t id, tsp_address to,
	bool as_sender, tsp_error *err)
{
	return id == 0 ? morgue_send_all(shell, shelf, to, as_sender, err) :
			 morgue_send_one(shell, shelf, id, to, as_sender, err);
}
