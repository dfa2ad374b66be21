# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For tests of several systems on this machine: after `load common`, `load convention`. Each has a Director's folder
# $dir/NAME and a port of its own; all are linked over loopback.

convention_setup() {
	tsp_setup
	own_builds
	systems=()
	declare -gA ports=()
}

# system NAME [CAPABILITIES]: its folder and settings; it does not run yet.
system() {
	local name=$1
	ports[$name]=$(free_port)
	systems+=("$name")
	mkdir -m 0700 "$dir/$name"
	echo "${ports[$name]}" > "$dir/$name/adminport.cfg"
	echo "127.0.0.1:${ports[$name]}" > "$dir/$name/listen.cfg"
	echo "127.0.0.1:${ports[$name]}" > "$dir/$name/advertise.cfg"
	[ -z "${2:-}" ] || echo "$2" > "$dir/$name/othercaps.cfg"
}

# on NAME COMMAND...: thespian-director for that system.
on() {
	local name=$1
	shift
	THESPIAN_DIRECTOR_DIR=$dir/$name THESPLOG_FILE=$dir/$name/log thespian-director "$@" 3>&-
}

# at NAME LINE...: the shell at that system.
at() {
	local name=$1 line args=()
	shift
	for line; do
		args+=(-c "$line")
	done
	thespian-shell -p "${ports[$name]}" "${args[@]}"
}

json_at() {
	local name=$1
	shift
	thespian-shell -p "${ports[$name]}" --json -c "$@"
}

token() {
	on "$1" --json invite | jq -r .token
}

# join NAME LEADER
join() {
	on "$1" join "127.0.0.1:${ports[$2]}" "$(token "$2")"
}

# How many systems are linked with it.
linked() {
	json_at "$1" convention | jq '[.members[] | select(.state == "linked")] | length'
}

has_linked() {
	[ "$(linked "$1")" -eq "$2" ]
}

# convention LEADER MEMBER...: all are started and linked.
convention() {
	local leader=$1 member
	shift
	token "$leader" > /dev/null
	on "$leader" start > /dev/null
	for member; do
		join "$member" "$leader" > /dev/null
		on "$member" start > /dev/null
	done
	wait_until 10 has_linked "$leader" $#
}

admin_of() {
	local pid
	for pid in $(tsp_processes thespian-admin); do
		! grep -qz -- "^${ports[$1]}$" "/proc/$pid/cmdline" || echo "$pid"
	done
}

log_of() {
	cat "$dir/$1/log"
}

logs() {
	log_of "$1" | grep -qF -- "$2"
}

convention_teardown() {
	local name
	for name in "${systems[@]}"; do
		kill -CONT "$(admin_of "$name")" 2> /dev/null || true
		timeout 20 thespian-director --dir "$dir/$name" shutdown > /dev/null 2>&1 3>&- || true
		rm -f "/tmp/tsp-ports-$EUID/${ports[$name]}" 2> /dev/null || true
	done
	tsp_teardown
}

# stranger LEADER MODE [SOURCE]: the program false_member, with the keys of $dir/stranger, dials that system. It
# takes the place of the shell that calls it: with run, or in the background.
stranger() {
	exec "$TSP_BUILDDIR/test/cli/false_member" "${ports[$1]}" "$dir/stranger" \
		"$(cat "$dir/$1/convention/system.key")" "${@:2}" 3>&-
}

# The stranger's key, made when it is first asked for.
stranger_key() {
	stranger "$1" key | sed 's/^key //'
}

descriptors_of() {
	local fds=("/proc/$(admin_of "$1")/fd"/*)
	echo "${#fds[@]}"
}

# KiB of memory that the admin has used at most.
peak_of() {
	awk '/^VmHWM/ { print $2 }' "/proc/$(admin_of "$1")/status"
}
