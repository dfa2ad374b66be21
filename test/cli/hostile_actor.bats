#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# L5 and all rows marked (A), where the admin is root: hosts are another user, and what an actor tries against keys,
# state, socket, admin and other hosts fails, whatever way its process came about.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common sets them; $ is of jq; a test is a subshell

load common
load intruder

setup() {
	[ "$(id -u)" -eq 0 ] || skip "hosts are another user only where the admin is root"
	intruder_setup
	user=thespian # whom hosts run as where nothing is said
	getent passwd "$user" > /dev/null || user=nobody
}
teardown() { tsp_teardown; }

host_of() {
	ask "$1" Who '{}' | jq .pid
}

# held WHAT PATH | pid:PID: the intruder tries, and the kernel says no; an attempt that fails for another reason shows
# nothing.
held() {
	local value got
	case $2 in
	pid:*) value="{\"what\": \"$1\", \"pid\": ${2#pid:}}" ;;
	*) value="{\"what\": \"$1\", \"path\": \"$2\"}" ;;
	esac
	got=$(ask intruder Try "$value")
	[[ $got == '"Permission denied"' || $got == '"Operation not permitted"' ]] || {
		echo "$1 $2: $got"
		return 1
	}
}

# All that root's processes and folders must withstand.
everything_held() {
	local pid path
	for path in "$dir/alice.sec" "$THESPIAN_DIRECTOR_DIR/adminport.cfg" "$THESPIAN_DIRECTOR_DIR/audit.log" \
		"$THESPIAN_DIRECTOR_DIR/state/intruder.json" "$dir/thesplog" "/etc/shadow"; do
		held read "$path"
		held write "$path"
		held remove "$path"
		held 'open up' "$path"
	done
	for path in "$dir" "$dir/run" "$dir/cache" "$dir/cache/thespian" "$THESPIAN_DIRECTOR_DIR" "$THESPIAN_DIRECTOR_DIR/state"; do
		held list "$path"
		held make "$path/planted"
		held rename "$path"
	done
	held make "$THESPIAN_DIRECTOR_DIR/trust.cfg"
	held connect "$dir/run/$port.sock"
	for pid in "$(admin_pid)" "$(pgrep -P "$(admin_pid)" thespian-host | head -n 1)" "$(pid_of Director)" "$(pid_of Authority)"; do
		[ "$(stat -c %u "/proc/$pid")" -eq 0 ]
		held signal "pid:$pid"
		held 'signal by handle' "pid:$pid"
		other_held "$pid"
	done
	held 'be root' ''
	held 'gain privileges' ''
	held 'be looked into' ''
}

# other_held PID: no look into it, nothing taken from it; also where it is of the same user.
other_held() {
	held trace "pid:$1"
	held peek "pid:$1"
	held 'take a descriptor' "pid:$1"
	held read "/proc/$1/mem"
	held write "/proc/$1/mem"
	held list "/proc/$1/fd"
	held read "/proc/$1/environ"
}

