#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The internal log, its environment, its switches, and what SIGUSR1 writes there.

load common
load log

setup() {
	log_setup
}

teardown() {
	tsp_teardown
}

pid_of_actor() {
	timeout 20 thespian-shell --port "$port" --json -c actors | jq ".actors[] | select(.name == \"$1\") | .pid"
}

@test "F150, W42: SIGUSR1 writes an actor's status even while a handler is at work" {
	log_start "$(log_one_file)"
	session 'create log_actors:Logger --name L'
	pid=$(pid_of_actor L)
	kill -USR1 "$pid"
	wait_until 10 has_line "^[0-9T:.-]*Z p$pid info status: .*idle @[0-9a-f]*\.[0-9a-f]* Logger$" "$THESPLOG_FILE"
	session 'tell L Busy {"ms": 3000}'
	busy() {
		kill -USR1 "$pid"
		grep -qE "^[0-9T:.-]+Z p$pid info status: .*in work @[0-9a-f]+\.[0-9a-f]+ Logger on Busy for [0-9]+ ms$" \
			"$THESPLOG_FILE"
	}
	wait_until 10 busy
	# the time is that of the other lines
	stamp=$(sed -nE "s/Z p$pid info status.*//p" "$THESPLOG_FILE" | tail -n 1)
	((($(date +%s) - $(date -ud "${stamp}Z" +%s)) < 60))
}

@test "F150: SIGUSR1 to the admin writes the system's status" {
	log_start "$(log_one_file)"
	kill -USR1 "$(admin_pid)"
	wait_until 10 has_line "info status of the admin @[0-9a-f]*\.0, multiprocTCPBase at port $port: up " "$THESPLOG_FILE"
}

@test "F150: a daemon without THESPLOG_FILE writes it to PORT.log in the runtime folder" {
	unset THESPLOG_FILE
	timeout 60 thespian-admin --port "$port" 3>&-
	session 'create log_actors:Logger --name L'
	kill -USR1 "$(pid_of_actor L)"
	wait_until 10 has_line 'info status: .* Logger' "$dir/run/$port.log"
}

@test "F151: a log file that cannot be written does no harm" {
	THESPLOG_FILE=$dir/none/thesplog timeout 60 thespian-admin --port "$port" 3>&-
	run session 'create log_actors:Logger --name L' 'ask L Fail {}'
	[ "$status" -eq 1 ]
	mkdir "$dir/none"
	run session 'ask L Fail {}'
	wait_until 10 has_line 'failed twice' "$dir/none/thesplog"
	timeout 30 thespian-director --port "$port" shutdown
	wait_until 10 no_processes
	THESPLOG_FILE=/dev/full timeout 60 thespian-admin --port "$port" 3>&-
	run session 'create log_actors:Logger --name L' 'ask L Fail {}' 'ask L Log {"level": "error", "text": "x"}'
	[ "$status" -eq 1 ]
	session 'ask L Log {"level": "error", "text": "x"}'
}

@test "F151: a limit of 20 KB gives two files of that size" {
	THESPLOG_FILE_MAXSIZE=20000 timeout 60 thespian-admin --port "$port" 3>&-
	session 'create log_actors:Logger --name L' \
		'ask L Log {"level": "error", "text": "a line that fills the file of the internal log", "n": 400}'
	wait_until 10 has_line 'internal log 399' "$THESPLOG_FILE"
	[ "$(stat -c %s "$THESPLOG_FILE")" -le 20000 ]
	[ "$(stat -c %s "$THESPLOG_FILE.old")" -le 20000 ]
	[ "$(stat -c %s "$THESPLOG_FILE.old")" -ge 19000 ]
	[ "$(find "$dir" -maxdepth 1 -name 'thesplog*' | wc -l)" -eq 2 ]
}

