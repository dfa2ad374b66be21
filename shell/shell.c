/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/shell.h"
#include "shell/attendee.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/status.h"
#include "shell/interrupt.h"
#include "shell/render.h"

#define SHELL_PAUSE_MS	 100 /* after which a pause without a system looks up */

void shell_init(struct shell *shell)
{
	*shell = (struct shell){ .form = OUTPUT_TEXT, .timeout_ms = SHELL_TIMEOUT_MS };
	contacts_init(&shell->contacts);
}

void shell_clear(struct shell *shell)
{
	shell_close(shell);
	contacts_clear(&shell->contacts);
	last_clear(&shell->last);
}

int shell_port(const struct shell *shell)
{
	if (shell->port != 0)
		return shell->port;
	return strcmp(shell->base, "multiprocUDPBase") == 0 ? 1029 : 1900;
}

void shell_close(struct shell *shell)
{
	for (size_t i = 0; i < shell->arrival_count; i++)
		tsp_message_free(shell->arrivals[i]);
	shell->arrival_count = 0;
	tsp_close(shell->system);
	shell->system = NULL;
	shell->started = false;
	/* Numbers are given by system: #0 is to be the admin of the next one. */
	contacts_clear(&shell->contacts);
}

int shell_open(struct shell *shell, const tsp_open_options *options, tsp_error *err)
{
	tsp_system *system = NULL;
	int rc = tsp_open(options, &system, err);
	if (rc < 0)
		return rc;
	shell_close(shell);
	shell->system = system;
	snprintf(
		shell->base, sizeof(shell->base), "%s", options->base != NULL ? options->base : "");
	rc = contacts_add(&shell->contacts, tsp_admin(system));
	return rc < 0 ? tsp_fail(err, rc, "out of memory") : TSP_OK;
}

int shell_attach(struct shell *shell, tsp_system **ret_system, tsp_error *err)
{
	if (shell->system == NULL) {
		const tsp_open_options options = {
			.base = shell->base[0] != '\0' ? shell->base : NULL,
			.port = shell->port,
			.flags = TSP_OPEN_ATTACH,
			.timeout_ms = shell->timeout_ms,
		};
		int rc = shell_open(shell, &options, err);
		if (rc == TSP_ENOSYSTEM)
			(void)status_hint(err, "'start' starts one");
		if (rc < 0)
			return rc;
	}
	*ret_system = shell->system;
	return TSP_OK;
}

/* NAME, or NAME@SYSTEM. */
static bool shell_is_name(const char *text)
{
	size_t size = strcspn(text, "@");
	if (size == 0 || size > SHELL_NAME_LIMIT || !text_is_utf8(text, size))
		return false;
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return true;
}

int shell_address(struct shell *shell, const char *text, tsp_address *ret_address, tsp_error *err)
{
	tsp_system *system = NULL;
	char shown[80];
	int rc = shell_attach(shell, &system, err);
	if (rc < 0)
		return rc;
	if (text[0] == '#')
		return contacts_parse(&shell->contacts, text, ret_address, err);
	text_quote(tsp_text_of(text), shown, sizeof(shown));
	if (text[0] == '@') {
		rc = tsp_address_parse(text, ret_address);
		return rc < 0 ?
			tsp_fail(err, TSP_EUSAGE, "cannot use '%s': not an address", shown) :
			TSP_OK;
	}
	if (!shell_is_name(text))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot use '%s': neither an address nor a usable name", shown);
	if (strchr(text, '@') != NULL)
		return attendee_name(shell, text, ret_address, err);
	*ret_address = tsp_system_name_address(system, text);
	return TSP_OK;
}

int shell_resolve(struct shell *shell, const char *text, tsp_address *ret_address, tsp_error *err)
{
	tsp_address address;
	int rc = shell_address(shell, text, &address, err);
	if (rc >= 0 && text[0] != '#' && strchr(text, '@') == NULL)
		rc = tsp_resolve(shell->system, text, shell->timeout_ms, &address, err);
	if (rc >= 0)
		*ret_address = address;
	return rc;
}

int shell_call_by_name(tsp_error *err, int rc, const char *word, tsp_address address)
{
	char text[TSP_ADDRESS_TEXT];
	char shown[SHELL_NAME_LIMIT + 1];
	char *rest;
	char *at;
	if (rc >= 0 || err == NULL || word[0] == '#' || word[0] == '@')
		return rc;
	at = strstr(err->text, tsp_address_text(address, text));
	if (at == NULL)
		return rc;
	rest = text_format(
		"%s%s", text_quote(tsp_text_of(word), shown, sizeof(shown)), at + strlen(text));
	if (rest != NULL)
		snprintf(at, sizeof(err->text) - (size_t)(at - err->text), "%s", rest);
	free(rest);
	return rc;
}

int shell_switch(
	struct shell *shell, const char *what, const char *word, bool *ret_on, tsp_error *err)
{
	char shown[80];
	if (!shell->control)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot switch %s: this session is not one of --control", what);
	if (strcmp(word, "on") != 0 && strcmp(word, "off") != 0)
		return tsp_fail(err, TSP_EUSAGE, "cannot switch %s '%s': neither on nor off", what,
			text_quote(tsp_text_of(word), shown, sizeof(shown)));
	*ret_on = strcmp(word, "on") == 0;
	return TSP_OK;
}

void shell_keep_arrival(struct shell *shell, tsp_message *message)
{
	if (shell->arrival_count == SHELL_ARRIVALS) {
		tsp_message_free(message);
		return;
	}
	shell->arrivals[shell->arrival_count++] = message;
}

int shell_next_arrival(
	struct shell *shell, int64_t timeout_ms, tsp_message **ret_message, tsp_error *err)
{
	tsp_system *system = NULL;
	int rc = shell_attach(shell, &system, err);
	if (rc < 0)
		return rc;
	if (shell->arrival_count == 0)
		return tsp_listen(system, timeout_ms, ret_message, err);
	*ret_message = shell->arrivals[0];
	shell->arrival_count--;
	memmove(shell->arrivals, shell->arrivals + 1,
		shell->arrival_count * sizeof(*shell->arrivals));
	return TSP_OK;
}

/* Waits for a message at most ms. */
static int shell_pause_listening(struct shell *shell, int64_t ms, tsp_error *err)
{
	tsp_message *message = NULL;
	int rc = tsp_listen(shell->system, ms, &message, err);
	if (rc < 0)
		return rc == TSP_EINTERRUPT ? rc : TSP_OK;
	if (shell->terminal)
		render_notice(shell, message, stdout);
	fflush(stdout);
	shell_keep_arrival(shell, message);
	return TSP_OK;
}

int shell_pause(struct shell *shell, int64_t ms, tsp_error *err)
{
	clock_ns deadline = clock_after(clock_read(), ms);
	int rc = TSP_OK;
	int64_t left;
	while (rc >= 0 && (left = clock_left_ms(clock_read(), deadline)) > 0) {
		bool listening = shell->system != NULL && shell->arrival_count < SHELL_ARRIVALS;
		clock_ns before = clock_read();
		if (listening)
			rc = shell_pause_listening(shell, left, err);
		/* A connection that has ended answers at once. */
		if (rc >= 0 && (!listening || clock_read() - before < CLOCK_MS)) {
			(void)poll(NULL, 0, (int)(left < SHELL_PAUSE_MS ? left : SHELL_PAUSE_MS));
			rc = interrupt_check(err);
		}
	}
	return rc;
}
