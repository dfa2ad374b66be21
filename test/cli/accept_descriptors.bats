#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# An admin that runs out of descriptors: creations fail by name, nothing else does, and it recovers.
# shellcheck disable=SC2154,SC2016 # common sets them; "$type" is JSON

load common

setup() {
	tsp_setup
	own_builds
	mkdir modules
	# shellcheck disable=SC2086 # several words
	"$TSP_CC" -std=c17 -shared -fPIC -I"$TSP_SRCDIR/lib" -o modules/many.so \
		"$BATS_TEST_DIRNAME/accept_descriptors.c" $TSP_SANITIZERS
	export THESPIAN_PATH=$dir/modules
}
teardown() { tsp_teardown; }

shell() {
	thespian-shell -p "$port" "$@" 3>&-
}

@test "F041: creations past the descriptors fail, those before them live on, and there is room again" {
	(ulimit -n 64 && exec thespian-admin --port "$port" 3>&-)
	shell -c 'create many:Many --name maker'
	shell -c 'create many:Many --name bystander'
	run shell --json -c 'ask maker {"$type": "Make", "value": {"count": 100}}'
	echo "$output"
	[ "$status" -eq 0 ]
	json '.value | .alive >= 8 and .failed >= 20 and .alive + .failed == 100'
	run shell --json -c 'ask bystander {"$type": "Hello", "value": null}'
	[ "$status" -eq 0 ]
	grep -q 'too few descriptors are left' "$THESPLOG_FILE"
	run shell -c 'kill maker'
	wait_until 10 shell -c 'create many:Many --name another'
	run shell --json -c 'ask another {"$type": "Make", "value": {"count": 5}}'
	json '.value.alive == 5'
}
