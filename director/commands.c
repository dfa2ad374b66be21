/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/commands.h"

#include "cli/help.h"

const struct command *const director_commands[] = {
	&help_command,
	&new_command,
	&watch_command,
	&keygen_command,
	&key_command,
	&gensrc_command,
	&tlsinfo_command,
	&verify_command,
	&sign_command,
	&config_command,
	&avail_command,
	&start_command,
	&shutdown_command,
	&bootstart_command,
	&load_command,
	&plan_command,
	&confirm_command,
	&refresh_command,
	&unload_command,
	&list_command,
	&role_command,
	&rollback_command,
	&history_command,
	&status_command,
	&audit_command,
	&prove_command,
	&explain_command,
	&doctor_command,
	&invite_command,
	&join_command,
	&members_command,
	&admit_command,
	&expel_command,
	NULL,
};
