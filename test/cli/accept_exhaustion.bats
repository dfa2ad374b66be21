#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# L9: processes, descriptors and memory run out: named errors, no spin, and recovery when it passes.
# shellcheck disable=SC2154,SC2016 # common sets them; "$type" is JSON

load common
load rows

setup() {
	rows_setup
	own_builds
	# shellcheck disable=SC2086 # several words
	"$TSP_CC" -std=c17 -shared -fPIC -I"$TSP_SRCDIR/lib" -o modules/many.so \
		"$TSP_SRCDIR/test/cli/accept_descriptors.c" ${TSP_SANITIZERS:-}
}
teardown() { rows_teardown; }

# Ticks of processor time that a process has used.
used() {
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

# Used less than half of a second.
rests() {
	local before
	before=$(used "$1")
	sleep 1
	[ $(($(used "$1") - before)) -lt 50 ]
}

# As a user of its own, since root's processes are not limited.
as_user() {
	setpriv --reuid="$user" --regid="$user" --clear-groups "$@"
}

@test "L9: no process can be made: creations fail by name, others live on, and there is room again" {
	[ "$EUID" -eq 0 ] || skip "needs another user"
	user=$((40000 + port))
	as_user test -x "$(command -v thespian-host)" || skip "another user cannot reach the build"
	chown -R "$user:$user" "$dir"
	(ulimit -u 20 && as_user thespian-admin --port "$port" > /dev/null 3>&-)
	admin=$(admin_pid)
	user_shell() { as_user timeout 60 thespian-shell -p "$port" "$@" 3>&-; }
	user_shell -c 'create many:Many --name maker' -c 'create many:Many --name bystander' > /dev/null
	run user_shell --json -c 'ask maker {"$type": "Make", "value": {"count": 60}}'
	echo "$output"
	[ "$status" -eq 0 ]
	json '.value | .alive >= 5 and .failed >= 20 and .alive + .failed == 60'
	rests "$admin"
	user_shell -c 'ask bystander {"$type": "Hello", "value": null}' > /dev/null
	user_shell -c 'kill maker' > /dev/null
	wait_until 10 user_shell -c 'create many:Many --name another'
	run user_shell --json -c 'ask another {"$type": "Make", "value": {"count": 5}}'
	json '.value.alive == 5'
	user_shell --timeout 20 -c stop
	wait_until 5 no_processes
}

@test "L9: a caller without descriptors gets a named error, and goes on when there are some" {
	start
	row no_descriptors
}

@test "L9: an actor that takes all memory there is dies alone" {
	[[ ${TSP_SANITIZERS:-} != *-fsanitize* ]] || skip "the sanitizers need much address space"
	(ulimit -v 2000000 && start)
	shell -c 'create rows:Watcher --name Hungry' -c 'create rows:Echo --name Bystander' > /dev/null
	run shell --json -c 'ask Hungry Devour null'
	[ "$status" -eq 1 ]
	json '."$type" == "PoisonMessage" and .value.outcome == "crashed"'
	shell -c 'ask Bystander hello'
	shell -c 'create rows:Echo --name Another' -c 'ask Another hello' > /dev/null
}
