#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# L5 and all rows marked (A), where the admin is root: hosts are another user, and what an actor tries against keys,
# state, socket, admin and other hosts fails, whatever way its process came about.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common sets them; $ is of jq; a test is a subshell

load common
load intruder

setup() {
	[ "$EUID" -eq 0 ] || skip "hosts are another user only where the admin is root"
	intruder_setup
	user=thespian # whom hosts run as where nothing is said
	getent passwd "$user" > /dev/null || user=nobody
}
teardown() {
	[ -z "${victim:-}" ] || kill "$victim" || true
	tsp_teardown
}

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

@test "P12 (A): a nursery that hands the admin a process of root's has it neither killed nor taken for a host" {
	begin_lies
	cuckoo stranger # which then is as any other
	unharmed
	for plan in changeling mixed; do
		run cuckoo "$plan"
		[ "$status" -ne 0 ]
		unharmed
	done
	# twice the time after which a process whose link has ended is killed
	run ! wait_until 2 false
	unharmed
}

@test "P12 (A): a nursery whose handle of a process is a file or a pipe fails its own actors only" {
	begin_lies
	for plan in file pipe; do
		run cuckoo "$plan"
		[ "$status" -ne 0 ]
		unharmed
	done
}

@test "P12 (A): a nursery cannot forge the hash of its module's file, nor that it is open" {
	begin_lies
	cuckoo hash
	unharmed
	thespian-director --json status | jq -e '[.sources[].module_hash | strings | select(test("^0{64}$") | not)] | length >= 2'
	shell --json -c status | jq -e . > /dev/null
	thespian-director verify "$THESPIAN_DIRECTOR_DIR/hash-1.tls"
	run cuckoo status
	[ "$status" -ne 0 ]
	grep -q 'does not keep to the protocol' loaded
	unharmed
}

@test "P12 (A): what a nursery calls dead is killed all the same" {
	begin_lies
	run cuckoo dead
	[ "$status" -ne 0 ]
	[ -s open/idlers ]
	wait_until 5 idlers_gone
	unharmed
}

@test "(A): the environment of root's is not the actors', but for what they need" {
	export SECRET=passphrase THESPIAN_OF_ACTORS=theirs
	export NOTIFY_SOCKET=$dir/notify WATCHDOG_USEC=1000000000 CREDENTIALS_DIRECTORY=$dir
	for method in fork spawn; do
		echo "{\"Process Startup Method\": \"$method\"}" > "$THESPIAN_DIRECTOR_DIR/othercaps.cfg"
		start
		load_groups
		for name in SECRET NOTIFY_SOCKET WATCHDOG_USEC CREDENTIALS_DIRECTORY; do
			[ "$(ask intruder Variable "\"$name\"")" = null ]
		done
		[ "$(ask intruder Variable '"THESPIAN_OF_ACTORS"')" = '"theirs"' ]
		[ "$(ask intruder Variable '"PATH"')" = "\"$PATH\"" ]
		# nor do they lie about in its memory
		run ! grep -qa passphrase "/proc/$(pid_of Intruder | head -n 1)/environ"
		# the Director is root's, and reads words for group files there
		run ! grep -qa NOTIFY_SOCKET "/proc/$(pid_of Director)/environ"
		grep -qa passphrase "/proc/$(pid_of Director)/environ"
		thespian-director shutdown > /dev/null
	done
}

@test "L5 (A): strangers at the socket for hosts' lines are thrown away, and leave hosts their lines" {
	cat > stranger.c <<- 'END'
		#include <stddef.h>
		#include <string.h>
		#include <stdlib.h>
		#include <sys/socket.h>
		#include <sys/un.h>
		int main(int argc, char **argv)
		{
			struct sockaddr_un to = { .sun_family = AF_UNIX };
			int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
			size_t size = strlen(argv[1]);
			memcpy(to.sun_path + 1, argv[1] + 1, size - 1);
			for (int i = 0; i < atoi(argv[argc - 1]); i++)
				if (sendto(fd, "x", 1, 0, (void *)&to, offsetof(struct sockaddr_un, sun_path) + size) < 0)
					return 1;
			return 0;
		}
	END
	"$TSP_CC" -o stranger stranger.c
	start
	load_groups
	# more than the kernel keeps: it waits for room, and twenty a second would take five
	timeout 3 ./stranger "$(word_name)" $(($(cat /proc/sys/net/unix/max_dgram_qlen) + 100))
	kill -USR1 "$(host_of intruder)"
	wait_until 5 grep -q 'Intruder' "$dir/thesplog"
	run ! grep -q ' x$' "$dir/thesplog"
}

@test "P9 (A): without Landlock no source is compiled for hosts of another user, unless that is asked for" {
	cat > without.c <<- 'END'
		#include <errno.h>
		#include <linux/filter.h>
		#include <linux/seccomp.h>
		#include <stddef.h>
		#include <sys/prctl.h>
		#include <unistd.h>
		int main(int argc, char **argv)
		{
			struct sock_filter lines[] = {
				BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
				BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 444, 0, 1), /* landlock_create_ruleset */
				BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
				BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
			struct sock_fprog program = { sizeof(lines) / sizeof(*lines), lines };
			if (argc < 2 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
				return 1;
			execvp(argv[1], argv + 1);
			return 1;
		}
	END
	"$TSP_CC" -o without without.c
	run ./without thespian-director start 3>&- # which loads what lies there
	[ "$status" -eq 6 ]
	[[ $output == *Landlock*"'sandbox': 'optional'"* ]]
	thespian-director shutdown > /dev/null
	echo '{"Build Limits": {"sandbox": "optional"}}' > "$THESPIAN_DIRECTOR_DIR/othercaps.cfg"
	./without thespian-director start > /dev/null 3>&-
	[ "$(ask intruder Who '{}' | jq .uid)" -ne 0 ]
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

# cuckoo PLAN: the group of that name, whose nursery lies to the admin about a process of root's.
cuckoo() {
	mkdir -p nest
	cp "$TSP_SRCDIR/test/cli/cuckoo.c" nest/
	printf '#define PLAN "%s"\n#define VICTIM %d\n#define IDLERS "%s"\n' "$1" "$victim" "$dir/open/idlers" > nest/plan.h
	echo '{ "Actors": { "Intruder": { "OnLoad": { "Role": "main", "GlobalName": "cuckoo" } } } }' \
		> "$THESPIAN_DIRECTOR_DIR/$1.tli"
	thespian-director gensrc --key alice.sec --version 1 "$1" nest > /dev/null
	thespian-director load "$1" > loaded 2>&1 3>&-
}

# What the lie was about lives, the admin too, and it still works.
unharmed() {
	[ "$(tsp_state_of "$victim")" = S ]
	[ "$(admin_pid)" = "$admin" ]
	thespian-director --json status > /dev/null
	[ "$(ask intruder Who '{}' | jq .uid)" -ne 0 ]
}

begin_lies() {
	start
	thespian-director load intruder > /dev/null
	admin=$(admin_pid)
	sleep 300 3>&- &
	victim=$!
}

idlers_gone() {
	local pid
	while read -r pid; do
		[ ! -d "/proc/$pid" ] || return 1
	done < open/idlers
}

# The socket without a file that hosts' lines for the internal log come to.
word_name() {
	local inode
	for inode in $(readlink "/proc/$(admin_pid)"/fd/* | sed -n 's/^socket:\[\(.*\)\]$/\1/p'); do
		awk -v inode="$inode" '$7 == inode && $5 == "0002" && $8 ~ /^@/ { print $8 }' /proc/net/unix
	done
}
