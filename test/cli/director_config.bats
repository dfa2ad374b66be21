#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load common
setup() { tsp_setup; }
teardown() { tsp_teardown; }

@test "F126: config shows each setting and where it comes from" {
	run thespian-director --json config
	[ "$status" -eq 0 ]
	json --arg p "$port" '.settings[] | select(.name == "adminport") | .value == $p and .from == "file"'
	json '.settings[] | select(.name == "thespbase") | .from == "default"'
	run thespian-director --json --port 4711 config
	json '.settings[] | select(.name == "adminport") | .value == "4711" and .from == "option"'
}

@test "F126: config sets a value, and refuses a bad one" {
	thespian-director config thespbase multiprocQueueBase
	run thespian-director config thespbase
	[ "$output" = multiprocQueueBase ]
	run thespian-director config adminport 70000
	[ "$status" -eq 1 ]
	run thespian-director config adminport
	[ "$output" = "$port" ]
	run thespian-director config nope 1
	[ "$status" -eq 2 ]
}

@test "F126: help lists every command, help COMMAND its usage and options; another word is status 2" {
	run thespian-director help
	[ "$status" -eq 0 ]
	for command in audit avail bootstart config gensrc help keygen list load refresh role rollback shutdown start status \
		tlsinfo unload; do
		grep -qE "^ +$command( |$)" <<< "$output" || { echo "not listed: $command"; return 1; }
		run thespian-director help "$command"
		[ "$status" -eq 0 ]
		[[ ${lines[0]} == *"$command"* ]]
		run thespian-director help
	done
	run thespian-director frobnicate
	[ "$status" -eq 2 ]
	[[ ${lines[0]} == "thespian-director: "*frobnicate* ]]
	run thespian-director help frobnicate
	[ "$status" -eq 2 ]
}

@test "F126: -v says what is done" {
	run --separate-stderr thespian-director start
	[ -z "$stderr" ]
	run --separate-stderr thespian-director -v list
	[[ $stderr == "system multiprocTCPBase at port $port, folder $THESPIAN_DIRECTOR_DIR" ]]
}

@test "F126: help needs no settings, no keys and no system" {
	echo 1 > "$THESPIAN_DIRECTOR_DIR/unknown.cfg"
	run thespian-director help
	[ "$status" -eq 0 ]
	run thespian-director help load
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == *"load GROUP | FILE [--allow-downgrade]"* ]]
	rm "$THESPIAN_DIRECTOR_DIR/unknown.cfg"
}

@test "without a system: status 3" {
	for command in list status shutdown "unload abcdef" "role x"; do
		# shellcheck disable=SC2086
		run thespian-director $command
		[ "$status" -eq 3 ] || { echo "$command: $status $output"; return 1; }
	done
}

@test "F180: doctor names a setting that does not parse and its remedy, and what it says makes it well" {
	make_key alice
	echo many > "$THESPIAN_DIRECTOR_DIR/thesplogs.cfg"
	run thespian-director --json doctor
	[ "$status" -eq 1 ]
	json '(.faults | length == 1) and .faults[0].command'
	[[ $output == *"thesplogs.cfg:1:1: a number is expected"* ]]
	bash -c "$(jq -r '.faults[0].hint' <<< "$output")"
	run thespian-director doctor
	[ "$status" -eq 0 ]
}
