/* SPDX-License-Identifier: MIT */
/*
 * Runs the scenarios on one base and prints TAP.
 *
 * usage: scenario BASE own|shared [ROW...]
 *
 * The system, its folder and its port are the run's own. A row is a child process; all that descends from
 * the run falls to it (PR_SET_CHILD_SUBREAPER), so that at the end it can see whether anything is left.
 */
#include "config.h"

#include "scenario.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEMPLATE  "/tmp/scenario.XXXXXX"
#define END_MS	  20000
#define WAITING	  16
#define SLOW_MS	  500 /* is said */
#define AUTHORITY "scenario:Authority"

static const struct row *const tables[] = { rows_actors, rows_caller, rows_delivery, rows_life,
	rows_bases, rows_sources, rows_status, rows_helpers, rows_weak };

struct started {
	const struct row *row;
	pid_t pid;
	int64_t begun;
	char output[64];
};

struct run {
	struct scenario scenario;
	char folder[32];
	char **wanted; /* ids, NULL: all */
	int number, failed;
	struct started started[WAITING]; /* rows that run beside the others */
	size_t waiting;
};

/* ---- The run's own place ---- */

static void set_folder(const char *variable, const char *folder, const char *below)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, below);
	if (mkdir(path, 0700) < 0 && errno != EEXIST) {
		perror(path);
		exit(1);
	}
	setenv(variable, path, 1);
}

static void make_place(struct run *run)
{
	const char *build = getenv("TSP_BUILDDIR") != NULL ? getenv("TSP_BUILDDIR") :
							     TSP_TEST_BUILD;
	char path[1024];

	strcpy(run->folder, TEMPLATE);
	if (mkdtemp(run->folder) == NULL) {
		perror(run->folder);
		exit(1);
	}
	set_folder("THESPIAN_RUNTIME_DIR", run->folder, "run");
	set_folder("THESPIAN_DIRECTOR_DIR", run->folder, "director");
	set_folder("XDG_CACHE_HOME", run->folder, "cache");
	set_folder("XDG_STATE_HOME", run->folder, "state");
	set_folder("HOME", run->folder, "home");
	snprintf(path, sizeof(path), "%s/thesplog", run->folder);
	setenv("THESPLOG_FILE", path, 1);
	snprintf(path, sizeof(path), "%s/test/scenario/.libs:%s/test/scenario", build, build);
	setenv("THESPIAN_PATH", path, 1);
	unsetenv("THESPLOG_THRESHOLD");
	unsetenv("THESPLOG_FILE_MAXSIZE");
	run->scenario.folder = run->folder;
	run->scenario.port = free_port();
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/* ---- The system ---- */

static int open_system(struct scenario *s, int flags)
{
	tsp_open_options options = {
		.base = s->base,
		.port = s->port,
		.flags = flags,
		.timeout_ms = WAIT_MS,
		.authority = flags != TSP_OPEN_ATTACH || s->simple ? AUTHORITY : NULL,
		.capabilities_json = s->shared ? "{\"Actor Host\": \"shared\"}" : NULL,
	};

	return tsp_open(&options, &s->system, &s->err);
}

static bool end_system(struct scenario *s, int port)
{
	tsp_open_options options = { .base = s->base, .port = port, .timeout_ms = WAIT_MS };
	tsp_system *system = NULL;
	int killed = 0;
	int rc = tsp_open(&options, &system, &s->err);

	if (rc == TSP_ENOSYSTEM)
		return true;
	if (rc == TSP_OK)
		rc = tsp_shutdown(system, END_MS, &killed, &s->err);
	tsp_close(system);
	if (rc < 0)
		printf("# cannot end the system at port %d: %s\n", port, s->err.text);
	return rc == TSP_OK;
}

/* ---- Rows ---- */

static bool is_wanted(const struct run *run, const char *id)
{
	for (char **at = run->wanted; at != NULL && *at != NULL; at++) {
		if (strcmp(*at, id) == 0)
			return true;
	}
	return run->wanted == NULL || *run->wanted == NULL;
}

static bool applies(const struct scenario *s, const struct row *row)
{
	return !(row->not_on & (s->simple ? SIMPLE : s->shared ? SHARED : OWN));
}

static _Noreturn void run_row(struct scenario *s, const struct row *row, const char *output)
{
	s->id = row->id;
	alarm(ROW_SECONDS);
	if (freopen(output, "we", stdout) == NULL)
		_exit(1);
	s->builder = tsp_builder_new();
	CHECK_CODE(TSP_OK, open_system(s, TSP_OPEN_ATTACH));
	row->run(s);
	tsp_close(s->system);
	fflush(stdout);
	_exit(0);
}

static void start_row(struct run *run, struct started *started, const struct row *row)
{
	static int number;

	started->row = row;
	started->begun = now_ms();
	snprintf(started->output, sizeof(started->output), "%s/row-%d", run->folder, ++number);
	fflush(stdout);
	started->pid = fork();
	if (started->pid == 0)
		run_row(&run->scenario, row, started->output);
}

static void show_output(const char *path)
{
	char line[1024];
	FILE *file = fopen(path, "re");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		fputs(line, stdout);
	if (file != NULL)
		fclose(file);
}

/* Where it failed stands in lines before the result. */
static bool end_row(const struct started *started)
{
	int status = -1;

	if (started->pid < 0 || waitpid(started->pid, &status, 0) != started->pid)
		return false;
	show_output(started->output);
	if (WIFSIGNALED(status))
		printf("# ended by signal %d%s\n", WTERMSIG(status),
			WTERMSIG(status) == SIGALRM ? ": its time is over" : "");
	if (now_ms() - started->begun > SLOW_MS && !(started->row->not_on & WAITS))
		printf("# %lld ms\n", (long long)(now_ms() - started->begun));
	return status == 0;
}

static void result(struct run *run, bool passed, const char *id, const char *text, const char *skip)
{
	printf("%s %d %s: %s%s%s\n", passed ? "ok" : "not ok", ++run->number, id, text,
		skip != NULL ? " # SKIP " : "", skip != NULL ? skip : "");
	if (!passed)
		run->failed++;
	fflush(stdout);
}

static struct started *find_started(struct run *run, const struct row *row)
{
	for (size_t i = 0; i < run->waiting; i++) {
		if (run->started[i].row == row)
			return &run->started[i];
	}
	return NULL;
}

static void start_waiting(struct run *run)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++) {
		for (const struct row *row = tables[t]; row->id != NULL; row++) {
			if ((row->not_on & WAITS) && is_wanted(run, row->id) &&
				applies(&run->scenario, row) && run->waiting < WAITING)
				start_row(run, &run->started[run->waiting++], row);
		}
	}
}

