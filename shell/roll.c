/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/roll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/status.h"
#include "shell/render.h"

#define ROLL_HASH_SHOWN 12  /* digits of a hash in a table */
#define ROLL_SILENCE_MS 200 /* for each of two questions; a hint is worth no more */

/* Children of one parent stand side by side in by_parent. */
struct roll_index {
	const struct roll *roll;
	size_t *by_parent;	/* indices of entries, sorted by parent, then address */
	tsp_address *addresses; /* sorted */
	struct roll_entry *ordered;
	bool *taken; /* by index of entry */
	size_t count;
};

int roll_call(struct shell *shell, struct roll *ret_roll, tsp_error *err)
{
	tsp_system *system = NULL;
	struct roll roll = { 0 };
	tsp_walk at = { 0 };
	tsp_value none;
	tsp_value actor;
	int rc = shell_attach(shell, &system, err);
	if (rc >= 0)
		rc = tsp_actors(system, shell->timeout_ms, &roll.list, err);
	if (rc < 0)
		return rc;
	tsp_value list = tsp_get(roll.list, "actors");
	roll.entries = calloc(tsp_value_count(list) + 1, sizeof(*roll.entries));
	if (roll.entries == NULL) {
		roll_clear(&roll);
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	}
	while (tsp_value_next(list, &at, &none, &actor)) {
		struct roll_entry *entry = &roll.entries[roll.count++];
		*entry = (struct roll_entry){ .actor = actor, .depth = -1 };
		(void)tsp_value_address(tsp_value_get(actor, "address"), &entry->address);
		(void)tsp_value_address(tsp_value_get(actor, "number"), &entry->number);
		(void)tsp_value_address(tsp_value_get(actor, "parent"), &entry->parent);
	}
	*ret_roll = roll;
	return TSP_OK;
}

void roll_clear(struct roll *roll)
{
	tsp_message_free(roll->list);
	free(roll->entries);
	*roll = (struct roll){ 0 };
}

tsp_text roll_text(const struct roll_entry *entry, const char *member)
{
	tsp_text text = { 0 };
	(void)tsp_value_text(tsp_value_get(entry->actor, member), &text);
	return text;
}

int64_t roll_number(const struct roll_entry *entry, const char *member)
{
	int64_t number = 0;
	(void)tsp_value_int(tsp_value_get(entry->actor, member), &number);
	return number;
}

static int roll_compare(const void *a, const void *b, void *data)
{
	const struct roll *roll = data;
	const struct roll_entry *left = &roll->entries[*(const size_t *)a];
	const struct roll_entry *right = &roll->entries[*(const size_t *)b];
	int order = tsp_address_compare(left->parent, right->parent);
	return order != 0 ? order : tsp_address_compare(left->address, right->address);
}

