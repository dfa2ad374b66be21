# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For test/cli/log_*.bats, after common: actors that log, in a system with definitions.

log_setup() {
	tsp_setup
	mkdir "$dir/modules"
	compile_module "$dir/modules/log_actors.so" "$TSP_SRCDIR/test/cli/log_actors.c"
	export THESPIAN_PATH=$dir/modules
	log=$dir/main.log
}

# Starts the system with definitions $1 (further arguments: of thespian-admin).
log_start() {
	timeout 60 thespian-admin --port "$port" --log-definitions "$@" 3>&-
}

# One file with all from info on.
log_one_file() {
	echo '{"handlers": {"main": {"class": "file", "path": "'"$log"'"}}, "root": {"level": "info", "handlers": ["main"]}}'
}

# Runs commands, each an argument, in one session of the shell.
session() {
	local line arguments=()
	for line; do
		arguments+=(-c "$line")
	done
	timeout 60 thespian-shell --port "$port" "${arguments[@]}" < /dev/null 3>&-
}

# The process that writes the log.
log_pid() {
	tsp_processes thespian-host | while read -r pid; do
		tr '\0' ' ' 2>/dev/null < "/proc/$pid/cmdline" | grep -q '^thespian-host: log' || continue
		echo "$pid"
	done
}

has_line() {
	grep -q -- "$1" "${2:-$log}"
}

lines_are() {
	[ "$(grep -c -- "$1" "${3:-$log}")" -eq "$2" ]
}

# What is said to have been suppressed, all together.
suppressed() {
	grep -oE '[0-9]+ records suppressed' "$log" | awk '{ sum += $1 } END { print sum + 0 }'
}