# What an honest actor goes on doing.
honest() {
	local child
	[ "$(ask intruder Wait '{}')" = '"both"' ]
	[ "$(ask intruder Large '{"bytes": 1500000}')" -eq 1500000 ]
	[ "$(ask intruder Large '{"bytes": 20000000}')" -eq 20000000 ]
	[ "$(shell --json -c "ask intruder Echo $(jq -c . <<< '{"a": [1, 2]}')" | jq -c .)" = '{"a":[1,2]}' ]
	child=$(ask intruder Make '{"class": "Intruder"}' | jq -r '."$address"')
	[ "$(ask "$child" Who '{}' | jq .uid)" -ne 0 ]
	[ "$(ask intruder Try "{\"what\": \"make\", \"path\": \"$dir/open/$1\"}")" = '"done"' ]
	[ "$(stat -c %U "$dir/open/$1")" = "$user" ]
}

@test "L5 (A): a source's actor reads no key and no state, reaches no socket, and touches no process of root's" {
	start
	load_groups
	run ask intruder Who '{}'
	json '.uid != 0 and .gid != 0 and .born_as == .uid and .home != "/root"'
	everything_held
	[ -n "$(host_of other)" ]
	honest fork
	run thespian-director --json status
	json --arg user "$user" '.hosts_apart and .host_user == $user and (.attention | map(select(test("root"))) == [])'
	# the same things are there for who may
	[ -r "$THESPIAN_DIRECTOR_DIR/state/intruder.json" ]
	shell -c status | grep -q "Host User: $user\$"
}

@test "(A): other hosts of the same user are not looked into, nor signalled where the kernel has Landlock 6" {
	start
	load_groups
	other=$(host_of other)
	[ "$(user_of "$(host_of intruder)")" = "$(stat -c %U "/proc/$other")" ]
	other_held "$other"
	if thespian-director --json status | jq -e '.sandbox >= 6' > /dev/null; then
		held signal "pid:$other"
		held 'signal by handle' "pid:$other"
		# nor the nursery of the other source
		held signal "pid:$(ps -o ppid= -p "$other" | tr -d ' ')"
	fi
	[ "$(host_of other)" = "$other" ]
	# its own: a process that it may end
	run ask intruder Try "{\"what\": \"signal\", \"pid\": $(host_of intruder)}"
	wait_until 5 ask intruder Who '{}'
}

@test "(A): the same by forkserver, by spawn, and for an installed module" {
	mkdir modules
	"$TSP_CC" -std=c17 -shared -fPIC -I"$TSP_SRCDIR/lib" -o modules/planted.so src/intruder.c
	export THESPIAN_PATH=$dir/modules
	for method in forkserver spawn; do
		echo "{\"Process Startup Method\": \"$method\"}" > "$THESPIAN_DIRECTOR_DIR/othercaps.cfg"
		start
		load_groups
		run ask intruder Who '{}'
		json '.uid != 0 and .gid != 0 and .born_as == .uid'
		everything_held
		other_held "$(host_of other)"
		honest "$method"
		thespian-director shutdown > /dev/null
	done
	rm "$THESPIAN_DIRECTOR_DIR/othercaps.cfg"
	start
	shell -c 'create planted:Intruder --name planted' > /dev/null
	run ask planted Who '{}'
	json '.uid != 0 and .born_as == .uid'
	[ "$(ask planted Try "{\"what\": \"read\", \"path\": \"$dir/alice.sec\"}")" = '"Permission denied"' ]
}

@test "(A): a module whose file the host user may not read is refused with the reason, one that is readable in a closed folder is not" {
	mkdir -m 0700 modules
	"$TSP_CC" -std=c17 -shared -fPIC -I"$TSP_SRCDIR/lib" -o modules/planted.so src/intruder.c
	export THESPIAN_PATH=$dir/modules
	start
	shell -c 'create planted:Intruder --name planted' > /dev/null
	[ "$(ask planted Who '{}' | jq .uid)" -ne 0 ]
	cp modules/planted.so modules/closed.so
	chmod 0700 modules/closed.so
	run shell -c 'create closed:Intruder --name closed'
	[ "$status" -ne 0 ]
	[[ $output == *"as user $(id -u "$user"): Permission denied"* ]]
}

@test "Host User: a name, a number, root when it is asked for, and an unknown one ends the start with the remedy" {
	for user in '"daemon"' "$(id -u daemon)"; do
		echo "{\"Host User\": $user}" > "$THESPIAN_DIRECTOR_DIR/othercaps.cfg"
		start
		load_groups
		[ "$(ask intruder Who '{}' | jq .uid)" -eq "$(id -u daemon)" ]
		[ "$(ask intruder Who '{}' | jq -r .home)" = "$(getent passwd daemon | cut -d : -f 6)" ]
		[ "$(thespian-director --json status | jq -r .host_user)" = daemon ]
		# for processes that run it is too late
		run shell -c 'capability "Host User" "root"'
		[ "$status" -ne 0 ]
		thespian-director shutdown > /dev/null
	done
	echo '{"Host User": "root"}' > "$THESPIAN_DIRECTOR_DIR/othercaps.cfg"
	start
	load_groups
	[ "$(ask intruder Who '{}' | jq .uid)" -eq 0 ]
	run thespian-director status
	[[ $output == *"hindered, not walled off"* && $output == *"hosts run as root"* ]]
	grep -q 'hosts run as root' "$dir/thesplog"
	thespian-director shutdown > /dev/null
	for user in '"no-such-user"' '""' '-1' '4294967295' '[]' '"a:b"'; do
		echo "{\"Host User\": $user}" > "$THESPIAN_DIRECTOR_DIR/othercaps.cfg"
		run --separate-stderr thespian-director start
		[ "$status" -eq 2 ]
		echo "$user: $stderr"
		[[ $stderr == *"the capability 'Host User'"* || $stderr == *"there is no such user"*"hint: make one, or name another"* ]]
	done
}

@test "where the admin is not root its hosts are its own user, and say so; another one is refused" {
	command -v setpriv > /dev/null || skip "no setpriv"
	chown -R nobody "$dir"
	chmod 0755 "$dir"
	as_nobody() {
		setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups --no-new-privs env HOME="$dir/home" "$@" 3>&-
	}
	as_nobody thespian-director start > /dev/null
	as_nobody thespian-director load intruder > /dev/null
	run as_nobody thespian-director --json status
	json '(.hosts_apart | not) and .host_user == "nobody"'
	run as_nobody thespian-director status
	[[ $output == *"Hosts run as nobody, as the admin does: actors are hindered, not walled off"* ]]
	as_nobody thespian-director shutdown > /dev/null
	echo '{"Host User": "daemon"}' > "$THESPIAN_DIRECTOR_DIR/othercaps.cfg"
	run -2 --separate-stderr as_nobody thespian-director start
	[[ $stderr == *"cannot run hosts as 'daemon': only root can"* ]]
}
