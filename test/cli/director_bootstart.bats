#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# bootstart: what it writes, where, and what it says. That a system runs under it is accept_bootstart.bats.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common sets them; dollars are meant as they stand; a test is a subshell

load common

setup() {
	tsp_setup
	own_builds
	mkdir fake root
	folder=$THESPIAN_DIRECTOR_DIR
}

teardown() {
	[ -z "${service:-}" ] || kill "$service" 2>/dev/null || true
	tsp_teardown
}

# fake NAME [LINES]: a program of this name, first on the path. It notes its arguments in fake/calls.
fake() {
	printf '#!/bin/sh\necho "%s $*" >> "%s/fake/calls"\n%s\n' "$1" "$dir" "${2:-}" > "fake/$1"
	chmod +x "fake/$1"
	export PATH=$dir/fake:$PATH
}

fake_systemctl() {
	fake systemctl "case \$1 in --version) echo 'systemd ${1:-252} (252.1)' ;; is-active) exit 3 ;; esac
	${2:-}"
}

# Runs a command where nothing of the machine is harmed: its folders of services are empty, and systemd seems to run.
on_a_machine() {
	unshare "${machine_flags:--rm}" sh -c '
		set -e
		mount -t tmpfs tmpfs /run
		mkdir -p /run/systemd/system /run/user
		mount --bind "$0" /etc/systemd/system
		exec "$@"' "$dir/machine" "$@"
}

# on_another_machine SCRIPT: of bash, where there is an initctl, and /etc is ours.
on_another_machine() {
	mkdir -p etc/init
	cp /etc/passwd /etc/group /etc/ld.so.cache etc/
	fake initctl
	unshare -rm bash -c '
		set -e
		mount -t tmpfs tmpfs /run
		mount --bind "$0" /etc
		eval "$1"' "$dir/etc" "$1" 3>&-
}

needs_namespaces() {
	mkdir -p machine
	on_a_machine true 2>/dev/null || skip "no namespaces of our own"
}

# The words of a unit's command, one a line.
unit_words() {
	sed -n '/^ExecStart=/,/[^\]$/p' "$1" | sed -E 's/^(ExecStart=|  )"(.*)"( \\)?$/\2/; s/\\(.)/\1/g; s/%%/%/g; s/\$\$/$/g'
}

# Arguments of the running admin that a service has to give, too: NAME=VALUE, sorted.
running_words() {
	tr '\0' '\n' < "/proc/$(admin_pid)/cmdline" | sed 1d | paste -d = - - | grep -v '^--ready-fd' | sort
}

exposure() {
	systemd-analyze security --offline=true --no-pager "$1" 2>/dev/null |
		sed -nE 's/.*Overall exposure level for .*: ([0-9]+)\.([0-9]+) .*/\1\2/p'
}

not_root() {
	if [ "$EUID" -eq 0 ]; then
		setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
	else
		"$@"
	fi
}

@test "F139: the unit starts the admin with all that start would, whatever the folder is called" {
	folder="$dir/a \"b\" 'c' %i \$HOME \${x} \\d"
	mkdir -m 0700 "$folder"
	export THESPIAN_DIRECTOR_DIR=$folder
	thespian-director config adminport "$port"
	thespian-director config thespbase multiprocQueueBase
	thespian-director config othercaps '{"a b": "100% \"x\" $HOME \\ é", "Log Rate": 10}'
	thespian-director config thesplog '{"handlers": {"h": {"class": "file", "path": "h.log"}}, "root": {"handlers": ["h"]}}'
	thespian-director bootstart --print --for systemd > a.service
	thespian-director start 3>&-
	unit_words a.service | sed 1,2d | sort > unit
	running_words > running
	[ "$(wc -l < running)" -eq 6 ]
	diff running unit
	[ "$(unit_words a.service | sed -n 1,2p | tr '\n' ' ')" = "$TSP_BUILDDIR/bin/thespian-admin --foreground " ]
}

@test "F139: systemd finds nothing wrong with the unit, and its exposure is at most 3.0" {
	command -v systemd-analyze > /dev/null || skip "no systemd-analyze"
	thespian-director bootstart --print --for systemd > mine.service
	run systemd-analyze verify --man=no "$dir/mine.service"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	found=$(exposure mine.service)
	echo "exposure: $found"
	[ "$found" -gt 0 ]
	[ "$found" -le 30 ]
	[ "$EUID" -eq 0 ] || return 0
	grep -q '^CapabilityBoundingSet=CAP_SETUID' mine.service
	chown 65534 "$folder"
	thespian-director bootstart --print --for systemd > user.service
	grep -q "^User=$(id -un 65534)\$" user.service
	grep -q '^CapabilityBoundingSet=$' user.service
	[ "$(exposure user.service)" -lt "$found" ]
}

