#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The normal log: records of actors and of the system, written by a process of their own.

load common
load log

setup() {
	log_setup
}

teardown() {
	tsp_teardown
}

@test "F152: records of three actors are in one file, none lost or doubled" {
	log_start "$(log_one_file)"
	for i in one two three; do
		session "create log_actors:Logger" "ask #1 Log {\"level\": \"info\", \"text\": \"of $i\", \"n\": 200}" 3>&- &
	done
	wait
	wait_until 10 lines_are ' of [a-z]* [0-9]*$' 600
	[ "$(grep -oE 'of [a-z]+ [0-9]+$' "$log" | sort -u | wc -l)" -eq 600 ]
	# of each actor in its order
	for i in one two three; do
		grep -oE "of $i [0-9]+\$" "$log" | awk '{ if ($3 != NR - 1) exit 1 }'
	done
}

@test "F154, F141: records carry the actor's address, class and process; what is none's is marked so" {
	log_start '{"formatters": {"all": {"format": "%(levelname)s|%(actorAddress)s|%(actorClass)s|%(process)d|%(system)s|%(name)s|%(message)s"}},
		"handlers": {"main": {"class": "file", "path": "'"$log"'", "formatter": "all"}},
		"root": {"level": "info", "handlers": ["main"]}}'
	session 'create log_actors:Logger --name L' 'ask L Log {"level": "warning", "text": "hello", "logger": "db.pool"}'
	wait_until 10 has_line 'hello 0'
	grep -qE '^warning\|@[0-9a-f]+\.[0-9a-f]+\|Logger\|[0-9]+\|[^|]+:'"$port"'\|db\.pool\|hello 0$' "$log"
	grep -qE '^info\|-not-actor-\|-\|[0-9]+\|.*system '"$port"' runs' "$log"
	pid=$(sed -nE 's/^warning\|[^|]*\|Logger\|([0-9]+)\|.*/\1/p' "$log")
	[ -d "/proc/$pid" ]
	[ "$pid" != "$(admin_pid)" ]
}

@test "F155: the log process dies: the next one logs, nothing defunct is left, nothing runs after the end" {
	log_start "$(log_one_file)"
	session 'create log_actors:Logger --name L' 'ask L Log {"level": "info", "text": "before"}'
	wait_until 10 has_line 'before 0'
	first=$(log_pid)
	admin=$(admin_pid)
	kill -KILL "$first"
	another() { local now; now=$(log_pid); [ -n "$now" ] && [ "$now" != "$first" ]; }
	wait_until 10 another
	session 'ask L Log {"level": "info", "text": "after"}'
	wait_until 10 has_line 'after 0'
	grep -q 'the log process has ended; it is started again' "$THESPLOG_FILE"
	[[ $'\n'$(ps --ppid "$admin" -o stat=) != *$'\n'Z* ]]
	# the same once more, while something is logged
	kill -KILL "$(log_pid)"
	session 'ask L Log {"level": "info", "text": "meanwhile", "n": 50}'
	wait_until 10 lines_are 'meanwhile [0-9]*$' 50
	timeout 30 thespian-director --port "$port" shutdown
	wait_until 10 no_processes
	[ "$(tail -n 1 "$log" | grep -c "system $port has stopped")" -eq 1 ]
}

@test "F155: the log process ends with an admin that is killed" {
	log_start "$(log_one_file)"
	[ -n "$(log_pid)" ]
	kill -KILL "$(admin_pid)"
	wait_until 5 no_processes
}

@test "F155: SIGTERM to all, as systemd sends it: the last records are written" {
	log_start "$(log_one_file)"
	session 'create log_actors:Logger --name L' 'ask L Log {"level": "info", "text": "one"}'
	# shellcheck disable=SC2046 # several
	kill -TERM $(tsp_processes)
	wait_until 15 no_processes
	has_line "actor of class 'Logger' ended"
	has_line "system $port has stopped"
}

@test "F156: starts and stops of the system and of actors are logged" {
	log_start "$(log_one_file)"
	session 'create log_actors:Logger --name L' 'tell L Leave {}'
	wait_until 10 has_line "info @[0-9a-f.]* Logger actor of class 'Logger' ended: exited"
	has_line "info -not-actor- - system $port runs, base multiprocTCPBase"
	has_line "info @[0-9a-f.]* Logger actor of class 'Logger' started as 'L'"
	has_line 'warning @[0-9a-f.]* Logger about to go'
	session 'create log_actors:Logger --name K'
	kill -KILL "$(timeout 20 thespian-shell --port "$port" --json -c actors | jq '.actors[0].pid')"
	wait_until 10 has_line "warning @[0-9a-f.]* Logger actor of class 'Logger' ended: killed, killed by signal 9"
	timeout 30 thespian-director --port "$port" shutdown
	wait_until 10 no_processes
	has_line "info -not-actor- - system $port has stopped"
}

