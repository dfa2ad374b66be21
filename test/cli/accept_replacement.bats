#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Versions replace one another under load: TSP_SWAPS times (100), TSP_VERSIONS versions in turn (4).

# shellcheck disable=SC2154 # common sets them

load common

setup() {
	tsp_setup
	make_key alice
	write_group who Who Who
	for ((version = 0; version < ${TSP_VERSIONS:-4}; version++)); do
		pack "$version"
	done
	thespian-director load "$dir/who-0.tls" > /dev/null
}
teardown() { tsp_teardown; }

pack() {
	mkdir -p who
	cat > who/who.c <<-END
	#include <thespian.h>
	#include <unistd.h>

	static int on_who(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		usleep(100); /* so that a kill finds it at work */
		return tsp_sendf(self, sender, NULL, "{s:i, s:I, s:i}", "version", $1, "n",
			tsp_get_int(message, "n", -1), "pid", (int)getpid());
	}

	static const tsp_handler handlers[] = { { "Who", on_who }, { 0 } };
	static const tsp_class who = { .name = "Who", .handlers = handlers };
	TSP_EXPORT(&who)
	END
	thespian-director gensrc --key alice.sec --version "$1" -o "$dir/who-$1.tls" who who > /dev/null
}

load_and_ask() {
	local packages=()
	for ((version = 0; version < ${TSP_VERSIONS:-4}; version++)); do
		packages+=("$dir/who-$version.tls")
	done
	run timeout 200 "$TSP_BUILDDIR/test/cli/accept_load" "$port" Who who "${TSP_SWAPS:-100}" 2000 "$1" "${packages[@]}" 3>&-
	echo "$output"
	echo "# $output" | tail -n 1 >&3
	[ "$status" -eq 0 ]
}

@test "100 replacements: no ask is lost, none answered twice, each by the version that held the name" {
	load_and_ask plain
}

@test "the same with the old version's actor killed in the midst: poison or answer, nothing silent" {
	load_and_ask kill
}
