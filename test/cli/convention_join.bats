#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Systems that join a convention by a token, are listed, expelled and taken back.

load common
load convention
setup() { convention_setup; }
teardown() { convention_teardown; }

@test "F090: two commands on each machine, and each lists the other" {
	system leader
	system member
	run on leader invite
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == tsj1-* ]]
	[ "${lines[2]}" = "  thespian-director join 127.0.0.1:${ports[leader]} ${lines[0]}" ]
	on leader start
	on member join "127.0.0.1:${ports[leader]}" "${lines[0]}"
	on member start
	wait_until 10 has_linked leader 1
	wait_until 10 has_linked member 1
	run json_at member convention
	json '.members | length == 1 and .[0].role == "leader" and .[0].state == "linked"'
	json ".members[0].address == \"127.0.0.1:${ports[leader]}\""
	run at leader convention
	[[ ${lines[*]} == *"127.0.0.1:${ports[member]}"*member*linked* ]]
	run on leader members --json
	json '.members | length == 1 and (.[0].revoked | not)'
	run ! compgen -G "$dir/member/convention/joining/*"
	run at member "address 127.0.0.1:${ports[leader]}"
	[ "$status" -eq 0 ]
	run at member "address 127.0.0.1:1"
	[ "$status" -eq 1 ]
}

@test "a token is good once" {
	system leader
	system first
	system second
	token=$(token leader)
	on leader start
	on first join "127.0.0.1:${ports[leader]}" "$token"
	on first start
	wait_until 10 has_linked leader 1
	on second join "127.0.0.1:${ports[leader]}" "$token"
	on second start
	wait_until 10 logs leader "shows an invitation that is used up, over, or not ours: thespian-director invite"
	wait_until 10 logs second "it closed the connection"
	has_linked leader 1
	run json_at second convention
	json '.dials[0].reason | contains("its log says which")'
	# a new one lets it in, without a restart
	on second join "127.0.0.1:${ports[leader]}" "$(token leader)"
	wait_until 20 has_linked leader 2
}

@test "F106, L3: an expelled key is out within seconds, and back when it is admitted" {
	system leader
	system member
	convention leader member
	key=$(cat "$dir/member/convention/system.key")
	run on leader expel "${key:0:12}"
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = "its link is closed within seconds; to take it back: thespian-director admit ${key:0:16}" ]
	wait_until 5 logs leader "its key is no member any more"
	[ "$(json_at leader convention | jq '.members | length')" -eq 0 ]
	wait_until 5 logs leader "key $key was expelled; to take it back: thespian-director admit ${key:0:16}"
	run on leader members
	[[ ${lines[1]} == *expelled ]]
	on leader admit "${key:0:16}"
	wait_until 20 has_linked leader 1
	refused() {
		run on leader "$@"
		[ "$status" -eq "$want" ]
	}
	want=1 refused expel 0123456789abcdef
	want=1 refused admit 0123456789abcdef
	[[ $output == *"hint: a key that is new here is given whole, in 64 digits"* ]]
}

@test "L3: another key at the leader's address" {
	system leader
	system member
	convention leader member
	on leader shutdown
	rm "$dir/leader/convention/system.sec" "$dir/leader/convention/system.key"
	token leader > /dev/null # which makes new ones
	on leader start
	wait_until 20 logs leader "it does not know our key, or its bytes were changed on their way"
	wait_until 5 logs member "it closed the connection"
	has_linked leader 0
}

@test "what is no token, or this machine's own, is refused" {
	system leader
	run on leader join 127.0.0.1 tsj1-abc
	[ "$status" -eq 2 ]
	[ "${lines[0]}" = "thespian-director: cannot join '127.0.0.1:1900': that is no token" ]
	[ "${lines[1]}" = "hint: \`thespian-director invite\` on the leader's machine prints one" ]
	run on leader join "no good" "$(token leader)"
	[ "$status" -ne 0 ]
	run on leader join 127.0.0.1 "$(token leader)"
	[ "$status" -eq 2 ]
	[[ $output == *"the token is this system's own"* ]]
}

@test "no keys, no listening: a port of TCP is only taken by who has them" {
	system alone
	on alone start
	run ! bash -c "exec 5<> /dev/tcp/127.0.0.1/${ports[alone]}"
	run thespian-admin --port "$port" --foreground --capabilities '{"Convention Address.IPv4": "127.0.0.1:1"}'
	[ "$status" -eq 2 ]
	[[ $output == *"the capability 'Convention Keys' names no folder of keys"* ]]
}

@test "a folder of keys that others may read is not used" {
	system leader
	token leader > /dev/null
	chmod 0644 "$dir/leader/convention/system.sec"
	run on leader start
	[ "$status" -ne 0 ]
	[[ $output == *"others may read it (chmod 0600)"* ]]
}

