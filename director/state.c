/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/state.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "director/json.h"
#include "director/state_events.h"
#include "source/version.h"

void *state_make_room(void *items, size_t *count, size_t size, size_t limit)
{
	if (*count >= limit) {
		memmove(items, (char *)items + size, (*count - 1) * size);
		(*count)--;
	}
	return reallocarray(items, *count + 1, size);
}

int state_entries_add(
	struct state_entries *entries, const char *hash, const char *version, size_t limit)
{
	struct state_entry *items =
		state_make_room(entries->items, &entries->count, sizeof(*items), limit);

	if (!items)
		return TSP_ENOMEM;
	entries->items = items;
	items[entries->count] = (struct state_entry){ 0 };
	(void)strncat(items[entries->count].hash, hash, PACKAGE_HASH_TEXT - 1);
	(void)strncat(items[entries->count].version, version, sizeof(items->version) - 1);
	entries->count++;
	return TSP_OK;
}

const struct state_entry *state_entries_find(const struct state_entries *entries, const char *hash)
{
	for (size_t i = entries->count; i > 0; i--)
		if (!strcmp(entries->items[i - 1].hash, hash))
			return &entries->items[i - 1];
	return NULL;
}

int state_activate(struct state *state, const char *hash, const char *version, bool back)
{
	const struct state_entry *found = back ? state_entries_find(&state->history, hash) : NULL;

	if (found) {
		state->history.count = (size_t)(found - state->history.items) + 1;
	} else {
		int rc = state_entries_add(&state->history, hash, version, STATE_HISTORY_LIMIT);

		if (rc < 0)
			return rc;
	}
	state->active[0] = '\0';
	(void)strncat(state->active, hash, sizeof(state->active) - 1);
	return TSP_OK;
}

void state_deactivate(struct state *state)
{
	if (state->active[0] && state->history.count > 0)
		state->history.count--;
	state->active[0] = '\0';
}

const struct state_entry *state_before(const struct state *state)
{
	size_t skip = state->active[0] ? 2 : 1;

	return state->history.count >= skip ? &state->history.items[state->history.count - skip] :
					      NULL;
}

bool state_is_recent(const struct state *state, const char *hash, int64_t limit)
{
	const struct state_entries *history = &state->history;
	int64_t seen = 0;

	if (limit < 2)
		limit = 2;
	for (size_t i = history->count; i > 0 && seen < limit; i--) {
		const struct state_entry *entry = &history->items[i - 1];
		bool again = false;

		for (size_t k = i; k < history->count; k++)
			again = again || !strcmp(history->items[k].hash, entry->hash);
		if (again)
			continue;
		if (!strcmp(entry->hash, hash))
			return true;
		seen++;
	}
	return false;
}

void state_raise(struct state *state, const char *hash, const char *version)
{
	if (state->mark.hash[0] && version_compare(version, state->mark.version) <= 0)
		return;
	state->mark = (struct state_entry){ 0 };
	(void)strncat(state->mark.hash, hash, sizeof(state->mark.hash) - 1);
	(void)strncat(state->mark.version, version, sizeof(state->mark.version) - 1);
}

/* ---- The file ------------------------------------------------------------------------------ */

static char *state_path(const char *folder, const char *group)
{
	return text_format("%s/state/%s.json", folder, group);
}

bool state_read_text(tsp_value value, char *out, size_t size)
{
	tsp_text text;

	if (!tsp_value_text(value, &text) || text.size >= size || memchr(text.data, 0, text.size))
		return false;
	memcpy(out, text.data, text.size);
	out[text.size] = '\0';
	return true;
}

static bool hash_ok(const char *hash)
{
	return strlen(hash) == PACKAGE_HASH_TEXT - 1 &&
		strspn(hash, "0123456789abcdef") == PACKAGE_HASH_TEXT - 1;
}

