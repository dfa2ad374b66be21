#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A load that must be confirmed, or whose actors must answer first; and what history says of it.
# shellcheck disable=SC2154 # common sets them

load common

setup() {
	tsp_setup
	make_key build
	write_group hello Greeter Greeter
	for version in 1 2 3; do
		write_source "src$version" Greeter "version $version"
		thespian-director gensrc --key build.sec --version $version hello "src$version" > /dev/null
	done
	thespian-director load hello-1.tls > /dev/null
}
teardown() { tsp_teardown; }

ask() {
	thespian-shell -p "$port" --json -c 'ask Greeter {}' | jq -r .from
}

answers() {
	[ "$(ask)" = "version $1" ]
}

@test "without confirm the version before answers again, and history says why" {
	began=$(now_ms)
	run -0 thespian-director load hello-2.tls --confirm 5
	loaded=$(now_ms)
	answers 2
	wait_until 10 answers 1
	[ $(($(now_ms) - began)) -ge 5000 ]
	[ $(($(now_ms) - loaded)) -le 7000 ]
	run -0 thespian-director --json history hello
	json '[.events[] | .event] == ["loaded", "loaded", "rolled back"]'
	json '.events[2].why == "version 2 was not confirmed in time" and .events[2].version == "1"'
	run -0 thespian-director refresh
	[[ $output == *"held by rollback"* ]]
}

@test "with confirm it stays" {
	thespian-director load hello-2.tls --confirm 2 > /dev/null
	run -0 thespian-director confirm hello
	[[ $output == "confirmed hello 2 "* ]]
	began=$(now_ms)
	until [ $(($(now_ms) - began)) -gt 2500 ]; do
		answers 2
	done
	run -1 --separate-stderr thespian-director confirm hello
	[[ $stderr == *"no load of it waits to be confirmed"* ]]
	run -0 thespian-director --json history hello
	json '.events[-1].event == "confirmed"'
}

@test "the Director's death and the system's end do not make it stay" {
	thespian-director load hello-2.tls --confirm 4 > /dev/null
	pid=$(thespian-shell -p "$port" --json -c actors | jq -r '.actors[] | select(.class == "Director") | .pid')
	kill -KILL "$pid"
	wait_until 15 answers 1
	thespian-director load hello-3.tls --confirm 3 > /dev/null
	thespian-director shutdown > /dev/null
	thespian-director start > /dev/null
	wait_until 15 answers 1
}

@test "the first version of a group is unloaded again" {
	write_source other Other "other"
	write_group other Other Other
	thespian-director gensrc --key build.sec --version 1 other other > /dev/null
	thespian-director load other --confirm 1 > /dev/null
	inactive() {
		thespian-director list --json other | jq -e '[.groups[].versions[]? | select(.active)] | length == 0'
	}
	wait_until 10 inactive
}

@test "actors that answer take over, those that fail or say nothing do not" {
	run -0 thespian-director load hello-2.tls --check 'Health {}'
	answers 2
	cat > src3/greeter.c <<-'END'
	#include <thespian.h>

	static int on_health(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message;
		(void)sender;
		return tsp_fail_text(self, TSP_EFAILED, "not well");
	}
	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		if (tsp_message_is_system(message) || tsp_message_is(message, "Silence"))
			return TSP_OK;
		return tsp_sendf(self, sender, NULL, "{s:s}", "from", "version 4");
	}
	static const tsp_handler handlers[] = { { "Health", on_health }, { 0 } };
	static const tsp_class greeter = { .name = "Greeter", .handlers = handlers, .receive = on_any };
	TSP_EXPORT(&greeter)
	END
	thespian-director gensrc --key build.sec --version 4 hello src3 > /dev/null
	run -6 --separate-stderr thespian-director load hello-4.tls --check 'Health {}'
	[[ $stderr == *"not well"* ]]
	answers 2
	run -6 --separate-stderr thespian-director load hello-4.tls --check 'Silence {}'
	[[ $stderr == *"did not answer"* ]]
	answers 2
	run -0 thespian-director load hello-4.tls --check '{}'
	answers 4
	run -2 thespian-director load hello-4.tls --check 'Health {'
}

@test "what a checked actor asks the Director is no answer, and is answered" {
	cat > src3/greeter.c <<-'END'
	#include <thespian.h>

	static tsp_address asker;
	static bool is_asked = false;

	static int on_health(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		if (tsp_get_bool(message, "late", false)) {
			asker = sender;
			is_asked = true;
		}
		return tsp_sendf(self, sender, "DirectorList", "{}");
	}
	static int on_answer(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message;
		(void)sender;
		return is_asked ? tsp_sendf(self, asker, NULL, "{s:s}", "it", "is well") : TSP_OK;
	}
	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		if (tsp_message_is_system(message))
			return TSP_OK;
		return tsp_sendf(self, sender, NULL, "{s:s}", "from", "version 4");
	}
	static const tsp_handler handlers[] = { { "Health", on_health }, { "DirectorAnswer", on_answer }, { 0 } };
	static const tsp_class greeter = { .name = "Greeter", .handlers = handlers, .receive = on_any };
	TSP_EXPORT(&greeter)
	END
	thespian-director gensrc --key build.sec --version 4 hello src3 > /dev/null
	run -6 --separate-stderr thespian-director load hello-4.tls --check 'Health {}'
	[[ $stderr == *"did not answer"* ]]
	answers 1
	run -0 thespian-director load hello-4.tls --check 'Health {"late": true}'
	answers 4
}

