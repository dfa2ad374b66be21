#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What refresh loads before its turn, where the turn does not come.

# shellcheck disable=SC2154 # common sets them

load common
load deploy
setup() {
	tsp_setup
	make_key alice
	write_group first First First
	write_group second Second Second
	mkdir src
	# its OnLoad waits until the file says so: the other is loaded meanwhile
	cat > src/first.c <<-END
	#include <thespian.h>
	#include <unistd.h>

	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)sender;
		(void)self;
		for (int i = 0; i < 3000 && !tsp_message_is_system(message) && access("$dir/go", F_OK) < 0; i++)
			(void)usleep(10000);
		return TSP_OK;
	}
	static const tsp_class first = { .name = "First", .receive = on_any };
	TSP_EXPORT(&first)
	END
	cat > "$THESPIAN_DIRECTOR_DIR/first.tli" <<-'END'
	{ "Actors": { "First": { "OnLoad": { "Message": "wait" } } } }
	END
	thespian-director gensrc --key alice.sec --version 1 first src > /dev/null
	write_source other Second "second"
	thespian-director gensrc --key alice.sec --version 1 second other > /dev/null
	thespian-director refresh > refreshed 2> refused 3>&- &
	refresh=$!
	wait_until 30 is_loaded first
	wait_until 30 is_loaded second
}
teardown() { tsp_teardown; }

is_loaded() {
	# an older jq takes no output at all for true
	[ "$(thespian-shell -p "$port" --json -c sources |
		jq --arg info "$1@1" 'any(.sources[]; .info == $info and .state == "loaded")')" = true ]
}

@test "keys that cannot be read in the middle of a refresh: what was loaded for the rest goes" {
	echo "no trust" > "$THESPIAN_DIRECTOR_DIR/trust.cfg"
	: > go
	status=0
	wait "$refresh" || status=$?
	[ "$status" -ne 0 ]
	wait_until 10 eval '! is_loaded second'
	rm "$THESPIAN_DIRECTOR_DIR/trust.cfg"
	run thespian-director --json list
	json '[.groups[].group] == ["first"]'
	run -0 timeout 30 thespian-director load second
	[[ "$output" == "loaded second 1 "* ]]
}

@test "what another unloads before its turn is loaded anew" {
	thespian-shell -p "$port" -c "unload $(hash_of "$THESPIAN_DIRECTOR_DIR/second-1.tls")"
	: > go
	refreshed() { ! kill -0 "$refresh"; }
	wait_until 40 refreshed
	wait "$refresh"
	grep -q '^loaded second 1 ' refreshed
}
