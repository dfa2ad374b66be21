/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/ahead.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Why a load ahead failed, until its turn. */
struct ahead_failure {
	tsp_error err;
	char *output; /* the compiler's lines; NULL: none */
};

/* The release of any group that has this hash and was loaded ahead. */
static struct release *ahead_find(struct director *director, const char *hash)
{
	for (struct list *g = director->groups.next; g != &director->groups; g = g->next) {
		struct release *release = group_release(list_item(g, struct group, link), hash);

		if (release && release->ahead != AHEAD_NONE)
			return release;
	}
	return NULL;
}

void ahead_begin(tsp_actor *self, struct release *release, struct package_file *file)
{
	char info[160];

	if (release->loaded || release->ahead != AHEAD_NONE)
		return;
	(void)snprintf(info, sizeof(info), "%s@%s", release->group->name, release->version);
	if (tsp_load_source(self, file->bytes.data, file->bytes.size, info) >= 0)
		release->ahead = AHEAD_ASKED;
}

void ahead_loaded(tsp_actor *self, const char *hash)
{
	struct director *director = tsp_state(self);
	struct release *release = ahead_find(director, hash);

	if (!release)
		return;
	if (release->ahead == AHEAD_UNWANTED) {
		(void)tsp_unload_source(self, hash); /* it is unloaded by another: as good */
		release->ahead = AHEAD_NONE;
		release_drop_if_empty(director, release);
	} else if (release->ahead == AHEAD_ASKED) {
		release->ahead = AHEAD_DONE;
		release->loaded = true;
	}
}

void ahead_failed(tsp_actor *self, const tsp_message *message)
{
	struct director *director = tsp_state(self);
	char *hash = tsp_text_copy(tsp_get_text(message, "sourceHash"));
	struct release *release = hash ? ahead_find(director, hash) : NULL;
	tsp_text reason = tsp_get_text(message, "reason"), output = tsp_get_text(message, "output");
	int code = (int)tsp_get_int(message, "code", TSP_EFAILED);

	free(hash);
	if (!release)
		return;
	/* where too many are on their way, it is tried again in its turn */
	if (release->ahead == AHEAD_ASKED && code != TSP_EBACKLOG)
		release->failure = calloc(1, sizeof(*release->failure));
	if (release->failure) {
		(void)tsp_fail(&release->failure->err, code, "%.*s", (int)reason.size,
			reason.data ? reason.data : "");
		release->failure->output = output.size > 0 ? tsp_text_copy(output) : NULL;
		release->ahead = AHEAD_FAILED;
	} else { /* not wanted, or to be tried again */
		release->ahead = AHEAD_NONE;
		release_drop_if_empty(director, release);
	}
}

int ahead_take(struct activation *activation)
{
	struct release *target = activation->target;
	enum ahead ahead = target->ahead;

	if (ahead == AHEAD_FAILED) {
		activation->err = target->failure->err;
		activation->output = target->failure->output;
		target->failure->output = NULL;
	}
	ahead_free(target);
	if (ahead == AHEAD_FAILED)
		return activation->err.code;
	/* one that came, and was unloaded by another since, is loaded anew */
	activation->loaded_now = ahead != AHEAD_NONE && (ahead != AHEAD_DONE || target->loaded);
	return ahead == AHEAD_ASKED || ahead == AHEAD_UNWANTED;
}

void ahead_drop(tsp_actor *self, struct release *release)
{
	if (release->ahead == AHEAD_ASKED) {
		release->ahead = AHEAD_UNWANTED;
		return;
	}
	if (release->ahead == AHEAD_DONE && release->loaded) {
		(void)tsp_unload_source(self, release->hash); /* not loaded: as good */
		release->loaded = false;
	}
	if (release->ahead != AHEAD_UNWANTED)
		ahead_free(release);
}

void ahead_free(struct release *release)
{
	if (release->failure)
		free(release->failure->output);
	free(release->failure);
	release->failure = NULL;
	release->ahead = AHEAD_NONE;
}
