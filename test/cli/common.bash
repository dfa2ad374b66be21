# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Loaded by every bats file that runs programs:
#
#	load common
#	setup() { tsp_setup; }
#	teardown() { tsp_teardown; }
#
# Each test has a folder of its own ($dir, short, since paths of Unix sockets are limited), its own
# port ($port), Director's folder, runtime folder and state. tsp_teardown ends the test's system and
# fails the test if a process of it is left.

bats_require_minimum_version 1.5.0

: "${TSP_SRCDIR:=$(cd -- "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${TSP_BUILDDIR:=$TSP_SRCDIR}"
: "${TSP_CC:=cc}"

# Bats looks at the stack before each command, to know where a test failed: a quarter of a millisecond, and more where a
# process is made. Bash tells that behind the failed command, too. What ends a test otherwise (exit, an unset variable)
# is then without its line.
look_back() {
	declare -F bats_capture_stack_trace bats_error_trap > /dev/null || return 0
	trap - DEBUG
	BATS_DEBUG_LAST_STACK_TRACE=() BATS_DEBUG_LASTLAST_STACK_TRACE=()
	BATS_DEBUG_LAST_LINENO=() BATS_DEBUG_LAST_SOURCE=()
	trap 'failed_at $?' ERR
}

failed_at() {
	bats_capture_stack_trace
	BATS_ERROR_STATUS=${BATS_ERROR_STATUS:-$1}
	bats_error_trap
}

tsp_setup() {
	look_back
	[ -x "$TSP_BUILDDIR/test/cli/processes" ] || {
		echo "test/cli/processes is not built, without which no process would be found"
		return 1
	}
	# hosts of a system of root's are another user, to whom this folder is where actors work, too
	local mode=0700
	((EUID != 0)) || mode=0777
	dir=/tmp
	[ ! -L /tmp ] || dir=$(cd /tmp && pwd -P)
	printf -v dir '%s/tsp.%x%04x' "$dir" "$BASHPID" "$RANDOM"
	mkdir -m "$mode" "$dir" || return
	mkdir -m 0700 "$dir/run" "$dir/cache" "$dir/state" "$dir/data" "$dir/director" "$dir/home"
	export THESPIAN_TEST_DIR=$dir # for actors that leave something there
	take_port || return
	export HOME=$dir/home
	export THESPIAN_RUNTIME_DIR=$dir/run
	export THESPIAN_DIRECTOR_DIR=$dir/director
	export THESPLOG_FILE=$dir/thesplog
	share_builds
	export XDG_STATE_HOME=$dir/state
	export XDG_DATA_HOME=$dir/data
	export XDG_RUNTIME_DIR=$dir/run
	export PATH=$TSP_BUILDDIR/bin:$PATH
	export NO_COLOR=1 SHELL=${BASH:-/bin/bash}
	unset THESPIAN_PATH THESPLOG_THRESHOLD THESPLOG_FILE_MAXSIZE SOURCE_DATE_EPOCH NOTIFY_SOCKET
	umask 022
	echo "$port" > "$THESPIAN_DIRECTOR_DIR/adminport.cfg"
	cd "$dir" || return
}

# A number of a port that nothing listens at, and that no other test running now has taken: a file
# of this name is its lock, given back by tsp_teardown.
free_port() {
	local port
	take_port && echo "$port"
}

