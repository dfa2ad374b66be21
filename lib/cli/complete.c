/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/complete.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cli/command.h"

#define COMPLETE_TEXT	      512   /* bytes of one candidate */
#define COMPLETE_FOLDER_LIMIT 10000 /* entries of a folder that are looked at */

/* What the words say so far. */
struct complete_state {
	const struct program *program;
	void *context;
	const struct command *command;
	const struct option_spec *tables[4];
	const struct option_spec *waiting; /* option whose value comes next */
	int arguments;
	bool ended; /* "--" was seen */
};

void complete_init(struct complete *complete, const char *prefix)
{
	*complete = (struct complete){ .prefix = prefix };
}

void complete_clear(struct complete *complete)
{
	for (size_t i = 0; i < complete->count; i++)
		free(complete->items[i]);
	free(complete->items);
	complete_init(complete, "");
}

static bool complete_is_safe(const char *text)
{
	char shown[COMPLETE_TEXT];
	size_t size = strlen(text);
	if (size == 0 || size >= sizeof(shown) / 4)
		return false;
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9');
		if (c < 0x80 && !letter && strchr("._-/:@#+=,%~", c) == NULL)
			return false;
	}
	/* What a terminal could not show as it is comes back changed. */
	return strcmp(text_quote((tsp_text){ text, size }, shown, sizeof(shown)), text) == 0;
}

void complete_add(struct complete *complete, const char *candidate)
{
	if (candidate == NULL || complete->count >= COMPLETE_LIMIT ||
		strncmp(candidate, complete->prefix, strlen(complete->prefix)) != 0 ||
		!complete_is_safe(candidate))
		return;
	if (complete->count == complete->capacity) {
		size_t capacity = complete->capacity == 0 ? 32 : complete->capacity * 2;
		char **items = realloc(complete->items, capacity * sizeof(*items));
		if (items == NULL)
			return;
		complete->items = items;
		complete->capacity = capacity;
	}
	char *copy = strdup(candidate);
	if (copy != NULL)
		complete->items[complete->count++] = copy;
}

static int complete_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void complete_sort(struct complete *complete)
{
	size_t kept = 0;
	if (complete->count > 1)
		qsort(complete->items, complete->count, sizeof(*complete->items), complete_compare);
	for (size_t i = 0; i < complete->count; i++) {
		if (kept > 0 && strcmp(complete->items[kept - 1], complete->items[i]) == 0)
			free(complete->items[i]);
		else
			complete->items[kept++] = complete->items[i];
	}
	complete->count = kept;
}

