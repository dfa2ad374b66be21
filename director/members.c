/* SPDX-License-Identifier: MIT */
/* Who may link with this system: listed, let in, and expelled. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cli/status.h"
#include "director/commands.h"
#include "director/convention.h"
#include "source/keys.h"

static const struct option_spec admit_options[] = {
	{ "name", 0, "NAME", "what it is called in listings", COMPLETE_NONE },
	{ 0 },
};

static void put_pin(struct output *output, const struct pin *pin)
{
	char key[PIN_TEXT], short_key[17], since[32] = "";
	time_t seconds = (time_t)pin->since;
	struct tm parts;

	snprintf(short_key, sizeof(short_key), "%.16s", pin_text(pin->key, key));
	if (pin->since > 0 && gmtime_r(&seconds, &parts))
		(void)strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", &parts);
	output_begin(output, NULL, NULL);
	output_string(output, "name", "NAME", pin->name);
	output_string(output, NULL, "KEY", short_key);
	output_string(output, "key", NULL, key);
	output_string(output, "since", "SINCE", since[0] ? since : NULL);
	output_string(output, "address", "ADDRESS", pin->address[0] ? pin->address : NULL);
	output_bool(output, "revoked", NULL, pin->revoked);
	output_string(output, NULL, "REMARK", pin->revoked ? "expelled" : NULL);
	output_end(output);
}

static int members_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	char *folder = convention_folder(context);
	struct pin *pins = NULL;
	struct pin_pair own;
	struct output *output;
	char key[PIN_TEXT];
	size_t count = 0;
	bool has_own;
	int rc;

	(void)call;
	rc = folder ? keys_init(err) : tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (rc >= 0)
		rc = pins_list(folder, &pins, &count, err);
	if (rc < 0)
		goto out;
	has_own = pins_own(folder, false, &own, NULL) >= 0;
	explicit_bzero(own.secret, sizeof(own.secret));
	output = context_output(context);
	output_begin(output, NULL, NULL);
	output_string(output, "own_key", NULL, has_own ? pin_text(own.public, key) : NULL);
	output_list(output, "members", NULL);
	for (size_t i = 0; i < count; i++)
		put_pin(output, &pins[i]);
	output_end(output);
	output_end(output);
	rc = output_finish(output);
out:
	free(pins);
	free(folder);
	return rc;
}

const struct command members_command = {
	.name = "members",
	.synopsis = "",
	.summary = "list whose systems may link with this one",
	.details = "Those that were expelled stand last. The shell's `convention` lists who is linked now.",
	.args_min = 0,
	.args_max = 0,
	.run = members_run,
};

static int say_done(const struct context *context, const char *what, const struct pin *pin, const char *then)
{
	struct output *output = context_output(context);
	char key[PIN_TEXT];

	output_begin(output, NULL, NULL);
	output_string(output, what, NULL, pin_text(pin->key, key));
	output_string(output, "name", NULL, pin->name);
	output_say(output, "%s %.16s %s", what, key, pin->name);
	output_say(output, "%s", then);
	output_end(output);
	return output_finish(output);
}

/* A whole key, or one that is known (again). */
static int pin_of(const char *folder, const char *text, struct pin *ret_pin, tsp_error *err)
{
	memset(ret_pin, 0, sizeof(*ret_pin));
	if (!pin_parse(text, ret_pin->key)) {
		int rc = convention_find(folder, text, ret_pin, err);

		if (rc == TSP_ENOENT)
			(void)status_hint(err,
				"a key that is new here is given whole, in 64 digits: "
				"its machine has it in system.key");
		return rc;
	}
	snprintf(ret_pin->name, sizeof(ret_pin->name), "%.16s", text);
	return TSP_OK;
}

static int admit_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	const char *name = options_get(&call->options, "name");
	struct pin_pair own;
	struct pin pin;
	char *folder = NULL;
	int rc;

	rc = name ? convention_check_name(name, err) : TSP_OK;
	if (rc >= 0)
		rc = context_make_folder(context, err);
	if (rc >= 0)
		rc = keys_init(err);
	if (rc < 0)
		return rc;
	folder = convention_folder(context);
	rc = folder ? pins_own(folder, true, &own, err) : tsp_fail(err, TSP_ENOMEM, "out of memory");
	explicit_bzero(own.secret, sizeof(own.secret));
	if (rc >= 0)
		rc = pin_of(folder, call->argv[0], &pin, err);
	if (rc >= 0) {
		if (name)
			snprintf(pin.name, sizeof(pin.name), "%s", name);
		pin.since = convention_now();
		rc = pins_admit(folder, &pin, err);
	}
	if (rc >= 0)
		rc = say_done(context, "admitted", &pin, "it may link with the system here from now on");
	free(folder);
	return rc;
}

const struct command admit_command = {
	.name = "admit",
	.synopsis = "KEY|NAME [--name NAME]",
	.summary = "let a system's key in, or in again",
	.details =
		"KEY is all of the other system's public key (its file convention/system.key), or the beginning of\n"
		"one that was expelled. The running system takes notice by itself.",
	.options = admit_options,
	.args_min = 1,
	.args_max = 1,
	.run = admit_run,
};

static int expel_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	char *folder = convention_folder(context);
	struct pin pin;
	char then[200];
	char key[PIN_TEXT];
	int rc = folder ? keys_init(err) : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0)
		rc = convention_find(folder, call->argv[0], &pin, err);
	if (rc >= 0)
		rc = pins_expel(folder, pin.key, err);
	if (rc >= 0) {
		snprintf(then, sizeof(then),
			"its link is closed within seconds; to take it back: thespian-director admit %.16s",
			pin_text(pin.key, key));
		rc = say_done(context, "expelled", &pin, then);
	}
	free(folder);
	return rc;
}

const struct command expel_command = {
	.name = "expel",
	.synopsis = "KEY|NAME",
	.summary = "link with a system no more",
	.details = "KEY may be cut short, to 8 digits at least. The running system closes its link by itself.",
	.args_min = 1,
	.args_max = 1,
	.run = expel_run,
};