# The same, into $port; without a process more than is needed, since each test begins with it.
take_port() {
	local locks=/tmp/tsp-ports-$EUID try fd
	[ -d "$locks" ] || mkdir -m 0700 "$locks" 2>/dev/null || [ -d "$locks" ] || return
	for try in {1..500}; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		take_lock "$locks/$port" || continue
		{ exec {fd}<> "/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || return 0
		exec {fd}>&-
		rm -f "$locks/$port"
	done
	echo "no free port after $try attempts" >&2
	return 1
}

# Makes the file, which is not there yet; without a process.
take_lock() {
	local taken=0
	set -C
	: > "$1" || taken=1
	set +C
	return $taken
} 2> /dev/null

# wait_until SECONDS COMMAND...: tries the command every 30 ms, then ever less often, every quarter of a second at
# last, until it succeeds; fails after the deadline.
wait_until() {
	local begin=${EPOCHREALTIME//[.,]/} waited pause seconds=$1
	shift
	until "$@" > /dev/null 2>&1; do
		waited=$((${EPOCHREALTIME//[.,]/} - begin))
		if ((waited >= seconds * 1000000)); then
			echo "after $seconds s still not: $*" >&2
			return 1
		fi
		pause=$((waited < 240000 ? 30 : waited < 2000000 ? waited / 8000 : 250))
		printf -v pause '0.%03d' "$pause"
		nap "$pause"
	done
}

# nap SECONDS: as sleep, but without a process each time: nobody writes there. All tests together nap often.
nap() {
	local nowhere=/tmp/tsp-nap-$EUID
	[ -p "$nowhere" ] || mkfifo -m 0600 "$nowhere" 2> /dev/null || [ -p "$nowhere" ] || sleep "$1"
	read -rt "$1" <> "$nowhere" || true
}

# says FILE TEXT: the file has the parts of TEXT between ..., in this order.
says() {
	local rest=$2... part text
	text=$(cat "$1")
	while [ -n "$rest" ]; do
		part=${rest%%...*}
		rest=${rest#*...}
		part=${part% }
		part=${part# }
		[[ $text == *"$part"* ]] || return 1
		text=${text#*"$part"}
	done
}

# Milliseconds of a clock, for durations.
now_ms() {
	local us=${EPOCHREALTIME//[.,]/}
	echo $((us / 1000))
}

# What is built is kept for other tests, since in many the compiler takes a third of the time. A test of builds or of
# their cache says own_builds after tsp_setup.
share_builds() {
	export XDG_CACHE_HOME=$TSP_BUILDDIR/test/cli/builds
	[ -O "$XDG_CACHE_HOME" ] || mkdir -m 0700 "$XDG_CACHE_HOME" 2> /dev/null || [ -O "$XDG_CACHE_HOME" ] || own_builds
}

own_builds() {
	export XDG_CACHE_HOME=$dir/cache
}

# compile_module OUT FLAG... FILE...: for actors of a test. It is compiled once for all tests of a file.
compile_module() {
	local kept=$BATS_FILE_TMPDIR/${1##*/}
	[ -e "$kept" ] || "$TSP_CC" -std=c17 -D_GNU_SOURCE -shared -fPIC -I"$TSP_SRCDIR/lib" -o "$kept" "${@:2}" || return
	cp "$kept" "$1"
}

# Process ids, one a line, of programs whose name matches pattern $1 (default: thespian-*) and that
# belong to this test: its folder is in their environment, their arguments, or is their current folder;
# or they have its port as an argument (of an admin, nothing else can be read but by root), or descend from such.
tsp_processes() {
	"$TSP_BUILDDIR/test/cli/processes" "$dir" "$port" "$@"
}

tsp_state_of() {
	local status
	status=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	status=${status##*) }
	echo "${status%% *}"
}

# The processes of this test's system, one line each, for messages.
tsp_show_processes() {
	local pid
	for pid in $(tsp_processes); do
		printf '%s %s\n' "$pid" "$({ tr '\0' ' ' < "/proc/$pid/cmdline"; } 2>/dev/null)"
	done
}

# Until there are none, at most so many seconds: as wait_until, by one process.
await_no_processes() {
	"$TSP_BUILDDIR/test/cli/processes" --await "$1" "$dir" "$port" "${@:2}"
}

no_processes() {
	[ -z "$(tsp_processes "$@")" ]
}

# The process id of this test's admin.
admin_pid() {
	tsp_processes thespian-admin | head -n 1
}

tsp_teardown() {
	local left='' pid pids
	cd / || true
	if [ -n "${dir:-}" ]; then
		if [ -n "$(tsp_processes)" ]; then
			[ -z "$(tsp_processes thespian-admin)" ] ||
				timeout 20 thespian-director --port "$port" shutdown > /dev/null 2>&1 < /dev/null 3>&- || true
			pids=$(await_no_processes 5) || left=$(tsp_show_processes)
			for pid in $pids; do
				kill -KILL "$pid" 2>/dev/null || true
			done
		fi
		rm -rf "$dir" "/tmp/tsp-ports-$EUID/${port:-none}" 2>/dev/null || {
			chmod -R u+w "$dir" 2>/dev/null || true
			rm -rf "$dir"
		}
	fi
	if [ -n "$left" ]; then
		echo "left running by this test:"
		echo "$left"
		return 1
	fi
}

# Succeeds if the JSON document in $output (of bats' run) has what jq program $1 says.
# shellcheck disable=SC2154
json() {
	jq -e "$@" <<< "$output" > /dev/null || {
		echo "not so: jq $*"
		echo "$output"
		return 1
	}
}

# Makes a key pair NAME (no password); NAME.sec in the current folder, the public key in the
# Director's folder.
make_key() {
	thespian-director keygen "$1" --no-password > /dev/null
}

# write_source FOLDER CLASS REPLY: the smallest source. The class answers anything with {"from": REPLY}.
write_source() {
	mkdir -p "$1"
	cat > "$1/${2,,}.c" <<-END
	#include <thespian.h>

	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		if (tsp_message_is_system(message))
			return TSP_OK;
		return tsp_sendf(self, sender, NULL, "{s:s}", "from", "$3");
	}

	static const tsp_class ${2,,}_class = { .name = "$2", .receive = on_any };
	TSP_EXPORT(&${2,,}_class)
	END
}

# write_group GROUP CLASS NAME: a group file with one actor, started on load under a global name.
write_group() {
	cat > "$THESPIAN_DIRECTOR_DIR/$1.tli" <<-END
	{ "Actors": { "$2": { "OnLoad": { "Role": "main", "GlobalName": "$3" } } } }
	END
}
