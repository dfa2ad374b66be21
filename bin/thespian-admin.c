/* SPDX-License-Identifier: MIT */
/* thespian-admin: the process of a system. */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/status.h"
#include "io/admin_run.h"
#include "io/runtime.h"
#include "source/keys.h"

static const char usage[] =
	"usage: thespian-admin [--port PORT] [--base BASE] [--authority MODULE:CLASS[=ARGUMENT]]\n"
	"                      [--director MODULE:CLASS[=ARGUMENT]] [--capabilities JSON]\n"
	"                      [--log-definitions JSON|off] [--foreground]\n"
	"\n"
	"Runs a system of actors on this machine.\n"
	"\n"
	"  -p, --port PORT          admin port (default 1900, multiprocUDPBase: 1029)\n"
	"  -b, --base BASE          multiprocTCPBase (default), multiprocUDPBase or multiprocQueueBase\n"
	"      --authority M:C=ARG  actor that decides which sources may be loaded\n"
	"      --director M:C=ARG   actor that keeps the groups of sources running\n"
	"      --capabilities JSON  an object of capabilities\n"
	"      --log-definitions JSON  what is logged where, or off (default: the internal log has all)\n"
	"  -f, --foreground         do not become a daemon; log to standard error\n"
	"  -h, --help               print this and exit\n"
	"  -V, --version            print the version and exit\n";

enum long_option {
	OPTION_AUTHORITY = 256,
	OPTION_DIRECTOR,
	OPTION_CAPABILITIES,
	OPTION_LOG,
	OPTION_READY,
	OPTION_PRIVATE,
	OPTION_LIFELINE
};

static const struct option long_options[] = {
	{ "port", required_argument, NULL, 'p' },
	{ "base", required_argument, NULL, 'b' },
	{ "authority", required_argument, NULL, OPTION_AUTHORITY },
	{ "director", required_argument, NULL, OPTION_DIRECTOR },
	{ "capabilities", required_argument, NULL, OPTION_CAPABILITIES },
	{ "log-definitions", required_argument, NULL, OPTION_LOG },
	{ "ready-fd", required_argument, NULL, OPTION_READY },
	/* of a caller that starts a system of its own (TSP_PRIVATE_SYSTEM) */
	{ "private-port", required_argument, NULL, OPTION_PRIVATE },
	{ "lifeline-fd", required_argument, NULL, OPTION_LIFELINE },
	{ "foreground", no_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static int number_option(
	const char *name, const char *text, int64_t min, int64_t max, int *ret_number)
{
	int64_t number;

	if (text_to_int(text, min, max, &number) < 0) {
		char shown[64];

		fprintf(stderr, "thespian-admin: cannot use %s '%s': not a number from %d to %d\n",
			name, text_quote(tsp_text_of(text), shown, sizeof(shown)), (int)min,
			(int)max);
		return TSP_EUSAGE;
	}
	*ret_number = (int)number;
	return TSP_OK;
}

/* 1: done already (help, version), TSP_EUSAGE: said why. */
static int read_options(int argc, char **argv, struct admin_options *options)
{
	int option;
	int rc = TSP_OK;

	while (rc == TSP_OK &&
		(option = getopt_long(argc, argv, "p:b:fhV", long_options, NULL)) != -1) {
		switch (option) {
		case 'p':
			rc = number_option("port", optarg, 1, 65535, &options->port);
			break;
		case 'b':
			options->base = optarg;
			break;
		case 'f':
			options->foreground = true;
			break;
		case OPTION_AUTHORITY:
			options->authority = optarg;
			break;
		case OPTION_DIRECTOR:
			options->director = optarg;
			break;
		case OPTION_CAPABILITIES:
			options->capabilities = optarg;
			break;
		case OPTION_LOG:
			options->log_definitions = optarg;
			break;
		case OPTION_READY:
			rc = number_option("descriptor", optarg, 0, 65535, &options->ready_fd);
			break;
		case OPTION_PRIVATE:
			rc = number_option("private port", optarg, RUNTIME_PRIVATE,
				RUNTIME_PRIVATE_END - 1, &options->port);
			break;
		case OPTION_LIFELINE:
			rc = number_option("descriptor", optarg, 0, 65535, &options->lifeline_fd);
			break;
		case 'h':
			fputs(usage, stdout);
			return 1;
		case 'V':
			puts("thespian-admin " PACKAGE_VERSION);
			return 1;
		default:
			rc = TSP_EUSAGE;
			break;
		}
	}
	if (rc == TSP_OK && optind < argc) {
		fprintf(stderr, "thespian-admin: cannot use '%s': no argument is expected\n",
			argv[optind]);
		rc = TSP_EUSAGE;
	}
	if (rc == TSP_EUSAGE)
		fputs("hint: thespian-admin --help\n", stderr);
	return rc;
}

/* Candidates for the last of the words: of the options, those that the usage names. */
static void print_candidates(int count, char **words)
{
	static const char *const bases[] = { "multiprocQueueBase", "multiprocTCPBase",
		"multiprocUDPBase" };
	const char *word = count > 0 ? words[count - 1] : "";
	const char *before = count > 1 ? words[count - 2] : "";
	char shown[64];

	if (strcmp(before, "--base") == 0 || strcmp(before, "-b") == 0) {
		for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++)
			if (strncmp(bases[i], word, strlen(word)) == 0)
				puts(bases[i]);
		return;
	}
	for (const struct option *option = long_options; option->name != NULL; option++) {
		snprintf(shown, sizeof(shown), "--%s ", option->name);
		if (word[0] != '-' || strstr(usage, shown) == NULL)
			continue;
		shown[strlen(shown) - 1] = '\0';
		if (strncmp(shown, word, strlen(word)) == 0)
			puts(shown);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--complete") == 0) {
		print_candidates(argc - 2, argv + 2);
		return STATUS_DONE;
	}

	struct admin_options options = { .ready_fd = -1, .lifeline_fd = -1 };
	tsp_error err = { 0 };
	bool is_daemon = false;
	int rc = read_options(argc, argv, &options);

	if (rc != TSP_OK)
		return rc > 0 ? STATUS_DONE : STATUS_USAGE;
	rc = keys_init(&err);
	if (rc == TSP_OK)
		rc = admin_run(&options, &is_daemon, &err);
	return is_daemon ? status_of(rc) : status_report(stderr, "thespian-admin", rc, &err);
}
