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

static int address_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_system *system = NULL;
	char host[256];
	char shown[80];
	int64_t port = shell_port(shell);
	int rc = address_split(call->argv[0], host, sizeof(host), &port, err);
	if (rc < 0)
		return rc;
	bool here = strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0;
	if (!here || port != shell_port(shell))
		return tsp_fail(err, TSP_ENOTIMPL,
			"cannot add '%s': other systems cannot be reached: %s",
			text_quote(tsp_text_of(call->argv[0]), shown, sizeof(shown)),
			tsp_error_sentence(TSP_ENOTIMPL));
	rc = shell_attach(shell, &system, err);
	if (rc < 0)
		return rc;
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_int(output, "number", NULL, contacts_add(&shell->contacts, tsp_admin(system)));
	render_address(shell, output, "address", NULL, tsp_admin(system));
	output_say(output, "%s",
		contacts_text(&shell->contacts, tsp_admin(system), (char[CONTACT_TEXT]){ 0 }));
	output_end(output);
	return render_finish(output, err);
}

const struct command cmd_address = {
	.name = "address",
	.synopsis = "HOST[:PORT]",
	.summary = "add the address of the system there",
	.details = "example: address localhost",
	.args_min = 1,
	.args_max = 1,
	.run = address_run,
};
