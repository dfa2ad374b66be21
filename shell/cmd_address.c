/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endpoint.h"
#include "base/error.h"
#include "base/text.h"
#include "shell/attendee.h"
#include "shell/render.h"
#include "shell/shell.h"

static int address_parse(const char *text, struct endpoint *ret_endpoint, tsp_error *err)
{
	char shown[80];

	if (endpoint_parse(tsp_text_of(text), ret_endpoint))
		return TSP_OK;
	return tsp_fail(err, TSP_EUSAGE, "cannot add '%s': not HOST[:PORT]",
		text_quote(tsp_text_of(text), shown, sizeof(shown)));
}

/* HOST:PORT of another one, or by name who holds it there. */
static int address_elsewhere(struct shell *shell, const char *text, const struct endpoint *endpoint,
	tsp_address *ret_address, tsp_error *err)
{
	char *place;
	int rc;

	if (strchr(text, '@') != NULL)
		return shell_address(shell, text, ret_address, err);
	place = endpoint_text(endpoint, shell_port(shell));
	if (place == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	rc = attendee_find(shell, place, ret_address, NULL);
	free(place);
	return rc == TSP_ENOENT ? attendee_find(shell, text, ret_address, err) : rc;
}

static int address_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_system *system = NULL;
	struct endpoint endpoint = { .port = "" };
	bool named = strchr(call->argv[0], '@') != NULL;
	int rc = named ? TSP_OK : address_parse(call->argv[0], &endpoint, err);
	if (rc < 0)
		return rc;
	bool here = !named &&
		(strcmp(endpoint.host, "localhost") == 0 || strcmp(endpoint.host, "127.0.0.1") == 0);
	rc = shell_attach(shell, &system, err);
	if (rc < 0)
		return rc;
	tsp_address admin = tsp_admin(system);
	if (!here || (endpoint.port[0] != '\0' && atoi(endpoint.port) != shell_port(shell)))
		rc = address_elsewhere(shell, call->argv[0], &endpoint, &admin, err);
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
	.synopsis = "HOST[:PORT] | NAME@SYSTEM | NAME@*",
	.summary = "add the address of the system there, or of who holds a name there",
	.details = "This one, or one of its convention, as `convention` lists it: where it is, the beginning of its\n"
		   "key (8 digits), or its id. NAME@*: held here, or else at the first system that has it.\n"
		   "NAME@SYSTEM can stand wherever a name can.\n"
		   "example: address localhost",
	.args_min = 1,
	.args_max = 1,
	.run = address_run,
};
