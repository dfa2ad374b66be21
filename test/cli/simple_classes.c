/* SPDX-License-Identifier: MIT */
/* For actor_classes.bats: the classes of its module, and commands, in the simple base. Says what failed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thespian.h>

static tsp_system *sys;
static tsp_error err;

static void check(bool good, const char *what)
{
	if (good)
		return;
	printf("not so: %s (%s)\n", what, err.text);
	exit(1);
}

static tsp_builder *builder;

static tsp_value json(const char *text)
{
	tsp_value value = { 0 };

	if (builder == NULL)
		builder = tsp_builder_new();
	tsp_builder_reset(builder);
	check(tsp_value_from_json(text, strlen(text), builder, &err) == TSP_OK, text);
	check(tsp_builder_value(builder, &value) == TSP_OK, text);
	return value;
}

static int create(const char *class_name, const char *requirements, tsp_address *ret_actor)
{
	tsp_create_options options = { 0 };

	err = (tsp_error){ 0 };
	if (requirements != NULL)
		options.requirements = json(requirements);
	return tsp_system_create(sys, class_name, &options, 10000, ret_actor, &err);
}

static bool answers(tsp_address actor, const char *type, const char *value, const char *expected)
{
	tsp_message *reply = NULL;
	bool good = tsp_ask(sys, actor, type, json(value), 10000, &reply, &err) == TSP_OK &&
		tsp_message_is(reply, expected);

	if (reply != NULL && !good)
		printf("answer: %.*s\n", (int)tsp_message_type(reply).size, tsp_message_type(reply).data);
	tsp_message_free(reply);
	return good;
}

static void update(const char *name, const char *value)
{
	check(tsp_system_update_capability(sys, name, json(value), 10000, &err) == TSP_OK, name);
}

static void capabilities(void)
{
	tsp_address actor = TSP_NOBODY;
	tsp_message *reply = NULL;

	check(create("classes:Common", NULL, &actor) == TSP_OK, "the check sees the common ones");
	check(create("classes:Common", "{\"Never\": true}", &actor) == TSP_ECAPABILITY, "the check says no");
	check(strstr(err.text, "the check of class 'Common' says no") != NULL, "and the error so");
	check(create("classes:Foreman", "{\"Colour\": 7}", &actor) == TSP_ECAPABILITY, "no Colour");
	check(strstr(err.text, "'Colour'") != NULL, "the error names it");
	update("Colour", "7");
	check(create("classes:Common", "{\"Colour\": 7}", &actor) == TSP_OK, "create after an update");
	check(create("classes:Foreman", "{\"Colour\": 7}", &actor) == TSP_OK, "create after an update");
	update("Colour", "8");
	for (int i = 0; i < 200 && tsp_ask(sys, actor, "Nothing", (tsp_value){ 0 }, 50, &reply, &err) != TSP_EDEAD; i++)
		tsp_message_free(reply), reply = NULL;
	check(err.code == TSP_EDEAD, "it exits with its capability");
	/* the system itself is no actor to be told to exit */
	check(tsp_tell(sys, tsp_admin(sys), "ActorExitRequest", json("{}"), &err) == TSP_OK, "tell the admin");
	check(create("classes:Common", NULL, &actor) == TSP_OK, "the system goes on");
}

static void traits(void)
{
	tsp_address one = TSP_NOBODY;
	tsp_address two = TSP_NOBODY;
	tsp_message *early = NULL;

	check(create("classes:Crew", NULL, &one) == TSP_OK, "a troupe");
	for (int i = 0; i < 20; i++)
		check(answers(one, "Work", "{}", "Worked"), "a troupe works");
	check(answers(one, "Long", "{}", "Worked"), "in two steps, too");
	check(create("classes:Needy", NULL, &one) == TSP_OK && create("classes:Needy", NULL, &two) == TSP_OK,
		"two that wait for their first messages");
	check(tsp_tell(sys, one, "Setup", json("{\"n\": 1}"), &err) == TSP_OK, "tell");
	check(tsp_tell(sys, two, "Early", json("{}"), &err) == TSP_OK, "tell");
	check(tsp_tell(sys, one, "Address", json("{}"), &err) == TSP_OK, "tell");
	check(answers(one, "Any", "{}", "Heard"), "each has its own");
	while (tsp_listen(sys, 100, &early, &err) == TSP_OK) { /* the system said no to the exit request */
		check(!tsp_message_is(early, "Heard"), "the other still waits");
		tsp_message_free(early);
	}
	check(create("runcommand:RunCommand", NULL, &one) == TSP_OK, "commands");
	check(answers(one, "Command", "{\"exe\": \"sh\", \"args\": [\"-c\", \"sleep 0.1; echo hi\"]}",
		      "CommandResult"),
		"commands run");
}

int main(void)
{
	tsp_open_options options = { .base = "simpleSystemBase", .timeout_ms = 10000 };

	check(tsp_open(&options, &sys, &err) == TSP_OK, "open");
	capabilities();
	traits();
	tsp_close(sys);
	tsp_builder_free(builder);
	puts("all is so");
	return 0;
}
