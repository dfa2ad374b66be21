#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# packages.md: AutoUnload and TLS_Keep_Limit.

load common
load deploy
setup() { deploy_setup; }
teardown() { tsp_teardown; }

loaded_are() {
	[ "$(list '[.versions[] | select(.loaded) | .version] | join(" ")')" = "$1" ]
}

packages_are() {
	[ "$(thespian-director --json avail hello | jq -r '[.packages[].version] | join(" ")')" = "$1" ]
}

@test "F134: AutoUnload N: the N latest activated stay, the actors of the others exit" {
	rules='{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Hello" } } }, "AutoUnload": 3 }'
	for version in 1 2 3; do
		pack $version
		thespian-director load hello
	done
	loaded_are "3 2 1"
	first=$(own_address 1)
	pack 4
	thespian-director load hello
	wait_until 3 loaded_are "4 3 2"
	run thespian-shell -p "$port" -c "ask $first Seen {}"
	[ "$status" -eq 1 ]
	[ "$(answers)" = 4 ]
}

@test "AutoUnload N counts activations, not versions; 1 keeps the predecessor too" {
	rules='{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Hello" } } }, "AutoUnload": 1 }'
	for version in 1 2; do
		pack $version
		thespian-director load hello
	done
	loaded_are "2 1"
	thespian-director rollback hello
	pack 3
	thespian-director load hello
	# active 3, before it 1; what was rolled back is the one to go
	wait_until 3 loaded_are "3 1"
	thespian-director rollback hello
	[ "$(answers)" = 1 ]
}

@test "F134: AutoUnload true: the former version goes by itself, with its actors" {
	rules='{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Hello" } } }, "AutoUnload": true }'
	pack 1
	thespian-director load hello
	pid=$(seen Hello pid)
	pack 2
	thespian-director load hello
	gone() { loaded_are 2 && ! kill -0 "$pid" 2>/dev/null; }
	wait_until 15 gone
	[ "$(answers)" = 2 ]
	# what has gone comes back from the folder
	thespian-director rollback hello
	[ "$(answers)" = 1 ]
}

@test "without AutoUnload all versions stay loaded" {
	for version in 1 2 3 4; do
		pack $version
		thespian-director load hello
	done
	loaded_are "4 3 2 1"
}

@test "F134: TLS_Keep_Limit 1: the predecessor stays, loaded or not; what was never active goes" {
	rules='{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Hello" } } }, "TLS_Keep_Limit": 1 }'
	pack 0 1
	thespian-director load "$(package 1)"
	packages_are "1"
	pack 2
	thespian-director load hello
	thespian-director unload hello@1
	pack 0
	packages_are "2 1 0"
	thespian-director load hello
	packages_are "2 1"
	thespian-director rollback hello
	[ "$(answers)" = 1 ]
}

@test "F134: TLS_Keep_Limit deletes the oldest packages, never what is loaded or the predecessor" {
	rules='{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Hello" } } }, "TLS_Keep_Limit": 2 }'
	for version in 1 2 3; do
		pack $version
		thespian-director load hello
	done
	packages_are "3 2 1"
	thespian-director unload hello@1
	pack 4
	thespian-director load hello
	packages_are "4 3 2"
}

@test "a load that fails deletes nothing" {
	rules='{ "Actors": { "Missing": { "OnLoad": {} } }, "TLS_Keep_Limit": 1 }'
	pack 1 2 3
	run thespian-director load hello
	[ "$status" -eq 6 ]
	packages_are "3 2 1"
}
