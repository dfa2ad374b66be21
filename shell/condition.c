/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/condition.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/status.h"
#include "shell/roll.h"

/* The kinds, as they are written: a subject that must, may or cannot be there, and whether OP N follows. */
static const struct condition_form {
	const char *name;
	const char *form;
	int subject_min;
	int subject_max;
	bool counts;
} condition_forms[] = {
	[CONDITION_SYSTEM] = { "system", "system", 0, 0, false },
	[CONDITION_NAME] = { "name", "name NAME", 1, 1, false },
	[CONDITION_GONE] = { "gone", "gone ADDR", 1, 1, false },
	[CONDITION_SOURCE] = { "source", "source HASH", 1, 1, false },
	[CONDITION_ACTORS] = { "actors", "actors [CLASS] OP N", 0, 1, true },
	[CONDITION_WAITING] = { "waiting", "waiting ADDR OP N", 1, 1, true },
};
#define CONDITION_FORMS (sizeof(condition_forms) / sizeof(condition_forms[0]))

static const char *const condition_ops[] = {
	[CONDITION_EQUAL] = "==",
	[CONDITION_UNEQUAL] = "!=",
	[CONDITION_LESS] = "<",
	[CONDITION_LESS_EQUAL] = "<=",
	[CONDITION_MORE] = ">",
	[CONDITION_MORE_EQUAL] = ">=",
};
#define CONDITION_OPS (sizeof(condition_ops) / sizeof(condition_ops[0]))

static int condition_unknown(const char *word, tsp_error *err)
{
	char shown[80];
	(void)tsp_fail(err, TSP_EUSAGE, "cannot wait for '%s': no such condition",
		text_quote(tsp_text_of(word), shown, sizeof(shown)));
	return status_hint(err,
		"system, name NAME, gone ADDR, source HASH, actors [CLASS] OP N, waiting ADDR OP N");
}

/* "OP N" at the end of the words. */
static int condition_parse_number(
	char *const *words, struct condition *condition, const char *form, tsp_error *err)
{
	char shown[80];
	size_t op = 0;
	while (op < CONDITION_OPS && strcmp(words[0], condition_ops[op]) != 0)
		op++;
	if (op == CONDITION_OPS)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot wait for '%s': '%s' is none of == != < <= > >=", form,
			text_quote(tsp_text_of(words[0]), shown, sizeof(shown)));
	if (text_to_int(words[1], 0, INT64_MAX, &condition->number) < 0)
		return tsp_fail(err, TSP_EUSAGE, "cannot wait for '%s': '%s' is not a whole number",
			form, text_quote(tsp_text_of(words[1]), shown, sizeof(shown)));
	condition->op = (enum condition_op)op;
	return TSP_OK;
}

int condition_parse(char *const *words, int count, struct condition *ret_condition, tsp_error *err)
{
	size_t kind = 0;
	while (kind < CONDITION_FORMS &&
		(count == 0 || strcmp(words[0], condition_forms[kind].name) != 0))
		kind++;
	if (kind == CONDITION_FORMS)
		return condition_unknown(count > 0 ? words[0] : "", err);
	const struct condition_form *form = &condition_forms[kind];
	int subjects = count - 1 - (form->counts ? 2 : 0);
	if (subjects < form->subject_min || subjects > form->subject_max)
		return tsp_fail(err, TSP_EUSAGE, "cannot wait for '%s': it is written '%s'",
			form->name, form->form);
	struct condition condition = {
		.kind = (enum condition_kind)kind,
		.subject = subjects > 0 ? words[1] : NULL,
		.counts = form->counts,
	};
	int rc = form->counts ?
		condition_parse_number(words + count - 2, &condition, form->form, err) :
		TSP_OK;
	if (rc >= 0)
		*ret_condition = condition;
	return rc;
}

static bool condition_compare(const struct condition *condition, int64_t number)
{
	switch (condition->op) {
	case CONDITION_EQUAL:
		return number == condition->number;
	case CONDITION_UNEQUAL:
		return number != condition->number;
	case CONDITION_LESS:
		return number < condition->number;
	case CONDITION_LESS_EQUAL:
		return number <= condition->number;
	case CONDITION_MORE:
		return number > condition->number;
	case CONDITION_MORE_EQUAL:
		return number >= condition->number;
	}
	return false;
}

