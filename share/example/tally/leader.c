/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "tally.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_LIMIT  32
#define FILES_LIMIT  10000
#define FAILED_LIMIT 16

/* One question and how far its answer is. */
struct job {
	struct job *next;
	int64_t number;
	tsp_address asker;
	int64_t pause_ms;
	int64_t files;
	int64_t open; /* files not answered yet */
	int64_t words;
	struct words seen;
	char *failed[FAILED_LIMIT];
	int failed_count;
};

struct file {
	struct file *next;
	struct job *job;
	int64_t number;
	char *path;
};

struct helper {
	tsp_address address;
	bool idle;
};

struct leader {
	struct job *jobs;
	struct file *files; /* that no worker has yet */
	struct file **files_end;
	int64_t job_count;
	struct helper workers[TALLY_WORKERS];
};

static void hand_out(tsp_actor *self)
{
	struct leader *leader = tsp_state(self);

	for (int i = 0; i < TALLY_WORKERS && leader->files != NULL; i++) {
		struct file *file = leader->files;

		if (!leader->workers[i].idle)
			continue;
		leader->workers[i].idle = false;
		(void)tsp_sendf(self, leader->workers[i].address, "File", "{s:I, s:I, s:s, s:I}",
			"job", file->job->number, "number", file->number, "path", file->path,
			"pause_ms", file->job->pause_ms);
		leader->files = file->next;
		if (leader->files == NULL)
			leader->files_end = &leader->files;
		free(file->path);
		free(file);
	}
}

static void file_add(struct leader *leader, struct job *job, const char *path)
{
	struct file *file = calloc(1, sizeof(*file));

	if (file == NULL || (file->path = strdup(path)) == NULL) {
		free(file);
		return;
	}
	file->job = job;
	file->number = ++job->files;
	job->open++;
	*leader->files_end = file;
	leader->files_end = &file->next;
}

static void walk(struct leader *leader, struct job *job, const char *folder, int depth)
{
	DIR *dir = depth < DEPTH_LIMIT ? opendir(folder) : NULL;
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL && job->files < FILES_LIMIT) {
		char path[4096];
		struct stat info;

		if (entry->d_name[0] == '.' ||
			(size_t)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >=
				sizeof(path) ||
			lstat(path, &info) < 0)
			continue;
		if (S_ISDIR(info.st_mode))
			walk(leader, job, path, depth + 1);
		else if (S_ISREG(info.st_mode))
			file_add(leader, job, path);
	}
	if (dir != NULL)
		closedir(dir);
}

static void put_top(tsp_builder *builder, const struct job *job)
{
	const struct word *top[TALLY_TOP];
	size_t count = words_top(&job->seen, top, TALLY_TOP);

	tsp_put_key(builder, "top");
	tsp_begin_list(builder);
	for (size_t i = 0; i < count; i++)
		tsp_put_format(builder, "[s, I]", top[i]->text, top[i]->count);
	tsp_end(builder);
}

static int answer(tsp_actor *self, const struct job *job)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;
	int rc = TSP_ENOMEM;

	if (builder == NULL)
		return rc;
	tsp_begin_map(builder);
	tsp_put_key(builder, "version");
	tsp_put_int(builder, TALLY_VERSION);
	tsp_put_key(builder, "files");
	tsp_put_int(builder, job->files);
	tsp_put_key(builder, "words");
	tsp_put_int(builder, job->words);
	if (TALLY_VERSION >= 2)
		put_top(builder, job);
	if (job->failed_count > 0) {
		tsp_put_key(builder, "failed");
		tsp_begin_list(builder);
		for (int i = 0; i < job->failed_count; i++)
			tsp_put_string(builder, job->failed[i]);
		tsp_end(builder);
	}
	tsp_end(builder);
	rc = tsp_builder_value(builder, &value);
	if (rc == TSP_OK)
		rc = tsp_send(self, job->asker, "Tally", value);
	tsp_builder_free(builder);
	return rc;
}

static struct job *job_find(struct leader *leader, int64_t number)
{
	for (struct job *job = leader->jobs; job != NULL; job = job->next) {
		if (job->number == number)
			return job;
	}
	return NULL;
}

/* One file less to wait for; after the last one the answer goes out. */
static int file_done(tsp_actor *self, struct job *job)
{
	struct leader *leader = tsp_state(self);
	int rc;

	if (--job->open > 0)
		return TSP_OK;
	rc = answer(self, job);
	for (struct job **at = &leader->jobs; *at != NULL; at = &(*at)->next) {
		if (*at == job) {
			*at = job->next;
			break;
		}
	}
	words_clear(&job->seen);
	for (int i = 0; i < job->failed_count; i++)
		free(job->failed[i]);
	free(job);
	return rc;
}

