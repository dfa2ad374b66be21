#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P4: which keys may sign what. Groups, expiry, k-of-n, revocation: each refused with its own words, and beside
# each refusal what must succeed.
# shellcheck disable=SC2154 # common sets them

load common
load trust

setup() { trust_setup; }
teardown() { tsp_teardown; }

@test "P4, F137: without trust.cfg any key of the folder signs for any group; a changed byte is refused" {
	package 1 other
	accepted thespian-director load hello
	package 2 build
	cp "$THESPIAN_DIRECTOR_DIR/hello-2.tls" changed.tls
	printf X | dd of=changed.tls bs=1 seek=700 conv=notrunc status=none
	refused "does not verify" thespian-director load changed.tls
	accepted thespian-director load hello
}

@test "P4: a key signs for its groups only" {
	thespian-director key trust build 'bank*' hello
	thespian-director key trust other 'shop*'
	package 1 other
	refused "key $(key_id other) may not sign for group 'hello'" thespian-director load hello
	thespian-director avail --json hello | jq -e '.packages[0].verified == false'
	package 2 build
	accepted thespian-director load hello
	package 1 other shop-north
	accepted thespian-director load shop-north
	thespian-director audit --json | jq -e '[.lines[] | select(.verdict == "refused" and (.reason | contains("may not sign")))] | length >= 1'
}

@test "P4: a key that trust.cfg does not name signs nothing" {
	thespian-director key trust build hello
	make_key late
	package 1 late
	refused "trust.cfg does not name key $(key_id late)" thespian-director load hello
	thespian-director key trust late hello
	accepted thespian-director load hello
}

@test "P4: an expired key signs nothing new, what was accepted starts again" {
	package 1 build
	accepted thespian-director load hello
	thespian-director key expiry build 2020-01-01 2> /dev/null
	package 2 build
	refused "key $(key_id build) expired on 2020-01-01" thespian-director load hello-2.tls
	thespian-director shutdown > /dev/null
	accepted thespian-director start
	wait_until 10 thespian-director list
	thespian-director list --json | jq -e '.groups[0].versions[] | select(.active) | .version == "1"'
	thespian-director key expiry build never
	accepted thespian-director load hello-2.tls
}

@test "P4: what a revoked key signed alone does not start again" {
	package 1 build
	accepted thespian-director load hello
	thespian-director key revoke build
	thespian-director shutdown > /dev/null
	run --separate-stderr thespian-director start
	[[ $stderr == *"key $(key_id build) is revoked"* ]]
	thespian-director list --json | jq -e '[.groups[].versions[]? | select(.active)] | length == 0'
	run -5 thespian-director key trust build hello
	package 2 other
	accepted thespian-director load hello
}

@test "P4: a group that needs two keys" {
	make_key third
	thespian-director key need 'hello*' 2
	package 1 build
	refused "group 'hello' needs 2 keys that may sign for it, 1 did" thespian-director load hello
	cp "$THESPIAN_DIRECTOR_DIR/hello-1.tls" once.tls
	hash=$(thespian-director --json tlsinfo once.tls 2> /dev/null | jq -r .hash)
	accepted thespian-director sign --add --key other.sec hello-1.tls
	[ "$(thespian-director --json tlsinfo hello-1.tls | jq -r .hash)" = "$hash" ]
	accepted thespian-director load hello
	# a second signature of the same key is not a second key
	run -1 --separate-stderr thespian-director sign --add --key other.sec hello-1.tls
	[[ $stderr == *"has signed it already"* ]]
}

@test "P4: one key under two ids is one key" {
	thespian-director key need hello 2
	# the same public key with another id: line 2 is base64 of "Ed", 8 bytes of id, 32 of key
	twin=$THESPIAN_DIRECTOR_DIR/twin_tls.key
	head -n 1 "$THESPIAN_DIRECTOR_DIR/build_tls.key" > "$twin"
	sed -n 2p "$THESPIAN_DIRECTOR_DIR/build_tls.key" | base64 -d > raw
	{ head -c 2 raw; printf 'TWINTWIN'; tail -c +11 raw; } | base64 -w 0 >> "$twin"
	echo >> "$twin"
	base64 -d < <(sed -n 2p build.sec) > raw.sec
	{ head -c 54 raw.sec; printf 'TWINTWIN'; tail -c +63 raw.sec; } > twin.raw
	{ head -n 1 build.sec; base64 -w 0 twin.raw; echo; } > twin.sec
	chmod 0600 twin.sec
	package 1 build
	accepted thespian-director sign --add --key twin.sec hello-1.tls
	refused "needs 2 keys that may sign for it, 1 did" thespian-director load hello
	accepted thespian-director sign --add --key other.sec hello-1.tls
	accepted thespian-director load hello
}

@test "P4: rules that name no key let none sign, and say so; without them its twin loads" {
	package 1 build
	echo '{ "keys": {} }' > "$rules"
	refused "trust.cfg does not name key" thespian-director load hello
	rm "$rules"
	accepted thespian-director load hello
}
