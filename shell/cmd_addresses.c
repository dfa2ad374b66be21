/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>

#include "shell/render.h"
#include "shell/shell.h"

static int addresses_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	char text[TSP_ADDRESS_TEXT];
	char number[24];
	(void)call;
	struct output *output = output_new(stdout, shell->form);
	output_begin(output, NULL, NULL);
	output_list(output, "addresses", NULL);
	for (size_t i = 0; i < shell->contacts.count; i++) {
		snprintf(number, sizeof(number), "#%zu", i);
		output_begin(output, NULL, NULL);
		output_int(output, "number", NULL, (int64_t)i);
		output_string(output, NULL, "Number", number);
		output_string(output, "address", "Address",
			tsp_address_text(shell->contacts.addresses[i], text));
		output_end(output);
	}
	output_end(output);
	output_end(output);
	return render_finish(output, err);
}

const struct command cmd_addresses = {
	.name = "addresses",
	.synopsis = "",
	.summary = "list what #n stands for",
	.details = "example: addresses",
	.run = addresses_run,
};