@test "F068: failures of a handler and of init are in the normal and in the internal log" {
	log_start "$(log_one_file)"
	run session 'create log_actors:Logger --name L' 'ask L Fail {}'
	[ "$status" -eq 1 ]
	run session 'create log_actors:Stubborn'
	[ "$status" -ne 0 ]
	for file in "$log" "$THESPLOG_FILE"; do
		wait_until 10 has_line 'init does not want to' "$file"
		grep "class 'Logger' failed on 'Fail', and is called once more: on purpose" "$file" | grep -q warning
		grep "class 'Logger' failed twice on 'Fail': on purpose" "$file" | grep -q error
		grep 'not created: its init failed: init does not want to' "$file" | grep -q error
	done
	grep -q 'error @[0-9a-f.]* Stubborn not created' "$log"
}

@test "F059: a refused message leaves an ERROR line in both logs" {
	log_start "$(log_one_file)"
	session 'create log_actors:Logger --name L' 'ask L Forge {}'
	wait_until 10 has_line "error @[0-9a-f.]* Logger cannot send 'PoisonMessage' to @[0-9a-f.]*: not permitted"
	wait_until 10 has_line "error Logger @[0-9a-f.]*: cannot send 'PoisonMessage'" "$THESPLOG_FILE"
	# by the switch: a type that only the system may send, from outside
	run session 'ask L PoisonMessage {}'
	[ "$status" -ne 0 ]
}

@test "F153, W20: with log definitions off actors start and their records go nowhere" {
	log_start off
	session 'create log_actors:Logger --name L' 'ask L Log {"level": "critical", "text": "nowhere"}'
	[ -z "$(log_pid)" ]
	run session 'ask L Fail {}'
	wait_until 10 has_line 'failed twice' "$THESPLOG_FILE"
	run ! grep nowhere "$THESPLOG_FILE"
}

@test "without definitions the internal log has actors' records, from the threshold on" {
	timeout 60 thespian-admin --port "$port" 3>&-
	session 'create log_actors:Logger --name L' 'ask L Log {"level": "info", "text": "quiet"}' \
		'ask L Log {"level": "error", "text": "loud"}'
	wait_until 10 has_line 'error Logger @[0-9a-f.]*: loud 0' "$THESPLOG_FILE"
	run ! grep quiet "$THESPLOG_FILE"
	[ -z "$(log_pid)" ]
}

@test "F177: what is below every level of the definitions is not even sent" {
	log_start '{"handlers": {"main": {"class": "file", "path": "'"$log"'", "level": "error"}},
		"loggers": {"chatty": {"level": "debug"}},
		"root": {"level": "warning", "handlers": ["main"]}}'
	session 'create log_actors:Logger --name L' 'ask L Log {"level": "warning", "text": "quiet", "n": 50000}' \
		'ask L Log {"level": "error", "text": "loud"}'
	wait_until 10 has_line 'loud 0'
	lines_are . 1
	# had they been made, the rate would have suppressed some, and said so
	run timeout 20 thespian-shell --port "$port" --json -c 'status L'
	json '.counters.suppressed == 0'
}

@test "loggers by name, levels, filters: each handler gets what is its own" {
	log_start '{"folder": "'"$dir"'",
		"handlers": {
			"main": {"class": "file", "path": "main.log"},
			"db": {"class": "file", "path": "db.log", "level": "ERROR"},
			"actors": {"class": "file", "path": "actors.log", "filters": ["isActorLog"]},
			"others": {"class": "file", "path": "others.log", "filters": ["notActorLog"]}},
		"loggers": {
			"db": {"level": "debug", "handlers": ["db"], "propagate": false},
			"net": {"level": "warning"}},
		"root": {"level": "info", "handlers": ["main", "actors", "others"]}}'
	session 'create log_actors:Logger --name L' \
		'ask L Log {"level": "error", "text": "bad", "logger": "db.pool"}' \
		'ask L Log {"level": "info", "text": "fine", "logger": "db"}' \
		'ask L Log {"level": "info", "text": "routed", "logger": "net.tcp"}' \
		'ask L Log {"level": "info", "text": "plain", "logger": "other"}'
	wait_until 10 has_line 'plain 0'
	lines_are 'bad 0$' 1 "$dir/db.log"
	run ! grep -E 'bad|fine|routed' "$log"
	run ! grep fine "$dir/db.log"
	lines_are 'plain 0$' 1 "$dir/actors.log"
	run ! grep -e '-not-actor-' "$dir/actors.log"
	run ! grep -e '@' "$dir/others.log"
	lines_are 'system .* runs' 1 "$dir/others.log"
}

@test "definitions that are wrong are named with their place, status 2, and nothing starts" {
	run --separate-stderr log_start '{"handlers": {"main": {"class": "file", "path": "x", "colour": "red"}}}'
	[ "$status" -eq 2 ]
	[ "$stderr" = 'thespian-admin: cannot use the log definitions: handlers.main.colour: there is no such member' ]
	run --separate-stderr log_start '{"root": {"handlers": ["none"]}}'
	[ "$status" -eq 2 ]
	[ "$stderr" = 'thespian-admin: cannot use the log definitions: root.handlers: there is no handler of this name' ]
	run --separate-stderr log_start '{"root": '
	[ "$status" -eq 2 ]
	[[ $stderr == 'thespian-admin: cannot use the log definitions: '* ]]
	no_processes
}