static void run_rows(struct run *run, const struct row *row)
{
	for (; row->id != NULL; row++) {
		bool has_reason = (row->not_on & ~WAITS) == 0 ||
			(row->reason != NULL && row->reason[0] != '\0');
		struct started *waiting = find_started(run, row), started;

		if (!is_wanted(run, row->id))
			continue;
		if (!has_reason) {
			result(run, false, row->id, "left out without a reason", NULL);
		} else if (!applies(&run->scenario, row)) {
			result(run, true, row->id, row->text, row->reason);
		} else {
			if (waiting == NULL)
				start_row(run, &started, row);
			result(run, end_row(waiting != NULL ? waiting : &started), row->id,
				row->text, NULL);
		}
	}
}

static void show_process(pid_t pid)
{
	char path[64], text[512];
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	file = fopen(path, "re");
	if (file != NULL) {
		size = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	for (size_t i = 0; i < size; i++)
		text[i] = text[i] == '\0' ? ' ' : text[i];
	printf("# left: %d %.*s\n", (int)pid, (int)size, text);
}

/* Children of this process that live, adopted ones too; they are ended. */
static void end_what_is_left(void)
{
	char path[64];
	FILE *file;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "re");
	while (file != NULL && fscanf(file, "%d", &pid) == 1) {
		show_process(pid);
		kill(pid, SIGKILL);
	}
	if (file != NULL)
		fclose(file);
}

static bool nothing_left(void)
{
	int64_t until = now_ms() + 5000;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0) {
		if (pid == 0 && now_ms() > until) {
			end_what_is_left();
			return false;
		}
		if (pid == 0)
			sleep_ms(20);
	}
	return true;
}

static bool read_arguments(int argc, char **argv, struct scenario *s)
{
	if (argc < 3 || (strcmp(argv[2], "own") != 0 && strcmp(argv[2], "shared") != 0)) {
		fprintf(stderr, "usage: scenario BASE own|shared [ROW...]\n");
		return false;
	}
	s->base = argv[1];
	s->simple = strcmp(argv[1], "simpleSystemBase") == 0;
	s->shared = strcmp(argv[2], "shared") == 0;
	return true;
}

int main(int argc, char **argv)
{
	struct run run = { 0 };
	bool ended;
	int port;

	if (!read_arguments(argc, argv, &run.scenario))
		return 2;
	run.wanted = argc > 3 ? argv + 3 : NULL;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGPIPE, SIG_IGN);
	systems_share();
	make_place(&run);
	if (!run.scenario.simple) {
		if (open_system(&run.scenario, TSP_OPEN_START | TSP_OPEN_ONLY_NEW) < 0) {
			printf("Bail out! %s\n", run.scenario.err.text);
			nftw(run.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
			return 1;
		}
		tsp_close(run.scenario.system);
	}
	start_waiting(&run);
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		run_rows(&run, tables[i]);
	while ((port = systems_next()) != 0)
		(void)end_system(&run.scenario, port);
	ended = run.scenario.simple || end_system(&run.scenario, run.scenario.port);
	result(&run, ended, "end", "the system ends", NULL);
	result(&run, nothing_left(), "end", "no process is left", NULL);
	printf("1..%d\n", run.number);
	if (run.failed == 0)
		nftw(run.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	else
		printf("# see %s\n", run.folder);
	return run.failed != 0;
}