@test "F139: the unit is watched, comes back with growing pauses where systemd can, and may write where it must" {
	mkdir logs
	thespian-director config thesplog '{"handlers": {"h": {"class": "file", "path": "/var/log/here/h.log"}}}'
	fake_systemctl 252
	THESPLOG_FILE=$dir/logs/file thespian-director bootstart --print > old.service
	for line in Type=notify WatchdogSec=30 Restart=on-failure RestartSec=5 NoNewPrivileges=yes ProtectSystem=strict \
		MemoryDenyWriteExecute=yes "Environment=\"THESPIAN_DIRECTOR_DIR=$folder\"" \
		"Environment=\"THESPIAN_RUNTIME_DIR=$dir/run\"" "Environment=\"THESPLOG_FILE=$dir/logs/file\"" \
		'ReadWritePaths="-/var/log/here"' "BindPaths=\"$folder\"" "BindPaths=\"-$dir/run\"" "BindPaths=\"-$dir/logs\""; do
		grep -qxF "$line" old.service || { echo "not there: $line"; cat old.service; false; }
	done
	run ! grep -q RestartSteps old.service
	fake_systemctl 254
	thespian-director bootstart --print > new.service
	grep -qx RestartSteps=6 new.service
	grep -qx RestartMaxDelaySec=60 new.service
}

@test "F139: initctl's conf runs the system as it stands" {
	thespian-director bootstart --print --for initctl > thespian.conf
	line=$(sed -nE 's/^exec //p' thespian.conf)
	if [ "$EUID" -ne 0 ]; then
		line=${line#*--exec } # as whoever we are
		line=${line/ -- / }
	fi
	sh -e -c "exec $line" > log 2>&1 3>&- &
	service=$!
	wait_until 20 thespian-director list
	thespian-director shutdown 3>&-
	wait "$service"
	grep -q '^respawn$' thespian.conf
	sed -n '/^pre-start script/,/^end script/p' thespian.conf | sed '1d;$d' | sh -n
}

@test "F139: launchd's plist says the same" {
	thespian-director config othercaps '{"a": "<&>"}'
	thespian-director bootstart --print --for launchd > a.plist
	thespian-director bootstart --print --for systemd > a.service
	if command -v xmllint > /dev/null; then
		xmllint --noout --nonet a.plist
	fi
	sed -n '/ProgramArguments/,/<\/array>/p' a.plist | sed -nE 's/^\t\t<string>(.*)<\/string>$/\1/p' |
		sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' > words
	diff words <(unit_words a.service)
	grep -qF "<key>THESPIAN_DIRECTOR_DIR</key><string>$folder</string>" a.plist
	grep -q '<key>Label</key><string>thespian</string>' a.plist
	run thespian-director --json bootstart other --print --for launchd
	json '.kind == "launchd" and .name == "other" and (.text | contains("<string>other</string>"))'
}

@test "F139: with --root the file is written there, enabled there, and nothing is started" {
	unset THESPIAN_RUNTIME_DIR
	fake_systemctl
	mv director root/director
	run thespian-director --dir root/director bootstart --root "$dir/root"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "written: $dir/root/etc/systemd/system/thespian.service" ]
	[ "$(stat -c %a root/etc/systemd/system/thespian.service)" = 644 ]
	[ "$(grep -v -- --version fake/calls)" = "systemctl --root=$dir/root --quiet enable thespian.service" ]
	# the folder is called there as it will be there
	grep -qxF 'Environment="THESPIAN_DIRECTOR_DIR=/director"' root/etc/systemd/system/thespian.service
	grep -qxF 'ReadWritePaths="/director"' root/etc/systemd/system/thespian.service
	[[ $(thespian-director --dir root/director config runtime) == /run/thespian* ]]
	run --separate-stderr thespian-director --dir root/director --json bootstart --root root
	json '.changed == false and .started == false and .kind == "systemd"'
}

@test "F139: share/thespian.service is the unit of root's folder" {
	as_root=()
	[ "$EUID" -eq 0 ] || as_root=(unshare -r)
	"${as_root[@]}" true || skip "no namespaces of our own"
	unset THESPIAN_RUNTIME_DIR THESPLOG_FILE
	fake_systemctl 254
	mkdir -p root/opt/thespian/director
	"${as_root[@]}" thespian-director --dir root/opt/thespian/director bootstart --root root --print > written
	# where the programs of a build are is of no concern
	sed -i "/^BindReadOnlyPaths=/d; s,^ProtectHome=tmpfs,ProtectHome=yes,; s,$TSP_BUILDDIR/bin,@bindir@," written
	diff "$TSP_SRCDIR/share/thespian.service.in" written
	run ! grep @bindir@ "$TSP_BUILDDIR/share/thespian.service"
}