# slow_source FOLDER VERSION: a source whose OnLoad takes three seconds, so that what is due waits behind its load.
slow_source() {
	mkdir -p "$1"
	cat > "$1/greeter.c" <<-END
	#include <thespian.h>
	#include <unistd.h>

	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		if (tsp_message_is_system(message))
			return TSP_OK;
		if (tsp_message_is(message, "Slowly"))
			return (void)usleep(3000000), TSP_OK;
		return tsp_sendf(self, sender, NULL, "{s:s}", "from", "version $2");
	}
	static const tsp_class greeter = { .name = "Greeter", .receive = on_any };
	TSP_EXPORT(&greeter)
	END
}

@test "a time that is over while another version takes over rolls nothing back" {
	slow_source src5 5
	cat > "$THESPIAN_DIRECTOR_DIR/hello.tli" <<-'END'
	{ "Actors": { "Greeter": { "OnLoad": { "Role": "main", "GlobalName": "Greeter",
		"Message": { "$type": "Slowly", "value": {} } } } } }
	END
	thespian-director gensrc --key build.sec --version 5 hello src5 > /dev/null
	thespian-director load hello-2.tls --confirm 1.5 > /dev/null
	run -0 thespian-director load hello-5.tls
	run -0 thespian-director refresh # behind whatever is queued
	answers 5
	run -0 thespian-director --json history hello
	json '[.events[] | .event] == ["loaded", "loaded", "loaded"]'
}

@test "a way back that cannot be gone is tried once" {
	thespian-director load hello-2.tls --confirm 1 > /dev/null
	mv "$THESPIAN_DIRECTOR_DIR/state/hello.json" state.json
	mkdir "$THESPIAN_DIRECTOR_DIR/state/hello.json"
	tried() {
		grep -c "cannot roll back 'hello'" "$THESPLOG_FILE"
	}
	wait_until 10 tried
	for _ in 1 2 3 4 5; do
		thespian-director list > /dev/null
	done
	[ "$(tried)" -eq 1 ]
	answers 2
	run -1 --separate-stderr thespian-director confirm hello
	[[ $stderr == *"no load of it waits to be confirmed"* ]]
	rmdir "$THESPIAN_DIRECTOR_DIR/state/hello.json"
	mv state.json "$THESPIAN_DIRECTOR_DIR/state/hello.json"
}

@test "a time beyond all numbers is a long one" {
	thespian-director load hello-2.tls > /dev/null
	thespian-shell -p "$port" -c 'ask Director DirectorLoad {"group": "hello", "confirm_ms": 9223372036854775807}'
	answers 3
	jq -e '.confirm_by > 4000000000000' "$THESPIAN_DIRECTOR_DIR/state/hello.json"
}

@test "refresh confirms nothing" {
	thespian-director load hello-3.tls --confirm 2 > /dev/null
	run -0 thespian-director refresh
	[[ $output == *"already active"* ]]
	wait_until 10 answers 1
}

@test "an actor from before the load that dies of --check fails it at once, with its cause" {
	cat > src2/greeter.c <<-'END'
	#include <thespian.h>

	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		if (tsp_message_is_system(message))
			return TSP_OK;
		if (tsp_message_is(message, "Die"))
			return tsp_exit(self);
		return tsp_sendf(self, sender, NULL, "{s:s}", "from", "version 6");
	}
	static const tsp_class greeter = { .name = "Greeter", .receive = on_any };
	TSP_EXPORT(&greeter)
	END
	thespian-director gensrc --key build.sec --version 6 hello src2 > /dev/null
	thespian-director load hello-6.tls > /dev/null
	began=$(now_ms)
	run -6 --separate-stderr thespian-director load hello-6.tls --check 'Die {}'
	[[ $stderr == *"actor 'Greeter' did not pass the check: "* ]]
	[[ $stderr != *"did not answer"* ]]
	[ $(($(now_ms) - began)) -lt 8000 ]
	wait_until 10 answers 6
}

@test "a check that is no JSON is refused with the parser's cause" {
	run -2 --separate-stderr thespian-director load hello-2.tls --check 'Health {"a" 1}'
	[[ $stderr == *"not a type and JSON: "* ]]
}
