#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A process that an actor started may do what an actor may: it cannot kill, however it hides its descent; and an
# actor that writes frames by itself cannot speak for others.
# shellcheck disable=SC2154 # common sets them

load common

setup() {
	tsp_setup
	mkdir modules
	export THESPIAN_PATH=$dir/modules
	write_runner
	# the user who may connect at all: root's hosts as another one are in hostile_actor.bats
	thespian-admin --port "$port" --capabilities "{\"Host User\": \"$(id -un)\"}" > /dev/null 3>&-
	shell -c 'create runner:Runner --name Runner' -c 'create runner:Victim --name Victim'
}
teardown() {
	thespian-shell -p "$port" --timeout 10 -c stop > /dev/null 2>&1 3>&- || true
	tsp_teardown
}

# Runner runs what it is told, in its own process's child or, "hidden", in one that left it. "Forge" writes an
# envelope of its own making, from another's address, into its link.
write_runner() {
	cat > runner.c <<-'END'
	#include <stdio.h>
	#include <stdlib.h>
	#include <string.h>
	#include <sys/socket.h>
	#include <thespian.h>
	#include <unistd.h>

	static int on_run(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		char *command = tsp_text_copy(tsp_get_text(message, "command"));

		(void)self;
		if (tsp_get_bool(message, "hidden", false)) {
			if (fork() == 0) {
				setsid();
				if (fork() == 0) {
					usleep(200000);
					execl("/bin/sh", "sh", "-c", command, (char *)NULL);
				}
				_exit(0);
			}
			free(command);
			return tsp_sendf(self, sender, NULL, "n");
		}
		int status = system(command);

		free(command);
		return tsp_sendf(self, sender, NULL, "i", status >> 8);
	}

	static void put(unsigned char *out, uint64_t number, size_t size)
	{
		for (size_t i = 0; i < size; i++)
			out[i] = (unsigned char)(number >> 8 * i);
	}

	/* {size, ENVELOPE, SYSTEM, to, from = victim} and the type "Forged" as tag and list by a donor's hands. */
	static int on_forge(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		tsp_address to = tsp_get_address(message, "to"), from = tsp_get_address(message, "from");
		unsigned char frame[49] = { 0 };

		put(frame, sizeof(frame), 4);
		frame[4] = 2;
		frame[5] = 1;
		put(frame + 8, to.system, 8);
		put(frame + 16, to.number, 8);
		put(frame + 24, from.system, 8);
		put(frame + 32, from.number, 8);
		frame[48] = 0x0c; /* 12 */
		if (send(3, frame, sizeof(frame), 0) != sizeof(frame))
			return TSP_EIO;
		return tsp_sendf(self, sender, NULL, "n");
	}

	/* Types that are the system's: each send is refused at once. */
	static int on_reserved(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		static const char *const types[] = { "ValidateSource", "ChildActorExited",
			"PoisonMessage", "WakeupMessage", "LoadedSource", "DeadEnvelope", "Handled", "NamesGiven",
			"Thespian_SystemStatus", "CreateActor", "ForceExit" };
		tsp_address to = tsp_get_address(message, "to");
		int refused = 0;

		tsp_validated_source(self, "0123456789", NULL, 0, TSP_EUNTRUSTED, "by nobody's leave");
		for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
			refused += tsp_sendf(self, to, types[i], "{s:i}", "n", 1) == TSP_EPERM;
		return tsp_sendf(self, sender, NULL, "i", (int)(sizeof(types) / sizeof(*types)) - refused);
	}

	static const tsp_handler handlers[] = { { "Run", on_run }, { "Forge", on_forge },
		{ "Reserved", on_reserved }, { 0 } };
	static const tsp_class runner = { .name = "Runner", .handlers = handlers };

	struct victim {
		int64_t count;
	};

	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct victim *victim = tsp_state(self);
		tsp_text text;

		if (tsp_value_text(tsp_message_value(message), &text) && tsp_text_is(text, "count"))
			return tsp_sendf(self, sender, NULL, "I", victim->count);
		victim->count++;
		return TSP_OK;
	}

	static const tsp_class victim_class = { .name = "Victim", .state_size = sizeof(struct victim), .receive = on_any };
	TSP_EXPORT(&runner, &victim_class)
	END
	"$TSP_CC" -std=c17 -D_GNU_SOURCE -shared -fPIC -I"$TSP_SRCDIR/lib" -o modules/runner.so runner.c
}

shell() {
	thespian-shell -p "$port" "$@" 3>&-
}

# By the Runner: prints the command's exit status.
by_actor() {
	shell --timeout 20 --json -c "ask Runner Run $(jq -cn --arg c "$1" '{command: $c}')"
}

hidden() {
	shell --json -c "ask Runner Run $(jq -cn --arg c "$1" '{command: $c, hidden: true}')"
}

@test "a child of an actor may ask and look, but not kill" {
	[ "$(by_actor "thespian-shell -p $port -c 'ask Victim \"count\"' > $dir/out 2>&1")" -eq 0 ]
	[ "$(cat out)" = 0 ]
	[ "$(by_actor "thespian-shell -p $port -c status > $dir/out 2>&1")" -eq 0 ]
	[ "$(by_actor "thespian-shell -p $port -c 'kill Victim --force' > $dir/out 2>&1")" -eq 5 ]
	grep 'not permitted' out
	run shell -c 'ask Victim "count"'
	[ "$status" -eq 0 ]
	shell -c 'kill Victim --force'
}

@test "neither does one that left its parent and its session" {
	hidden "thespian-shell -p $port -c 'kill Victim --force' > $dir/out 2>&1; echo \$? > $dir/status"
	wait_until 5 test -s "$dir/status"
	[ "$(cat "$dir/status")" -eq 5 ]
	run shell -c 'ask Victim "count"'
	[ "$status" -eq 0 ]
}

@test "types of the system are refused to an actor" {
	victim=$(shell --json -c actors | jq -r '.actors[] | select(.class | test("Victim")) | .address')
	run shell --json -c "ask Runner Reserved {\"to\": {\"\$address\": \"$victim\"}}"
	[ "$output" = 0 ]
	run shell -c 'ask Victim "count"'
	[ "$output" = 0 ]
}

@test "W2: an envelope from another's address is dropped and counted; from one's own it loses the system's flag" {
	victim=$(shell --json -c actors | jq -r '.actors[] | select(.class | test("Victim")) | .address')
	runner=$(shell --json -c actors | jq -r '.actors[] | select(.class | test("Runner")) | .address')
	before=$(shell --json -c status | jq '[.. | objects | .forged? // empty] | add')
	run shell --json -c "ask Runner Forge {\"to\": {\"\$address\": \"$victim\"}, \"from\": {\"\$address\": \"$victim\"}}"
	[ "$status" -eq 0 ]
	run shell -c 'ask Victim "count"'
	[ "$output" = 0 ]
	[ "$(shell --json -c status | jq '[.. | objects | .forged? // empty] | add')" -eq $((before + 1)) ]
	run shell --json -c "ask Runner Forge {\"to\": {\"\$address\": \"$victim\"}, \"from\": {\"\$address\": \"$runner\"}}"
	run shell -c 'ask Victim "count"'
	[ "$output" = 1 ]
}
