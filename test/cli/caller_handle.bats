#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a caller outside may rely on: handles, tell, ask, listen, creation, and the end of a system.
# shellcheck disable=SC2154 # common sets them

load common
load rows

setup() { rows_setup; }
teardown() { rows_teardown; }

@test "F019: two handles reach one system, another base and port is another system" {
	row several_handles
}

@test "F020: a private system is found by nobody, and its end leaves the common one alone" {
	row private_system
	[ "$(tsp_processes thespian-admin | wc -l)" -eq 1 ]
}

@test "F020: a private system ends when the process that started it is killed" {
	"$TSP_BUILDDIR/test/cli/caller_rows" private_held 0 > held 2>&1 3>&- &
	holder=$!
	wait_until 10 grep -q ready held
	[ "$(tsp_processes thespian-admin | wc -l)" -eq 1 ]
	[ "$(tsp_processes thespian-host | wc -l)" -ge 2 ]
	kill -9 "$holder"
	wait "$holder" || true
	wait_until 10 no_processes
	ls run
	[ -z "$(find run -name '*.sock')" ]
}

@test "F020: a private system that is ready at the last moment is attached to" {
	# a program's own folder comes first: there, an admin that says it is ready, then stands still for longer
	# than is left
	mkdir late
	cp "$TSP_BUILDDIR/test/cli/caller_rows" late/
	cat > late/thespian-admin <<- 'END'
		#!/usr/bin/env bash
		exec "$REAL_ADMIN" "$@" 3> >(read -r ready pid; kill -STOP "$pid"; echo "$ready $pid" >&3
			exec 3>&- 4>&-; sleep 3.5; kill -CONT "$pid")
	END
	chmod +x late/thespian-admin
	REAL_ADMIN=$(command -v thespian-admin) LD_LIBRARY_PATH=$TSP_BUILDDIR/lib/.libs \
		timeout 60 late/caller_rows private_late 0 3>&-
}

@test "F020: closing a private system whose actor hangs takes a bounded time" {
	begin=$(now_ms)
	timeout 60 "$TSP_BUILDDIR/test/cli/caller_rows" private_hangs 0 3>&-
	took=$(($(now_ms) - begin))
	echo "# closed after $took ms" >&3
	[ "$took" -lt 14000 ]
	wait_until 5 no_processes
}

@test "F021: another process finds the actor by its global name" {
	row another_process
}

@test "F022: tell returns at once, another answers an ask, listen hears the rest" {
	row tell_and_listen
	row tell_and_listen 0
}

@test "F023: what is no address is an error that names the call" {
	row no_address
	row no_address 0
}

@test "F024: an answer after 50 ms ends an ask of 20 s in under 1 s" {
	row answer_at_once
	row answer_at_once 0
}

@test "F025: no answer in time, and the late one is there for listen" {
	row late_answer
	row late_answer 0
}

@test "F026: an actor whose requirements nobody meets is refused by name" {
	row creation_refused
	row creation_refused 0
}

@test "F027, point 15: late answers of earlier asks end no later call, and disturb no creation" {
	row leftovers
	row leftovers 0
}

@test "F028: a creation that times out names the admin and the caller" {
	start
	ADMIN_PID=$(admin_pid) row creation_times_out
}

@test "F029: creation errors: class, source, module, init, each with its cause" {
	row creation_errors
	row creation_errors 0
}

@test "F030: an exit request to a caller is not shown, a status is" {
	row system_messages_hidden
	row system_messages_hidden 0
}

@test "F031: shutdown leaves no process, and a second one returns" {
	row shutdown_twice
	wait_until 5 no_processes
	row shutdown_twice 0
}

@test "F032, point 11: shutdown completes after one actor was killed, with another stopped" {
	start
	shell -c 'create rows:Echo --name A' -c 'create rows:Echo --name B' -c 'create rows:Echo --name C'
	kill -9 "$(pid_of A)"
	kill -STOP "$(pid_of B)"
	begin=$(now_ms)
	shell --timeout 20 -c stop
	[ $(($(now_ms) - begin)) -lt 10000 ]
	wait_until 5 no_processes
}

@test "F033: an actor shuts the system down, and its port is free" {
	row shutdown_by_actor
	row shutdown_by_actor 0
}

@test "F034: a start during a shutdown waits for it, within 11 s" {
	row start_during_shutdown
}

@test "F035, F174: a start without network, name or DNS" {
	namespace=(unshare -n)
	"${namespace[@]}" true 2> /dev/null || namespace=(unshare -r -n)
	"${namespace[@]}" true 2> /dev/null || skip "no network namespaces for us here"
	run timeout 60 "${namespace[@]}" "$TSP_BUILDDIR/test/cli/caller_rows" answer_at_once "$port" 3>&-
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "F035: a port that is none is refused, by its text" {
	for bad in 0 65536 -1 1900x '' 19.5 65537; do
		run thespian-admin --port "$bad" 3>&-
		[ "$status" -eq 2 ]
		[[ $output == *"'$bad'"* ]]
		run thespian-shell -p "$bad" -c status 3>&-
		[ "$status" -eq 2 ]
	done
	no_processes
}

@test "F037: the admin is a daemon of its own session, and survives its starter" {
	start
	admin=$(admin_pid)
	read -r _ _ _ _ _ session _ < "/proc/$admin/stat"
	[ "$session" = "$admin" ]
	[ "$(readlink "/proc/$admin/cwd")" = / ]
	(shell -c 'create rows:Echo --name Kept')
	shell -c 'ask Kept hello'
}

@test "F088: five starts at once make one system" {
	row one_of_many_starts
	[ "$(tsp_processes thespian-admin | wc -l)" -eq 1 ]
}

@test "F087: the port is a socket in the runtime folder; nothing listens on the network" {
	start
	[ -S "$dir/run/$port.sock" ]
	hex=$(printf ':%04X ' "$port")
	run grep -hsF "$hex" /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6
	[ -z "$output" ]
}

@test "F165: private callers of one system each hear their own answers" {
	row private_callers
	row private_callers 0
}

@test "point 19: thirty oversize messages leave nothing behind" {
	row oversize
	row oversize 0
}

@test "point 10: unloading what is pending, and verdicts late, twice and of nothing, harm no admin" {
	row verdicts
}

@test "point 15: what is sent to an actor that does not start comes back as poison, at once" {
	row unstarted
	row unstarted 0
}

@test "files: what is none, a folder, more than 63 MiB, each a named error; and without an authority" {
	row sources
	row sources 0
	echo 'not a package' > "$dir/small.tls"
	export SMALL_FILE=$dir/small.tls
	row sources_by_actor
	row sources_by_actor 0
}

@test "conventions: each request is answered with TSP_ENOCONVENTION, and no notice is no error" {
	row conventions
	row conventions 0
}
