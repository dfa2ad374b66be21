#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Actors that live on another system than their creator: placed by what is required, reached by their address,
# and missed when their system is gone.

load common
load convention
load deploy

setup() {
	convention_setup
	rules=
	make_key alice
}
teardown() { convention_teardown; }

# A leader (with capabilities $1), a member, and a third one that has a camera; all trust alice.
three() {
	local name
	system leader "${1:-}"
	system member
	system third '{"camera": true}'
	for name in leader member third; do
		cp "$THESPIAN_DIRECTOR_DIR"/alice_tls.key "$dir/$name/"
	done
	convention leader member third
	pack_aside 1
	hash=$(hash_of hello-1.tls)
}

# create_at NAME: a Witness that needs a camera.
create_at() {
	json_at "$1" "create Witness --source $hash --requires '{\"camera\": true}'" | jq -r .address
}

witness_at() {
	json_at "$1" "ask $2 Seen {}" | jq -r "${3:-.version}"
}

hosts_at() {
	json_at "$1" actors | jq '[.actors[] | select(.class == "Witness" and .host > 0)] | length'
}

hosts_are() {
	[ "$(hosts_at "$1")" -eq "$2" ]
}

@test "F100, F123: created where the camera is, from a source that only the leader has loaded" {
	three
	at leader "load hello-1.tls"
	address=$(create_at leader)
	[ "$(witness_at leader "$address")" = 1 ]
	hosts_are third 1
	hosts_are leader 0
	run json_at third sources
	json ".sources | map(select(.hash == \"$hash\")) | length == 1"
	# F105: a third system reaches it by the address that was passed on
	[ "$(witness_at member "$address")" = 1 ]
	at member "tell $address \"from afar\""
	seen_afar() { [ "$(witness_at leader "$address" .seen)" = "from afar" ]; }
	wait_until 5 seen_afar
	# ended from where it was born
	at leader "kill $address"
	wait_until 10 hosts_are third 0
	run at leader "ask $address Seen {}"
	[ "$status" -eq 1 ]
}

@test "F100: a member asks its leader for a place" {
	three
	at member "load hello-1.tls"
	address=$(create_at member)
	[ "$(witness_at member "$address")" = 1 ]
	hosts_are third 1
	run json_at member actors
	json '[.actors[] | select(.class == "Witness")] | length == 1 and .[0].state == "running"'
}

@test "what nobody has is told with what is missing where" {
	three
	at leader "load hello-1.tls"
	run at leader "create Witness --source $hash --requires '{\"microphone\": true}'"
	[ "$status" -eq 1 ]
	[[ $output == *"no system of the convention has a place for it"*"capability 'microphone' is missing or differs here"*"capability 'microphone' is missing or differs there"* ]]
}

@test "F123: the receiver's own authority judges the package" {
	three
	rm "$dir/third/alice_tls.key"
	at leader "load hello-1.tls"
	run at leader "create Witness --source $hash --requires '{\"camera\": true}'"
	[ "$status" -ne 0 ]
	[[ $output == *"the source was not accepted"* ]]
	hosts_are third 0
}

@test "F124: AllowRemoteActorSources No" {
	three
	at third 'capability AllowRemoteActorSources "No"'
	at leader "load hello-1.tls"
	run at leader "create Witness --source $hash --requires '{\"camera\": true}'"
	[ "$status" -ne 0 ]
	[[ $output == *"AllowRemoteActorSources does not take sources from other systems"* ]]
}

@test "a system that is killed is missed within ten seconds, and what lived there with it" {
	three
	at leader "load hello-1.tls"
	address=$(create_at leader)
	kill -KILL "$(admin_of third)"
	begin=$(now_ms)
	wait_until 12 has_linked leader 1
	gone() { [ "$(json_at leader convention | jq '.members | length')" -eq 1 ]; }
	wait_until 12 gone
	(($(now_ms) - begin < 12000))
	run at leader "ask $address Seen {}"
	[ "$status" -eq 1 ]
	[[ $output == *dead* || $output == *gone* ]]
	logs leader "silent for"
	# it comes back by itself under a new id
	on third start
	wait_until 10 has_linked leader 2
	address=$(create_at leader)
	[ "$(witness_at leader "$address")" = 1 ]
}