bool state_read_entry(tsp_value value, struct state_entry *ret_entry)
{
	return state_read_text(
		       tsp_value_get(value, "hash"), ret_entry->hash, sizeof(ret_entry->hash)) &&
		state_read_text(tsp_value_get(value, "version"), ret_entry->version,
			sizeof(ret_entry->version)) &&
		hash_ok(ret_entry->hash) && package_version_ok(ret_entry->version);
}

static bool read_entries(tsp_value list, struct state_entries *entries, size_t limit)
{
	tsp_walk at = { 0 };
	tsp_value key, value;
	struct state_entry entry;

	if (tsp_value_kind(list) == TSP_KIND_ABSENT)
		return true;
	if (tsp_value_kind(list) != TSP_KIND_LIST)
		return false;
	while (tsp_value_next(list, &at, &key, &value))
		if (!state_read_entry(value, &entry) ||
			state_entries_add(entries, entry.hash, entry.version, limit) < 0)
			return false;
	return true;
}

static bool read_members(tsp_value value, struct state *state)
{
	tsp_value active = tsp_value_get(value, "active");
	tsp_value mark = tsp_value_get(value, "mark");

	if (!tsp_value_bool(tsp_value_get(value, "held"), &state->held))
		return false;
	if (tsp_value_kind(active) != TSP_KIND_NULL &&
		(!state_read_text(active, state->active, sizeof(state->active)) ||
			!hash_ok(state->active)))
		return false;
	if (tsp_value_kind(mark) != TSP_KIND_NULL && !state_read_entry(mark, &state->mark))
		return false;
	if (state->active[0])
		(void)tsp_value_int(
			tsp_value_get(value, "confirm_by"), &state->confirm_by); /* else 0 */
	return state_events_read(tsp_value_get(value, "events"), &state->events) &&
		read_entries(
			tsp_value_get(value, "history"), &state->history, STATE_HISTORY_LIMIT) &&
		(!state->active[0] ||
			(state->history.count > 0 &&
				!strcmp(state->history.items[state->history.count - 1].hash,
					state->active)));
}

int state_read(const char *folder, const char *group, struct state *ret_state, tsp_error *err)
{
	struct state state = { 0 };
	struct json_file file = { 0 };
	struct json_path root = { .count = 0 };
	char *path = NULL;
	int rc;

	if (!package_group_ok(group))
		return tsp_fail(err, TSP_EVALUE, "'%.64s' is not the name of a group", group);
	(void)strncat(state.group, group, sizeof(state.group) - 1);
	path = state_path(folder, group);
	if (!path)
		return tsp_fail(
			err, TSP_ENOMEM, "cannot read the state of '%s': out of memory", group);
	rc = json_read(path, &file, err);
	if (rc == TSP_ENOENT) {
		rc = TSP_OK;
	} else if (rc >= 0) {
		state.exists = true;
		if (!read_members(file.value, &state))
			rc = json_fail(&file, &root, err, "not the state of a group");
	}
	if (rc >= 0) {
		*ret_state = state;
		state = (struct state){ 0 };
	}
	state_clear(&state);
	json_clear(&file);
	free(path);
	return rc;
}

static void put_entry(tsp_builder *builder, const struct state_entry *entry)
{
	tsp_put_format(builder, "{s:s, s:s}", "hash", entry->hash, "version", entry->version);
}

static void put_entries(tsp_builder *builder, const char *key, const struct state_entries *entries)
{
	tsp_put_key(builder, key);
	tsp_begin_list(builder);
	for (size_t i = 0; i < entries->count; i++)
		put_entry(builder, &entries->items[i]);
	tsp_end(builder);
}

static void put_state(tsp_builder *builder, const struct state *state)
{
	tsp_begin_map(builder);
	tsp_put_key(builder, "group");
	tsp_put_string(builder, state->group);
	tsp_put_key(builder, "active");
	if (state->active[0])
		tsp_put_string(builder, state->active);
	else
		tsp_put_null(builder);
	tsp_put_key(builder, "held");
	tsp_put_bool(builder, state->held);
	tsp_put_key(builder, "mark");
	if (state->mark.hash[0])
		put_entry(builder, &state->mark);
	else
		tsp_put_null(builder);
	put_entries(builder, "history", &state->history);
	state_events_put(builder, &state->events);
	if (state->confirm_by != 0) {
		tsp_put_key(builder, "confirm_by");
		tsp_put_int(builder, state->confirm_by);
	}
	tsp_end(builder);
}

