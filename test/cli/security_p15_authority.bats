#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P15: the authority that the start named is not replaced, by whatever an actor says or creates, nor while it is down.
# shellcheck disable=SC2154 # common sets them

load common
load intruder

setup() {
	intruder_setup
	start
	load_groups
}
teardown() { tsp_teardown; }

heard() {
	ask intruder Heard '{}' | jq -r . | grep -F "$1"
}

authority() {
	shell --json -c status | jq -r '.source_authority // "null"'
}

no_authority() {
	[ "$(authority)" = null ]
}

# The holder's own address of the name Director.
director() {
	actors | jq -r '.actors[] | select(.name == "Director") | .address'
}

# made CLASS FOLDER [NAME]: what the intruder created.
made() {
	ask intruder Make "{\"class\": \"$1\", \"argument\": \"$2\", \"name\": \"${3:-}\"}" | jq -r '."$address"'
}

# Of the actors of a class all but the start's own are the host user's.
all_but_one_apart() {
	local pid roots=0
	for pid in $(actors | jq ".actors[] | select(.class == \"$1\") | .pid"); do
		[ "$pid" -ne 0 ] || return 1
		[ "$(user_of "$pid")" != root ] || roots=$((roots + 1))
	done
	[ "$roots" -eq 1 ]
}

kill_authority() {
	local pid
	pid=$(pid_of Authority)
	kill -9 "$pid"
	wait_until 10 another_authority "$pid"
}

another_authority() {
	local pid
	pid=$(pid_of Authority)
	[ "${pid:-0}" -gt 0 ] && [ "$pid" != "$1" ] && ! no_authority
}

# A folder that trusts mallory, whom the system's does not.
evil_folder() {
	thespian-director keygen mallory --no-password > /dev/null
	mkdir open/evil
	mv "$THESPIAN_DIRECTOR_DIR/mallory_tls.key" open/evil/
}

# The honest one goes on: it loads, and refuses what no key of the folder signed.
goes_on() {
	group other 2
	thespian-director load other > /dev/null
	thespian-director gensrc --key mallory.sec --version 3 other src > /dev/null
	run thespian-director load "$THESPIAN_DIRECTOR_DIR/other-3.tls"
	[ "$status" -eq 5 ]
	run ask other Who '{}'
	[ "$status" -eq 0 ]
}

@test "P15: an actor that registers as authority is refused, and the honest one goes on" {
	evil_folder
	before=$(authority)
	[ "$(ask intruder Request '{"what": "register"}')" -eq 0 ]
	wait_until 5 heard 'RequestFailed: the start named the source authority'
	goes_on
	[ "$(authority)" = "$before" ]
}

@test "P15: a Director and an authority that it creates for its own keys have neither the name nor the system's trust" {
	evil_folder
	before=$(authority)
	false_director=$(made director:Director "$dir/open/evil")
	false_authority=$(made director:Authority "$dir/open/evil")
	[ "$(made director:Director "$dir/open/evil" Director)" = "$(director)" ]
	[ "$false_director" != "$(director)" ]
	[ "$false_authority" != "$before" ]
	goes_on
	[ "$(authority)" = "$before" ]
}

@test "P15 (A): where the admin is root, neither of them has root's rights" {
	[ "$EUID" -eq 0 ] || skip "all are one user where the admin is not root"
	evil_folder
	made director:Director "$dir/open/evil"
	made director:Authority "$dir/open/evil"
	for class in Director Authority; do
		wait_until 5 all_but_one_apart "$class"
	done
}

# In the time of one restart the intruder asks for the place, for the package of version $1, which is being loaded, too.
# Fails where the authority was back before all was said: a loaded machine is slow, and the next restart waits longer.
claims_while_down() {
	local hash
	group other "$1"
	hash=$(thespian-director --json tlsinfo "$THESPIAN_DIRECTOR_DIR/other-$1.tls" | jq -r .hash)
	kill -9 "$(pid_of Authority)"
	wait_until 5 no_authority || return
	[ "$(ask intruder Request '{"what": "register"}')" -eq 0 ] || return
	thespian-director load other > loaded 2>&1 3>&- &
	loader=$!
	ask intruder Request "{\"what\": \"verdict\", \"hash\": \"$hash\"}"
	ask intruder Request '{"what": "register"}'
	[ "$(authority)" = null ]
}

@test "P15: nor does it while the authority is being started again after kill -9" {
	# the sixth restart in a row waits 1.6 s, each further one twice as long
	for _ in 1 2 3 4 5; do
		kill_authority
	done
	version=2
	until claims_while_down "$version"; do
		wait "$loader"
		version=$((version + 1))
		[ "$version" -le 4 ] # this time it was down all the while
	done
	wait "$loader"
	cat loaded
	heard 'RequestFailed: the start named the source authority'
	run heard 'Registered'
	[ "$status" -ne 0 ]
	[ "$EUID" -ne 0 ] || [ "$(user_of "$(pid_of Authority)")" = root ]
	thespian-director --json list other |
		jq -e --arg version "$version" '.groups[0].versions | map(.version) | index($version) != null'
}
