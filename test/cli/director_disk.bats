#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Full disk, read-only folder, short and failing writes at each file that a load writes: a named error, nothing
# between old and new, running actors go on.
# shellcheck disable=SC2154 # deploy and faults set them

load common
load deploy
load faults

setup() { faults_setup; }
teardown() {
	umount "$dir/director" 2> /dev/null || true
	umount "$dir/cache" 2> /dev/null || true
	tsp_teardown
}

# What a load that failed must leave: version 1 by file, list and name, its actor the same one; nothing half written.
nothing_changed() {
	[ "$(active)" = "$hash1" ] && [ "$(seen Hello pid)" = "$pid" ] && [ "$(answers)" = 1 ]
	[ "$(list '.versions[] | select(.active) | .hash')" = "$hash1" ]
	[ "$(state .mark.version)" = 1 ]
	[ ! -e "$(package 2)" ]
	no_leftovers
	thespian-director audit --verify
}

# fails VICTIM STATUS TEXT CUT-OPTION...: a load during which these calls fail ends with the status, and names the cause.
fails() {
	local victim=$1 want=$2 text=$3
	shift 3
	before_load
	echo "$victim $*"
	cut_run "$victim" "$*" thespian-director load hello-2.tls
	cat said report
	was_cut
	[ "$ended" -eq "$want" ]
	grep "^thespian-director: cannot " said | grep -qF "$text"
	nothing_changed
}

loads() {
	thespian-director load hello-2.tls
	[ "$(answers)" = 2 ]
}

@test "each call that writes the state fails once: the load fails by name, and nothing has changed" {
	pid=$(seen Hello pid)
	for call in openat write fchmod fsync rename; do
		fails director 1 "No space left on device" --calls $call,renameat2 --path .hello.json.tsp- --fail ENOSPC
	done
	# the folder's own sync comes behind the rename: what was there comes back
	fails director 1 "Input/output error" --calls fsync --path director/state --at 2 --fail EIO
	loads
}

@test "each call that keeps the package fails once: the load fails by name, and nothing has changed" {
	pid=$(seen Hello pid)
	for call in openat write fchmod fsync rename; do
		fails director 1 "Read-only file system" --calls $call,renameat2 --path .hello-2.tls.tsp- --fail EROFS
	done
	fails director 1 "Input/output error" --calls fsync --path director --at 2 --fail EIO
	loads
}

@test "short writes are gone on with, and calls that only record fail without harm" {
	pid=$(seen Hello pid)
	for path in .hello.json.tsp- .hello-2.tls.tsp-; do
		before_load
		cut_run director "--calls write --path $path --short" thespian-director load hello-2.tls
		was_cut
		cat said
		[ "$ended" -eq 0 ]
		[ "$(answers)" = 2 ]
		cmp hello-2.tls "$(package 2)"
	done
	for how in "--short" "--fail ENOSPC" "--fail EIO"; do
		for victim in authority director; do
			before_load
			cut_run $victim "--calls write --path audit.log $how" thespian-director load hello-2.tls
			was_cut
			cat said
			[ "$ended" -eq 0 ]
			[ "$(answers)" = 2 ]
			thespian-director audit --verify
		done
	done
	[ "$(grep -c "cannot write '$dir/director/audit.log'" "$THESPLOG_FILE")" -eq 6 ]
}

@test "a key is not revoked where that cannot be recorded or written" {
	thespian-director key trust alice 'he*'
	cp director/trust.cfg trust.kept
	for how in "--path audit.log --calls openat,write" "--path .trust.cfg.tsp- --calls write" \
		"--path .trust.cfg.tsp- --calls rename,renameat2" "--path director --calls fsync --at 2"; do
		cut_run command "$how --fail EIO" thespian-director key revoke alice
		was_cut
		[ "$ended" -eq 1 ]
		grep "^thespian-director: cannot " said | grep -q "Input/output error"
		cmp trust.kept director/trust.cfg
		no_leftovers
		thespian-director audit --verify
	done
	thespian-director key revoke alice
}

# mount_small FOLDER: its content moves to a file system of 1 MiB.
mount_small() {
	cp -a "$1" kept
	mount -t tmpfs -o size=1m,mode=0700 none "$1" || skip "needs to mount a file system"
	cp -a kept/. "$1"
}

# Leaves not a byte of it.
fill() {
	dd if=/dev/zero of="$1/filler" bs=4096 2> filled && return 1
	grep -q "No space left on device" filled
}

@test "the Director's folder is full, then read-only: nothing has changed, actors go on, and with room it is done" {
	[ "$EUID" -eq 0 ] || skip "needs to mount a file system"
	thespian-director shutdown
	mount_small "$dir/director"
	thespian-director start > /dev/null
	pid=$(seen Hello pid)
	fill director
	refused 1 "No space left on device" thespian-director load hello-2.tls
	nothing_changed
	refused 1 "No space left on device" thespian-director key revoke alice
	nothing_changed
	rm director/filler
	mount -o remount,ro "$dir/director"
	refused 1 "Read-only file system" thespian-director load hello-2.tls
	nothing_changed
	refused 1 "Read-only file system" thespian-director key revoke alice
	mount -o remount,rw "$dir/director"
	loads
	thespian-director shutdown
}

@test "the cache is full: the load fails by name, and with room it is done" {
	[ "$EUID" -eq 0 ] || skip "needs to mount a file system"
	thespian-director shutdown
	mount_small "$dir/cache"
	thespian-director start > /dev/null
	pid=$(seen Hello pid)
	fill cache
	run thespian-director load hello-2.tls
	echo "$output"
	[ "$status" -eq 6 ]
	[[ $output == *"thespian-director: cannot load 'hello-2.tls': "*"No space left on device"* ]]
	rm cache/filler
	nothing_changed
	loads
	thespian-director shutdown
}
