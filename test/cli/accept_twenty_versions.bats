#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# 20 versions of one group loaded at once, each with its own globals.

load common
load deploy
setup() { deploy_setup; }
teardown() { tsp_teardown; }

# Processes of the source with that hash: hosts and the nursery of its module.
processes_of() {
	thespian-shell -p "$port" --json -c actors | jq -r ".actors[] | select(.source == \"$1\") | .pid"
}

@test "each answers with its own number; unload of one ends its actors, and only those" {
	for version in $(seq 1 20); do
		rules="{ \"Actors\": { \"Witness\": { \"OnLoad\": { \"Role\": \"main\", \"GlobalName\": \"V$version\",
			\"Message\": \"m$version\" } } } }"
		pack "$version"
		thespian-director load "$(package "$version")" > /dev/null
	done
	[ "$(list '.versions | length')" = 20 ]
	for version in $(seq 1 20); do
		[ "$(seen "V$version" version)" = "$version" ]
		[ "$(seen "V$version")" = "m$version" ]
		thespian-shell -p "$port" -c "tell V$version extra$version"
	done
	for version in $(seq 1 20); do
		[ "$(seen "V$version")" = "m$version extra$version" ]
	done

	hash=$(hash_of "$(package 7)")
	pid=$(seen V7 pid)
	nursery=$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 2)
	[[ "$(tr '\0' ' ' < "/proc/$nursery/cmdline")" == thespian-host* ]]
	# one more actor of version 7, which the Director did not start
	thespian-shell -p "$port" -c "create Witness --source $hash --name mine"
	own=$(seen mine pid)
	before=$(tsp_processes | grep -vxF -e "$pid")
	thespian-director unload hello@7
	run thespian-shell -p "$port" -c 'ask V7 Seen {}'
	[ "$status" -eq 1 ]
	[ "$(seen mine version)" = 7 ]
	gone() { ! kill -0 "$1" 2>/dev/null; }
	wait_until 3 gone "$pid"
	[ "$(tsp_processes)" = "$before" ]
	for version in $(seq 1 6) $(seq 8 20); do
		[ "$(seen "V$version")" = "m$version extra$version" ]
	done

	# the last actor of it goes: its hosts and its nursery are gone
	thespian-shell -p "$port" -c 'tell mine Exit {}'
	wait_until 3 gone "$own"
	wait_until 5 gone "$nursery"
	[ "$(list '.versions | length')" = 19 ]
	[ "$(processes_of "$hash")" = "" ]
	[ "$(seen V20 version)" = 20 ]
}
