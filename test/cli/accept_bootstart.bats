#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A system really runs as the unit of bootstart says: systemd is booted in namespaces of its own, over a copy of this
# machine that is thrown away. Nothing of the machine itself is changed.
# shellcheck disable=SC2154,SC2016 # common sets them; dollars are the inner shell's

load common

setup() {
	tsp_setup
	systemd=
	for file in /usr/lib/systemd/systemd /lib/systemd/systemd; do [ ! -x "$file" ] || systemd=$file; done
	[ "$EUID" -eq 0 ] || skip "not root"
	[ -n "$systemd" ] || skip "no systemd"
	cgroups=$(findmnt -nt cgroup2 -o TARGET | head -n 1)
	[ -n "$cgroups" ] || skip "no cgroups"
	mkdir "$cgroups/tsp-$port" 2>/dev/null || skip "no cgroup of our own"
	own=$cgroups/tsp-$port
	unshare --mount --pid --ipc --uts --cgroup --fork --kill-child bash -c "$(mount_script)" > mount.log 2>&1 < /dev/null 3>&- ||
		skip "no mounts of our own: $(tail -n 1 mount.log)"
	rmdir "$dir/machine"
	boot_script > boot
	unshare --mount --pid --ipc --uts --cgroup --fork --kill-child bash boot > boot.log 2>&1 < /dev/null 3>&- &
	boot=$!
	wait_until 20 in_machine systemctl is-system-running || {
		echo "systemd was not booted:"
		cat boot.log
		return 1
	}
}

teardown() {
	if [ -n "${boot:-}" ]; then
		kill -KILL "$boot" 2>/dev/null || true
		wait "$boot" 2>/dev/null || true
		wait_until 10 is_empty || true
	fi
	[ -z "${own:-}" ] || find "$own" -depth -type d -exec rmdir {} + || left=$own
	tsp_teardown
	[ -z "${left:-}" ]
}

is_empty() {
	[ -z "$(find "$own" -name cgroup.procs -exec cat {} +)" ]
}

# A copy of our machine whose changes are in memory: what kernels and containers allow or not.
mount_script() {
	cat <<-END
	set -e
	mkdir "$dir/machine"
	mount -t tmpfs tmpfs "$dir/machine"
	cd "$dir/machine"
	mkdir up work root
	mount -t overlay overlay -o lowerdir=/,upperdir=up,workdir=work root
	mount -t proc proc root/proc
	mount -t sysfs sysfs root/sys
	mount -t cgroup2 cgroup2 root/sys/fs/cgroup
	END
}

# Process 1 of the machine: that copy, then systemd with next to nothing to start.
boot_script() {
	printf 'set -e\necho $$ > "%s/cgroup.procs"\n' "$own"
	mount_script
	cat <<-END
	mount --rbind /dev root/dev
	mount -t tmpfs tmpfs root/run
	mount -t tmpfs -o mode=1777 tmpfs root/tmp
	for path in "$TSP_SRCDIR" "$TSP_BUILDDIR"; do
		mkdir -p "root\$path"
		mount --bind "\$path" "root\$path"
	done
	: > root/etc/fstab
	printf '[Unit]\nDefaultDependencies=no\nWants=systemd-journald.service\n' > root/etc/systemd/system/t.target
	exec env -i container=other PATH="\$PATH" chroot root "$systemd" --system --unit=t.target --show-status=0 --log-target=null
	END
}

# Runs a command in the machine.
in_machine() {
	local first
	first=$(pgrep -P "$boot" | head -n 1)
	[ -n "$first" ] || return 1
	nsenter -t "$first" -m -p -i -u -C -r -w env -i PATH="$PATH" HOME=/root NO_COLOR=1 "$@"
}

# The main process of unit $1, once it is another than $2.
main_pid() {
	pid=$(in_machine systemctl show -P MainPID "$1")
	[ "$pid" -gt 0 ] && [ "$pid" != "${2:-}" ]
}

# Whether the group runs in folder $1.
hello_runs() {
	in_machine thespian-director --dir "$1" --timeout 5 list hello | grep -q running
}

