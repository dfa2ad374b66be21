/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/requires.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "director/judge.h"

#define DEPTH_LIMIT 64
#define HINT_SIZE   300

/* A group on the way from the one that is loaded. */
struct step {
	const struct step *up;
	const char *group;
};

struct search {
	const char *folder;
	const struct trust *trust;
	const struct folder_list *list;
	struct require_list found;
	char (*seen)[65]; /* groups that are done with */
	size_t seen_count;
	char *hint;
	tsp_error *err;
};

static int visit(struct search *search, const struct step *step, const struct group_file *rules);

static bool is_seen(const struct search *search, const char *group)
{
	for (size_t i = 0; i < search->seen_count; i++)
		if (!strcmp(search->seen[i], group))
			return true;
	return false;
}

static int note_seen(struct search *search, const char *group)
{
	void *grown = realloc(search->seen, (search->seen_count + 1) * sizeof(*search->seen));

	if (!grown)
		return tsp_fail(search->err, TSP_ENOMEM, "out of memory");
	search->seen = grown;
	(void)snprintf(search->seen[search->seen_count++], sizeof(*search->seen), "%s", group);
	return TSP_OK;
}

static int note_found(struct search *search, const struct folder_entry *entry)
{
	struct require_list *found = &search->found;
	void *grown = realloc(found->items, (found->count + 1) * sizeof(*found->items));

	if (!grown)
		return tsp_fail(search->err, TSP_ENOMEM, "out of memory");
	found->items = grown;
	found->items[found->count] = (struct require){ 0 };
	(void)strcpy(found->items[found->count].group, entry->group); /* of equal sizes */
	(void)strcpy(found->items[found->count].version, entry->version);
	(void)strcpy(found->items[found->count++].hash, entry->hash);
	return TSP_OK;
}

/* "a -> b -> a": from where the circle begins. */
static void circle_text(const struct step *step, const char *group, char *out, size_t size)
{
	size_t used;

	if (strcmp(step->group, group) != 0 && step->up)
		circle_text(step->up, group, out, size);
	else
		out[0] = '\0';
	used = strlen(out);
	(void)snprintf(out + used, size - used, "%s -> ", step->group);
}

static int check_circle(struct search *search, const struct step *step, const char *group)
{
	size_t depth = 0;

	for (const struct step *at = step; at; at = at->up) {
		if (!strcmp(at->group, group)) {
			char text[300];

			circle_text(step, group, text, sizeof(text));
			return tsp_fail(search->err, TSP_ESTART,
				"groups require each other in a circle: %s%s", text, group);
		}
		if (++depth > DEPTH_LIMIT)
			return tsp_fail(search->err, TSP_ELIMIT,
				"groups require each other more than %d deep", DEPTH_LIMIT);
	}
	return TSP_OK;
}

static int wrap(struct search *search, const char *group, int rc)
{
	return tsp_wrap(search->err, rc, "it requires '%s'", group);
}

/* The package that is or would be the group's active one; *ret_entry NULL: it is active, and not there. */
static int find_package(struct search *search, const char *group, const struct state *state,
	const struct folder_entry **ret_entry)
{
	int rc;

	if (state->active[0]) {
		*ret_entry = folder_find(search->list, state->active);
		return TSP_OK;
	}
	rc = judge_newest(search->folder, search->list, group, ret_entry, search->err);
	if (rc == TSP_ENOENT) {
		(void)snprintf(search->hint, HINT_SIZE,
			"put a package of '%s' into the folder, or load it first", group);
		rc = TSP_ESTART;
		if (search->err)
			search->err->code = rc;
	}
	return rc < 0 ? wrap(search, group, rc) : rc;
}

static int follow(struct search *search, const struct step *step, const struct state *state,
	const struct folder_entry *entry)
{
	struct package_file file = { 0 };
	struct group_file rules = GROUP_FILE_EMPTY;
	enum rules_from from;
	int rc = package_file_open(entry->path, search->trust, &file, search->err);

	if (rc >= 0 && !state->active[0])
		rc = judge_package(state, &file.package, false, search->err);
	if (rc == TSP_EDOWNGRADE)
		(void)snprintf(search->hint, HINT_SIZE, JUDGE_HINT, step->group);
	if (rc >= 0)
		rc = rules_read(
			search->folder, step->group, &file.package, &rules, &from, search->err);
	package_file_clear(&file);
	if (rc < 0)
		rc = wrap(search, step->group, rc);
	else
		rc = visit(search, step, &rules);
	group_clear(&rules);
	return rc;
}