@test "the example of logging.md is good" {
	sed -n '/^## An example/,/^## Definitions/s/^    //p' "$TSP_SRCDIR/share/doc/logging.md" > example
	jq . example
	sed "s,/var/log/thespian,$dir," example > mine
	log_start "$(cat mine)"
	session 'create log_actors:Logger --name L' 'ask L Log {"level": "debug", "text": "rows", "logger": "db.pool"}' \
		'ask L Log {"level": "warning", "text": "watch out"}'
	wait_until 10 has_line 'warning @[0-9a-f.]* Logger watch out 0' actors.log
	wait_until 10 has_line '^[-0-9: ,]* debug rows 0$' database.log
	run ! grep rows actors.log
}

@test "what a name or a text holds cannot forge a line" {
	log_start "$(log_one_file)"
	session 'create log_actors:Logger --name L' \
		'ask L Log {"level": "info", "text": "a\n2026-01-01 00:00:00,000 p1 error @0.0 Admin forged\u001b[31m"}'
	wait_until 10 has_line 'forged'
	lines_are '^2026-01-01' 0
	run ! env LC_ALL=C grep -n $'[\001-\011\013-\037\177]' "$log"
}

@test "a file that cannot be written is said once, and what comes later is there" {
	mkdir "$dir/away"
	log_start '{"handlers": {"main": {"class": "file", "path": "'"$dir"'/no/such/main.log"},
			"full": {"class": "file", "path": "/dev/full"}},
		"root": {"level": "info", "handlers": ["main", "full"]}}'
	session 'create log_actors:Logger --name L' 'ask L Log {"level": "info", "text": "lost", "n": 100}'
	wait_until 10 has_line "cannot open log file '$dir/no/such/main.log': No such file or directory" "$THESPLOG_FILE"
	wait_until 10 has_line "cannot write to log file '/dev/full': No space left on device" "$THESPLOG_FILE"
	mkdir -p "$dir/no/such"
	again() {
		session 'ask L Log {"level": "info", "text": "later"}' > /dev/null
		grep -q 'later' "$dir/no/such/main.log"
	}
	wait_until 20 again
	wait_until 10 has_line "can write to log file '$dir/no/such/main.log' again: [0-9]* records were lost" "$THESPLOG_FILE"
	lines_are "cannot open log file" 1 "$THESPLOG_FILE"
	lines_are "cannot write to log file '/dev/full'" 1 "$THESPLOG_FILE"
}

@test "files move aside by size and are compressed; no line is lost" {
	log_start '{"formatters": {"bare": {"format": "%(message)s"}},
		"handlers": {"main": {"class": "file", "path": "'"$log"'", "formatter": "bare", "max_bytes": 4096,
			"backup_count": 50, "compress": true, "filters": ["isActorLog"]}},
		"root": {"level": "info", "handlers": ["main"]}}'
	session 'create log_actors:Logger --name L' \
		'ask L Log {"level": "info", "text": "a line that is long enough to fill a small file", "n": 2000}'
	all() { zcat -f "$log".*.gz "$log" | grep -c 'small file'; }
	complete() { [ "$(all)" -eq 2000 ]; }
	wait_until 10 complete
	[ -e "$log.1.gz" ]
	[ -e "$log.2.gz" ]
	run ! ls "$log.1"
	[ "$(stat -c %s "$log")" -le 4096 ]
	gzip -t "$log".*.gz
	# the newest is 1: what is there, from the last to the first, is in order
	for file in "$log" $(ls -v "$log".*.gz); do
		zcat -f "$file" | grep -oE '[0-9]+$' | tac
	done | awk '{ if (NR > 1 && $1 != last - 1) exit 1; last = $1 }'
}

@test "thesplog.cfg of the director is handed on; its relative paths are below thesplogd.cfg's folder" {
	mkdir "$dir/logs"
	echo '{"handlers": {"main": {"class": "file", "path": "main.log"}}, "root": {"level": "info", "handlers": ["main"]}}' \
		> "$THESPIAN_DIRECTOR_DIR/thesplog.cfg"
	echo "$dir/logs" > "$THESPIAN_DIRECTOR_DIR/thesplogd.cfg"
	timeout 60 thespian-director start 3>&-
	wait_until 10 has_line "system $port runs" "$dir/logs/main.log"
	has_line "actor of class 'Director' started as 'Director'" "$dir/logs/main.log"
	timeout 60 thespian-director shutdown
	echo '{"handlers": 5}' > "$THESPIAN_DIRECTOR_DIR/thesplog.cfg"
	run --separate-stderr timeout 60 thespian-director start
	[ "$status" -eq 2 ]
	[[ $stderr == *'cannot use the log definitions: handlers: a JSON object is expected' ]]
}
