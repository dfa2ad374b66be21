#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the director does to the system: start, also by what needs one, and shutdown.
# shellcheck disable=SC2154,SC2016 # common and deploy set them; $ is meant

load common
load deploy
setup() { deploy_setup; own_builds; }
teardown() { tsp_teardown; }

# listens PORT: whether anything of the system is there for callers.
socket_is_there() {
	find "$THESPIAN_RUNTIME_DIR" -type s | grep -q .
}

@test "F127: start says port and process, brings the groups, and does nothing to a system that runs" {
	pack 1
	run thespian-director start
	[ "$status" -eq 0 ]
	[ "$output" = "system $port running, pid $(admin_pid)" ]
	[ "$(answers)" = 1 ]
	before=$(everything)
	run thespian-director --json start
	json --argjson port "$port" --argjson pid "$(admin_pid)" '.port == $port and .pid == $pid and .folder != null'
	[ "$(everything)" = "$before" ]
}

@test "F127: load and refresh start a system that does not run; list, status and shutdown do not" {
	pack 1
	for command in list status shutdown; do
		run thespian-director "$command"
		[ "$status" -eq 3 ]
		no_processes
	done
	for command in "load hello" refresh; do
		# shellcheck disable=SC2086
		run thespian-director $command
		[ "$status" -eq 0 ]
		[[ ${lines[0]} == "loaded hello 1 "* ]]
		[ "$(answers)" = 1 ]
		thespian-director shutdown > /dev/null
		rm -r "$THESPIAN_DIRECTOR_DIR/state"
	done
}

@test "F127: start --wait stays until the system ends, and until it is interrupted" {
	thespian-director start --wait > out 3>&- &
	waits=$!
	wait_until 10 grep -q "system $port running" out
	thespian-director shutdown > /dev/null
	wait "$waits"
	thespian-director start --wait > out 3>&- &
	waits=$!
	wait_until 10 grep -q "system $port running" out
	# what runs behind a script may ignore the first; where it does not, it has ended before the second
	kill -INT "$waits" 2> /dev/null || true
	kill -TERM "$waits" 2> /dev/null || true
	wait "$waits"
	[ -n "$(admin_pid)" ]
}

@test "F128: after shutdown no process, no socket and no port is left; the next start has the port" {
	pack 1
	thespian-director load hello > /dev/null
	socket_is_there
	run thespian-director shutdown
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "system $port stopped" ]
	no_processes
	run ! socket_is_there
	thespian-director start > /dev/null
	[ "$(answers)" = 1 ]
	run thespian-director --json shutdown
	json --argjson port "$port" '.port == $port and .killed == 0'
}

@test "F128: shutdown says how many processes had to be killed" {
	mkdir stuck
	sed 's/Witness/Stuck/; s/witness/stuck/' > stuck/stuck.c <<-'END'
	#include <thespian.h>
	#include <unistd.h>
	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)self;
		(void)sender;
		while (!tsp_message_is_system(message))
			pause();
		return TSP_OK;
	}
	static const tsp_class witness = { .name = "Witness", .receive = on_any };
	TSP_EXPORT(&witness)
	END
	echo '{"Actors": {"Stuck": {"OnLoad": {"GlobalName": "Stuck"}}}}' > stuck/stuck.tli
	thespian-director gensrc --key alice.sec --version 1 stuck stuck > /dev/null
	thespian-director load stuck > /dev/null
	thespian-shell -p "$port" -c 'tell Stuck "stay"'
	run thespian-director shutdown
	[ "$status" -eq 0 ]
	[[ ${lines[1]} =~ ^[1-9]\ process(es)?\ had\ to\ be\ killed$ ]]
	no_processes
}

@test "F128: oldthespbase: a system of that base is shut down first, where another is to run" {
	thespian-director config thespbase multiprocQueueBase > /dev/null
	thespian-director start > /dev/null
	thespian-director config thespbase multiprocTCPBase > /dev/null
	thespian-director config oldthespbase multiprocQueueBase > /dev/null
	run thespian-director shutdown
	[ "$status" -eq 0 ]
	no_processes
	run ! socket_is_there
	run thespian-director start
	[ "$status" -eq 0 ]
	[ "$(thespian-director --json status | jq -r .base)" = multiprocTCPBase ]
}

@test "F140: a folder and logs that cannot be written do no harm to what does not write" {
	[ "$EUID" -eq 0 ] && command -v setpriv > /dev/null || skip "not root"
	pack 1
	mkdir logs
	echo '{"handlers": {"f": {"file": "audit/x.log", "level": "info"}}, "loggers": {"": {"handlers": ["f"]}}}' \
		> "$THESPIAN_DIRECTOR_DIR/thesplog.cfg"
	chmod -R go+rX "$dir"
	chmod 0555 logs "$THESPIAN_DIRECTOR_DIR"
	export THESPLOG_FILE=$dir/logs/thesplog
	for command in config avail "tlsinfo hello-1.tls" "help load"; do
		# shellcheck disable=SC2086
		run setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/ "$TSP_BUILDDIR/bin/thespian-director" $command
		[ "$status" -eq 0 ] || { echo "$command: $output"; return 1; }
	done
	[ -z "$(find logs -type f)" ]
	chmod 0755 logs "$THESPIAN_DIRECTOR_DIR"
}
