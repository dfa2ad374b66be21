#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Where the sockets are: a folder of ours alone, or nothing works and the error says why.
# shellcheck disable=SC2154,SC2012,SC2030,SC2031,SC2086,SC2317 # common sets them; each test is a process

load common
setup() { tsp_setup; own_builds; }
teardown() {
	export THESPIAN_RUNTIME_DIR=$dir/run
	chmod 0700 "$dir/run"
	tsp_teardown
}

# refused STATUS CAUSE: by starting and by attaching, by each program.
refused() {
	local program
	for program in "thespian-admin --port $port" "thespian-director start" "thespian-shell -p $port -c start" \
		"thespian-shell -p $port -c status" "thespian-director list"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr timeout 20 $program 3>&-
		if [ "$status" -ne "$1" ] || [[ ${stderr_lines[0]} != "${program%% *}: "*"$2"* ]]; then
			echo "$program: $status $stderr"
			return 1
		fi
		[ -z "$output" ]
	done
	no_processes
}

@test "a folder that others may enter is refused" {
	for mode in 0755 0750 0701 0777; do
		chmod "$mode" "$dir/run"
		refused 5 "cannot use runtime folder '$dir/run': its mode is $mode and must be 0700"
	done
}

@test "a link is refused, also to a good folder" {
	ln -s "$dir/run" "$dir/link"
	export THESPIAN_RUNTIME_DIR=$dir/link
	refused 5 "cannot use runtime folder '$dir/link': it is a link"
}

@test "a file is refused" {
	touch "$dir/file"
	export THESPIAN_RUNTIME_DIR=$dir/file
	refused 5 "cannot use runtime folder '$dir/file': it is not a folder"
}

@test "W2: another user's folder is refused, and root's system cannot be entered by others" {
	[ "$EUID" -eq 0 ] || skip "needs root"
	mkdir -m 0700 "$dir/theirs"
	chown 65534 "$dir/theirs"
	export THESPIAN_RUNTIME_DIR=$dir/theirs
	refused 5 "cannot use runtime folder '$dir/theirs': it belongs to user 65534"
	export THESPIAN_RUNTIME_DIR=$dir/run
	thespian-admin --port "$port" 3>&-
	command -v setpriv > /dev/null || skip "no setpriv"
	chmod 0755 "$dir"
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$(command -v thespian-shell)" -p "$port" -c status 3>&-
	[ "$status" -ne 0 ]
	# even where the folder lets them in, the peer's uid does not
	chmod 0711 "$dir/run"
	chmod 0777 "$dir/run/$port.sock"
	run setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$TSP_BUILDDIR/test/cli/accept_garbage" "$dir/run/$port.sock" hello
	[ "$status" -eq 1 ]
	[[ $output == *closed* ]]
	chmod 0700 "$dir/run"
	thespian-shell -p "$port" -c stop
	grep -q 'user 65534 is neither this one nor root' "$THESPLOG_FILE" "$dir/run/$port.log" 2> /dev/null
}

@test "a relative folder, and one whose sockets would have too long a path" {
	export THESPIAN_RUNTIME_DIR=run
	refused 2 "THESPIAN_RUNTIME_DIR must be an absolute path"
	long=$dir/$(printf 'x%.0s' {1..110})
	mkdir -m 0700 "$long"
	export THESPIAN_RUNTIME_DIR=$long
	refused 1 "cannot use runtime folder '$long': a socket's path may have 107 bytes"
}

@test "what lies in the folder from an earlier life does not hinder a start" {
	thespian-admin --port "$port" 3>&-
	kill -9 "$(admin_pid)"
	wait_until 5 no_processes
	[ -e "$dir/run/$port.lock" ]
	run --separate-stderr thespian-admin --port "$port" 3>&-
	[ "$status" -eq 0 ]
	run thespian-shell -p "$port" -c status 3>&-
	[ "$status" -eq 0 ]
	thespian-shell -p "$port" -c stop
}
