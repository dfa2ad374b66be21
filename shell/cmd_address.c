/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "shell/render.h"
#include "shell/shell.h"

/* Splits HOST[:PORT]; the port stays where there is none. */
static int address_split(const char *text, char *host, size_t size, int64_t *port, tsp_error *err)
{
	char shown[80];
	const char *colon = strrchr(text, ':');
	size_t length = colon != NULL && text[0] != ':' ? (size_t)(colon - text) : strlen(text);
	if (length == 0 || length >= size ||
		(text[length] == ':' && text_to_int(text + length + 1, 1, 65535, port) < 0))
		return tsp_fail(err, TSP_EUSAGE, "cannot add '%s': not HOST[:PORT]",
			text_quote(tsp_text_of(text), shown, sizeof(shown)));
	memcpy(host, text, length);
	host[length] = '\0';
	return TSP_OK;
}

/* Another system is reached by what it says where it is. */
static int address_of_member(struct shell *shell, tsp_system *system, const char *host,
	int64_t port, tsp_address *ret_admin, tsp_error *err)
{
	tsp_message *status = NULL;
	tsp_walk at = { 0 };
	tsp_value none, member;
	char place[300];
	char shown[80];
	bool found = false;
	int rc = tsp_status(system, tsp_admin(system), shell->timeout_ms, &status, err);
	if (rc < 0)
		return rc;
	snprintf(place, sizeof(place), "%s:%d", host, (int)port);
	while (!found &&
		tsp_value_next(tsp_get(status, "conventionAttendees"), &at, &none, &member)) {
		tsp_text text = { NULL, 0 };
		(void)tsp_value_text(tsp_value_get(member, "address"), &text);
		found = tsp_text_is(text, place) &&
			tsp_value_address(tsp_value_get(member, "admin"), ret_admin);
	}
	tsp_message_free(status);
	if (found)
		return TSP_OK;
	return tsp_fail(err, TSP_ENOENT, "cannot add '%s': no system of the convention says that it is there",
		text_quote(tsp_text_of(place), shown, sizeof(shown)));
}

static int address_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_system *system = NULL;
	char host[256];
	int64_t port = shell_port(shell);
	int rc = address_split(call->argv[0], host, sizeof(host), &port, err);
	if (rc < 0)
		return rc;
	bool here = strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0;
	rc = shell_attach(shell, &system, err);
	if (rc < 0)
		return rc;
	tsp_address admin = tsp_admin(system);
	if (!here || port != shell_port(shell))
		rc = address_of_member(shell, system, host, port, &admin, err);
	if (rc < 0)
		return rc;
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_int(output, "number", NULL, contacts_add(&shell->contacts, admin));
	render_address(shell, output, "address", NULL, admin);
	output_say(output, "%s",
		contacts_text(&shell->contacts, admin, (char[CONTACT_TEXT]){ 0 }));
	output_end(output);
	return render_finish(output, err);
}

const struct command cmd_address = {
	.name = "address",
	.synopsis = "HOST[:PORT]",
	.summary = "add the address of the system there",
	.details = "This one, or one of its convention, as `convention` lists it.\n"
		   "example: address localhost",
	.args_min = 1,
	.args_max = 1,
	.run = address_run,
};