static int on_count(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct leader *leader = tsp_state(self);
	char *folder = tsp_text_copy(tsp_get_text(message, "folder"));
	struct job *job = calloc(1, sizeof(*job));

	if (folder == NULL || job == NULL) {
		free(folder);
		free(job);
		return tsp_fail_text(self, TSP_EVALUE, "a Count needs a folder");
	}
	job->number = ++leader->job_count;
	job->asker = sender;
	job->pause_ms = tsp_get_int(message, "pause_ms", 0);
	job->open = 1; /* until all files are found */
	job->next = leader->jobs;
	leader->jobs = job;
	walk(leader, job, folder, 0);
	free(folder);
	hand_out(self);
	return file_done(self, job);
}

static void worker_ready(tsp_actor *self, tsp_address worker)
{
	struct leader *leader = tsp_state(self);

	for (int i = 0; i < TALLY_WORKERS; i++) {
		if (tsp_address_equal(leader->workers[i].address, worker))
			leader->workers[i].idle = true;
	}
	hand_out(self);
}

static int on_counted(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct job *job = job_find(tsp_state(self), tsp_get_int(message, "job", 0));
	tsp_value seen = tsp_get(message, "seen");
	tsp_value word;
	tsp_value count;
	tsp_walk at = { 0 };

	worker_ready(self, sender);
	if (job == NULL)
		return TSP_OK;
	job->words += tsp_get_int(message, "words", 0);
	while (tsp_value_next(seen, &at, &word, &count)) {
		tsp_text text = { NULL, 0 };
		int64_t number = 0;

		if (tsp_value_text(word, &text) && tsp_value_int(count, &number))
			(void)words_add(&job->seen, text.data, text.size, number);
	}
	return file_done(self, job);
}

/* What a worker could not count comes back: the cause goes into the answer. */
static int on_poison(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_value body = tsp_get(message, "poisonMessage");
	tsp_value lost;
	tsp_value file;
	tsp_text type;
	tsp_text path = { "?", 1 };
	tsp_text details = tsp_get_text(message, "details");
	struct job *job;
	int64_t number = 0;
	char line[512];

	if (!tsp_value_encoded(body, &lost) || !tsp_value_typed(lost, &type, &file))
		return TSP_OK;
	(void)tsp_value_int(tsp_value_get(file, "job"), &number);
	(void)tsp_value_text(tsp_value_get(file, "path"), &path);
	if (tsp_text_is(tsp_get_text(message, "outcome"), "failed"))
		worker_ready(self, sender); /* else it is dead, and ChildActorExited follows */
	job = job_find(tsp_state(self), number);
	if (job == NULL)
		return TSP_OK;
	snprintf(line, sizeof(line), "%.*s: %.*s", (int)path.size, path.data, (int)details.size,
		details.data);
	if (job->failed_count < FAILED_LIMIT &&
		(job->failed[job->failed_count] = strdup(line)) != NULL)
		job->failed_count++;
	return file_done(self, job);
}

/* A worker has died: another takes its place. */
static int on_child_exited(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct leader *leader = tsp_state(self);
	tsp_address child = tsp_get_address(message, "childAddress");

	(void)sender;
	for (int i = 0; i < TALLY_WORKERS; i++) {
		if (!tsp_address_equal(leader->workers[i].address, child))
			continue;
		leader->workers[i].address = tsp_create(self, "Worker", NULL);
		leader->workers[i].idle = true;
	}
	hand_out(self);
	return TSP_OK;
}

static int init(tsp_actor *self, tsp_value argument)
{
	struct leader *leader = tsp_state(self);

	(void)argument;
	leader->files_end = &leader->files;
	for (int i = 0; i < TALLY_WORKERS; i++) {
		leader->workers[i].address = tsp_create(self, "Worker", NULL);
		leader->workers[i].idle = true;
	}
	return TSP_OK;
}

static const tsp_handler handlers[] = {
	{ "Count", on_count },
	{ "Counted", on_counted },
	{ "PoisonMessage", on_poison },
	{ "ChildActorExited", on_child_exited },
	{ 0 },
};

const tsp_class tally_leader = {
	.name = "Tally",
	.state_size = sizeof(struct leader),
	.init = init,
	.handlers = handlers,
};
TSP_EXPORT(&tally_leader, &tally_worker)
