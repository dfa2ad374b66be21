/* SPDX-License-Identifier: MIT */
/*
 * watch GROUP SRCDIR: packages and loads at the start and on every save.
 *
 * It looks at the files' times again and again, and does not ask the kernel to be told: that is the same on
 * every file system (a network's, one mounted into a container), sees new folders and files that editors
 * put in place by renaming, and has no limit to run into. A look at 20 files was measured at 130 us of
 * processor time; where one takes long, there are fewer, down to one in two seconds.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/status.h"
#include "director/client.h"
#include "director/commands.h"
#include "director/handover.h"
#include "director/folder.h"
#include "director/gather.h"
#include "director/gensrc.h"
#include "director/view.h"
#include "director/watch_key.h"
#include "source/manifest.h"

#define LOOK_MS	       ((int64_t)100)  /* between two looks, at least */
#define LOOK_MOST_MS   ((int64_t)2000) /* and at most */
#define LOOK_SHARE     50
#define SETTLE_LOOK_MS ((int64_t)50)   /* two looks alike, so far apart: all is saved */
#define SETTLE_MS      ((int64_t)1000) /* who goes on saving waits no longer than that */

static const struct option_spec watch_options[] = {
	{ "key", 'k', "FILE.sec", "secret key that signs; default DIR/development.sec",
		COMPLETE_PATH },
	{ 0 },
};

struct watch {
	struct context *context;
	const char *group;
	const char *folder; /* of the sources */
	char *rules;	    /* folder/GROUP.tli */
	char *manifest;	    /* folder/source.json */
	char *trust;	    /* DIR/trust.cfg */
	struct watch_key key;
	struct handover handover;
	time_t last;  /* that a version was made of */
	bool refused; /* the last load was; a change of trust.cfg is then one, too */
	bool loaded;  /* something was */
};

static volatile sig_atomic_t ended;

static void watch_end(int signal_number)
{
	(void)signal_number; /* each of them ends it */
	ended = 1;
	tsp_interrupt();
}

/* ---- One load -------------------------------------------------------------------------------- */

/* Older than every release (~ is before everything), newer than the one before. Time alone is not
 * enough: two saves may be of one second. */
static int next_version(struct watch *watch, char version[65], tsp_error *err)
{
	time_t now = time(NULL);
	bool taken = true;
	struct tm utc;

	watch->last = now > watch->last ? now : watch->last + 1;
	for (; taken; watch->last += taken) {
		char *path;

		if (!gmtime_r(&watch->last, &utc) ||
			strftime(version, 65, DEVELOPMENT_VERSION "%Y%m%d%H%M%S", &utc) == 0)
			return tsp_fail(err, TSP_EVALUE, "cannot make a version of the date");
		path = folder_package_path(watch->context->folder, watch->group, version);
		if (!path)
			return tsp_fail(err, TSP_ENOMEM, "out of memory");
		taken = access(path, F_OK) == 0;
		free(path);
	}
	return TSP_OK;
}

/* Gathers, checks, signs, and puts it where the Director finds it. */
static int watch_package(struct watch *watch, tsp_error *err)
{
	char version[65];
	struct gensrc gensrc = { .context = watch->context,
		.recipe = { .group = watch->group, .folder = watch->folder, .version = version } };
	uint8_t *bytes = NULL;
	size_t size;
	int rc = next_version(watch, version, err);

	gensrc.time = watch->last;
	if (rc >= 0)
		rc = gensrc_gather(&gensrc, err);
	if (rc >= 0 && ended)
		rc = TSP_EINTERRUPT;
	if (rc >= 0)
		rc = gensrc_sign(&gensrc, watch->key.secret, &bytes, &size, err);
	if (rc >= 0)
		rc = handover_write(&watch->handover, bytes, size, err);
	free(bytes);
	gensrc_clear(&gensrc);
	return rc;
}

