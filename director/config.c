/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "cli/status.h"
#include "director/commands.h"
#include "director/context.h"

/* Where a setting's value comes from. */
static const char *config_origin(const struct context *context, size_t index)
{
	if (!strcmp(settings_table[index].name, "adminport") && context->port_option)
		return "option";
	if (context->settings.values[index])
		return "file";
	return settings_table[index].value_default ? "default" : "not set";
}

static void config_put(const struct context *context, struct output *output, size_t index)
{
	const struct setting *setting = &settings_table[index];
	const char *value = settings_get(&context->settings, setting->name);
	char port[8];

	if (!strcmp(setting->name, "adminport") && context->port_option) {
		(void)snprintf(port, sizeof(port), "%d", (int)context->port_option);
		value = port;
	}
	output_begin(output, NULL, NULL);
	output_string(output, "name", "NAME", setting->name);
	output_string(output, "value", "VALUE", value);
	output_string(output, "from", "FROM", config_origin(context, index));
	output_string(output, "meaning", "MEANING", setting->text);
	output_end(output);
}

static int config_show_all(const struct context *context)
{
	struct output *output = context_output(context);

	output_begin(output, NULL, NULL);
	output_string(output, "folder", "Folder", context->folder);
	output_string(output, "folder_from", "Said by", context->folder_from);
	output_list(output, "settings", "Settings");
	for (size_t i = 0; i < SETTINGS_COUNT; i++)
		config_put(context, output, i);
	output_end(output);
	output_end(output);
	return output_finish(output);
}

static int config_show(const struct context *context, const char *name, tsp_error *err)
{
	const struct setting *setting = setting_find(name);
	struct output *output;
	const char *value;

	if (!setting) {
		char shown[80];

		(void)tsp_fail(err, TSP_EUSAGE,
			"cannot show '%s': there is no setting of this name",
			text_quote(tsp_text_of(name), shown, sizeof(shown)));
		return status_hint(err, "'config' lists all settings");
	}
	output = context_output(context);
	value = settings_get(&context->settings, name);
	output_begin(output, NULL, NULL);
	output_string(output, "name", NULL, setting->name);
	output_string(output, "value", NULL, value);
	output_string(
		output, "from", NULL, config_origin(context, (size_t)(setting - settings_table)));
	for (const char *line = value; line && *line;
		line += strcspn(line, "\n"), line += *line == '\n')
		output_say(output, "%.*s", (int)strcspn(line, "\n"), line);
	output_end(output);
	return output_finish(output);
}

static int config_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct context *context = data;
	int rc;

	if (call->argc == 2)
		return setting_write(context->folder, call->argv[0], call->argv[1], err);
	rc = context_settings(context, err);
	if (rc < 0)
		return rc;
	return call->argc == 0 ? config_show_all(context) :
				 config_show(context, call->argv[0], err);
}

const struct command config_command = {
	.name = "config",
	.synopsis = "[NAME [VALUE]]",
	.summary = "show or set settings",
	.details = "Each setting is a file NAME.cfg in the director's folder.",
	.args_min = 0,
	.args_max = 2,
	.complete = { COMPLETE_SETTING, COMPLETE_NONE },
	.run = config_run,
};
