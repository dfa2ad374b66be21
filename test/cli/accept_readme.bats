#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The first session of README.md runs as it stands there.
# shellcheck disable=SC2154 # common sets them

load common
setup() { tsp_setup; own_builds; }
teardown() { tsp_teardown; }

@test "the first session of the README, as pasted" {
	mkdir "$dir/tree"
	cd "$dir/tree"
	ln -s "$TSP_BUILDDIR/bin" bin
	ln -s "$TSP_SRCDIR/share" share
	sed -n '/^## A first session/,/^## Where/s/^    //p' "$TSP_SRCDIR/README.md" > session
	[ "$(grep -c thespian- session)" -ge 6 ]
	# its folder is of this test, so that two runs at once do not meet
	sed -i "s,/tmp/first-session,$dir/first," session
	run timeout 100 bash -eu session 3>&-
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"public key $dir/first/build_tls.key"* ]]
	[[ $output == *"loaded hello 1 "* ]]
	grep -q 'Greeting {"hello": "Ada", "nth": 1}\|"hello": "Ada"' <<< "$output"
	[[ ${lines[-1]} == system*stopped ]]
	no_processes
}