static int visit_group(struct search *search, const struct step *up, const char *group)
{
	const struct step step = { .up = up, .group = group };
	const struct folder_entry *entry = NULL;
	struct state state = { 0 };
	int rc = check_circle(search, up, group);

	if (rc < 0 || is_seen(search, group))
		return rc;
	rc = state_read(search->folder, group, &state, search->err);
	if (rc >= 0)
		rc = find_package(search, group, &state, &entry);
	if (rc >= 0 && entry)
		rc = follow(search, &step, &state, entry);
	if (rc >= 0)
		rc = note_seen(search, group);
	if (rc >= 0 && !state.active[0])
		rc = note_found(search, entry);
	state_clear(&state);
	return rc;
}

static int visit(struct search *search, const struct step *step, const struct group_file *rules)
{
	int rc = TSP_OK;

	for (size_t i = 0; rc >= 0 && i < rules->required_count; i++)
		rc = visit_group(search, step, rules->required[i]);
	return rc;
}

int requires_resolve(const char *folder, const struct folder_list *list, const struct trust *trust,
	const char *group, const struct group_file *rules, struct require_list *ret_list,
	char hint[], tsp_error *err)
{
	const struct step first = { .group = group };
	struct folder_list own = { 0 };
	struct search search = { .folder = folder,
		.trust = trust,
		.list = list ? list : &own,
		.hint = hint,
		.err = err };
	int rc = TSP_OK;

	hint[0] = '\0';
	*ret_list = (struct require_list){ 0 };
	if (rules->required_count == 0)
		return TSP_OK;
	if (!list)
		rc = folder_list(folder, NULL, trust, &own, err);
	if (rc >= 0)
		rc = visit(&search, &first, rules);
	if (rc >= 0)
		*ret_list = search.found;
	else
		free(search.found.items);
	free(search.seen);
	folder_list_clear(&own);
	return rc;
}

/* ---- Order ----------------------------------------------------------------------------------- */

struct order {
	const char *folder;
	const struct trust *trust;
	const struct folder_list *list;
	bool newest;
	char **groups; /* NULL where one has its place */
	char **placed;
	size_t count;
	size_t placed_count;
};

static const struct folder_entry *package_of(const struct order *order, const char *group)
{
	const struct folder_entry *entry = NULL;
	struct state state = { 0 };

	if (!order->newest && state_read(order->folder, group, &state, NULL) >= 0 &&
		state.active[0])
		entry = folder_find(order->list, state.active);
	state_clear(&state);
	return entry ? entry : folder_newest(order->list, group);
}

static void place(struct order *order, char *group);

static void place_required(struct order *order, const char *group)
{
	const struct folder_entry *entry = package_of(order, group);
	struct package_file file = { 0 };
	struct group_file rules = GROUP_FILE_EMPTY;
	enum rules_from from;

	if (entry && package_file_open(entry->path, order->trust, &file, NULL) >= 0)
		(void)rules_read(order->folder, group, &file.package, &rules, &from,
			NULL); /* else it requires nothing */
	package_file_clear(&file);
	for (size_t i = 0; i < rules.required_count; i++)
		for (size_t k = 0; k < order->count; k++)
			if (order->groups[k] && !strcmp(order->groups[k], rules.required[i])) {
				char *required = order->groups[k];

				order->groups[k] = NULL;
				place(order, required);
			}
	group_clear(&rules);
}

static void place(struct order *order, char *group)
{
	place_required(order, group);
	order->placed[order->placed_count++] = group;
}

void requires_order(const char *folder, const struct trust *trust, const struct folder_list *list,
	bool newest, char **groups, size_t count)
{
	struct order order = { .folder = folder,
		.trust = trust,
		.list = list,
		.newest = newest,
		.groups = groups,
		.count = count };

	if (count < 2)
		return;
	order.placed = calloc(count, sizeof(*groups));
	if (!order.placed)
		return; /* then as they are */
	for (size_t i = 0; i < count; i++) {
		char *group = groups[i];

		if (!group)
			continue;
		groups[i] = NULL;
		place(&order, group);
	}
	memcpy(groups, order.placed, count * sizeof(*groups));
	free(order.placed);
}
