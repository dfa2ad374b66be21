#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Names that are held at other systems: NAME@SYSTEM wherever the shell takes a name, NAME@* where it is not known whose.
# shellcheck disable=SC2154 # the helpers set them

load common
load convention
load deploy
load fleet

setup() { fleet_setup; }
teardown() { convention_teardown; }

@test "W29: NAME@SYSTEM by address, key and id; NAME@*: whoever has it; each system has its own" {
	fleet north south east
	pack_aside 1
	pack_aside 2
	on south load hello-1.tls
	on east load hello-2.tls
	key=$(cat "$dir/south/convention/system.key")
	run at north "ask Hello@127.0.0.1:${ports[south]} Seen {}"
	[[ $output == *'"version": "1"'* ]] || [[ $output == *'"1"'* ]]
	[ "$(json_at north "ask Hello@${key:0:8} Seen {}" | jq -r .version)" = 1 ]
	[ "$(json_at north "ask Hello@$(id_of east) Seen {}" | jq -r .version)" = 2 ]
	at north "tell Hello@${key:0:12} \"from afar\""
	heard() { [ "$(json_at south "ask Hello Seen {}" | jq -r .seen)" = "from afar" ]; }
	wait_until 5 heard
	# nobody holds it here, so somebody there does
	[ "$(json_at north "ask Hello@* Seen {}" | jq -r .version)" -ge 1 ]
	# one here comes first
	pack_aside 3
	on north load hello-3.tls
	[ "$(json_at north "ask Hello@* Seen {}" | jq -r .version)" = 3 ]
	run at north "address Hello@${key:0:8}"
	[ "$status" -eq 0 ]
	[[ $output == *"@$(id_of south)."* ]]
}

@test "NAME@SYSTEM: who is not linked, and a name that nobody holds, are named errors" {
	fleet north south
	key=$(cat "$dir/south/convention/system.key")
	run at north "ask Hello@127.0.0.1:1 Seen {}"
	[ "$status" -eq 1 ]
	[[ $output == *"cannot use '127.0.0.1:1': no such system is linked with this one"* ]]
	[[ $output == *"hint: these are linked: 127.0.0.1:${ports[south]} or ${key:0:8}"* ]]
	run at north "ask Hello@${key:0:8} Seen {}"
	[ "$status" -eq 1 ]
	[[ $output == *"nobody holds that name"* ]]
	run at north "ask Hello@* Seen {}"
	[ "$status" -eq 1 ]
	[[ $output == *"nobody holds that name"* ]]
	run at south "ask Hello@ Seen {}"
	[ "$status" -ne 0 ]
}
