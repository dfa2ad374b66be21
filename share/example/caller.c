/* SPDX-License-Identifier: MIT */
/* A program outside: loads a package, creates an actor of it, asks it.
 * usage: caller BASE PORT PACKAGE [AUTHORITY] */
#include <stdio.h>
#include <stdlib.h>
#include <thespian.h>

int main(int argc, char **argv)
{
	static char bytes[1 << 20], hash[65];
	tsp_open_options options = { .base = argv[1], .port = argc > 3 ? atoi(argv[2]) : 0 };
	FILE *file = argc > 3 ? fopen(argv[3], "rb") : NULL;
	size_t size = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
	tsp_create_options source = { .source = hash };
	tsp_builder *builder = tsp_builder_new();
	tsp_system *system = NULL;
	tsp_message *reply = NULL;
	tsp_address greeter;
	tsp_value ada;
	tsp_error err = { 0 };
	char *text = NULL;
	int status = 1;

	options.authority = argc > 4 ? argv[4] : NULL;
	tsp_put_format(builder, "{s:s}", "name", "Ada");
	if (tsp_builder_value(builder, &ada) < 0 || tsp_open(&options, &system, &err) < 0 ||
		tsp_system_load(system, bytes, size, argv[3], 60000, hash, NULL, &err) < 0 ||
		tsp_system_create(system, "Greeter", &source, 10000, &greeter, &err) < 0 ||
		tsp_ask(system, greeter, "Greet", ada, 10000, &reply, &err) < 0)
		fprintf(stderr, "caller: %s\n", err.text);
	else if (tsp_value_to_json(tsp_message_value(reply), TSP_JSON_COMPACT, &text) == 0)
		status = puts(text) < 0;
	tsp_message_free(reply);
	tsp_builder_free(builder);
	tsp_close(system);
	free(text);
	return status;
}