# A folder with a key and a package, in the machine.
make_folder() {
	in_machine bash -ec '
		mkdir -p "$1" /work
		cd /work
		thespian-director --dir "$1" keygen k --no-password
		thespian-director --dir "$1" gensrc --key k.sec --version 1.0 hello "$2/share/example/hello"
	' - "$1" "$TSP_SRCDIR"
}

comes_back() {
	local before=$pid
	wait_until 20 main_pid "$1" "$before"
	wait_until 20 hello_runs "$2"
}

@test "F139 W45: booted: the system builds, loads and runs shut in, and comes back when it dies or stands still" {
	folder=/opt/thespian/director
	make_folder $folder
	# the compiler must get its own sandbox, too, where the kernel has one
	thespian-director start 3>&- > /dev/null
	if thespian-director status | grep -q 'Builds are shut in'; then
		in_machine thespian-director config othercaps '{"Build Limits": {"sandbox": "required"}}'
	fi
	in_machine mkdir -p /etc/systemd/system/thespian.service.d
	in_machine tee /etc/systemd/system/thespian.service.d/quick.conf > /dev/null <<-'END'
	[Service]
	WatchdogSec=2
	RestartSec=100ms
	# of a sanitized build: looking for leaks takes ptrace, which is not allowed
	Environment=ASAN_OPTIONS=detect_leaks=0
	END
	run in_machine thespian-director bootstart
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"'thespian' runs, and starts with the machine"* ]]
	[ "$(in_machine systemctl is-enabled thespian)" = enabled ]
	run in_machine thespian-director load hello
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'loaded hello 1.0 '* ]]
	main_pid thespian
	[ "$(in_machine sed -nE 's/^(Seccomp|NoNewPrivs):\t//p' "/proc/$pid/status" | tr '\n' ' ')" = '1 2 ' ]
	# what each process of it sees
	for inside in $(in_machine pgrep -f '^thespian-host') $pid; do
		run in_machine nsenter -t "$inside" -m -r -w sh -c 'echo x > /etc/x || echo x > /root/x || ls /tmp'
		[ "${#lines[@]}" -le 3 ]
		[[ $output == *'/etc/x'*'/root/x'* ]]
	done
	comes=$pid
	in_machine kill -KILL "$pid"
	comes_back thespian $folder
	in_machine kill -STOP "$pid"
	comes_back thespian $folder
	[ "$pid" != "$comes" ]
	[ "$(in_machine systemctl show -P NRestarts thespian)" -eq 2 ]
	in_machine systemctl stop thespian
	[ "$(in_machine systemctl show -P Result thespian)" = success ]
	[ -z "$(in_machine pgrep -f thespian-)" ]
}

@test "F139 W45: booted: a user's folder at home, with a name that needs quoting, runs as that user" {
	folder='/home/some one/100% "d" $HOME'
	make_folder "$folder"
	in_machine chown -R nobody "/home/some one"
	in_machine thespian-director --dir "$folder" config adminport 1950
	in_machine mkdir /var/log/its
	in_machine chown nobody /var/log/its
	in_machine thespian-director --dir "$folder" config thesplog '{"root": {"level": "info", "handlers": ["a", "b", "c"]},
		"handlers": {"a": {"class": "file", "path": "/var/log/its/a.log"}, "b": {"class": "file", "path": "b.log"},
		"c": {"class": "file", "path": "/var/log/missing/c.log"}}}'
	run in_machine thespian-director --dir "$folder" bootstart its
	echo "$output"
	[ "$status" -eq 0 ]
	main_pid its
	[ "$(in_machine stat -c %U "/proc/$pid/cwd/../proc/$pid" "/run/thespian-nobody" | sort -u)" = nobody ]
	[ "$(in_machine sed -n 's/^CapBnd:\t//p' "/proc/$pid/status")" = 0000000000000000 ]
	run in_machine setpriv --reuid nobody --clear-groups thespian-director --dir "$folder" load hello
	echo "$output"
	[ "$status" -eq 0 ]
	in_machine setpriv --reuid nobody --clear-groups thespian-director --dir "$folder" list | grep running
	in_machine test -s /var/log/its/a.log
	in_machine test -s "$folder/b.log"
}
