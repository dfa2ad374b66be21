/* SPDX-License-Identifier: MIT */
/* A program outside: loads a package, creates an actor of it, asks it.
 * usage: caller BASE PORT PACKAGE [AUTHORITY] */
#include <stdio.h>
#include <stdlib.h>
#include <thespian.h>

int main(int argc, char **argv)
{
	static char package[1 << 20], hash[65];
	tsp_open_options options = { .base = argv[1], .authority = argv[argc - 1] };
	FILE *file = argc > 3 ? fopen(argv[3], "rb") : NULL;
	size_t size = file ? fread(package, 1, sizeof(package), file) : 0;
	tsp_builder *message = tsp_builder_new();
	tsp_system *system = NULL;
	tsp_message *reply = NULL;
	tsp_address greeter;
	tsp_value value;
	tsp_error err = { 0 };
	char *text = NULL;

	options.port = argc > 3 ? atoi(argv[2]) : 0;
	tsp_put_format(message, "{s:s}", "name", "Ada");
	if (tsp_builder_value(message, &value) < 0 || tsp_open(&options, &system, &err) < 0 ||
		tsp_system_load(system, package, size, argv[3], 60000, hash, NULL, &err) < 0 ||
		tsp_system_create(system, "Greeter", &(tsp_create_options){ .source = hash }, 10000,
			&greeter, &err) < 0 ||
		tsp_ask(system, greeter, "Greet", value, 10000, &reply, &err) < 0)
		fprintf(stderr, "caller: %s\n", err.text);
	else if (tsp_value_to_json(tsp_message_value(reply), TSP_JSON_COMPACT, &text) == 0)
		puts(text);
	tsp_close(system);
	return text == NULL;
}