static int watch_print(const struct watch *watch, const tsp_message *answer)
{
	struct output *output = context_output(watch->context);
	tsp_value results = tsp_get(answer, "results");
	tsp_value result = tsp_value_at(results, 0);
	tsp_text version = view_text(result, "version");
	char hash[13];

	output_begin(output, NULL, NULL);
	output_value(output, "results", NULL, results);
	output_say(output, "loaded %s %.*s %s", watch->group, (int)version.size, version.data,
		context_short_hash(view_text(result, "hash"), hash));
	output_end(output);
	return output_finish(output);
}

/* It is older than every release, so it is loaded as a downgrade, and leaves the mark where it is. */
static tsp_builder *watch_request(const struct watch *watch)
{
	tsp_builder *request = client_request(watch->context);

	if (!request)
		return NULL;
	tsp_put_key(request, "path");
	tsp_put_string(request, watch->handover.path);
	tsp_put_key(request, "subject");
	tsp_put_string(request, watch->group);
	tsp_put_key(request, "allow_downgrade");
	tsp_put_bool(request, true);
	tsp_end(request);
	return request;
}

/* Returns what became of the load; *ret_print: of saying so, which ends the watch where it fails. */
static int watch_load(struct watch *watch, int *ret_print, tsp_error *err)
{
	tsp_builder *request = watch_request(watch);
	struct client client = { 0 };
	tsp_message *answer = NULL;
	int rc = request ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0)
		rc = client_open(watch->context, CLIENT_START, context_load_timeout(watch->context),
			&client, err);
	if (rc >= 0)
		rc = client_ask(&client, "DirectorLoad", request, &answer, err);
	if (rc >= 0)
		rc = client_verdict(answer, err);
	if (rc >= 0)
		*ret_print = watch_print(watch, answer);
	tsp_message_free(answer);
	tsp_builder_free(request);
	client_close(&client);
	return rc;
}

/* Packages and loads; what is wrong with the source is said, and is no reason to end. */
static int watch_once(struct watch *watch)
{
	tsp_error err = { 0 };
	int print = TSP_OK;
	int rc = watch_package(watch, &err);

	if (rc >= 0)
		rc = watch_load(watch, &print, &err);
	watch->refused = rc == TSP_EUNTRUSTED;
	watch->loaded = watch->loaded || rc >= 0;
	if (watch->refused)
		watch_key_hint(watch->context, &watch->key, watch->group, &err);
	if (!ended)
		(void)status_report(stderr, director_program.name, rc, &err);
	return print;
}

/* ---- Waiting for a save ------------------------------------------------------------------------ */

static uint64_t watch_stamp(const struct watch *watch)
{
	uint64_t stamp = gather_stamp(watch->folder);

	stamp = gather_stamp_file(watch->rules, stamp);
	return gather_stamp_file(watch->manifest, stamp);
}

static void pause_ms(int64_t ms)
{
	struct timespec time = { .tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&time, NULL); /* a signal ends it: then `ended` says so */
}

/* Until two looks show the same, so that a save of several files is one. */
static uint64_t watch_settle(const struct watch *watch, uint64_t stamp)
{
	clock_ns end = clock_after(clock_read(), SETTLE_MS);
	uint64_t before;

	do {
		before = stamp;
		pause_ms(SETTLE_LOOK_MS);
		stamp = watch_stamp(watch);
	} while (stamp != before && !ended && clock_read() < end);
	return stamp;
}

/* As long as the look before allows; returns what the sources look like then. */
static uint64_t watch_look(const struct watch *watch, int64_t *wait_ms)
{
	clock_ns began;
	uint64_t stamp;

	pause_ms(*wait_ms < LOOK_MS ? LOOK_MS : *wait_ms < LOOK_MOST_MS ? *wait_ms : LOOK_MOST_MS);
	began = clock_read();
	stamp = watch_stamp(watch);
	*wait_ms = (clock_read() - began) / CLOCK_MS * LOOK_SHARE;
	return stamp;
}

