#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# L3: keys that are unknown, changed, revoked, or used for an id that is another's: refused, with words at both ends
# that say what and how to mend it. Keys are put in place by hand here; convention_join.bats has the commands.

load common
load convention

setup() {
	convention_setup
	system leader
	token leader > /dev/null
}
teardown() { convention_teardown; }

key_of() {
	cat "$dir/$1/convention/system.key"
}

# knows_leader NAME [KEY]: by hand, what `join` would pin.
knows_leader() {
	local key=${2:-$(key_of leader)} at=127.0.0.1:${ports[leader]}
	token "$1" > /dev/null # which makes its keys
	(umask 077 && mkdir -p "$dir/$1/convention/members")
	echo "$at" > "$dir/$1/convleader.cfg"
	echo "$at $key" > "$dir/$1/convention/leaders"
	echo "name leader" > "$dir/$1/convention/members/$key.key"
}

@test "L3: an unknown key, and what lets it in" {
	system member
	knows_leader member
	on leader start
	on member start
	key=$(key_of member)
	wait_until 10 logs leader "key $key is no member; to let it in: thespian-director admit $key"
	wait_until 5 logs member "cannot link with '127.0.0.1:${ports[leader]}': it closed the connection: there our key is no member"
	has_linked leader 0
	# the remedy, word for word, without a restart
	on leader admit "$key"
	wait_until 20 has_linked leader 1
	wait_until 5 has_linked member 1
}

@test "L3: a stranger gets no byte, and is not told why" {
	on leader start
	key=$(stranger_key leader)
	run stranger leader hold
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = "closed 0" ]
	wait_until 5 logs leader "key $key is no member"
	# the honest twin
	on leader admit "$key"
	run stranger leader hold
	[ "$status" -eq 3 ]
	[[ ${lines[1]} == open* ]]
}

@test "L3: another key than the one pinned at the leader's address" {
	system member
	knows_leader member "$(stranger_key leader)"
	on leader start
	on leader admit "$(key_of member)"
	on member start
	wait_until 10 logs leader "it does not know our key, or its bytes were changed on their way"
	wait_until 5 logs member "it did not prove the key that is pinned for it (changed, or another machine); its log says which"
	has_linked leader 0
	run json_at member convention
	json '.dials[0].reason | contains("its log says which")'
	# pinned anew, by hand
	knows_leader member
	wait_until 20 has_linked leader 1
}

@test "L3: a revoked key is refused, also where it is a member's" {
	on leader start
	key=$(stranger_key leader)
	on leader admit "$key"
	on leader expel "$key"
	(umask 077 && mkdir -p "$dir/leader/convention/members")
	echo "name again" > "$dir/leader/convention/members/$key.key"
	run stranger leader hold
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = "closed 0" ]
	wait_until 5 logs leader "key $key was expelled; to take it back: thespian-director admit ${key:0:16}"
}

@test "L3: an open link ends when its key is expelled" {
	on leader start
	key=$(stranger_key leader)
	on leader admit "$key"
	stranger leader linger > "$dir/out" &
	held=$!
	wait_until 5 grep -q open "$dir/out"
	on leader expel "$key"
	wait "$held" # 0: it was closed in time
	grep -q closed "$dir/out"
	logs leader "its key is no member any more"
}

@test "L3: a member cannot take another's id" {
	system member
	convention leader member
	on leader admit "$(stranger_key leader)"
	run stranger leader own
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} == closed* ]]
	has_linked leader 1
}
