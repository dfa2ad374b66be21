/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/sharing.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/status.h"

bool sharing_confirm(const struct shell *shell, int sharing)
{
	char answer[16];
	if (!shell->terminal)
		return false;
	fprintf(stderr, "%d other actor%s in the same host end%s with it; go on? [y/N] ", sharing,
		sharing == 1 ? "" : "s", sharing == 1 ? "s" : "");
	fflush(stderr);
	if (fgets(answer, sizeof(answer), stdin) == NULL) {
		clearerr(stdin); /* Ctrl-C and Ctrl-D answer this question only */
		return false;
	}
	answer[strcspn(answer, "\r\n")] = '\0';
	return strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0;
}

void sharing_refused(tsp_error *err, const char *what, tsp_address actor, int sharing)
{
	char text[TSP_ADDRESS_TEXT];
	(void)tsp_fail(err, TSP_EPERM,
		"cannot %s '%s': %d other actor%s in the same host would end with it", what,
		tsp_address_text(actor, text), sharing, sharing == 1 ? "" : "s");
	(void)status_hint(err, "--force ends them too");
}