int state_write(const char *folder, const struct state *state, tsp_error *err)
{
	tsp_builder *builder = tsp_builder_new();
	char *path = state_path(folder, state->group);
	char *below = file_join(folder, "state");
	char *text = NULL, *line = NULL;
	tsp_value value;
	int rc = TSP_ENOMEM;

	if (!builder || !path || !below) {
		(void)tsp_fail(
			err, rc, "cannot write the state of '%s': out of memory", state->group);
		goto out;
	}
	put_state(builder, state);
	rc = tsp_builder_value(builder, &value);
	if (rc >= 0)
		rc = tsp_value_to_json(value, TSP_JSON_PRETTY, &text);
	line = rc >= 0 ? text_format("%s\n", text) : NULL;
	if (rc >= 0 && !line)
		rc = TSP_ENOMEM;
	if (rc < 0) {
		(void)tsp_fail(err, rc, "cannot write the state of '%s': %s", state->group,
			tsp_error_sentence(rc));
		goto out;
	}
	rc = file_make_folder(below, 0700, err);
	if (rc >= 0)
		rc = file_replace(path, line, strlen(line), 0600, err);
out:
	free(line);
	free(text);
	free(below);
	free(path);
	tsp_builder_free(builder);
	return rc;
}

void state_clear(struct state *state)
{
	free(state->history.items);
	free(state->events.items);
	*state = (struct state){ 0 };
}

static int entries_copy(const struct state_entries *from, struct state_entries *to)
{
	*to = (struct state_entries){ 0 };
	if (from->count == 0)
		return TSP_OK;
	to->items = malloc(from->count * sizeof(*to->items));
	if (!to->items)
		return TSP_ENOMEM;
	memcpy(to->items, from->items, from->count * sizeof(*to->items));
	to->count = from->count;
	return TSP_OK;
}

int state_copy(const struct state *from, struct state *ret_state)
{
	struct state state = *from;
	int rc = entries_copy(&from->history, &state.history);

	if (rc >= 0 && state_events_copy(&from->events, &state.events) < 0) {
		free(state.history.items);
		rc = TSP_ENOMEM;
	}
	if (rc < 0)
		return rc;
	*ret_state = state;
	return TSP_OK;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int state_groups(const char *folder, char ***ret_groups, size_t *ret_count, tsp_error *err)
{
	char *below = file_join(folder, "state");
	DIR *dir = below ? opendir(below) : NULL;
	struct dirent *entry;
	char **groups = NULL;
	size_t count = 0;
	int rc = below ? TSP_OK : TSP_ENOMEM;

	if (below && !dir && errno != ENOENT)
		rc = tsp_fail_errno(err, "read", below);
	while (rc >= 0 && dir && (entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);
		char **grown;
		char *name;

		if (length < 6 || strcmp(entry->d_name + length - 5, ".json"))
			continue;
		name = tsp_text_copy((tsp_text){ entry->d_name, length - 5 });
		grown = realloc(groups, (count + 1) * sizeof(*groups));
		if (grown)
			groups = grown;
		if (!name || !grown)
			rc = tsp_fail(err, TSP_ENOMEM, "cannot read '%s': out of memory", below);
		else if (package_group_ok(name))
			groups[count++] = name;
		if (rc < 0 || !package_group_ok(name))
			free(name);
	}
	if (dir)
		(void)closedir(dir); /* only read */
	free(below);
	if (rc < 0) {
		while (count > 0)
			free(groups[--count]);
		free(groups);
		return rc;
	}
	if (count > 0)
		qsort(groups, count, sizeof(*groups), compare_names);
	*ret_groups = groups;
	*ret_count = count;
	return TSP_OK;
}
