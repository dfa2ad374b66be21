/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/proof.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/text.h"
#include "director/fields.h"
#include "source/target.h"

/* Entries of a list, sorted so that the same state gives the same document. */
struct sorted {
	tsp_value *items;
	size_t count;
};

static int compare_text(tsp_value a, tsp_value b, const char *key)
{
	tsp_text left = view_text(a, key), right = view_text(b, key);
	size_t size = left.size < right.size ? left.size : right.size;
	int order = size > 0 ? memcmp(left.data, right.data, size) : 0;

	return order ? order : (left.size > right.size) - (left.size < right.size);
}

static int compare_entries(const void *left, const void *right)
{
	static const char *const keys[] = { "hash", "name", "path", "module_hash", "info" };
	const tsp_value *a = left, *b = right;
	int order = 0;

	for (size_t i = 0; order == 0 && i < sizeof(keys) / sizeof(keys[0]); i++)
		order = compare_text(*a, *b, keys[i]);
	return order;
}

/* count_key: how many there are, which a status may list in part. free() items. */
static int sort_list(const tsp_message *status, const char *list_key, const char *count_key,
	struct sorted *ret_sorted, tsp_error *err)
{
	tsp_value list = tsp_get(status, list_key), key, item;
	struct sorted sorted = { NULL, 0 };
	size_t room = tsp_value_count(list);
	tsp_walk at = { 0 };

	if (tsp_get_int(status, count_key, -1) != (int64_t)room)
		return tsp_fail(err, TSP_ELIMIT,
			"the system has more than its status tells (%s: %zu)", list_key, room);
	sorted.items = calloc(room + 1, sizeof(*sorted.items));
	if (!sorted.items)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	while (sorted.count < room && tsp_value_next(list, &at, &key, &item))
		sorted.items[sorted.count++] = item;
	qsort(sorted.items, sorted.count, sizeof(*sorted.items), compare_entries);
	*ret_sorted = sorted;
	return TSP_OK;
}

static void put_text(tsp_builder *b, const char *key, tsp_text text)
{
	tsp_put_key(b, key);
	if (text.size > 0)
		tsp_put_text(b, text);
	else
		tsp_put_null(b);
}

static void put_string(tsp_builder *b, const char *key, const char *text)
{
	put_text(b, key, text ? tsp_text_of(text) : (tsp_text){ NULL, 0 });
}

static void put_int(tsp_builder *b, const char *key, int64_t number)
{
	tsp_put_key(b, key);
	tsp_put_int(b, number);
}

/* The Director's group and version of a source; it may be somebody else's. */
static void put_release(tsp_builder *b, tsp_value groups, tsp_text hash)
{
	tsp_value key, group, version;
	tsp_walk g = { 0 };

	while (tsp_value_next(groups, &g, &key, &group)) {
		tsp_walk v = { 0 };

		while (tsp_value_next(tsp_value_get(group, "versions"), &v, &key, &version)) {
			tsp_text found = view_text(version, "hash");

			if (found.size != hash.size ||
				memcmp(found.data, hash.data, hash.size) != 0)
				continue;
			put_text(b, "group", view_text(group, "group"));
			put_text(b, "version", view_text(version, "version"));
			return;
		}
	}
	put_string(b, "group", NULL);
	put_string(b, "version", NULL);
}

static void put_sources(tsp_builder *b, const struct proof *proof, const struct sorted *sources)
{
	tsp_put_key(b, "sources");
	tsp_begin_list(b);
	for (size_t i = 0; i < sources->count; i++) {
		tsp_value source = sources->items[i];

		tsp_begin_map(b);
		put_text(b, "hash", view_text(source, "hash"));
		put_release(b, proof->groups, view_text(source, "hash"));
		put_text(b, "info", view_text(source, "info"));
		put_text(b, "state", view_text(source, "state"));
		put_text(b, "module_hash", view_text(source, "module_hash"));
		tsp_put_key(b, "prebuilt");
		tsp_put_bool(b, view_bool(source, "prebuilt"));
		put_int(b, "actors", view_int(source, "actors", 0));
		tsp_end(b);
	}
	tsp_end(b);
}

static void put_modules(tsp_builder *b, const struct sorted *modules)
{
	tsp_put_key(b, "modules");
	tsp_begin_list(b);
	for (size_t i = 0; i < modules->count; i++) {
		tsp_value module = modules->items[i];

		tsp_begin_map(b);
		put_text(b, "name", view_text(module, "name"));
		put_text(b, "path", view_text(module, "path"));
		put_text(b, "module_hash", view_text(module, "module_hash"));
		put_int(b, "actors", view_int(module, "actors", 0));
		tsp_end(b);
	}
	tsp_end(b);
}

static void put_machine(tsp_builder *b)
{
	struct utsname machine;

	if (uname(&machine) < 0)
		memset(&machine, 0, sizeof(machine));
	tsp_put_key(b, "machine");
	tsp_begin_map(b);
	put_string(b, "name", text_mend(machine.nodename));
	put_string(b, "system", machine.sysname);
	put_string(b, "release", machine.release);
	put_string(b, "target", target_name());
	tsp_end(b);
}

void proof_system_id(const tsp_message *status, char out[17])
{
	tsp_address admin = { 0 };

	(void)tsp_value_address(tsp_get(status, "adminAddress"), &admin); /* one without has 0 */
	(void)snprintf(out, 17, "%016llx", (unsigned long long)admin.system);
}

static void put_head(tsp_builder *b, const struct proof *proof)
{
	char system[17];

	proof_system_id(proof->system, system);
	put_string(b, "format", PROOF_FORMAT);
	put_string(b, "thespian", TSP_VERSION);
	put_int(b, "abi", TSP_ABI);
	put_string(b, "system", system);
	put_text(b, "base", tsp_get_text(proof->system, "base"));
	put_int(b, "port", tsp_get_int(proof->system, "port", 0));
	put_int(b, "pid", tsp_get_int(proof->system, "pid", 0));
	put_int(b, "actors", tsp_get_int(proof->system, "actors", 0));
	put_string(b, "time", proof->time);
	put_string(b, "nonce", proof->nonce);
	put_machine(b);
}

static int print(tsp_builder *b, char **ret_text, tsp_error *err)
{
	char *json = NULL;
	tsp_value value;
	int rc = tsp_builder_value(b, &value);

	if (rc >= 0)
		rc = tsp_value_to_json(value, TSP_JSON_COMPACT, &json);
	if (rc >= 0)
		*ret_text = text_format("%s\n", json);
	free(json);
	if (rc >= 0 && !*ret_text)
		rc = TSP_ENOMEM;
	return rc < 0 ? tsp_fail(err, rc, "%s", tsp_error_sentence(rc)) : rc;
}

int proof_write(const struct proof *proof, char **ret_text, tsp_error *err)
{
	struct sorted sources = { NULL, 0 }, modules = { NULL, 0 };
	tsp_builder *b = tsp_builder_new();
	int rc = b ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0)
		rc = sort_list(proof->system, "loadedSources", "sourceCount", &sources, err);
	if (rc >= 0)
		rc = sort_list(proof->system, "modules", "moduleCount", &modules, err);
	if (rc >= 0) {
		tsp_begin_map(b);
		put_head(b, proof);
		put_sources(b, proof, &sources);
		put_modules(b, &modules);
		tsp_end(b);
		rc = print(b, ret_text, err);
	}
	tsp_builder_free(b);
	free(sources.items);
	free(modules.items);
	return rc;
}