@test "F139: launchd and initctl are found by their folders, where there is no systemd" {
	for tool in launchctl initctl; do fake "$tool"; done
	with=$PATH
	PATH=$dir/fake:$TSP_BUILDDIR/bin
	run thespian-director bootstart --root root
	echo "$output"
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == 'thespian-director: cannot find a service manager: '* ]]
	[[ ${lines[1]} == "hint: 'bootstart --print'"* ]]
	thespian-director bootstart --print > printed
	[[ $(< printed) == *'[Service]'* ]]
	PATH=$with mkdir -p root/etc/init
	thespian-director bootstart one --root root
	[ -s root/etc/init/one.conf ]
	PATH=$with mkdir -p root/Library/LaunchDaemons
	thespian-director bootstart two --root root
	PATH=$with
	[ -s root/Library/LaunchDaemons/two.plist ]
	[ ! -e fake/calls ]
}

@test "F139: on a machine it is written, enabled and started; a second time it is left alone" {
	needs_namespaces
	unset THESPIAN_RUNTIME_DIR XDG_RUNTIME_DIR
	fake_systemctl
	run on_a_machine thespian-director bootstart web
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = 'written: /etc/systemd/system/web.service' ]
	[ "${lines[2]}" = "'web' runs, and starts with the machine" ]
	[ "$(thespian-director config runtime)" = /run/thespian ]
	[ -s machine/web.service ]
	grep -v -- --version fake/calls > calls
	diff calls - <<-'END'
	systemctl is-active --quiet web.service
	systemctl daemon-reload
	systemctl --quiet enable web.service
	systemctl start web.service
	END
	rm fake/calls
	fake systemctl 'case $1 in --version) echo "systemd 252" ;; esac' # is-active, too
	run on_a_machine thespian-director bootstart web
	[ "${lines[1]}" = "'web' runs already" ]
	run ! grep -q 'systemctl start' fake/calls
	thespian-director config othercaps '{"new": 1}'
	run on_a_machine thespian-director bootstart web
	[[ ${lines[1]} == *"as it was written before: 'systemctl restart web'" ]]
	rm fake/calls
	run on_a_machine thespian-director bootstart web --no-start
	[ "$status" -eq 0 ]
	run ! grep -qE 'systemctl (start|is-active)' fake/calls
	grep -q 'enable web.service' fake/calls
}

@test "F139: a failing command's status and lines are shown" {
	needs_namespaces
	fake_systemctl 252 'case $1 in start) printf "Job failed.\033[31m\nSee the journal.\n" >&2; exit 17 ;; esac'
	run on_a_machine thespian-director bootstart
	echo "$output"
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = 'Job failed.\x1b[31m' ]
	[ "${lines[1]}" = 'See the journal.' ]
	[ "${lines[2]}" = "thespian-director: cannot start 'thespian.service': 'systemctl start thespian.service' ended with status 17" ]
	[ "${lines[3]}" = 'hint: journalctl -u thespian.service' ]
	fake_systemctl 252 'case $* in *enable*) exit 4 ;; esac'
	run on_a_machine thespian-director bootstart
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "thespian-director: cannot enable 'thespian.service': 'systemctl --quiet enable thespian.service' ended with status 4" ]
	run ! grep -q '^systemctl start' <(tail -n 1 fake/calls)
}

@test "F139: a system that runs already is not started twice" {
	needs_namespaces
	fake_systemctl
	thespian-director start 3>&-
	run on_a_machine thespian-director bootstart
	echo "$output"
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "thespian-director: cannot start 'thespian': a system runs at port $port" ]
	[[ ${lines[1]} == "hint: 'thespian-director shutdown'"* ]]
	[ ! -e machine/thespian.service ]
	on_a_machine thespian-director bootstart --no-start
	[ -s machine/thespian.service ]
}

