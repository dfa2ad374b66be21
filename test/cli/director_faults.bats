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
	cut_all before_way_back "$hash2" "$hash1" 1 command director authority admin -- \
		thespian-director rollback hello "$hash1"
}

@test "unload: killed at its steps" {
	cut_all before_way_back "$hash2" "$hash1" 1 command director authority admin nursery -- \
		thespian-director unload hello@2
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
	cuts=0
	for step in $(steps_of "$total" 8); do
		cp trust.kept director/trust.cfg
		cut_run command "--at $step" thespian-director key revoke bob
		if was_cut; then # the last steps are not in every run
			[ "$ended" -eq 137 ]
			cuts=$((cuts + 1))
		fi
		revoked || cmp trust.kept director/trust.cfg
		thespian-director audit --verify
		thespian-director key revoke bob
		revoked
		no_leftovers
		thespian-director audit --verify
	done
	[ "$cuts" -gt 0 ]
	[ "$(answers)" = 1 ]
}

before_both() {
	before_load
	rm -f revoke.done
	cp trust.kept director/trust.cfg
}

@test "key revoke beside a load: whoever is killed in the load, the key is revoked" {
	make_key bob
	thespian-director key trust alice 'he*' > /dev/null
	cp director/trust.cfg trust.kept
	cat > both <<-'END'
	#!/bin/bash
	thespian-director key revoke bob > revoke.said 2>&1 &
	thespian-director load hello-2.tls
	loaded=$?
	wait $! && echo revoked > revoke.done || cat revoke.said
	exit $loaded
	END
	chmod 755 both
	# nobody of those takes part in a revocation, so it is done whatever became of the load
	also_holds() { [ -e revoke.done ] && revoked; }
	cut_all before_both "$hash1" "$hash2" 1 director authority admin -- ./both
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

@test "an actor that dies when its load is decided, before the names are given, is started again" {
	# its host has started, but is lost with the nursery that had not told of it yet; where that is heard before
	# the OnLoad is done, the load fails
	for _ in 1 2 3 4 5; do
		before_load
		cut_run source "--calls pidfd_open --at 1" thespian-director load hello-2.tls
		was_cut
		wait_until 15 is_settled
		[ "$ended" -ne 0 ] || break
		[ "$(answers)" = 1 ]
	done
	[ "$ended" -ne 0 ] || [ "$(answers)" = 2 ]
}

kill_director() {
	director=$(pid_of Director)
	kill -KILL "$director"
	is_back() { [ -n "$(pid_of Director)" ] && [ "$(pid_of Director)" != "$director" ] && thespian-director list; }
	wait_until 10 is_back
}

@test "an actor whose package was gone when the Director died has its name by the next load" {
	pid=$(seen Hello pid)
	rm "$(package 1)"
	kill_director
	thespian-director load hello-1.tls
	[ "$(seen Hello pid)" = "$pid" ]
	thespian-shell -p "$port" -c 'tell Hello Exit {}'
	is_new() { [ "$(answers)" = 1 ] && [ "$(seen Hello pid)" != "$pid" ]; }
	wait_until 10 is_new
}

@test "a version that a rollback left loaded goes on where the Director dies" {
	thespian-director load hello-2.tls > /dev/null
	old=$(own_address 2)
	thespian-director rollback hello > /dev/null
	kill_director
	[ "$(seen "$old" version)" = 2 ]
	[[ $(seen "$old") == "load retire" ]]
	is_loaded "$hash2"
	thespian-director unload "$hash2"
	is_gone() { [ -z "$(seen "$old")" ]; }
	wait_until 10 is_gone
	[ "$(answers)" = 1 ]
}

# A version 3 whose OnLoad takes as long as file `gate` is there; it was active once, and is gone again.
once_active() {
	witness_source src-3 3
	sed -i "s|size_t size = strlen(seen);|&\n\tfor (int i = 0; i < 2000 \&\& !access(\"$dir/gate\", F_OK); i++)\n\t\t(void)usleep(10000);|" \
		src-3/witness.c
	thespian-director gensrc --key alice.sec --version 3 -o hello-3.tls hello src-3 > /dev/null
	thespian-director load hello-3.tls > /dev/null
	thespian-director rollback hello "$hash1" > /dev/null
	thespian-director unload hello@3 > /dev/null
	rm "$(package 3)"
}

@test "what a load that was cut had begun is not taken for a version that a rollback left" {
	once_active
	last=$(state '.events[-1].time')
	later() { [ "$(date +%s)" -gt "$last" ]; }
	wait_until 5 later
	touch gate
	thespian-director load hello-3.tls > said 2>&1 3>&- &
	load=$!
	begun() { [ "$(pid_of Witness | wc -l)" -eq 2 ]; }
	wait_until 10 begun
	kill_director
	rm gate
	wait "$load" || { cat said; false; }
	[ "$(answers)" = 3 ]
	[ "$(seen Hello)" = load ] # made anew, and not told to return
}