@test "F178: THESPLOG_THRESHOLD at info shows the lines of the start" {
	THESPLOG_THRESHOLD=INFO timeout 60 thespian-admin --port "$port" 3>&-
	session 'create log_actors:Logger --name L'
	wait_until 10 has_line "info system $port runs" "$THESPLOG_FILE"
	wait_until 10 has_line "info Logger @[0-9a-f.]*: actor of class 'Logger' started" "$THESPLOG_FILE"
	timeout 30 thespian-director --port "$port" shutdown
	wait_until 10 no_processes
	rm "$THESPLOG_FILE"
	timeout 60 thespian-admin --port "$port" 3>&-
	session 'create log_actors:Logger --name L'
	run ! grep -E 'runs|started' "$THESPLOG_FILE"
}

@test "F146, F151: set_thesplog switches the internal log of the system while it runs" {
	timeout 60 thespian-admin --port "$port" 3>&-
	session 'create log_actors:Logger --name L' 'set_thesplog #0 info on on' \
		'ask L Log {"level": "info", "text": "now wanted"}'
	wait_until 10 has_line 'now wanted' "$THESPLOG_FILE"
	session 'set_thesplog #0 info on off' 'ask L Log {"level": "error", "text": "not now"}' \
		'set_thesplog #0 info on 20480' 'ask L Log {"level": "error", "text": "on once more"}'
	wait_until 10 has_line 'on once more' "$THESPLOG_FILE"
	run ! grep 'not now' "$THESPLOG_FILE"
	session 'ask L Log {"level": "error", "text": "again", "n": 800}'
	wait_until 10 has_line 'again 799' "$THESPLOG_FILE"
	[ "$(stat -c %s "$THESPLOG_FILE.old")" -le 20480 ]
}

@test "F146: set_thesplog of an actor switches what its process has to say, forwarding too" {
	log_start "$(log_one_file)"
	session 'create log_actors:Logger --name L' 'create log_actors:Logger --name K' 'set_thesplog L error off on'
	run session 'ask L Fail {}'
	run session 'ask K Fail {}'
	wait_until 10 lines_are 'failed twice' 2 "$THESPLOG_FILE"
	wait_until 10 lines_are 'failed twice' 1 "$log"
	lines_are 'is called once more' 1 "$THESPLOG_FILE"
	session 'set_thesplog L warning on off'
	run session 'ask L Fail {}'
	wait_until 10 lines_are 'failed twice' 2 "$log"
	lines_are 'failed twice' 2 "$THESPLOG_FILE"
	# what the actor itself logs is none of this
	session 'ask L Log {"level": "info", "text": "its own"}'
	wait_until 10 has_line 'its own 0'
}

@test "F146: set_thesplog names what it cannot use" {
	log_start "$(log_one_file)"
	run --separate-stderr session 'set_thesplog #0 loud on on'
	[ "$status" -eq 2 ]
	[ "$stderr" = "thespian-shell: cannot use level 'loud': not debug, info, warning, error or critical" ]
	run --separate-stderr session 'set_thesplog #0 info maybe on'
	[ "$status" -eq 2 ]
	run --separate-stderr session 'set_thesplog #0 info on 10239'
	[ "$status" -eq 2 ]
	run --separate-stderr session 'set_thesplog @1.2 info on on'
	[ "$status" -eq 1 ]
}

@test "F036: where TZ is unset an actor sees it set to the local time's file; one that is set stays" {
	[ -e /etc/localtime ] || skip 'there is no /etc/localtime here'
	unset TZ
	timeout 60 thespian-admin --port "$port" 3>&-
	run session 'create log_actors:Logger --name L' 'ask L Zone {}'
	[[ $output == *'"zone": ":/etc/localtime"'* ]]
	timeout 30 thespian-director --port "$port" shutdown
	wait_until 10 no_processes
	TZ=Asia/Tokyo timeout 60 thespian-admin --port "$port" 3>&-
	run session 'create log_actors:Logger --name L' 'ask L Zone {}'
	[[ $output == *'"zone": "Asia/Tokyo"'* ]]
}