@test "doctor: a leader without a key" {
	system member
	on member start
	echo "leader.example:1900" > "$dir/member/convleader.cfg"
	run on member doctor
	[ "$status" -eq 1 ]
	[[ $output == *"cannot link with the leader 'leader.example:1900' of convleader.cfg: no key is pinned for it"* ]]
	[[ $output == *"thespian-director join leader.example:1900 TOKEN"* ]]
}

@test "doctor: how a leader sees this system, and whether others can dial what it says" {
	system leader
	system member
	convention leader member
	said="note: the leader '127.0.0.1:${ports[leader]}' sees this system at 127.0.0.1"
	[[ $(on member doctor) == *"$said, and others dial it at 127.0.0.1:${ports[member]}" ]]
	[[ $(on leader doctor) != *"sees this system"* ]]
	on member shutdown
	echo 192.0.2.7 > "$dir/member/advertise.cfg"
	on member start
	wait_until 10 has_linked member 1
	[[ $(on member doctor) == *"$said, and others dial it at 192.0.2.7:"*": if that is no name of it, something has to forward there"* ]]
	on member shutdown
	rm "$dir/member/advertise.cfg"
	on member start
	wait_until 10 has_linked member 1
	[[ $(on member doctor) == *"$said, and nobody can dial it: advertise.cfg is empty"* ]]
}

@test "F176: who joins two leaders before it starts shows each of them its own token" {
	system north
	system south
	system member
	join member north
	join member south
	[ "$(find "$dir/member/convention/joining" -type f | wc -l)" -eq 2 ]
	for name in north south member; do on $name start; done
	wait_until 10 has_linked member 2
	run ! logs north "shows an invitation"
	run ! compgen -G "$dir/member/convention/joining/*"
}

@test "L3: a leader that a member has expelled is not dialled until it is admitted" {
	system leader
	system member
	convention leader member
	key=$(cat "$dir/leader/convention/system.key")
	on member expel "${key:0:12}"
	wait_until 5 logs member "its key was expelled here; to link with it again: thespian-director admit $key"
	wait_until 13 has_linked member 0
	run json_at member convention
	json '.dials[0].reason | startswith("its key was expelled here")'
	on member admit "${key:0:12}"
	wait_until 20 has_linked member 1
}

@test "this system's own addresses have the Admin Port where they name none" {
	system leader
	system member
	rm "$dir/leader/advertise.cfg"
	run on leader invite
	[[ ${lines[2]} == "  thespian-director join HOST:${ports[leader]} tsj1-"* ]]
	on leader config listen 127.0.0.1
	on leader config advertise 127.0.0.1
	run on leader invite
	[[ ${lines[2]} == "  thespian-director join 127.0.0.1:${ports[leader]} tsj1-"* ]]
	convention leader member
	run json_at member convention
	json ".members[0].address == \"127.0.0.1:${ports[leader]}\""
}

@test "F107: a leader at two addresses is one, whichever it is reached at" {
	system leader '{"Convention Heartbeat": 0.5}'
	system member '{"Convention Heartbeat": 0.5}'
	echo "0.0.0.0:${ports[leader]}" > "$dir/leader/listen.cfg"
	token leader > /dev/null
	on leader start
	join member leader > /dev/null
	key=$(cat "$dir/leader/convention/system.key")
	echo "127.0.0.2:${ports[leader]} $key" >> "$dir/member/convention/leaders"
	echo "127.0.0.2:${ports[leader]}" >> "$dir/member/convleader.cfg"
	on member start
	wait_until 10 has_linked leader 1
	wait_until 10 has_linked member 1
	# both are dialled, and one link stays: nobody is put out for the other
	lasts() { [ "$(json_at "$1" convention | jq '.members[0].age_ms')" -gt 3000 ]; }
	wait_until 10 lasts member
	wait_until 10 lasts leader
	run json_at member convention
	json '.members | length == 1'
	# the first address is gone: the other is dialled
	on leader shutdown
	echo "127.0.0.2:${ports[leader]}" > "$dir/leader/listen.cfg"
	on leader start
	wait_until 20 has_linked member 1
}

@test "W47: over IPv6, by [ADDRESS]:PORT" {
	(: <> /dev/tcp/::1/1) 2> "$dir/six" || ! grep -q "Cannot assign\|not supported\|unreachable" "$dir/six" ||
		skip "no IPv6 here"
	system leader
	system member
	echo "[::1]:${ports[leader]}" > "$dir/leader/listen.cfg"
	echo "[::1]:${ports[leader]}" > "$dir/leader/advertise.cfg"
	run on leader invite
	[[ ${lines[2]} == *"join [::1]:${ports[leader]} "* ]]
	on leader start
	on member join "[::1]:${ports[leader]}" "${lines[0]}"
	on member start
	wait_until 10 has_linked leader 1
	run json_at member convention
	json ".members[0].address == \"[::1]:${ports[leader]}\""
	run at member "address '[::1]:${ports[leader]}'"
	[ "$status" -eq 0 ]
	run on leader config listen "[::1"
	[ "$status" -ne 0 ]
}
