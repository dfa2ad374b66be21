/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/sharing.h"

#include <stdio.h>

#include "base/error.h"
#include "cli/status.h"

bool sharing_confirm(const struct shell *shell, int sharing)
{
	char question[120];
	if (!shell->terminal)
		return false;
	snprintf(question, sizeof(question),
		"%d other actor%s in the same host end%s with it; go on? [y/N] ", sharing,
		sharing == 1 ? "" : "s", sharing == 1 ? "s" : "");
	return shell_confirm(question);
}

void sharing_refused(tsp_error *err, const char *what, tsp_address actor, int sharing)
{
	char text[TSP_ADDRESS_TEXT];
	(void)tsp_fail(err, TSP_EPERM,
		"cannot %s '%s': %d other actor%s in the same host would end with it", what,
		tsp_address_text(actor, text), sharing, sharing == 1 ? "" : "s");
	(void)status_hint(err, "--force ends them too");
}
