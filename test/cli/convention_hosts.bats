#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Systems on hosts of their own: from nothing to an actor on the third one, cables that are pulled, traffic that is lost
# one way, address translation, a firewall, and packets that are dropped.
# shellcheck disable=SC2154 # the helpers set them

load common
load convention
load hosts
load deploy

beat='"Convention Heartbeat": 0.5, "Convention Suspicion": 2, "Convention Gone": 4'

setup() {
	hosts_setup
	rules=
	make_key alice
}
teardown() { hosts_teardown; }

only_apart() {
	hosts_apart || skip "no network namespaces here"
}

# A leader and a member, linked, and an actor at the leader, at $address.
two() {
	host leader 10.77.0.1 "{$beat}"
	host member 10.77.0.2 "{$beat}"
	convention leader member
	witness
}

witness() {
	local hash
	cp "$THESPIAN_DIRECTOR_DIR"/alice_tls.key "$dir/leader/"
	pack_aside 1
	hash=$(hash_of hello-1.tls)
	at leader "load hello-1.tls"
	address=$(json_at leader "create Witness --source $hash" | jq -r .address)
}

seen_at_leader() {
	[ "$(json_at leader "ask $address Seen {}" | jq -r .seen)" = "$1" ]
}

answered() {
	[ "$(json_at member "ask $address Seen {}" | jq -r .version)" = 1 ]
}

pid_at() {
	admin_of "$1"
}

@test "three hosts from nothing: two commands on each, a load at the leader, an actor where the camera is" {
	host leader 10.77.0.1
	host member 10.77.0.2
	host third 10.77.0.3 '{"camera": true}'
	for name in leader member third; do
		cp "$THESPIAN_DIRECTOR_DIR"/alice_tls.key "$dir/$name/"
	done
	convention leader member third
	pack_aside 1
	hash=$(hash_of hello-1.tls)
	at leader "load hello-1.tls"
	address=$(json_at leader "create Witness --source $hash --requires '{\"camera\": true}'" | jq -r .address)
	[ "$(json_at member "ask $address Seen {}" | jq -r .version)" = 1 ]
	run json_at third actors
	json '[.actors[] | select(.class == "Witness" and .host > 0)] | length == 1'
}

@test "a cable that is pulled is noticed within ten seconds, and all is well when it is back" {
	only_apart
	two
	pids="$(pid_at leader) $(pid_at member)"
	at member "tell $address one"
	wait_until 5 seen_at_leader one
	unplug member
	wait_until 10 has_linked leader 0
	wait_until 10 has_linked member 0
	plug member
	wait_until 15 has_linked leader 1
	wait_until 15 has_linked member 1
	at member "tell $address two"
	wait_until 5 seen_at_leader "one two"
	[ "$(pid_at leader) $(pid_at member)" = "$pids" ]
}

@test "a cable out for a second: what was told meanwhile comes once, in order" {
	only_apart
	two
	unplug member
	at member "tell $address one" "tell $address two"
	run ! seen_at_leader "one two"
	plug member
	at member "tell $address three"
	wait_until 15 seen_at_leader "one two three"
	has_linked leader 1
}

@test "a half-open link, on which one direction is lost, is noticed at both ends, and heals" {
	only_apart
	two
	filter member output ip daddr 10.77.0.1 drop
	wait_until 10 has_linked leader 0
	wait_until 15 has_linked member 0
	no_filter member
	wait_until 15 has_linked leader 1
	wait_until 15 answered
}

@test "a member behind address translation links, and is reached" {
	only_apart
	host leader 10.77.0.1 "{$beat}"
	host member 10.77.0.2 "{$beat}"
	# the member's host gets another cable, to a router that translates
	in_host switch ip link delete to-member
	ip netns add "$net-router"
	hosts+=(router)
	in_host switch ip link add to-router type veth peer name eth0 netns "$net-router"
	in_host switch ip link set to-router master br0 up
	in_host router ip link add eth1 type veth peer name eth0 netns "$net-member"
	in_host router ip address add 10.77.0.9/24 dev eth0
	in_host router ip address add 10.78.0.1/24 dev eth1
	in_host router ip link set eth0 up
	in_host router ip link set eth1 up
	in_host router sysctl -qw net.ipv4.ip_forward=1
	in_host router nft add table ip nat
	in_host router nft add chain ip nat out '{ type nat hook postrouting priority 100; }'
	in_host router nft add rule ip nat out oifname eth0 masquerade
	in_host member ip address add 10.78.0.2/24 dev eth0
	in_host member ip link set eth0 up
	in_host member ip route add default via 10.78.0.1
	rm "$dir/member/listen.cfg" "$dir/member/advertise.cfg"
	convention leader member
	witness
	wait_until 5 answered
	has_linked leader 1
}

@test "a leader whose firewall lets nothing out on its own: the member's dial is enough" {
	only_apart
	host leader 10.77.0.1 "{$beat}"
	host member 10.77.0.2 "{$beat}"
	filter leader output ct state new ip daddr 10.77.0.2 drop
	convention leader member
	witness
	wait_until 5 answered
}

@test "one packet of twenty lost, both ways: asks are answered, and nobody is taken for gone" {
	only_apart
	two
	filter member input numgen random mod 20 0 drop
	filter member output numgen random mod 20 0 drop
	for _ in {1..40}; do
		answered
	done
	run ! logs leader gone
	run ! logs member gone
	has_linked leader 1
}