/* First place in by_parent whose parent is not before the given one. */
static size_t roll_first_child(const struct roll_index *index, tsp_address parent)
{
	size_t low = 0;
	size_t high = index->roll->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		tsp_address found = index->roll->entries[index->by_parent[middle]].parent;
		if (tsp_address_compare(found, parent) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void roll_take(struct roll_index *index, size_t entry, int depth)
{
	if (index->taken[entry])
		return;
	index->taken[entry] = true;
	index->ordered[index->count] = index->roll->entries[entry];
	index->ordered[index->count].depth = depth;
	index->count++;
}

/* Takes an entry and all below it; stack holds, for each level, the next place in by_parent. */
static void roll_take_below(struct roll_index *index, size_t entry, int depth, size_t *stack)
{
	size_t height = 0;
	roll_take(index, entry, depth);
	stack[height++] = roll_first_child(index, index->roll->entries[entry].address);
	tsp_address parent = index->roll->entries[entry].address;
	while (height > 0) {
		size_t at = stack[height - 1];
		size_t child = at < index->roll->count ? index->by_parent[at] : 0;
		if (at >= index->roll->count ||
			!tsp_address_equal(index->roll->entries[child].parent, parent)) {
			height--;
			if (height > 0)
				parent = index->roll
						 ->entries[index->by_parent[stack[height - 1] - 1]]
						 .parent;
			continue;
		}
		stack[height - 1]++;
		if (index->taken[child])
			continue;
		roll_take(index, child, depth + (int)height);
		parent = index->roll->entries[child].address;
		stack[height++] = roll_first_child(index, parent);
	}
}

static int roll_compare_addresses(const void *a, const void *b)
{
	return tsp_address_compare(*(const tsp_address *)a, *(const tsp_address *)b);
}

static void roll_sort(struct roll_index *index, struct roll *roll)
{
	for (size_t i = 0; i < roll->count; i++) {
		index->by_parent[i] = i;
		index->addresses[i] = roll->entries[i].address;
	}
	qsort_r(index->by_parent, roll->count, sizeof(*index->by_parent), roll_compare, roll);
	qsort(index->addresses, roll->count, sizeof(*index->addresses), roll_compare_addresses);
}

static bool roll_is(const struct roll_entry *entry, tsp_address address)
{
	return tsp_address_equal(entry->address, address) ||
		tsp_address_equal(entry->number, address);
}

const struct roll_entry *roll_find(const struct roll *roll, tsp_address address)
{
	for (size_t i = 0; i < roll->count; i++)
		if (roll_is(&roll->entries[i], address))
			return &roll->entries[i];
	return NULL;
}

/* Whether a tree begins at this entry. */
static bool roll_is_top(
	const struct roll_index *index, const struct roll_entry *entry, tsp_address root)
{
	if (!tsp_address_is_nobody(root))
		return roll_is(entry, root);
	return bsearch(&entry->parent, index->addresses, index->roll->count,
		       sizeof(*index->addresses), roll_compare_addresses) == NULL;
}

int roll_order(struct roll *roll, tsp_address root, size_t *ret_below)
{
	struct roll_index index = { .roll = roll };
	size_t room = roll->count + 2;
	size_t *stack = calloc(room, sizeof(*stack));
	index.by_parent = calloc(room, sizeof(*index.by_parent));
	index.addresses = calloc(room, sizeof(*index.addresses));
	index.ordered = calloc(room, sizeof(*index.ordered));
	index.taken = calloc(room, sizeof(*index.taken));
	int rc = TSP_ENOMEM;
	if (stack == NULL || index.by_parent == NULL || index.addresses == NULL ||
		index.ordered == NULL || index.taken == NULL)
		goto out;
	roll_sort(&index, roll);
	for (size_t i = 0; i < roll->count; i++)
		if (roll_is_top(&index, &roll->entries[index.by_parent[i]], root))
			roll_take_below(&index, index.by_parent[i], 0, stack);
	*ret_below = index.count;
	for (size_t i = 0; i < roll->count; i++)
		roll_take(&index, i, -1);
	struct roll_entry *former = roll->entries;
	roll->entries = index.ordered;
	index.ordered = former;
	rc = TSP_OK;
out:
	free(stack);
	free(index.by_parent);
	free(index.addresses);
	free(index.ordered);
	free(index.taken);
	return rc;
}

/* A number; in text it is left out where it is 0. */
static void roll_render_count(struct output *output, const struct roll_entry *entry,
	const char *member, const char *label)
{
	int64_t number = roll_number(entry, member);
	output_int(output, member, NULL, number);
	if (number > 0 && label != NULL)
		output_int(output, NULL, label, number);
}

static void roll_render_ms(struct output *output, const struct roll_entry *entry,
	const char *member, const char *label)
{
	int64_t ms = roll_number(entry, member);
	output_int(output, member, NULL, ms);
	if (ms > 0)
		output_ms(output, NULL, label, ms);
}

char *roll_busy(const struct roll_entry *entry)
{
	tsp_text type = roll_text(entry, "in_work");
	int64_t ms = roll_number(entry, "busy_ms");
	bool busy = false;
	(void)tsp_value_bool(tsp_value_get(entry->actor, "busy"), &busy);
	if (!busy)
		return NULL;
	return text_format("%lld.%lld s%s%.*s", (long long)(ms / 1000),
		(long long)(ms % 1000 / 100), type.size > 0 ? " " : "", (int)type.size,
		type.data != NULL ? type.data : "");
}

int64_t roll_mailbox(const struct roll_entry *entry)
{
	return roll_number(entry, "waiting") + roll_number(entry, "sent") +
		roll_number(entry, "kept");
}

/* The Director says GROUP@VERSION of what it loads; others may say anything, a path for instance. */
char *roll_version(const struct roll_entry *entry, char out[ROLL_VERSION])
{
	tsp_text source = roll_text(entry, "source");
	tsp_text info = roll_text(entry, "info");
	bool told = info.size > 0 && info.size < ROLL_VERSION &&
		memchr(info.data, '@', info.size) != NULL &&
		memchr(info.data, '/', info.size) == NULL;
	if (source.size == 0)
		told = false;
	else if (!told && source.size > ROLL_HASH_SHOWN)
		source.size = ROLL_HASH_SHOWN;
	tsp_text text = told ? info : source;
	snprintf(out, ROLL_VERSION, "%.*s", (int)text.size, text.size > 0 ? text.data : "");
	return out;
}

/* Who is meant by word, and all that there are, within a time of its own. */
static int roll_look(
	struct shell *shell, const char *word, tsp_address *ret_target, struct roll *ret_roll)
{
	tsp_error unsaid = { 0 };
	int64_t timeout_ms = shell->timeout_ms;
	if (timeout_ms > ROLL_SILENCE_MS)
		shell->timeout_ms = ROLL_SILENCE_MS;
	int rc = shell_resolve(shell, word, ret_target, &unsaid);
	if (rc >= 0)
		rc = roll_call(shell, ret_roll, &unsaid);
	shell->timeout_ms = timeout_ms;
	return rc;
}

void roll_explain_silence(struct shell *shell, const char *word, tsp_error *err)
{
	struct roll roll;
	tsp_address target;
	if (err == NULL || roll_look(shell, word, &target, &roll) < 0)
		return;
	const struct roll_entry *entry = roll_find(&roll, target);
	char *busy = entry != NULL ? roll_busy(entry) : NULL;
	if (busy != NULL)
		(void)status_hint(err, "it is busy since %s; 'kill' ends it", busy);
	free(busy);
	roll_clear(&roll);
}

static void roll_render_busy(struct output *output, const struct roll_entry *entry)
{
	char *text = roll_busy(entry);
	bool busy = false;
	(void)tsp_value_bool(tsp_value_get(entry->actor, "busy"), &busy);
	output_bool(output, "busy", NULL, busy);
	output_int(output, "busy_ms", NULL, roll_number(entry, "busy_ms"));
	output_text(output, "in_work", NULL, roll_text(entry, "in_work"));
	output_string(output, NULL, "Busy since", text);
	free(text);
}

void roll_render(struct shell *shell, struct output *output, const struct roll_entry *entry)
{
	tsp_value actor = entry->actor;
	tsp_text source = roll_text(entry, "source");
	char version[ROLL_VERSION];
	render_address(shell, output, "address", "Address", entry->address);
	render_member(shell, output, actor, "class", "class", "Class");
	render_member(shell, output, actor, "name", "name", "Name");
	render_member(shell, output, actor, "role", "role", "Role");
	render_member(shell, output, actor, "state", "state", "State");
	render_member(shell, output, actor, "waiting", "waiting", "Waiting");
	roll_render_count(output, entry, "sent", "Sent");
	roll_render_count(output, entry, "kept", "Kept");
	roll_render_count(output, entry, "high", NULL);
	roll_render_count(output, entry, "bytes", NULL);
	roll_render_ms(output, entry, "oldest_ms", "Oldest");
	roll_render_count(output, entry, "refused", "Refused");
	roll_render_count(output, entry, "restarts", "Restarts");
	roll_render_busy(output, entry);
	render_member(shell, output, actor, "idle", "idle", NULL);
	roll_render_count(output, entry, "memory", "Memory");
	roll_render_count(output, entry, "handled", NULL);
	roll_render_count(output, entry, "cpu_ms", NULL);
	render_member(shell, output, actor, "pid", "pid", "Pid");
	render_member(shell, output, actor, "shared", "shared", "Shared");
	render_member(shell, output, actor, "host", "host", NULL);
	render_member(shell, output, actor, "since_ms", "since_ms", NULL);
	render_address(shell, output, "parent", NULL, entry->parent);
	output_int(output, "mailbox", NULL, roll_mailbox(entry));
	output_string(output, "version", NULL,
		source.size > 0 ? roll_version(entry, version) : NULL);
	output_text(output, "source", NULL, source);
	if (source.size > ROLL_HASH_SHOWN)
		source.size = ROLL_HASH_SHOWN;
	output_text(output, NULL, "Source", source);
}