static bool complete_is_folder(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Files and folders that begin as the prefix does; folders with a slash behind. */
static void complete_add_paths(struct complete *into)
{
	const char *slash = strrchr(into->prefix, '/');
	int folder_size = slash == NULL ? 0 : (int)(slash - into->prefix) + 1;
	const char *start = into->prefix + folder_size;
	char folder[COMPLETE_TEXT];
	char path[COMPLETE_TEXT];
	if ((size_t)folder_size >= sizeof(folder))
		return;
	snprintf(folder, sizeof(folder), "%.*s", folder_size, into->prefix);
	DIR *stream = opendir(folder_size == 0 ? "." : folder);
	if (stream == NULL)
		return;
	const struct dirent *entry;
	for (int seen = 0; seen < COMPLETE_FOLDER_LIMIT && (entry = readdir(stream)) != NULL;
		seen++) {
		if (strncmp(entry->d_name, start, strlen(start)) != 0 ||
			(entry->d_name[0] == '.' && start[0] != '.') ||
			strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		int size = snprintf(path, sizeof(path) - 1, "%s%s", folder, entry->d_name);
		if (size < 0 || (size_t)size >= sizeof(path) - 1)
			continue;
		if (complete_is_folder(path))
			memcpy(path + size, "/", 2);
		complete_add(into, path);
	}
	closedir(stream);
}

static void complete_add_kind(
	const struct complete_state *state, enum complete_kind kind, struct complete *into)
{
	if (kind == COMPLETE_NONE)
		return;
	if (kind == COMPLETE_COMMAND) {
		for (const struct command *const *at = state->program->commands; *at != NULL; at++)
			complete_add(into, (*at)->name);
		return;
	}
	if (kind == COMPLETE_PATH || kind == COMPLETE_GROUP_FILE)
		complete_add_paths(into);
	if (kind != COMPLETE_PATH && state->program->complete != NULL)
		state->program->complete(state->context, kind, into);
}

static void complete_add_options(const struct complete_state *state, struct complete *into)
{
	char name[64];
	for (size_t i = 0; state->tables[i] != NULL; i++) {
		for (const struct option_spec *spec = state->tables[i]; spec->name != NULL;
			spec++) {
			snprintf(name, sizeof(name), "--%s", spec->name);
			if (spec->summary != NULL)
				complete_add(into, name);
		}
	}
}

static const struct option_spec *complete_find_option(
	const struct complete_state *state, const char *word)
{
	for (size_t i = 0; state->tables[i] != NULL; i++)
		for (const struct option_spec *spec = state->tables[i]; spec->name != NULL; spec++)
			if ((word[1] == '-' && strcmp(spec->name, word + 2) == 0) ||
				(spec->letter != 0 && word[1] == spec->letter && word[2] == '\0'))
				return spec;
	return NULL;
}

/* Tables that apply now: before the command the program's, after it the command's as well. */
static void complete_set_tables(struct complete_state *state, bool inside)
{
	size_t count = 0;
	if (state->command != NULL && state->command->options != NULL)
		state->tables[count++] = state->command->options;
	if (!inside && state->program->options != NULL)
		state->tables[count++] = state->program->options;
	if (!inside)
		state->tables[count++] = command_builtin_options;
	state->tables[count] = NULL;
}

/* Whether options can still stand here. */
static bool complete_takes_options(const struct complete_state *state)
{
	return !state->ended &&
		(state->command == NULL || state->command->raw_from == 0 ||
			state->arguments < state->command->raw_from);
}

static void complete_take_word(struct complete_state *state, const char *word, bool inside)
{
	if (state->waiting != NULL) {
		state->waiting = NULL;
	} else if (complete_takes_options(state) && word[0] == '-' && word[1] != '\0') {
		const struct option_spec *spec = complete_find_option(state, word);
		state->ended = strcmp(word, "--") == 0;
		if (spec != NULL && spec->value != NULL)
			state->waiting = spec;
	} else if (state->command == NULL) {
		state->command = command_find(state->program, word);
		complete_set_tables(state, inside);
		if (state->command == NULL)
			state->arguments = -1; /* an unknown command: nothing is known behind it */
	} else {
		state->arguments++;
	}
}

static void complete_add_argument(const struct complete_state *state, struct complete *into)
{
	const struct command *command = state->command;
	int index = state->arguments;
	if (command->args_max >= 0 && index >= command->args_max)
		return;
	if (index >= COMMAND_ARGUMENTS)
		index = COMMAND_ARGUMENTS - 1;
	complete_add_kind(state, command->complete[index], into);
}

void complete_words(const struct program *program, void *context, int count, char *const *words,
	bool inside, struct complete *into)
{
	struct complete_state state = { .program = program, .context = context };
	complete_init(into, count > 0 ? words[count - 1] : "");
	complete_set_tables(&state, inside);
	for (int i = 0; i + 1 < count && state.arguments >= 0; i++)
		complete_take_word(&state, words[i], inside);
	if (state.arguments < 0)
		return;
	if (state.waiting != NULL)
		complete_add_kind(&state, state.waiting->complete, into);
	else if (into->prefix[0] == '-' && complete_takes_options(&state))
		complete_add_options(&state, into);
	else if (state.command == NULL)
		complete_add_kind(&state, COMPLETE_COMMAND, into);
	else
		complete_add_argument(&state, into);
	complete_sort(into);
}

void complete_print(const struct complete *complete, FILE *stream)
{
	for (size_t i = 0; i < complete->count; i++)
		fprintf(stream, "%s\n", complete->items[i]);
}
