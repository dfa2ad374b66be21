#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A process killed at any step of load, rollback, unload, revoke: afterwards old state or new, and the same
# command again ends it well.
# shellcheck disable=SC2154 # deploy and faults set them

load common
load deploy
load faults
setup() { faults_setup; }
teardown() { tsp_teardown; }

@test "load: killed at its steps" {
	cut_all before_load "$hash1" "$hash2" 1 command director authority admin nursery builder source -- \
		thespian-director load hello-2.tls
}

@test "rollback: killed at its steps" {
	cut_all before_way_back "$hash2" "$hash1" 1 command director admin -- thespian-director rollback hello "$hash1"
}

@test "unload: killed at its steps" {
	cut_all before_way_back "$hash2" "$hash1" 1 command director admin nursery -- thespian-director unload hello@2
}

revoked() {
	thespian-director --json key list | jq -e '.revoked | length == 1' > /dev/null
}

@test "key revoke: killed at its steps" {
	make_key bob
	thespian-director key trust alice 'he*' > /dev/null
	cp director/trust.cfg trust.kept
	cut_run command "" thespian-director key revoke bob
	revoked
	total=$(sed -n 's/^calls //p' report)
	for step in $(steps_of "$total" 8); do
		cp trust.kept director/trust.cfg
		cut_run command "--at $step" thespian-director key revoke bob
		was_cut
		[ "$ended" -eq 137 ]
		revoked || cmp trust.kept director/trust.cfg
		thespian-director audit --verify
		thespian-director key revoke bob
		revoked
		no_leftovers
		thespian-director audit --verify
	done
	[ "$(answers)" = 1 ]
}

# The version before is back, and history says why.
went_back() {
	[ "$(active)" = "$hash1" ] && [ "$(answers)" = 1 ] && thespian-director --json history hello |
		jq -e '.events[-1] | .event == "rolled back" and .version == "1" and .why == "version 2 was not confirmed in time"'
}

@test "load --confirm: whoever is killed in its time or on the way back, the version before comes back" {
	for victim in director admin; do
		for step in $(steps_of 60 2); do
			before_load
			thespian-director load hello-2.tls --confirm 1 > /dev/null
			[ "$(active)" = "$hash2" ]
			cut_begin report "$victim" --at "$step"
			is_done() { grep -q '^calls' report || went_back; }
			wait_until 10 is_done
			cut_end "$tracer"
			lives || wait_until 10 is_over
			lives || thespian-director start > /dev/null
			wait_until 10 went_back || say "$victim at step $step"
			thespian-director audit --verify
		done
	done
}

@test "a version that a rollback left loaded goes on where the Director dies" {
	thespian-director load hello-2.tls > /dev/null
	old=$(own_address 2)
	thespian-director rollback hello > /dev/null
	director=$(pid_of Director)
	kill -KILL "$director"
	is_back() { [ -n "$(pid_of Director)" ] && [ "$(pid_of Director)" != "$director" ] && thespian-director list; }
	wait_until 10 is_back
	[ "$(seen "$old" version)" = 2 ]
	[[ $(seen "$old") == "load retire" ]]
	is_loaded "$hash2"
	thespian-director unload "$hash2"
	is_gone() { [ -z "$(seen "$old")" ]; }
	wait_until 10 is_gone
	[ "$(answers)" = 1 ]
}
