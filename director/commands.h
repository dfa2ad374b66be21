/* SPDX-License-Identifier: MIT */
/* The commands of thespian-director, in the order of the help; each is defined in a file of its own. */
#ifndef TSP_DIRECTOR_COMMANDS_H
#define TSP_DIRECTOR_COMMANDS_H

#include "cli/command.h"

extern const struct command new_command;
extern const struct command watch_command;
extern const struct command keygen_command;
extern const struct command key_command;
extern const struct command gensrc_command;
extern const struct command tlsinfo_command;
extern const struct command verify_command;
extern const struct command sign_command;
extern const struct command config_command;
extern const struct command avail_command;
extern const struct command start_command;
extern const struct command shutdown_command;
extern const struct command bootstart_command;
extern const struct command load_command;
extern const struct command plan_command;
extern const struct command confirm_command;
extern const struct command refresh_command;
extern const struct command unload_command;
extern const struct command list_command;
extern const struct command role_command;
extern const struct command rollback_command;
extern const struct command history_command;
extern const struct command status_command;
extern const struct command audit_command;
extern const struct command prove_command;
extern const struct command explain_command;
extern const struct command doctor_command;
extern const struct command invite_command;
extern const struct command join_command;
extern const struct command members_command;
extern const struct command admit_command;
extern const struct command expel_command;

extern const struct command *const director_commands[]; /* ended by NULL */

struct context;

/* What a load means by its argument: the path of a file, or (*ret_path NULL) a group. shown is the word as
 * errors have it. */
int load_subject(const struct context *context, const char *word, char **ret_path, char shown[160],
	tsp_error *err);
/* How long a load may take: a build's time for each package that the Director loads. path NULL: of a group. */
int64_t load_timeout(struct context *context, const char *path, const char *group);
/* The most seconds that a list of the Director gives actors of what HASH or GROUP[@VERSION] means to finish. */
int64_t unload_drain_s(const tsp_message *list, const char *what);
/* The options of a load as members of its request. TSP_EUSAGE, .. */
int load_put_options(tsp_builder *request, const struct options *options, tsp_error *err);
/* Hashes, groups or roles of the running system, for completion; says nothing when none answers. */
void complete_loaded(struct context *context, enum complete_kind kind, struct complete *into);

#endif
