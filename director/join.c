/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/status.h"
#include "director/commands.h"
#include "director/convention.h"
#include "source/keys.h"

static const struct option_spec join_options[] = {
	{ "name", 0, "NAME", "what the leader is called in listings (its address)", COMPLETE_NONE },
	{ 0 },
};

/* One more line of convleader.cfg, if it is not there yet. */
static int add_leader(struct context *context, const char *address, tsp_error *err)
{
	const char *leaders = settings_get(&context->settings, "convleader");
	char *known = NULL, *text = NULL;
	int rc = convention_leaders(&context->settings, &known);
	char *found = known ? strstr(known, address) : NULL;

	if (rc < 0) {
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
		goto out;
	}
	if (found && (found == known || found[-1] == ',') &&
		(found[strlen(address)] == '\0' || found[strlen(address)] == ','))
		goto out;
	text = text_format("%s%s%s", leaders ? leaders : "", leaders && *leaders ? "\n" : "", address);
	rc = text ? setting_write(context->folder, "convleader", text, err) :
		    tsp_fail(err, TSP_ENOMEM, "out of memory");
out:
	free(text);
	free(known);
	return rc;
}

/* Who leads, by which key, and what we show it. */
static int pin_leader(const char *folder, const char *address, const char *name,
	const uint8_t key[PIN_KEY], const uint8_t secret[PIN_KEY], tsp_error *err)
{
	struct pin_pair own;
	struct pin pin = { .since = convention_now() };
	int rc = pins_own(folder, true, &own, err);

	explicit_bzero(&own.secret, sizeof(own.secret));
	if (rc >= 0 && memcmp(own.public, key, PIN_KEY) == 0)
		rc = tsp_fail(err, TSP_EUSAGE,
			"cannot join '%s': the token is this system's own; it is for another machine", address);
	if (rc < 0)
		return rc;
	memcpy(pin.key, key, PIN_KEY);
	snprintf(pin.name, sizeof(pin.name), "%s", name);
	snprintf(pin.address, sizeof(pin.address), "%s", address);
	rc = pins_admit(folder, &pin, err);
	if (rc >= 0)
		rc = pins_set_leader(folder, address, key, err);
	return rc < 0 ? rc : pins_set_join_secret(folder, key, secret, err);
}

static int join_print(const struct context *context, const char *address, const uint8_t key[PIN_KEY])
{
	struct output *output = context_output(context);
	char text[PIN_TEXT];

	output_begin(output, NULL, NULL);
	output_string(output, "leader", NULL, address);
	output_string(output, "key", NULL, pin_text(key, text));
	output_say(output, "leader %s key %.16s", address, text);
	output_say(output, "the system here links with it from its next start on");
	output_end(output);
	return output_finish(output);
}

static int join_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	const char *name = options_get(&call->options, "name");
	uint8_t key[PIN_KEY], secret[PIN_KEY];
	char *folder = NULL;
	char *address = convention_address(tsp_text_of(call->argv[0]));
	int rc;

	if (!address)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	rc = name ? convention_check_name(name, err) : TSP_OK;
	if (rc >= 0 && !pins_token(call->argv[1], key, secret)) {
		rc = tsp_fail(err, TSP_EUSAGE, "cannot join '%s': that is no token", address);
		(void)status_hint(err, "`thespian-director invite` on the leader's machine prints one");
	}
	if (rc >= 0)
		rc = context_make_folder(context, err);
	if (rc >= 0)
		rc = context_settings(context, err);
	if (rc >= 0)
		rc = keys_init(err);
	if (rc < 0)
		goto out;
	folder = convention_folder(context);
	if (!folder)
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (rc >= 0)
		rc = add_leader(context, address, err); /* which is checked by that */
	if (rc >= 0)
		rc = pin_leader(folder, address, name ? name : address, key, secret, err);
	if (rc >= 0)
		rc = join_print(context, address, key);
out:
	explicit_bzero(secret, sizeof(secret));
	free(address);
	free(folder);
	return rc;
}

const struct command join_command = {
	.name = "join",
	.synopsis = "HOST[:PORT] TOKEN [--name NAME]",
	.summary = "make this system a member of another's convention",
	.details =
		"TOKEN is what `invite` printed on the leader's machine. The leader's key is pinned, its address\n"
		"added to convleader.cfg, and at the next start this system shows the token and is let in.",
	.options = join_options,
	.args_min = 2,
	.args_max = 2,
	.run = join_run,
};
