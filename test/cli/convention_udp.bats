#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# F050: systems of the UDP base link by datagrams.

load common
load convention
load deploy
setup() { convention_setup; }
teardown() {
	[ -z "${between:-}" ] || kill "$between" 2> /dev/null || true
	[ -z "${proxy:-}" ] || rm -f "/tmp/tsp-ports-$EUID/$proxy" 2> /dev/null || true
	convention_teardown
}

# udp_system NAME [CAPABILITIES]
udp_system() {
	system "$@"
	echo multiprocUDPBase > "$dir/$1/thespbase.cfg"
}

@test "F050: two systems of the UDP base join, and no TCP port is taken" {
	udp_system leader
	udp_system member
	convention leader member
	wait_until 10 has_linked member 1
	run ! bash -c "exec 5<> /dev/tcp/127.0.0.1/${ports[leader]}"
	run json_at member convention
	json '.members[0].role == "leader" and .members[0].state == "linked"'
}

# Two systems that trust alice, the second with a camera; $address is a Witness there, created at the first.
witness() {
	rules=
	make_key alice
	udp_system leader
	udp_system member '{"camera": true}'
	cp "$THESPIAN_DIRECTOR_DIR"/alice_tls.key "$dir/leader/"
	cp "$THESPIAN_DIRECTOR_DIR"/alice_tls.key "$dir/member/"
	convention leader member
	pack_aside 1
	at leader "load hello-1.tls"
	address=$(json_at leader "create Witness --source $(hash_of hello-1.tls) --requires '{\"camera\": true}'" |
		jq -r .address)
}

letters() {
	printf '%*s' "$1" '' | tr ' ' x
}

seen_letters() {
	[ "$(json_at leader "ask $address Seen {}" | jq -r '.seen | length')" -eq "$1" ]
}

@test "F050: an actor there answers; 60 KB arrive, 70 KB are refused to the sender" {
	witness
	run json_at leader "ask $address Seen {}"
	json '.version == "1"'
	at leader "tell $address \"$(letters 60000)\""
	wait_until 5 seen_letters 3999 # all that it keeps
	run at leader "ask $address \"$(letters 70000)\""
	[ "$status" -eq 1 ]
	[[ $output == *"too big for a link of the UDP base: 70005 bytes, and a datagram takes 65000"* ]]
	run json_at leader "ask $address Seen {}"
	json '.seen | length == 3999'
	# what the system itself has to say is cut into pieces: the package went there, and the end comes back
	at leader "kill $address"
	gone() { [ "$(json_at member actors | jq '[.actors[] | select(.class == "Witness" and .host > 0)] | length')" -eq 0 ]; }
	wait_until 10 gone
}

@test "F050: who is killed is missed, and back when it starts again" {
	witness
	kill -9 "$(admin_of member)"
	wait_until 15 logs leader "has gone: silent for"
	run at leader "ask $address Seen {}"
	[ "$status" -eq 1 ]
	[[ $output == *dead* ]]
	on member start > /dev/null
	wait_until 10 has_linked leader 1
	kill -9 "$(admin_of leader)"
	# nobody is at its port any more, which the member's kernel says before the silence does
	wait_until 8 logs member "nothing answers there by UDP"
	on leader start > /dev/null
	wait_until 20 has_linked member 1
}

# through MODE: the member links by way of the proxy, and a hundred datagrams go to and fro.
through() {
	udp_system leader '{"Convention Heartbeat": 0.2}'
	udp_system member '{"Convention Heartbeat": 0.2}'
	token leader > /dev/null
	on leader start > /dev/null
	proxy=$(free_port)
	"$TSP_BUILDDIR/test/cli/tamper_udp" "$proxy" "${ports[leader]}" "$1" > "$dir/between" 2>&1 3>&- &
	between=$!
	on member join "127.0.0.1:$proxy" "$(token leader)" > /dev/null
	on member start > /dev/null
	wait_until 20 has_linked leader 1
	wait_until 20 has_linked member 1
	wait_until 40 grep -qE "passed 1[0-9][0-9] " "$dir/between"
	has_linked leader 1
	has_linked member 1
	run ! logs leader "has gone"
	run ! logs member "has gone"
}

@test "F050: datagrams that come twice and again later do no harm" {
	through replay
}

@test "F050: garbage, cut and changed datagrams do no harm" {
	through garbage
	run ! logs leader "does not keep to the protocol"
	logs leader "it speaks another protocol"
	kill "$between"
	asked() {
		echo "GET / HTTP/1.1" > "/dev/udp/127.0.0.1/${ports[leader]}"
		logs leader "dropped: it speaks HTTP"
	}
	wait_until 5 asked
}

@test "F050: one datagram in five is lost, and nothing that the systems need" {
	through lose
}

@test "F050: a system is its key: its address changes while it is linked" {
	through move
	grep -q moved "$dir/between"
}

@test "F050: systems of two bases do not link, and it says what to do" {
	system leader
	udp_system member
	token leader > /dev/null
	on leader start > /dev/null
	join member leader > /dev/null
	on member start > /dev/null
	wait_until 10 logs member "nothing answers there by UDP; if that system is of another base, give both the same (thespian-director config thespbase multiprocTCPBase)"
	run json_at member convention
	json '.dials[0].reason | startswith("nothing answers there by UDP")'
}
