/* SPDX-License-Identifier: MIT */
/*
 * thespian-host: what a system starts to run actors. The admin exec's it as the bare nursery; it
 * is exec'd again for a build and for a host with the start-up method `spawn`. Nobody starts it by
 * hand.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/status.h"
#include "io/host.h"
#include "io/log_process.h"
#include "io/nursery.h"
#include "source/builder.h"

static const char usage[] = "usage: thespian-host --version | --help\n"
			    "\n"
			    "Runs actors below a thespian-admin, which starts it.\n";

static int run_host(const struct nursery_host *host)
{
	void *page =
		mmap(NULL, PAGE_WHOLE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, NURSERY_PAGE, 0);
	struct host_config config = {
		.link = NURSERY_CONTROL,
		.page = page != MAP_FAILED ? page : NULL,
		.module = host->module,
		.file = host->file,
	};

	close(NURSERY_PAGE);
	return host_run(&config);
}

/* Whether the descriptors of a system are there; else somebody tried by hand. */
static bool has_socket(void)
{
	struct stat st;

	return fstat(NURSERY_CONTROL, &st) == 0 && S_ISSOCK(st.st_mode);
}

static int run_nursery(int argc, char **argv)
{
	char program[4096];
	ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
	struct nursery_config config = { .program = program, .run_host = run_host };

	if (size < 0 || argc < 3 || host_user_parse(argv[2], &config.user) < 0)
		return STATUS_FAILED;
	nursery_title_area(&config, argc, argv);
	program[size] = '\0';
	return nursery_run(&config);
}

static int run_fresh_host(int argc, char **argv)
{
	struct nursery_config config = { 0 };
	char path[4096], title[256];
	struct module_file file;
	struct nursery_host host = { .file = &file, .title = title };

	/* Copies: the title is written over them. */
	snprintf(path, sizeof(path), "%s", argv[2]);
	snprintf(title, sizeof(title), "%s", argv[3]);
	if (host_user_parse(argv[4], &config.user) < 0)
		return STATUS_FAILED;
	fcntl(NURSERY_CONTROL, F_SETFD, FD_CLOEXEC);
	nursery_title_area(&config, argc, argv);
	nursery_title(&config, title);
	if (nursery_hand_over(&config.user, path, &file, NULL) < 0)
		return STATUS_FAILED;
	return run_host(&host);
}

static int run_log(int argc, char **argv)
{
	struct nursery_config config = { 0 };

	fcntl(NURSERY_CONTROL, F_SETFD, FD_CLOEXEC);
	nursery_title_area(&config, argc, argv);
	nursery_title(&config, "log");
	return log_process_run(NURSERY_CONTROL);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (strcmp(verb, "--version") == 0 || strcmp(verb, "-V") == 0) {
		puts("thespian-host " PACKAGE_VERSION);
		return STATUS_DONE;
	}
	if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
		fputs(usage, stdout);
		return STATUS_DONE;
	}
	if (strcmp(verb, "--build") == 0)
		return build_main(argc, argv);
	if (strcmp(verb, "--nursery") == 0 && has_socket())
		return run_nursery(argc, argv);
	if (strcmp(verb, "--log") == 0 && has_socket())
		return run_log(argc, argv);
	if (strcmp(verb, "--host") == 0 && argc >= 5 && has_socket())
		return run_fresh_host(argc, argv);
	fputs("thespian-host: cannot run by itself: a thespian-admin starts it\n", stderr);
	return STATUS_USAGE;
}
