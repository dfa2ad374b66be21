/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/flight.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/status.h"
#include "shell/render.h"
#include "shell/roll.h"

#define FLIGHT_VERB "ask "

/* A line with a $ may want the result of the one before, one with an option prints no answer. */
bool flight_takes(const char *line, size_t size)
{
	size_t verb = strlen(FLIGHT_VERB);
	if (size <= verb || memcmp(line, FLIGHT_VERB, verb) != 0)
		return false;
	if (memchr(line, '$', size) != NULL || memchr(line, '\0', size) != NULL)
		return false;
	return line[verb + strspn(line + verb, " \t\r\"'\\")] != '-';
}

bool flight_is_full(const struct flight *flight)
{
	return flight->count == TSP_ASK_LIMIT;
}

bool flight_is_ready(const struct flight *flight, const struct shell *shell)
{
	uint64_t id = flight->count > 0 ? flight->asks[flight->first].id : 0;
	return flight->count > 0 && (id == 0 || tsp_ask_ready(shell->system, id));
}

static bool flight_is_gone(int rc)
{
	return rc == TSP_ENOSYSTEM || rc == TSP_ECLOSED;
}

void flight_depart(struct flight *flight, struct shell *shell, const char *line)
{
	struct flight_ask *ask = &flight->asks[(flight->first + flight->count) % TSP_ASK_LIMIT];
	*ask = (struct flight_ask){ 0 };
	shell->departing = ask;
	ask->rc = shell_run_line(shell, line, &ask->err);
	shell->departing = NULL;
	flight->grounded = flight->grounded || flight_is_gone(ask->rc);
	flight->count++;
}

int flight_send(struct flight_ask *ask, struct shell *shell, const char *word, tsp_address target,
	const char *type, tsp_value value, tsp_error *err)
{
	ask->target = target;
	ask->word = strdup(word);
	if (ask->word == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	int rc = tsp_ask_start(
		shell->system, target, type, value, shell->timeout_ms, &ask->id, err);
	return shell_call_by_name(err, rc, word, target);
}

int flight_show(struct shell *shell, const char *word, tsp_address target, int rc,
	tsp_message *reply, tsp_error *err)
{
	(void)shell_call_by_name(err, rc, word, target);
	if (rc == TSP_ETIMEOUT)
		roll_explain_silence(shell, word, err);
	if (rc < 0)
		return rc;
	rc = render_answer(shell, reply, err);
	tsp_message_free(reply);
	return rc;
}

static void flight_remove_first(struct flight *flight)
{
	free(flight->asks[flight->first].word);
	flight->first = (flight->first + 1) % TSP_ASK_LIMIT;
	flight->count--;
}

int flight_land(struct flight *flight, struct shell *shell, tsp_error *err)
{
	struct flight_ask *ask = &flight->asks[flight->first];
	tsp_message *reply = NULL;
	int rc = ask->rc;
	if (ask->id == 0) {
		*err = ask->err;
	} else {
		rc = tsp_ask_finish(shell->system, &ask->id, &reply, err);
		if (rc == TSP_EINTERRUPT)
			tsp_ask_cancel(shell->system, ask->id);
		output_set_keeper(last_keep, &shell->last);
		rc = flight_show(shell, ask->word, ask->target, rc, reply, err);
		output_set_keeper(NULL, NULL);
	}
	flight_remove_first(flight);
	flight->grounded = flight->grounded || flight_is_gone(rc);
	if (flight->count == 0 && flight->grounded) {
		shell_close(shell);
		flight->grounded = false;
	}
	shell->last.status = status_of(rc);
	return rc;
}

void flight_clear(struct flight *flight, struct shell *shell)
{
	for (; flight->count > 0; flight_remove_first(flight))
		if (shell->system != NULL)
			tsp_ask_cancel(shell->system, flight->asks[flight->first].id);
}
