# shellcheck shell=bash disable=SC2154 # common sets them
# SPDX-License-Identifier: MIT
#
# For the files that show rows of the feature list with the actors of rows_actors.c (module `rows`) and
# the caller of caller_rows.c. Loaded after common.

rows_setup() {
	tsp_setup
	mkdir modules
	export THESPIAN_PATH=$dir/modules
	# shellcheck disable=SC2086 # several words
	compile_module modules/rows.so \
		"$TSP_SRCDIR/test/cli/rows_actors.c" "$TSP_SRCDIR/test/cli/rows_special.c" ${TSP_SANITIZERS:-} -lpthread
}

rows_teardown() {
	timeout 20 thespian-shell -p "$port" --timeout 10 -c stop > /dev/null 2>&1 3>&- || true
	tsp_teardown
}

# row NAME [PORT]: one row of caller_rows; it starts the system if none runs. Port 0: the simple base.
row() {
	run timeout 60 "$TSP_BUILDDIR/test/cli/caller_rows" "$1" "${2-$port}" 3>&-
	echo "$output"
	[ "$status" -eq 0 ]
}

shell() {
	timeout 60 thespian-shell -p "$port" "$@" 3>&-
}

start() {
	thespian-admin --port "$port" "$@" > /dev/null 3>&-
}

# The pid of an actor's host, and of its parent: pid_of NAME.
pid_of() {
	shell --json -c "ask $1 Pid null" | jq .value.pid
}

title_of() {
	tr '\0' ' ' < "/proc/$1/cmdline"
}
