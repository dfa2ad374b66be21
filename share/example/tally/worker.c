/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "tally.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct worker {
	tsp_address leader; /* who waits for the file that is put off */
};

static int64_t count_words(FILE *file, struct words *words)
{
	char word[WORD_LIMIT];
	size_t size = 0;
	int64_t total = 0;
	int c;

	do {
		c = getc(file);
		if (c != EOF && isalnum((unsigned char)c)) {
			if (size < sizeof(word))
				word[size++] = (char)tolower((unsigned char)c);
		} else if (size > 0) {
			total++;
			if (TALLY_VERSION >= 2)
				(void)words_add(
					words, word, size, 1); /* rare words may be left out */
			size = 0;
		}
	} while (c != EOF);
	return total;
}

static int answer(
	tsp_actor *self, tsp_address leader, int64_t job, int64_t total, const struct words *words)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;
	int rc = TSP_ENOMEM;

	if (builder == NULL)
		return rc;
	tsp_begin_map(builder);
	tsp_put_key(builder, "job");
	tsp_put_int(builder, job);
	tsp_put_key(builder, "words");
	tsp_put_int(builder, total);
	tsp_put_key(builder, "seen");
	tsp_begin_map(builder);
	for (size_t i = 0; i < words->capacity; i++) {
		if (words->slots[i].count == 0)
			continue;
		tsp_put_key(builder, words->slots[i].text);
		tsp_put_int(builder, words->slots[i].count);
	}
	tsp_end(builder);
	tsp_end(builder);
	rc = tsp_builder_value(builder, &value);
	if (rc == TSP_OK)
		rc = tsp_send(self, leader, "Counted", value);
	tsp_builder_free(builder);
	return rc;
}

static int count(tsp_actor *self, tsp_value work, tsp_address leader)
{
	struct words words = { 0 };
	tsp_text path = { NULL, 0 };
	int64_t job = 0;
	int64_t number = 0;
	int64_t total;
	char *name;
	FILE *file;
	int rc;

	(void)tsp_value_int(tsp_value_get(work, "job"), &job);
	(void)tsp_value_int(tsp_value_get(work, "number"), &number);
	if (!tsp_value_text(tsp_value_get(work, "path"), &path))
		return tsp_fail_text(self, TSP_EVALUE, "a File needs a path");
	if (TALLY_VERSION == 3 && number == 3)
		abort(); /* the crash on purpose */
	name = tsp_text_copy(path);
	file = name != NULL ? fopen(name, "re") : NULL;
	if (file == NULL) {
		rc = tsp_fail_text(self, TSP_EIO, "cannot open '%s': %s", name, strerror(errno));
		free(name);
		return rc;
	}
	free(name);
	total = count_words(file, &words);
	fclose(file);
	rc = answer(self, leader, job, total, &words);
	words_clear(&words);
	return rc;
}

static int on_file(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct worker *worker = tsp_state(self);
	int64_t pause_ms = tsp_get_int(message, "pause_ms", 0);

	if (pause_ms <= 0)
		return count(self, tsp_message_value(message), sender);
	worker->leader = sender;
	return tsp_wakeup_after(self, pause_ms, tsp_message_value(message));
}

static int on_wakeup(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const struct worker *worker = tsp_state(self);

	(void)sender;
	return count(self, tsp_get(message, "payload"), worker->leader);
}

static const tsp_handler handlers[] = { { "File", on_file }, { "WakeupMessage", on_wakeup },
	{ 0 } };

const tsp_class tally_worker = {
	.name = "Worker", .state_size = sizeof(struct worker), .handlers = handlers
};
