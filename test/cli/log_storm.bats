#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A storm of records: asks beside it are answered, and what was sent is written or said to be suppressed.

load common
load log

setup() {
	log_setup
}

teardown() {
	tsp_teardown
}

@test "a storm of 200,000 lines: asks are answered, suppressed and written are what was sent" {
	log_start "$(log_one_file)"
	session 'create log_actors:Logger --name Storm' 'create log_actors:Logger --name Calm'
	for i in {1..20}; do
		echo 'ask Storm Log {"level": "info", "text": "storm", "n": 10000}'
	done > lines
	timeout 60 thespian-shell --port "$port" lines > /dev/null 3>&- &
	storm=$!
	for i in {1..20}; do
		session 'ask Calm Log {"level": "debug", "text": "below"}' > /dev/null
	done
	wait "$storm"
	told() { [ "$(($(grep -c 'storm [0-9]*$' "$log") + $(suppressed)))" -eq 200000 ]; }
	wait_until 15 told
	# what passes: ten seconds' worth at once, and a thousand a second
	[ "$(grep -c 'storm [0-9]*$' "$log")" -lt 100000 ]
	[ "$(grep -c 'storm [0-9]*$' "$log")" -ge 10000 ]
	run timeout 20 thespian-shell --port "$port" --json -c 'status Storm'
	json ".counters.suppressed == $(suppressed)"
}

@test "what was suppressed is said at the actor's exit, too" {
	log_start "$(log_one_file)" --capabilities '{"Log Rate": 1}'
	session 'create log_actors:Logger --name Storm' \
		'ask Storm Log {"level": "info", "text": "storm", "n": 500}' 'tell Storm Leave {}'
	wait_until 10 has_line "actor of class 'Logger' ended"
	written=$(grep -cE 'storm [0-9]*$|about to go' "$log")
	# the start has a record of the system about it, which is none of the actor's
	[ "$((written + $(suppressed)))" -eq 501 ]
	[ "$written" -ge 10 ]
	[ "$written" -lt 50 ]
}

@test "a host that logs past its socket's room holds up nobody" {
	log_start "$(log_one_file)" --capabilities '{"Log Rate": 1000000}'
	session 'create log_actors:Logger --name Storm' 'create log_actors:Logger --name Calm'
	kill -STOP "$(log_pid)"
	session 'ask Storm Log {"level": "info", "text": "storm", "n": 100000}'
	session 'ask Calm Log {"level": "debug", "text": "below"}'
	kill -CONT "$(log_pid)"
	session 'ask Calm Log {"level": "info", "text": "calm again"}'
	left_out() { session 'ask Calm Log {"level": "info", "text": "more"}' && grep -q 'records left out' "$log"; }
	wait_until 15 left_out
	written=$(grep -c 'storm [0-9]*$' "$log")
	out=$(grep -oE '[0-9]+ records left out' "$log" | awk '{ sum += $1 } END { print sum }')
	again=$(grep -c 'calm again' "$log" || true)
	more=$(grep -c 'more' "$log")
	echo "$written written, $out left out, $again again, $more more"
	# the last records, of Calm, may be among those left out
	[ "$((written + out))" -ge 100000 ]
	[ "$((written + out))" -le 100050 ]
}
