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
	cut_all before_load "$hash1" "$hash2" 6 command director authority admin nursery builder source -- \
		thespian-director load hello-2.tls
}

@test "rollback: killed at its steps" {
	cut_all before_way_back "$hash2" "$hash1" 6 command director admin nursery -- thespian-director rollback hello "$hash1"
}

@test "unload: killed at its steps" {
	cut_all before_way_back "$hash2" "$hash1" 6 command director admin nursery -- thespian-director unload hello@2
}
