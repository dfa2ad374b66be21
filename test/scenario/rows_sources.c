/* SPDX-License-Identifier: MIT */
/* Part G: loadable sources. Packages go to the authority of actors_authority.c; signatures are test/cli's. */
#include "config.h"

#include "scenario.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES 8

struct package {
	uint8_t *bytes;
	size_t size;
};

/* ---- Making packages ---- */

/* prefix, then pairs of name and text, NULL; source.json is added, with the row as its group. */
static struct package package_of(struct scenario *s, const char *prefix, const char *version, ...)
{
	const char *build = getenv("TSP_BUILDDIR") != NULL ? getenv("TSP_BUILDDIR") :
							     TSP_TEST_BUILD;
	char program[1024], output[128], manifest[256];
	const char *argv[6 + 2 * FILES] = { "pack", output, prefix, "source.json", manifest };
	struct package package = { .bytes = malloc(1 << 20) };
	int count = 5, status = -1;
	FILE *file;
	va_list args;
	pid_t pid;

	snprintf(program, sizeof(program), "%s/test/scenario/pack", build);
	snprintf(output, sizeof(output), "%s/%s-%d.package", s->folder, s->id, (int)getpid());
	snprintf(manifest, sizeof(manifest),
		"{\"group\": \"%s\", \"version\": \"%s\", \"runtime\": 1}\n", s->id, version);
	va_start(args, version);
	while (count < 5 + 2 * FILES && (argv[count] = va_arg(args, const char *)) != NULL)
		count++;
	va_end(args);
	pid = fork();
	if (pid == 0) {
		execv(program, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	file = fopen(output, "re");
	CHECK(file != NULL && package.bytes != NULL);
	package.size = fread(package.bytes, 1, 1 << 20, file);
	fclose(file);
	CHECK(package.size > 4);
	return package;
}

/* A class Hello that answers {from: text}, and counts in a variable of its own. */
static const char *hello(const char *from)
{
	static char text[1024];

	snprintf(text, sizeof(text),
		"#include <thespian.h>\n"
		"static int count;\n"
		"static int receive(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
		"{ if (tsp_message_is_system(message)) return TSP_OK;\n"
		"  return tsp_sendf(self, sender, \"Hello\", \"{s:s, s:i}\", \"from\", \"%s\", \"count\", ++count); }\n"
		"static const tsp_class hello = { .name = \"Hello\", .receive = receive };\n"
		"TSP_EXPORT(&hello)\n",
		from);
	return text;
}

static int try_load(struct scenario *s, struct package package, const char *info, char hash[65])
{
	return tsp_system_load(
		s->system, package.bytes, package.size, info, WAIT_MS, hash, NULL, &s->err);
}

static const char *load(struct scenario *s, struct package package, const char *info)
{
	static char hashes[4][65];
	static int next;
	char *hash = hashes[next++ % 4];

	CHECK_CODE(TSP_OK, try_load(s, package, info, hash));
	CHECK_INT(64, (int64_t)strlen(hash));
	return hash;
}

static const char *load_hello(struct scenario *s, const char *version)
{
	return load(s, package_of(s, "ZIP:", version, "hello.c", hello(version), NULL), version);
}

static tsp_address create_hello(struct scenario *s, const char *hash)
{
	tsp_create_options options = { .source = hash };
	tsp_address actor = TSP_NOBODY;

	CHECK_CODE(
		TSP_OK, tsp_system_create(s->system, "Hello", &options, WAIT_MS, &actor, &s->err));
	return actor;
}

static void check_hello(struct scenario *s, tsp_address actor, const char *from)
{
	tsp_message *reply = ask(s, actor, "Who", "n");

	CHECK_TYPE("Hello", reply);
	CHECK_TEXT(from, tsp_get_text(reply, "from"));
}

static void request_load(struct scenario *s, tsp_address agent, struct package package)
{
	tsp_message *reply = ask(s, agent, "Request", "{s:s, s:s, s:B}", "what", "load", "info",
		"by an actor", "package", package.bytes, package.size);

	CHECK_INT(TSP_OK, tsp_get_int(reply, "code", -1));
}

/* ---- Loading ---- */

static void loads_and_unloads(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL), child;
	const char *hash = load_hello(s, "1");
	char *again;
	tsp_text text = { NULL, 0 };

	check_hello(s, create_hello(s, hash), "1");
	CHECK_CODE(TSP_OK, tsp_system_unload(s->system, hash, WAIT_MS, &s->err));
	request_load(s, agent, package_of(s, "ZIP:", "2", "hello.c", hello("2"), NULL));
	CHECK(tsp_value_text(
		heard_value(agent_await(s, agent, "LoadedSource", 1), 0, "sourceHash"), &text));
	again = tsp_text_copy(text);
	child = agent_create(s, agent, "{s:s, s:s}", "class", "Hello", "source", again);
	check_hello(s, child, "2");
	(void)ask(s, agent, "Request", "{s:s, s:s}", "what", "unload", "hash", again);
	(void)agent_await(s, agent, "UnloadedSource", 1);
}

static void no_authority(struct scenario *s)
{
	struct package package = package_of(s, "ZIP:", "1", "hello.c", hello("1"), NULL);
	tsp_address agent;
	int64_t code = 0;

	s->system = system_start(s, NULL, NULL);
	CHECK_CODE(TSP_ENOAUTHORITY, try_load(s, package, "", NULL));
	agent = create(s, "Agent", NULL);
	request_load(s, agent, package);
	CHECK(tsp_value_int(
		heard_value(agent_await(s, agent, "SourceFailed", 1), 0, "code"), &code));
	CHECK_INT(TSP_ENOAUTHORITY, code);
	CHECK_CODE(TSP_OK, tsp_shutdown(s->system, WAIT_MS, NULL, &s->err));
}

static void transforms(struct scenario *s)
{
	struct package package = package_of(s, "XOR:", "1", "hello.c", hello("turned"), NULL);
	tsp_address agent = create(s, "Agent", NULL);

	check_hello(s, create_hello(s, load(s, package, "")), "turned");
	memcpy(package.bytes, "ZIP:", 4);
	CHECK(try_load(s, package, "", NULL) < 0);
	(void)ask(s, agent, "Request", "{s:s}", "what", "authority");
	(void)agent_await(s, agent, "RequestFailed", 1);
}

static void rejects(struct scenario *s)
{
	struct package package = package_of(s, "BAD:", "1", "hello.c", hello("1"), NULL);
	struct package silent = package_of(s, "MUM:", "1", "hello.c", hello("1"), NULL);
	tsp_address agent = create(s, "Agent", NULL);
	tsp_text text = { NULL, 0 };
	int64_t begun;
	char *hash;

	CHECK_CODE(TSP_EREJECTED, try_load(s, package, "", NULL));
	CHECK_HAS("not to my taste", s->err.text);
	request_load(s, agent, package);
	CHECK(tsp_value_text(
		heard_value(agent_await(s, agent, "SourceFailed", 1), 0, "sourceHash"), &text));
	hash = tsp_text_copy(text);
	begun = now_ms();
	tell(s, agent, "Request", "{s:s, s:B}", "what", "load", "package", package.bytes,
		package.size);
	(void)agent_create(s, agent, "{s:s, s:s}", "class", "Hello", "source", hash);
	(void)agent_await(s, agent, "ChildActorExited", 1);
	CHECK(now_ms() - begun < 10000);
	CHECK_CODE(TSP_ETIMEOUT,
		tsp_system_load(
			s->system, silent.bytes, silent.size, "", 200, NULL, NULL, &s->err));
}

static int64_t heard_of(struct scenario *s, tsp_address agent, const char *type, const char *hash)
{
	tsp_message *heard = agent_await(s, agent, type, 0);
	size_t all = tsp_value_count(tsp_get(heard, "messages"));
	int64_t count = 0;

	for (size_t i = 0; i < all; i++) {
		tsp_text text = { NULL, 0 };

		count += tsp_value_text(heard_value(heard, i, "sourceHash"), &text) &&
			tsp_text_is(text, hash);
	}
	return count;
}

static void wait_heard_of(struct scenario *s, tsp_address agent, const char *type, const char *hash)
{
	int64_t until = now_ms() + WAIT_MS;

	while (heard_of(s, agent, type, hash) == 0)
		CHECK(now_ms() < until);
}

static void loads_once(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	const char *hash;

	(void)ask(s, agent, "Request", "{s:s}", "what", "sources");
	hash = load_hello(s, "1");
	check_hello(s, create_hello(s, hash), "1");
	CHECK_TEXT(hash, tsp_text_of(load_hello(s, "1")));
	wait_heard_of(s, agent, "LoadedSource", hash);
	CHECK_INT(1, heard_of(s, agent, "LoadedSource", hash));
}

static void creates_before_verdict(struct scenario *s)
{
	struct package package = package_of(s, "ZIP:", "1", "hello.c", hello("1"), NULL);
	tsp_address agent = create(s, "Agent", NULL);
	const char *hash = load(s, package, "");

	CHECK_CODE(TSP_OK, tsp_system_unload(s->system, hash, WAIT_MS, &s->err));
	tell(s, agent, "Request", "{s:s, s:B}", "what", "load", "package", package.bytes,
		package.size);
	check_hello(s, agent_create(s, agent, "{s:s, s:s}", "class", "Hello", "source", hash), "1");
}

static void tells_of_sources(struct scenario *s)
{
	tsp_address agent = create(s, "Agent", NULL);
	const char *before = load(
			   s, package_of(s, "ZIP:", "1", "hello.c", hello("1"), NULL), "the first"),
		   *after;
	tsp_text info = { NULL, 0 };

	(void)ask(s, agent, "Request", "{s:s}", "what", "sources");
	wait_heard_of(s, agent, "LoadedSource", before);
	after = load_hello(s, "2");
	wait_heard_of(s, agent, "LoadedSource", after);
	CHECK_CODE(TSP_OK, tsp_system_unload(s->system, before, WAIT_MS, &s->err));
	wait_heard_of(s, agent, "UnloadedSource", before);
	CHECK(tsp_value_text(
		heard_value(agent_await(s, agent, "UnloadedSource", 1), 0, "sourceInfo"), &info));
	CHECK_TEXT("the first", info);
	(void)ask(s, agent, "Request", "{s:s, s:b}", "what", "sources", "enable", 0);
	CHECK_CODE(TSP_OK, tsp_system_unload(s->system, after, WAIT_MS, &s->err));
	CHECK_INT(0, heard_of(s, agent, "UnloadedSource", after));
}

/* ---- What is in them ---- */

static void stale_files(struct scenario *s)
{
	struct package package = package_of(s, "ZIP:", "1", "hello.c", hello("fresh"), "hello.o",
		"stale", "hello.so", "stale", NULL);

	check_hello(s, create_hello(s, load(s, package, "")), "fresh");
}

static void side_by_side(struct scenario *s)
{
	const char *old = load_hello(s, "1"), *new = load_hello(s, "2");
	tsp_address first = create_hello(s, old), second = create_hello(s, new);

	check_hello(s, first, "1");
	check_hello(s, first, "1");
	CHECK_INT(1, tsp_get_int(ask(s, second, "Who", "n"), "count", 0));
	check_hello(s, second, "2");
	check_hello(s, create_hello(s, old), "1");
}

static void includes(struct scenario *s)
{
	struct package package = package_of(s, "ZIP:", "1", "deep/down/word.h",
		"#define WORD \"included\"\n", "deep/word.h",
		"#pragma once\n#include \"down/word.h\"\n#include \"deep/other.h\"\n",
		"deep/other.h", "#pragma once\n#include \"word.h\"\nextern const char word[];\n",
		"deep/word.c", "#include \"other.h\"\nconst char word[] = WORD;\n", "hello.c",
		"#include <thespian.h>\n"
		"#include \"deep/other.h\"\n"
		"static int receive(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
		"{ return tsp_message_is_system(message) ? 0 :\n"
		"    tsp_sendf(self, sender, \"Hello\", \"{s:s}\", \"from\", word); }\n"
		"static const tsp_class hello = { .name = \"Hello\", .receive = receive };\n"
		"TSP_EXPORT(&hello)\n",
		NULL);

	check_hello(s, create_hello(s, load(s, package, "")), "included");
}

static void does_not_build(struct scenario *s)
{
	struct package package = package_of(
		s, "ZIP:", "1", "hello.c", "#include <thespian.h>\n\nint broken(\n", NULL);
	tsp_address agent = create(s, "Agent", NULL);
	tsp_text text = { NULL, 0 };
	char *output = NULL;

	CHECK_CODE(TSP_EBUILD,
		tsp_system_load(s->system, package.bytes, package.size, "", WAIT_MS, NULL, &output,
			&s->err));
	CHECK_HAS("hello.c:3:", output);
	request_load(s, agent, package);
	CHECK(tsp_value_text(
		heard_value(agent_await(s, agent, "SourceFailed", 1), 0, "output"), &text));
	CHECK_HAS("hello.c:3:", tsp_text_copy(text));
}

static void goes_on_unloaded(struct scenario *s)
{
	const char *hash = load_hello(s, "1");
	tsp_address actor = create_hello(s, hash), other = TSP_NOBODY;
	tsp_create_options options = { .source = hash };

	CHECK_CODE(TSP_OK, tsp_system_unload(s->system, hash, WAIT_MS, &s->err));
	check_hello(s, actor, "1");
	CHECK_CODE(TSP_ESOURCE,
		tsp_system_create(s->system, "Hello", &options, WAIT_MS, &other, &s->err));
	tell(s, actor, "ActorExitRequest", "{}");
	wait_dead(s, actor);
}

static void of_another_source(struct scenario *s)
{
	static const char parent[] =
		"#include <thespian.h>\n"
		"#include <stdlib.h>\n"
		"static int receive(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
		"{ char *hash = tsp_text_copy(tsp_get_text(message, \"source\"));\n"
		"  tsp_create_options from = { .source = hash };\n"
		"  tsp_address child = tsp_message_is_system(message) ? TSP_NOBODY :\n"
		"    tsp_create(self, \"Hello\", &from);\n"
		"  free(hash);\n"
		"  return tsp_address_is_nobody(child) ? 0 :\n"
		"    tsp_sendf(self, sender, \"Child\", \"{s:a}\", \"is\", child); }\n"
		"static const tsp_class hello = { .name = \"Hello\", .receive = receive };\n"
		"TSP_EXPORT(&hello)\n";
	const char *makers = load(s, package_of(s, "ZIP:", "1", "parent.c", parent, NULL), "");
	const char *hash = load_hello(s, "2");
	tsp_address maker = create_hello(s, makers);

	check_hello(s, tsp_get_address(ask(s, maker, "Make", "{s:s}", "source", hash), "is"), "2");
}

const struct row rows_sources[] = {
	{ "F109",
		"programs and actors load, create from and unload; a hash of 64 digits is the result",
		EVERYWHERE, NULL, loads_and_unloads },
	{ "F110", "a load where there is no authority is refused at once", EVERYWHERE, NULL,
		no_authority },
	{ "F111", "the authority may transform what it validates, and is not replaced", EVERYWHERE,
		NULL, transforms },
	{ "F112",
		"a rejection ends load and waiting creation at once; silence ends with the caller's deadline",
		EVERYWHERE, NULL, rejects },
	{ "F113", "a second load of the same source does nothing", EVERYWHERE, NULL, loads_once },
	{ "F114", "a creation right behind a load waits for it", EVERYWHERE, NULL,
		creates_before_verdict },
	{ "F115", "what was said with a load is known with the source", EVERYWHERE, NULL,
		tells_of_sources },
	{ "F116", "who asked hears of the sources that are there, come and go", EVERYWHERE, NULL,
		tells_of_sources },
	{ "F117", "only C files count: what lies compiled beside them is ignored", EVERYWHERE, NULL,
		stale_files },
	{ "F118", "two versions side by side, each with its own variables", EVERYWHERE, NULL,
		side_by_side },
	{ "F119", "includes: deep, relative, from the package's root, in a circle", EVERYWHERE,
		NULL, includes },
	{ "F120", "an error in a source: the compiler's file and line, to program and actor",
		EVERYWHERE, NULL, does_not_build },
	{ "F121", "an unload ends creations, what runs goes on", EVERYWHERE, NULL,
		goes_on_unloaded },
	{ "F125", "an actor creates from a source by hash that is not its own", EVERYWHERE, NULL,
		of_another_source },
	{ 0 },
};