@test "F139: a system elsewhere is not lost from sight, not even with --no-start" {
	needs_namespaces
	fake_systemctl
	unset THESPIAN_RUNTIME_DIR
	mkdir -m 0700 session
	export XDG_RUNTIME_DIR=$dir/session
	thespian-director start 3>&-
	[ -S "session/thespian/$port.sock" ]
	run on_a_machine thespian-director bootstart --no-start
	echo "$output"
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "thespian-director: cannot install 'thespian': the system that runs at port $port would not be found any more" ]
	[ "${lines[1]}" = "hint: 'thespian-director shutdown' ends it" ]
	run on_a_machine thespian-director bootstart
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "thespian-director: cannot start 'thespian': a system runs at port $port" ]
	[ "${lines[1]}" = "hint: 'thespian-director shutdown' ends it" ]
	[ ! -e machine/thespian.service ]
	[ ! -e "$folder/runtime.cfg" ]
	thespian-director status > /dev/null
	# one that stands still is one, too
	kill -STOP "$(admin_pid)"
	run on_a_machine thespian-director bootstart
	kill -CONT "$(admin_pid)"
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "thespian-director: cannot start 'thespian': a system runs at port $port" ]
	# an image is another machine, with another folder
	thespian-director bootstart --root "$dir/root" > /dev/null
	rm "$folder/runtime.cfg"
	thespian-director shutdown > /dev/null 3>&-
	on_a_machine thespian-director bootstart --no-start
	[ -s machine/thespian.service ]
	[ "$(cat "$folder/runtime.cfg")" = /run/thespian ]
}

@test "F139: a system where the setting says is seen, though the environment names another place" {
	needs_namespaces
	fake_systemctl
	unset THESPIAN_RUNTIME_DIR
	mkdir -m 0700 place
	thespian-director config runtime "$dir/place"
	thespian-director start 3>&-
	THESPIAN_RUNTIME_DIR=$dir/run run on_a_machine thespian-director bootstart
	echo "$output"
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "thespian-director: cannot start 'thespian': a system runs at port $port" ]
	[ ! -e machine/thespian.service ]
	# it is where the service's will be, and stays in sight
	on_a_machine thespian-director bootstart --no-start > /dev/null
	[ "$(cat "$folder/runtime.cfg")" = "$dir/place" ]
	thespian-director shutdown > /dev/null 3>&-
}

@test "F139: for a user's folder, that user's system counts, and not root's" {
	[ "$EUID" -eq 0 ] || skip "not root"
	machine_flags=-m
	needs_namespaces
	fake_systemctl
	unset THESPIAN_RUNTIME_DIR XDG_RUNTIME_DIR
	chmod 0711 "$dir"
	mkdir -m 0700 theirs
	cp "$folder/adminport.cfg" theirs/
	chown -R 65534:65534 theirs
	cat > script <<-'END'
	as_user() {
		setpriv --reuid 65534 --regid 65534 --clear-groups env -u THESPLOG_FILE HOME=/ XDG_CACHE_HOME="$PWD/theirs/cache" XDG_RUNTIME_DIR=/run/user/65534 \
			thespian-director --dir "$PWD/theirs" "$@"
	}
	mkdir -m 0700 /run/user/65534
	chown 65534 /run/user/65534
	as_user start
	for how in '' --no-start; do
		thespian-director --dir theirs bootstart $how && exit 1
	done
	as_user shutdown
	thespian-director start
	[ -S "/run/thespian/$1.sock" ]
	thespian-director --dir theirs bootstart
	thespian-director shutdown
	END
	run on_a_machine bash -eu script "$port" 3>&-
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c "^thespian-director: cannot start 'thespian': a system runs at port $port\$" <<< "$output")" -eq 1 ]
	[ "$(grep -c "^thespian-director: cannot install 'thespian': the system that runs at port $port " <<< "$output")" -eq 1 ]
	[ "$(grep -c "^hint: 'thespian-director shutdown' as user '$(id -un 65534)' ends it\$" <<< "$output")" -eq 2 ]
	grep -qx "written: /etc/systemd/system/thespian.service" <<< "$output"
	[ "$(cat theirs/runtime.cfg)" = "/run/thespian-$(id -un 65534)" ]
}

@test "F139: with initctl, too, it may be called again when settings have changed" {
	needs_namespaces
	unset THESPIAN_RUNTIME_DIR XDG_RUNTIME_DIR
	run on_another_machine '
		bootstart() { thespian-director bootstart "$@" --for initctl; }
		bootstart web
		thespian-director start > started # as initctl would
		echo again
		bootstart web
		echo changed
		thespian-director config othercaps "{\"new\": 1}"
		bootstart web
		echo other
		bootstart other || echo status $?
		thespian-director shutdown > shutdown
		echo ended
		bootstart web'
	echo "$output"
	[ "$status" -eq 0 ]
	diff - <(grep -v '^settings\|^setting ' <<< "$output") <<-END
	written: /etc/init/web.conf
	'web' runs, and starts with the machine
	again
	as it was: /etc/init/web.conf
	'web' runs already
	changed
	written: /etc/init/web.conf
	'web' runs as it was written before: 'initctl stop web', then 'initctl start web'
	other
	thespian-director: cannot start 'other': a system runs at port $port
	hint: 'thespian-director shutdown' ends it; --no-start leaves it until the next boot
	status 1
	ended
	as it was: /etc/init/web.conf
	'web' runs, and starts with the machine
	END
	[ "$(grep -c 'initctl start web' fake/calls)" -eq 2 ]
	grep -q 'new' etc/init/web.conf
	[ ! -e etc/init/other.conf ]
}

