/* SPDX-License-Identifier: MIT */
/* What every command of thespian-director gets: the common options, and the settings when asked for. */
#ifndef TSP_DIRECTOR_CONTEXT_H
#define TSP_DIRECTOR_CONTEXT_H

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "director/settings.h"
#include "director/trust.h"
#include "source/builder.h"

#define DIRECTOR_TIMEOUT_MS	((int64_t)60000)
#define DIRECTOR_BUILD_EXTRA_MS ((int64_t)30000) /* what a load may take beyond its build */

struct context {
	char *folder;		   /* absolute, unless there is no such folder */
	const char *folder_from;   /* where it was said: "option", "environment", "default" */
	int64_t port_option;	   /* 0: not given */
	int64_t timeout_option_ms; /* 0: not given */
	bool json;
	bool verbose;
	bool fleet;	/* all systems of the convention are meant */
	int64_t canary; /* how many of them first; 0: no canaries */
	bool settings_read;
	struct settings settings;
};

extern const struct program director_program;

void context_clear(struct context *context);
/* Reads the settings once; where the sockets are goes into our environment, unless it says so itself. */
int context_settings(struct context *context, tsp_error *err);
/* The same for settings that the caller has filled. */
int context_use_settings(struct context *context, tsp_error *err);
/* Port and base by options and settings (which are read). */
int context_port(struct context *context, int *ret_port, tsp_error *err);
int64_t context_timeout(const struct context *context, int64_t otherwise_ms);
/* A capability of the setting othercaps, which is read; absent where it has none. Of builder's memory. */
int context_capability(struct context *context, const char *name, tsp_builder *builder,
	tsp_value *ret_value, tsp_error *err);
/* Limits of builds as the setting othercaps says, which is read. */
int context_build_limits(struct context *context, struct build_limits *ret_limits, tsp_error *err);
/* Folder of thespian.h: beside the programs, else where it is installed; free() it. NULL: no memory. */
char *context_include_folder(void);
/* Of what may build: the limit of a build and half a minute. */
int64_t context_load_timeout(struct context *context);
/* Makes the folder if it is missing and makes its name absolute. */
int context_make_folder(struct context *context, tsp_error *err);
/* Public keys and trust.cfg of the folder, after keys_init. */
int context_trust(const struct context *context, struct trust *ret_trust, tsp_error *err);
struct output *context_output(const struct context *context);
/* A file named by the user: as it is, else below the folder. free() it. TSP_ENOENT names what was
 * asked for. */
int context_find_file(
	const struct context *context, const char *name, char **ret_path, tsp_error *err);
/* A line on stderr where -v was given. */
void context_tell(const struct context *context, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The text's first 12 digits, as people see hashes; returns out. */
char *context_short_hash(tsp_text hash, char out[13]);

#endif
