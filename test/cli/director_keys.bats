#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load common
setup() { tsp_setup; }
teardown() { tsp_teardown; }

@test "keygen makes a secret file of mode 0600 and a public one in the folder" {
	run thespian-director keygen alice --no-password
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "secret key alice.sec" ]
	[ "${lines[1]}" = "public key $THESPIAN_DIRECTOR_DIR/alice_tls.key" ]
	[[ "${lines[2]}" =~ ^key\ id\ [0-9A-F]{16}$ ]]
	[ "$(stat -c %a alice.sec)" = 600 ]
}

@test "keygen never overwrites" {
	make_key alice
	before=$(cat alice.sec "$THESPIAN_DIRECTOR_DIR/alice_tls.key")
	run thespian-director keygen alice --no-password
	[ "$status" -eq 1 ]
	[[ "$output" == *"exists already"* ]]
	[ "$(cat alice.sec "$THESPIAN_DIRECTOR_DIR/alice_tls.key")" = "$before" ]
}

@test "keygen without a terminal asks for no password and says what to do" {
	run setsid thespian-director keygen alice < /dev/null
	[ "$status" -eq 2 ]
	[[ "$output" == *"hint: --no-password"* ]]
	[ ! -e alice.sec ]
}

@test "keygen refuses a name that is a path" {
	run thespian-director keygen ../alice --no-password
	[ "$status" -eq 2 ]
}

@test "a key of minisign -G -W signs, and minisign -V takes what tlsinfo extracts" {
	minisign -G -W -p "$THESPIAN_DIRECTOR_DIR/m_tls.key" -s m.sec > /dev/null
	chmod 600 m.sec
	write_source src Greeter one
	thespian-director gensrc --key m.sec --version 1 hello src
	thespian-director tlsinfo hello-1.tls --extract out
	run minisign -V -p "$THESPIAN_DIRECTOR_DIR/m_tls.key" -m out/hello-1.zip
	[ "$status" -eq 0 ]
	[[ "$output" == *"group:hello version:1 "* ]]
}

@test "keygen takes one of --no-password and --password-fd" {
	run thespian-director keygen alice --no-password --password-fd 0 <<< secret
	[ "$status" -eq 2 ]
	[ ! -e alice.sec ]
}

@test "status and key list judge a key alike, and name all that it may sign" {
	make_key alice
	make_key bob
	groups=()
	for i in {10..30}; do
		groups+=("a-group-with-quite-a-long-name-$i")
	done
	thespian-director key trust alice "${groups[@]}" > /dev/null
	thespian-director key trust bob hello > /dev/null
	thespian-director key expiry bob 2020-01-01 > /dev/null
	run -0 --separate-stderr thespian-director --json key list
	json '.keys[0] | .groups | length == 21 and .[20] == "a-group-with-quite-a-long-name-30"'
	run -0 --separate-stderr thespian-director key list
	[[ $output == *"a-group-with-quite-a-long-name-30"* ]]
	[[ $output =~ bob_tls.key.*\ expired ]]
	thespian-director start > /dev/null
	run -0 --separate-stderr thespian-director status
	[[ $output =~ bob_tls.key.*\ expired ]]
	run -0 --separate-stderr thespian-director --json status
	json '[.keys[].state] == ["signs", "expired"]'
}