/* A system that goes while it is looked at is one that does not answer. */
static int condition_look_system(struct shell *shell, struct condition_seen *seen, tsp_error *err)
{
	tsp_system *system = NULL;
	tsp_message *status = NULL;
	int rc = shell_attach(shell, &system, err);
	if (rc >= 0)
		rc = tsp_status(system, tsp_admin(system), shell->timeout_ms, &status, err);
	tsp_message_free(status);
	seen->holds = rc >= 0;
	if (rc != TSP_ENOSYSTEM && rc != TSP_ECLOSED && rc != TSP_ESHUTDOWN)
		return rc;
	shell_close(shell);
	return TSP_OK;
}

static int condition_look_source(
	struct shell *shell, const char *hash, struct condition_seen *seen, tsp_error *err)
{
	tsp_system *system = NULL;
	tsp_message *status = NULL;
	tsp_walk at = { 0 };
	tsp_value none;
	tsp_value source;
	tsp_text text;
	size_t size = strlen(hash);
	int rc = shell_attach(shell, &system, err);
	if (rc >= 0)
		rc = tsp_status(system, tsp_admin(system), shell->timeout_ms, &status, err);
	while (rc >= 0 && tsp_value_next(tsp_get(status, "loadedSources"), &at, &none, &source))
		if (tsp_value_text(tsp_value_get(source, "hash"), &text) && text.size >= size &&
			memcmp(text.data, hash, size) == 0)
			seen->holds = true;
	tsp_message_free(status);
	return rc;
}

/* Whether an entry is of a class, which of an installed module may be written MODULE:CLASS. */
static bool condition_is_class(const struct roll_entry *entry, const char *class_name)
{
	tsp_text name = roll_text(entry, "class");
	tsp_text module = roll_text(entry, "module");
	size_t size = strlen(class_name);
	if (tsp_text_is(name, class_name))
		return true;
	return size == module.size + 1 + name.size && module.size > 0 &&
		memcmp(class_name, module.data, module.size) == 0 &&
		class_name[module.size] == ':' &&
		memcmp(class_name + module.size + 1, name.data, name.size) == 0;
}

static int condition_look_actors(struct shell *shell, const struct condition *condition,
	struct condition_seen *seen, tsp_error *err)
{
	struct roll roll;
	int rc = roll_call(shell, &roll, err);
	if (rc < 0)
		return rc;
	seen->there = true;
	for (size_t i = 0; i < roll.count; i++)
		seen->number += condition->subject == NULL ||
			condition_is_class(&roll.entries[i], condition->subject);
	roll_clear(&roll);
	return TSP_OK;
}

/* Sets seen->there where the one that is meant is in the list, and how many messages it has not handled. */
static int condition_find(
	struct shell *shell, const char *word, struct condition_seen *seen, tsp_error *err)
{
	struct roll roll;
	tsp_address target;
	int rc = shell_resolve(shell, word, &target, err);
	if (rc == TSP_ENOENT || rc == TSP_EDEAD)
		return TSP_OK;
	if (rc >= 0)
		rc = roll_call(shell, &roll, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < roll.count; i++) {
		const struct roll_entry *entry = &roll.entries[i];
		if (!tsp_address_equal(entry->address, target) &&
			!tsp_address_equal(entry->number, target))
			continue;
		seen->there = true;
		seen->number = roll_mailbox(entry);
	}
	roll_clear(&roll);
	return TSP_OK;
}

int condition_look(struct shell *shell, const struct condition *condition,
	struct condition_seen *ret_seen, tsp_error *err)
{
	struct condition_seen seen = { 0 };
	const char *subject = condition->subject;
	char shown[80];
	int rc = TSP_OK;
	switch (condition->kind) {
	case CONDITION_SYSTEM:
		rc = condition_look_system(shell, &seen, err);
		break;
	case CONDITION_SOURCE:
		rc = condition_look_source(shell, subject, &seen, err);
		break;
	case CONDITION_ACTORS:
		rc = condition_look_actors(shell, condition, &seen, err);
		break;
	case CONDITION_NAME:
	case CONDITION_GONE:
	case CONDITION_WAITING:
		rc = condition_find(shell, subject, &seen, err);
		seen.holds = (condition->kind == CONDITION_NAME) == seen.there;
		break;
	}
	if (rc < 0)
		return rc;
	if (condition->counts)
		seen.holds = seen.there && condition_compare(condition, seen.number);
	/* A name may get a holder; a number is nobody else's. */
	if (condition->kind == CONDITION_WAITING && !seen.there &&
		(subject[0] == '#' || subject[0] == '@'))
		return tsp_fail(err, TSP_EDEAD, "cannot wait for '%s': the actor is dead",
			text_quote(tsp_text_of(subject), shown, sizeof(shown)));
	*ret_seen = seen;
	return TSP_OK;
}