@test "a paused system is missed, and comes back when it goes on" {
	three '{"Convention Heartbeat": 0.5, "Convention Suspicion": 1, "Convention Gone": 2}'
	at leader "load hello-1.tls"
	address=$(create_at leader)
	kill -STOP "$(admin_of third)"
	gone() { [ "$(json_at leader convention | jq '.members | length')" -eq 1 ]; }
	wait_until 6 gone
	kill -CONT "$(admin_of third)"
	wait_until 20 has_linked leader 2
	wait_until 10 hosts_are third 0 # what was given up for lost does not go on
	address=$(create_at leader)
	[ "$(witness_at leader "$address")" = 1 ]
}

@test "an orderly stop is told at once, and nothing is left of the guests" {
	three
	at leader "load hello-1.tls"
	create_at leader > /dev/null
	hosts_are third 1
	on leader shutdown
	wait_until 5 hosts_are third 0
	run json_at third convention
	json '.members | length == 0'
}

# How many loaded sources a system has.
loaded_at() {
	json_at "$1" sources | jq '[.sources[] | select(.state != "unloaded")] | length'
}

loaded_are() {
	[ "$(loaded_at "$1")" -eq "$2" ]
}

@test "F122: an unload ends what others fetched, once, also where one was away; what they loaded themselves stays" {
	three '{"Convention Heartbeat": 0.5, "Convention Suspicion": 2, "Convention Gone": 4}'
	at leader "load hello-1.tls"
	address=$(create_at leader)
	loaded_are third 1
	at leader "unload $hash"
	wait_until 5 loaded_are third 0
	# the actor that runs goes on, and nothing new is made from it
	[ "$(witness_at leader "$address")" = 1 ]
	# its operator has loaded it, too: then it is not the leader's to unload
	at leader "load hello-1.tls"
	create_at leader > /dev/null
	loaded_are third 1
	at third "load hello-1.tls"
	at leader "unload $hash"
	at leader "tell $address \"after that\""
	seen_after() { [ "$(witness_at leader "$address" .seen)" = "after that" ]; }
	wait_until 5 seen_after # what was said before has come
	loaded_are third 1
	at third "unload $hash"
	# one that is away while it is unloaded
	at leader "load hello-1.tls"
	create_at leader > /dev/null
	loaded_are third 1
	kill -STOP "$(admin_of third)"
	wait_until 10 has_linked leader 1
	at leader "unload $hash"
	kill -CONT "$(admin_of third)"
	wait_until 20 has_linked leader 2
	wait_until 5 loaded_are third 0
}

@test "F081, F069: a class's own check says no here and yes there; who tells it too late has the letter back here" {
	system leader
	system third '{"camera": true}'
	cp "$THESPIAN_DIRECTOR_DIR"/alice_tls.key "$dir/leader/"
	cp "$THESPIAN_DIRECTOR_DIR"/alice_tls.key "$dir/third/"
	convention leader third
	witness_source src 1
	sed -i -e '/^static const tsp_class/i static bool sees(tsp_value has, tsp_value wants) { bool camera = false; \
		(void)wants; (void)tsp_value_bool(tsp_value_get(has, "camera"), &camera); return camera; }' \
		-e 's/^static const tsp_class witness = {/& .check = sees,/' src/witness.c
	thespian-director gensrc --key alice.sec --version 1 -o hello-1.tls hello src > /dev/null
	at leader "load hello-1.tls"
	address=$(json_at leader "create Witness --source $(hash_of hello-1.tls)" | jq -r .address)
	[ "$(witness_at leader "$address")" = 1 ]
	hosts_are leader 0
	hosts_are third 1
	at leader "tell $address Exit {}"
	wait_until 10 hosts_are third 0
	at leader "tell $address late"
	has_letter() { json_at leader dead | jq -e ".messages | length == 1" > /dev/null; }
	wait_until 5 has_letter
	run json_at third dead
	json ".messages == []"
}
