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
