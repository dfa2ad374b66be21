#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a signal asks of the admin is done at once, whatever it was about to do.

load common

setup() {
	tsp_setup
}

teardown() {
	tsp_teardown
}

lock_is_free() {
	[ ! -e "$dir/run/$port.lock" ]
}

# One that came while the admin looked for work was seen, but acted upon only when something else woke
# it up: with the five seconds after which a shutdown kills.
@test "F075: SIGTERM ends a system at once, fifteen times" {
	for i in {1..15}; do
		timeout 60 thespian-admin --port "$port" 3>&-
		timeout 20 thespian-shell --port "$port" -c info > /dev/null < /dev/null 3>&-
		kill -TERM "$(admin_pid)"
		wait_until 4 lock_is_free || { echo "round $i"; false; }
	done
}