@test "F139: what is no name, no kind or no folder is refused, and says what to do" {
	for name in '' .x a/b 'a b' a@b "$(printf 'x%.0s' {1..65})"; do
		run thespian-director bootstart "$name" --print --for systemd
		[ "$status" -eq 2 ] || { echo "accepted: '$name'"; false; }
		[[ ${lines[0]} == "thespian-director: cannot use name '$name': "* ]]
	done
	thespian-director bootstart "a.b_c-$(printf 'x%.0s' {1..58})" --print --for systemd > /dev/null
	run thespian-director bootstart --print --for sysv
	[ "$status" -eq 2 ]
	[[ $output == *"cannot install for 'sysv': not systemd, launchd or initctl" ]]
	run thespian-director bootstart --root gone --for systemd
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == *"cannot use root 'gone': "* ]]
	run thespian-director --dir "$dir/gone" bootstart --root root --for systemd
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "thespian-director: cannot install 'thespian': there is no folder '$dir/gone'" ]
	[[ ${lines[1]} == 'hint: '*keygen* ]]
	[ ! -e root/etc ]
	thespian-director --dir gone bootstart --print --for systemd > printed
	grep -qxF "BindPaths=\"$dir/gone\"" printed
	[ ! -e gone ]
	echo simpleSystemBase > "$folder/thespbase.cfg"
	run thespian-director bootstart --root root --for systemd
	[ "$status" -eq 2 ]
	[[ $output == *"cannot use 'simpleSystemBase'"* ]]
}

@test "F139: a folder or a place that is not ours" {
	chmod 0711 "$dir"
	chmod 0700 "$folder"
	[ "$EUID" -eq 0 ] || chmod 0 "$folder"
	run not_root env PATH="$PATH" thespian-director bootstart --print --for systemd
	chmod 0700 "$folder"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == "thespian-director: cannot read '$folder': "* ]]
	[ "${lines[1]}" = "hint: run it as the folder's owner, or as root" ]
	[ "$EUID" -ne 0 ] || chown 65534 "$folder"
	[ -d /etc/systemd/system ] || skip "no systemd"
	run not_root env PATH="$PATH" thespian-director bootstart --for systemd --no-start
	echo "$output"
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == "thespian-director: cannot write '/etc/systemd/system/thespian.service': "* ]]
	[[ ${lines[1]} == 'hint: run it as root'* ]]
	[ ! -e "$folder/runtime.cfg" ]
}

@test "F139: the service of something else stays as it is, wherever it is" {
	fake_systemctl
	mkdir -p root/etc/systemd/system root/usr/lib/systemd/system
	echo '[Unit]' > root/etc/systemd/system/mine.service
	echo '[Unit]' > root/usr/lib/systemd/system/ssh.service
	for name in mine ssh; do
		run thespian-director bootstart "$name" --root root
		[ "$status" -eq 1 ]
		[[ ${lines[0]} == "thespian-director: cannot install '$name': '"*"/$name.service' is the service of something else" ]]
		[ "${lines[1]}" = 'hint: give another NAME' ]
	done
	[ ! -e root/etc/systemd/system/ssh.service ]
	[ "$(cat root/etc/systemd/system/mine.service)" = '[Unit]' ]
	thespian-director bootstart other --root root
	thespian-director bootstart other --root root # its own
}

@test "F139: commands find the system where the setting says, and the environment wins" {
	unset THESPIAN_RUNTIME_DIR
	export XDG_RUNTIME_DIR=$dir/elsewhere
	mkdir -m 0700 elsewhere
	thespian-director config runtime "$dir/run"
	thespian-director start 3>&-
	[ -S "run/$port.sock" ]
	thespian-director status > /dev/null
	THESPIAN_RUNTIME_DIR=$dir/elsewhere/thespian run thespian-director status
	[ "$status" -eq 3 ]
	run thespian-director config runtime relative
	[ "$status" -eq 1 ]
	[[ $output == *'runtime.cfg:1:1: one absolute path is expected' ]]
	thespian-director shutdown 3>&-
	export THESPIAN_RUNTIME_DIR=$dir/run
}
