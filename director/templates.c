/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/templates.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

static const char source_text[] =
	"/* @NAME@: an actor that greets who asks, counts, and says which version it is. */\n"
	"#include <thespian.h>\n"
	"\n"
	"#define VERSION \"1\"\n"
	"\n"
	"/* What it remembers from one message to the next. Nobody else sees it; it begins as zeros. */\n"
	"struct memory {\n"
	"\tint64_t greeted;\n"
	"};\n"
	"\n"
	"/* Greet {\"name\": text} is answered by Greeting {hello, nth, version}. */\n"
	"static int on_greet(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
	"{\n"
	"\tstruct memory *memory = tsp_state(self);\n"
	"\ttsp_text name = tsp_get_text(message, \"name\");\n"
	"\n"
	"\tif (name.size == 0) /* the asker gets this text back, and the actor goes on */\n"
	"\t\treturn tsp_fail_text(self, TSP_EVALUE, \"who is to be greeted?\");\n"
	"\tmemory->greeted++;\n"
	"\treturn tsp_sendf(self, sender, \"Greeting\", \"{s:t, s:I, s:s}\", \"hello\", name, \"nth\",\n"
	"\t\tmemory->greeted, \"version\", VERSION);\n"
	"}\n"
	"\n"
	"/* A line for each type of message; what no line takes is ignored. */\n"
	"static const tsp_handler handlers[] = { { \"Greet\", on_greet }, { 0 } };\n"
	"\n"
	"static const tsp_class actor_class = {\n"
	"\t.name = \"@CLASS@\", .state_size = sizeof(struct memory), .handlers = handlers\n"
	"};\n"
	"TSP_EXPORT(&actor_class)\n";

static const char group_text[] =
	"{ \"Actors\": { \"@CLASS@\": { \"OnLoad\": { \"Role\": \"@NAME@\", \"GlobalName\": \"@CLASS@\" } } } }\n";

static const char test_text[] =
	"#!/usr/bin/env bats\n"
	"# Packages this folder, loads it into a system of its own, and asks the actor.\n"
	"\n"
	"setup() {\n"
	"\tcommand -v thespian-director > /dev/null || PATH=$PWD/bin:$PATH\n"
	"\thome=$(mktemp -d /tmp/test.XXXXXX)\n"
	"\texport THESPIAN_DIRECTOR_DIR=$home/director THESPIAN_RUNTIME_DIR=$home/run XDG_CACHE_HOME=$home/cache\n"
	"\tunset THESPLOG_FILE\n"
	"\tport=$((20000 + RANDOM % 10000))\n"
	"\tmkdir -m 0700 \"$THESPIAN_DIRECTOR_DIR\" \"$THESPIAN_RUNTIME_DIR\"\n"
	"\techo $port > \"$THESPIAN_DIRECTOR_DIR/adminport.cfg\"\n"
	"\tcd \"$home\" || return\n"
	"\tthespian-director keygen test --no-password\n"
	"\tthespian-director gensrc --key test.sec --version 1 @NAME@ \"$BATS_TEST_DIRNAME\"\n"
	"\tthespian-director load @NAME@ 3>&-\n"
	"}\n"
	"\n"
	"teardown() {\n"
	"\tcd /\n"
	"\tthespian-director shutdown\n"
	"\trm -rf \"$home\"\n"
	"}\n"
	"\n"
	"# ask MESSAGE: what the actor answers, as JSON.\n"
	"ask() {\n"
	"\tthespian-shell --port \"$port\" --json -c \"ask @CLASS@ $1\"\n"
	"}\n"
	"\n"
	"@test \"@NAME@ greets, and counts whom it greeted\" {\n"
	"\trun ask 'Greet {\"name\": \"Ada\"}'\n"
	"\techo \"$output\"\n"
	"\t[ \"$status\" -eq 0 ]\n"
	"\t[[ $output == *'\"hello\":\"Ada\"'* ]]\n"
	"\t[[ $output == *'\"nth\":1'* ]]\n"
	"\trun ask 'Greet {\"name\": \"Bob\"}'\n"
	"\t[[ $output == *'\"nth\":2'* ]]\n"
	"}\n"
	"\n"
	"@test \"@NAME@ asks for a name where there is none\" {\n"
	"\trun ask 'Greet {}'\n"
	"\techo \"$output\"\n"
	"\t[ \"$status\" -eq 1 ]\n"
	"\t[[ $output == *'who is to be greeted?'* ]]\n"
	"}\n";

static const char readme_text[] =
	"# @NAME@\n"
	"\n"
	"An actor of the class @CLASS@: `@NAME@.c`. `@NAME@.tli` says that it starts when the package is loaded, and\n"
	"under which name. `@NAME@.bats` is its test. From the folder above this one:\n"
	"\n"
	"    bats @NAME@/@NAME@.bats                         # in a system of its own\n"
	"    thespian-director watch @NAME@ @NAME@           # loads it now and on every save; Ctrl-C ends\n"
	"    thespian-shell -c 'ask @CLASS@ Greet {\"name\": \"Ada\"}'\n"
	"\n"
	"To deploy it, once with a key of your own:\n"
	"\n"
	"    thespian-director keygen build                # asks for a password\n"
	"    thespian-director gensrc --key build.sec --version 1 @NAME@ @NAME@\n"
	"    thespian-director load @NAME@\n"
	"\n"
	"thespian(7) explains actors, thespian(3) every call, thespian-director(1) what can be done with packages.\n";

const struct template templates_table[TEMPLATES_COUNT] = {
	{ "@NAME@.c", source_text },
	{ "@NAME@.tli", group_text },
	{ "@NAME@.bats", test_text },
	{ "README.md", readme_text },
};

char *template_class(const char *name, char out[TEMPLATE_CLASS_TEXT])
{
	size_t length = 0;
	bool begins = true;

	if (!isalpha((unsigned char)name[strspn(name, "_.-")])) {
		(void)strcpy(out, "Actor");
		length = strlen(out);
	}
	for (const char *at = name; *at && length + 1 < TEMPLATE_CLASS_TEXT; at++) {
		if (isalnum((unsigned char)*at))
			out[length++] = (char)(begins ? toupper((unsigned char)*at) : *at);
		begins = !isalnum((unsigned char)*at);
	}
	out[length] = '\0';
	return out;
}

char *template_fill(const char *text, const char *name, const char *class_name)
{
	struct buffer filled;
	int rc = TSP_OK;

	buffer_init(&filled, SIZE_MAX);
	while (*text && rc >= 0) {
		size_t plain = strcspn(text, "@");
		const char *value = !strncmp(text + plain, "@NAME@", 6) ? name :
			!strncmp(text + plain, "@CLASS@", 7)		? class_name :
									  NULL;

		if (!value && text[plain] == '@')
			plain++;
		rc = buffer_put(&filled, text, plain);
		if (rc >= 0 && value)
			rc = buffer_put(&filled, value, strlen(value));
		text += plain;
		if (value)
			text += value == name ? 6 : 7;
	}
	if (rc >= 0)
		rc = buffer_put(&filled, "", 1);
	if (rc < 0)
		buffer_clear(&filled);
	return (char *)filled.data;
}
