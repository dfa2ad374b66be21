#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Two members of a convention talk: by a link of their own where one can be made, else by their leader, sealed.

load common
load convention
load deploy

setup() {
	convention_setup
	rules=
	make_key alice
}
teardown() { convention_teardown; }

# A leader, a member, and a third one with a camera; $1: a shell line that changes their settings before they start.
three() {
	local name
	system leader
	system member
	system third '{"camera": true}'
	for name in leader member third; do
		cp "$THESPIAN_DIRECTOR_DIR"/alice_tls.key "$dir/$name/"
	done
	eval "${1:-:}"
	convention leader member third
	pack_aside 1
	hash=$(hash_of hello-1.tls)
	at member "load hello-1.tls"
	at third "load hello-1.tls"
	address=$(json_at member "create Witness --source $hash --requires '{\"camera\": true}'" | jq -r .address)
}

witness_at() {
	json_at "$1" "ask $2 Seen {}" | jq -r "${3:-.version}"
}

# How a system is linked with another member.
way() {
	json_at "$1" convention | jq -r '.between[].way'
}

@test "members that can be dialled talk directly, and go on when their leader is killed" {
	three
	[ "$(witness_at member "$address")" = 1 ]
	[ "$(way member)" = direct ]
	[ "$(way third)" = direct ]
	kill -KILL "$(admin_of leader)"
	wait_until 15 has_linked member 0
	[ "$(witness_at member "$address")" = 1 ]
}

@test "members that nobody can dial talk by their leader, which cannot read it" {
	three 'rm "$dir/member/advertise.cfg" "$dir/third/advertise.cfg"'
	[ "$(witness_at member "$address")" = 1 ]
	[ "$(way member)" = "by a leader" ]
	at member "tell $address \"a secret between the two of us\""
	seen() { [ "$(witness_at member "$address" .seen)" = "a secret between the two of us" ]; }
	wait_until 5 seen
	gcore_has "$(admin_of member)" "a secret between the two of us"
	! gcore_has "$(admin_of leader)" "a secret between the two of us" || false
}

# Whether a process has that text in its memory.
gcore_has() {
	local range start end
	while read -r range _; do
		start=$((16#${range%-*}))
		end=$((16#${range#*-}))
		dd if="/proc/$1/mem" iflag=skip_bytes,count_bytes skip="$start" count=$((end - start)) \
			bs=65536 2> /dev/null | grep -qaF -- "$2" && return 0
	done < <(awk '$2 ~ /^rw/ && !/\[v/' "/proc/$1/maps")
	return 1
}

@test "an address where nobody listens costs a moment: it goes by the leader" {
	three 'echo 127.0.0.1:1 > "$dir/third/advertise.cfg"; echo 127.0.0.1:1 > "$dir/member/advertise.cfg"'
	[ "$(witness_at member "$address")" = 1 ]
	[ "$(way member)" = "by a leader" ]
}

@test "F102, F103: systems that are outbound only are dialled by nobody, and talk by their leader" {
	three 'echo "{\"Outbound Only\": true, \"Admin Routing\": true}" > "$dir/member/othercaps.cfg"
		echo "{\"Outbound Only\": true, \"camera\": true}" > "$dir/third/othercaps.cfg"'
	[ "$(witness_at member "$address")" = 1 ]
	[ "$(way member)" = "by a leader" ]
	! { : > "/dev/tcp/127.0.0.1/${ports[third]}"; } 2> /dev/null || false
}
