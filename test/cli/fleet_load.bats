#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# thespian-director --fleet: one package for all systems of a convention, with what each of them says to it.
# shellcheck disable=SC2154 # the helpers set them

load common
load convention
load deploy
load fleet

setup() { fleet_setup; }
teardown() { convention_teardown; }

@test "--fleet load, list, status, plan, unload: a line for each system" {
	fleet north south east
	pack_aside 1
	run on north --fleet plan hello-1.tls
	[ "$status" -eq 8 ]
	[[ $output == *"here: would be the first version of its group"* ]]
	run on north --fleet load hello-1.tls
	[ "$status" -eq 0 ]
	[[ $output == *"here: loaded hello 1 "* ]]
	[[ $output == *"east: loaded hello 1 "* ]]
	[[ $output == *"south: loaded hello 1 "* ]]
	[ "$(version_at south)" = 1 ]
	[ "$(version_at east)" = 1 ]
	run on north --fleet plan hello-1.tls
	[ "$status" -eq 0 ]
	run on north --fleet list
	[ "$status" -eq 0 ]
	[[ $output == *"south: hello 1, 1 of 1 actors running"* ]]
	run on north --json --fleet status
	[ "$status" -eq 0 ]
	json '.failed == 0 and ([.systems[].name] == ["here", "east", "south"])'
	json 'all(.systems[]; .groups[0].group == "hello")'
	# twice is once
	run on north --fleet load hello-1.tls
	[ "$status" -eq 0 ]
	[[ $output == *"east: already active hello 1 "* ]]
	pack_aside 2
	on north --fleet load hello-2.tls
	[ "$(version_at east)" = 2 ]
	run on north --fleet rollback hello
	[ "$status" -eq 0 ]
	[ "$(version_at here)" = 1 ]
	[ "$(version_at east)" = 1 ]
	run on north --fleet unload hello@2
	[ "$status" -eq 0 ]
	[[ $output == *"south: unloaded hello 2 "* ]]
	# what a member was sent is still its own after its restart
	on east shutdown
	on east start
	wait_until 10 version_is east 1
}

@test "status 7 where some have failed, which says which and why; the others have done it" {
	fleet north south east
	rm "$dir/east/alice_tls.key"
	pack_aside 1
	run on north --fleet load hello-1.tls
	[ "$status" -eq 7 ]
	[[ $output == *"south: loaded hello 1 "* ]]
	[[ $output == *"east: FAILED: "*"not signed by a known key"* ]]
	[[ $output == *"1 of 3 systems failed"* ]]
	[ "$(version_at south)" = 1 ]
	run --separate-stderr on north --json --fleet load hello-1.tls
	[ "$status" -eq 7 ]
	json '.failed == 1 and (.systems[] | select(.name == "east") | .ok == false and .status == 5)'
	# one that is away is one that has failed
	kill -KILL "$(admin_of south)"
	wait_until 15 has_linked north 1
	run on north --fleet list
	[ "$status" -eq 7 ]
	[[ $output == *"south: FAILED: it is not linked with the system here"* ]]
}

@test "canaries first: what goes wrong with them never reaches the others" {
	fleet north south east
	pack_aside 1
	on north --fleet load hello-1.tls
	# the second version dies when it is asked for the second time
	dies=yes
	pack_aside 2
	(wait_until 20 version_is here 2 && at north "ask Hello Exit {}" || true) > /dev/null 2>&1 3>&- &
	helper=$!
	run on north --fleet --canary 1 load hello-2.tls --settle 8
	wait "$helper"
	
	[ "$status" -eq 1 ]
	[[ $output == *"here: loaded, and taken back"* ]]
	[[ $output == *"here: FAILED: an actor of it has ended by itself"* ]]
	[[ $output == *"south: nothing was changed"* ]]
	[ "$(version_at here)" = 1 ]
	[ "$(version_at east)" = 1 ]
	# one that fails later takes all back
	rm "$dir/south/alice_tls.key"
	pack_aside 3
	run on north --fleet --canary 2 load hello-3.tls --settle 0.1
	[ "$status" -eq 5 ] || [ "$status" -eq 1 ]
	[[ $output == *"here: loaded, and taken back"* ]]
	[[ $output == *"east: loaded, and taken back"* ]]
	[[ $output == *"south: FAILED: "* ]]
	[ "$(version_at east)" = 1 ]
	# all is well
	cp "$THESPIAN_DIRECTOR_DIR"/alice_tls.key "$dir/south/"
	pack_aside 4
	run on north --fleet --canary 1 load hello-4.tls --settle 0.5
	[ "$status" -eq 0 ]
	[[ $output == *"south: loaded hello 4 "* ]]
	[ "$(version_at south)" = 4 ]
}

@test "L5: who may give orders: leaders, and not members or actors, unless the operator says so" {
	fleet north south
	pack_aside 1
	# south does not lead north
	run on south --fleet load hello-1.tls
	[ "$status" -eq 7 ]
	[[ $output == *"north.example: FAILED: orders are taken only from a leader of this system"* ]] ||
		[[ $output == *": FAILED: orders are taken only from a leader of this system"* ]]
	[[ $output == *"AllowFleetOrders"* ]]
	run on north list
	[[ $output != *hello* ]]
	logs north "an order of @"
	# a caller at the leader may, an actor there may not
	on north --fleet load hello-1.tls
	run at north "ask Director@$(id_of south) DirectorList {}"
	[ "$status" -eq 0 ]
	[[ $output == *hello* ]]
	spy_source
	on north gensrc --key "$dir/alice.sec" --version 1 -o "$dir/spy-1.tls" spy "$dir/spy" > /dev/null
	on north load "$dir/spy-1.tls"
	director=$(at north "address Director@$(id_of south)")
	at north "tell Spy Order {\"director\": {\"\$address\": \"${director##* }\"}}"
	heard() { [[ $(json_at north "ask Spy Heard {}") == *"orders are taken only from a caller, not from an actor"* ]]; }
	wait_until 5 heard
	[ "$(version_at south)" = 1 ]
	# No is no, even for a leader
	on south shutdown
	echo '{"AllowFleetOrders": "No"}' > "$dir/south/othercaps.cfg"
	on south start
	wait_until 10 has_linked north 1
	run on north --fleet list
	[ "$status" -eq 7 ]
	[[ $output == *"south: FAILED: orders of other systems are not taken here"* ]]
	# Yes lets members, too
	on north shutdown
	echo '{"AllowFleetOrders": "Yes"}' > "$dir/north/othercaps.cfg"
	on north start
	wait_until 20 has_linked north 1
	run on south --fleet list
	[ "$status" -eq 0 ]
}

@test "what goes with --fleet, and what does not" {
	fleet north
	run on north --fleet keygen bob --no-password
	[ "$status" -eq 2 ]
	[[ $output == *"it goes with load, unload, list, status, plan, rollback and prove"* ]]
	run on north --canary 1 list
	[ "$status" -eq 2 ]
	# a fleet of one
	pack_aside 1
	run on north --fleet load hello-1.tls
	[ "$status" -eq 0 ]
	[[ $output == *"here: loaded hello 1 "* ]]
}
