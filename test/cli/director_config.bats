#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load common
setup() { tsp_setup; }
teardown() { tsp_teardown; }

@test "config shows each setting and where it comes from" {
	run thespian-director --json config
	[ "$status" -eq 0 ]
	json --arg p "$port" '.settings[] | select(.name == "adminport") | .value == $p and .from == "file"'
	json '.settings[] | select(.name == "thespbase") | .from == "default"'
	run thespian-director --json --port 4711 config
	json '.settings[] | select(.name == "adminport") | .value == "4711" and .from == "option"'
}

@test "config sets a value, and refuses a bad one" {
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

@test "a table of bad settings: file, line and column" {
	while read -r name value; do
		printf '%s\n' "$value" > "$THESPIAN_DIRECTOR_DIR/$name"
		run thespian-director config
		[ "$status" -eq 1 ] || { echo "accepted: $name $value"; return 1; }
		[[ "${lines[0]}" =~ "$name":[0-9]+:[0-9]+: ]] || { echo "$name: $output"; return 1; }
		rm "$THESPIAN_DIRECTOR_DIR/$name"
		[ "$name" != adminport.cfg ] || echo "$port" > "$THESPIAN_DIRECTOR_DIR/adminport.cfg"
	done <<-'END'
	unknown.cfg 1
	adminport.cfg 0
	adminport.cfg 19x
	thespbase.cfg otherBase
	convleader.cfg host:
	convleader.cfg :1900
	convleader.cfg two words
	othercaps.cfg __import__("os")
	othercaps.cfg [1]
	othercaps.cfg {"a": 1,}
	thesplogs.cfg many
	END
}

@test "help needs no settings, no keys and no system" {
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
