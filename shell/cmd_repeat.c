/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "shell/interrupt.h"
#include "shell/shell.h"

#define REPEAT_EVERY_MS ((int64_t)86400000)

/* Waits for the next begin, which follows the one before after every_ms, or at once if that is over. */
static int repeat_pause(struct shell *shell, clock_ns *begin, int64_t every_ms, tsp_error *err)
{
	clock_ns now = clock_read();
	clock_ns next = clock_after(*begin, every_ms);
	*begin = next > now ? next : now;
	return shell_pause(shell, clock_left_ms(now, *begin), err);
}

static int repeat_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	char shown[80];
	int64_t times = 0;
	int64_t every_ms = 0;
	if (text_to_int(call->argv[0], 0, INT64_MAX, &times) < 0)
		return tsp_fail(err, TSP_EUSAGE, "cannot repeat '%s' times: not a whole number",
			text_quote(tsp_text_of(call->argv[0]), shown, sizeof(shown)));
	if (text_to_ms(call->argv[1], &every_ms) < 0 || every_ms > REPEAT_EVERY_MS)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot repeat every '%s': not a number of seconds up to a day",
			text_quote(tsp_text_of(call->argv[1]), shown, sizeof(shown)));
	if (shell->repeating)
		return tsp_fail(
			err, TSP_EUSAGE, "cannot run 'repeat': it is within another repeat");
	clock_ns begin = clock_read();
	int interrupts = interrupt_count();
	int rc = TSP_OK;
	shell->repeating = true;
	for (int64_t i = 0; rc == TSP_OK && !shell->leave && (times == 0 || i < times); i++) {
		if (i > 0)
			rc = repeat_pause(shell, &begin, every_ms, err);
		if (rc == TSP_OK)
			rc = shell_run_line(shell, call->argv[2], err);
		/* also one that a command has ended well by, as trace does */
		if (rc == TSP_OK && interrupt_count() != interrupts)
			rc = tsp_fail(err, TSP_EINTERRUPT, "interrupted");
	}
	shell->repeating = false;
	return rc;
}

const struct command cmd_repeat = {
	.name = "repeat",
	.synopsis = "N EVERY COMMAND",
	.summary = "run a command N times, EVERY seconds from begin to begin",
	.details =
		"N 0: until Ctrl-C. COMMAND is the rest of the line; it ends with the first error, whose status\n"
		"is that of repeat. With --json each time prints a document, a line each.\n"
		"example: repeat 10 0.5 ask Greeter \"Ada\"",
	.args_min = 3,
	.args_max = 3,
	.raw_from = 2,
	.raw_line = true,
	.run = repeat_run,
};