static int watch_files(struct watch *watch)
{
	uint64_t sources = watch_stamp(watch), trust = gather_stamp_file(watch->trust, 0);
	int64_t wait_ms = 0;
	int rc = watch_once(watch);

	while (rc >= 0 && !ended) {
		uint64_t stamp = watch_look(watch, &wait_ms);

		if (stamp != sources)
			stamp = watch_settle(watch, stamp);
		else if (!watch->refused || gather_stamp_file(watch->trust, 0) == trust)
			continue;
		if (ended)
			break;
		sources = stamp;
		trust = gather_stamp_file(watch->trust, 0);
		rc = watch_once(watch);
	}
	return rc;
}

/* ---- The command ----------------------------------------------------------------------------- */

static int watch_open(struct watch *watch, const char *key, tsp_error *err)
{
	struct stat info;
	int rc = TSP_OK;

	if (stat(watch->folder, &info) < 0)
		rc = tsp_fail_errno(err, "watch", watch->folder);
	else if (!S_ISDIR(info.st_mode))
		rc = tsp_fail(err, TSP_EUSAGE, "cannot watch '%s': not a folder", watch->folder);
	if (rc >= 0)
		rc = context_make_folder(watch->context, err);
	if (rc >= 0)
		rc = context_settings(watch->context, err);
	if (rc >= 0)
		rc = keys_init(err);
	if (rc >= 0)
		rc = handover_open(watch->context->folder, watch->group, &watch->handover, err);
	if (rc >= 0)
		rc = watch_key_open(watch->context, key, &watch->key, err);
	if (rc < 0)
		return rc;
	watch->rules = text_format("%s/%s.tli", watch->folder, watch->group);
	watch->manifest = file_join(watch->folder, MANIFEST_NAME);
	watch->trust = file_join(watch->context->folder, "trust.cfg");
	return watch->rules && watch->manifest && watch->trust ?
		TSP_OK :
		tsp_fail(err, TSP_ENOMEM, "out of memory");
}

static void watch_close(struct watch *watch)
{
	watch_key_clear(&watch->key);
	handover_close(&watch->handover);
	free(watch->rules);
	free(watch->manifest);
	free(watch->trust);
}

static void watch_signals(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = watch_end }, former;

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (ends[i] == SIGHUP && sigaction(SIGHUP, NULL, &former) == 0 &&
			former.sa_handler == SIG_IGN)
			continue;			 /* nohup */
		(void)sigaction(ends[i], &action, NULL); /* without it, it ends less well */
	}
}

static int watch_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct watch watch = { .context = data,
		.group = call->argv[0],
		.folder = call->argv[1],
		.handover = { .fd = -1 } };
	char shown[80];
	int rc;

	if (!package_group_ok(watch.group))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot watch '%s': letters, digits and _ . - are allowed in a group's name, 64 at most",
			text_quote(tsp_text_of(watch.group), shown, sizeof(shown)));
	watch_signals();
	rc = watch_open(&watch, options_get(&call->options, "key"), err);
	if (rc >= 0 && !ended) {
		(void)fprintf(stderr, "watching %s, key %s; Ctrl-C ends\n",
			text_quote(tsp_text_of(watch.folder), shown, sizeof(shown)), watch.key.id);
		rc = watch_files(&watch);
		if (watch.loaded)
			(void)fprintf(stderr,
				"what was loaded last stays; 'rollback %s' or 'unload %s' ends it\n",
				watch.group, watch.group);
	}
	watch_close(&watch);
	return rc;
}

const struct command watch_command = {
	.name = "watch",
	.synopsis = "[--key FILE.sec] GROUP SRCDIR",
	.summary = "package and load a folder now and on every save",
	.details =
		"For development: signs with a key of this folder that has no password and is made on first use\n"
		"(DIR/development.sec), as versions 0~devYYYYMMDDHHMMSS, older than every release. 'list' and\n"
		"'status' mark them; a release follows one at any time. Starts the system if needed. What is wrong\n"
		"is said, and watching goes on until Ctrl-C.",
	.options = watch_options,
	.args_min = 2,
	.args_max = 2,
	.complete = { COMPLETE_GROUP, COMPLETE_PATH },
	.run = watch_run,
};
