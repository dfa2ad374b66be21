#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# doctor names each fault and its remedy; after the remedy it is silent. Where the remedy is a command, the test
# runs the line of the hint as it stands.
# shellcheck disable=SC2154 # common and bats set them

load common
load deploy

setup() {
	deploy_setup
	own_builds
	mkdir keys
	mv alice.sec keys/
	config=$THESPIAN_DIRECTOR_DIR
	id=$(thespian-director --json key list | jq -r '.keys[0].id')
}
teardown() { tsp_teardown; }

doctor() {
	run --separate-stderr thespian-director "$@" doctor
	faults=$(grep -v '^note: ' <<< "$output") || true
	hint=$(sed -n 's/^hint: //p' <<< "$faults")
}

# well [OPTIONS]: no fault, whatever is noted.
well() {
	doctor "$@"
	[ "$status $faults" = "0 " ] || {
		echo "$output$stderr"
		return 1
	}
}

# sick FAULT HINT [OPTIONS]: this one and no other, with this remedy.
sick() {
	local fault="fault: $1" remedy="hint: $2"
	shift 2
	doctor "$@"
	[ "$status $faults" = "1 $fault"$'\n'"$remedy" ] || {
		printf 'status %s, not 1 with\n%s\n%s\nbut\n%s\n%s\n' "$status" "$fault" "$remedy" "$output" "$stderr"
		return 1
	}
}

# resembles FAULT HINT: as sick, with patterns, for what has a time or the compiler's words in it.
resembles() {
	doctor
	# shellcheck disable=SC2053 # patterns are meant
	[[ $status == 1 && $(wc -l <<< "$faults") == 2 && ${faults%%$'\n'*} == "fault: "$1 && $hint == $2 ]] || {
		printf 'status %s, not 1 with what is like\n%s\n%s\nbut\n%s\n%s\n' "$status" "$1" "$2" "$output" "$stderr"
		return 1
	}
}

# away FILE WHY: the hint that puts it away.
away() {
	printf 'mv %s %s.broken  # %s' "$1" "$1" "$2"
}

# Does what the hint says.
follow() {
	bash -euc "$hint" > /dev/null
}

# A day so many days from now.
day() {
	date -u -d "$1 days" +%F
}

trust() {
	printf '%s\n' "$1" > "$config/trust.cfg"
}

pack_hello() {
	local version
	for version; do
		witness_source "src-$version" "$version"
		thespian-director gensrc --key keys/alice.sec --version "$version" hello "src-$version" > /dev/null
	done
}

# all_of FOLDER..: what could have been changed there.
all_of() {
	find "$@" -printf '%p %m %u %s %T@\n' | sort
}

@test "a deployment in order: silent, with and without a system, and nothing is changed" {
	pack_hello 1.0
	mkdir tmp
	export TMPDIR=$dir/tmp
	well
	[ -z "$stderr" ]
	thespian-director load hello > /dev/null
	thespian-director audit --verify > /dev/null
	all_of "$config" "$XDG_CACHE_HOME" > before
	well
	all_of "$config" "$XDG_CACHE_HOME" | diff before -
	thespian-director shutdown > /dev/null
	all_of "$config" "$XDG_CACHE_HOME" "$THESPIAN_RUNTIME_DIR" > before
	well
	all_of "$config" "$XDG_CACHE_HOME" "$THESPIAN_RUNTIME_DIR" | diff before -
	[ -z "$(ls -A tmp)" ]
	doctor --json
	json '.faults == []'
	json '.notes | type == "array"'
}

@test "there is no folder" {
	sick "cannot use the folder '$dir/none': there is none" "mkdir -p -m 0700 $dir/none" --dir "$dir/none"
	follow
	well --dir "$dir/none"
	[[ $output == *"note: no key in the folder: every load is refused"* ]]
}

@test "the folder is none" {
	touch plain
	sick "cannot use the folder '$dir/plain': it is not a folder" \
		"name another one, by --dir or THESPIAN_DIRECTOR_DIR" --dir plain
	well --dir "$config"
}

@test "others may write into the folder" {
	chmod 0777 "$config"
	sick "cannot rely on the folder '$config': others may put keys there, its mode is 0777" "chmod go-w $config"
	follow
	well
}

@test "others may write a file of the folder" {
	chmod 0755 "$config"
	chmod 0646 "$config/alice_tls.key"
	sick "cannot rely on '$config/alice_tls.key': others may write it, its mode is 0646" \
		"chmod go-w $config/alice_tls.key"
	follow
	well
	# who cannot get there may be allowed to write there
	chmod 0700 "$config"
	chmod 0666 "$config/alice_tls.key"
	well
}

@test "its owner may not write into the folder" {
	chmod 0500 "$config"
	sick "cannot use the folder '$config': its owner may not write there, its mode is 0500" "chmod u+rwx $config"
	follow
	well
}

@test "the folder belongs to somebody else" {
	[ "$EUID" -eq 0 ] || skip "only root can give a folder away"
	chown 12345 "$config"
	sick "cannot rely on the folder '$config': it belongs to user 12345, and this is user 0" "chown 0 $config"
	follow
	well
}

@test "a setting that there is not" {
	echo 1 > "$config/adminprot.cfg"
	sick "$config/adminprot.cfg:1:1: there is no setting of this name" \
		"$(away "$config/adminprot.cfg" "'thespian-director config' shows the names there are")"
	follow
	well
	# what was put away before stays
	echo 2 > "$config/adminprot.cfg"
	doctor
	follow
	well
	[ "$(cat "$config/adminprot.cfg.broken" "$config/adminprot.cfg.broken.2")" = $'1\n2' ]
}

@test "a setting with a default does not parse" {
	echo many > "$config/thesplogs.cfg"
	sick "$config/thesplogs.cfg:1:1: a number is expected" \
		"thespian-director config thesplogs 51200  # its default; or what you meant"
	follow
	well
}

@test "a setting without a default does not parse" {
	printf '{\n "a": }\n' > "$config/othercaps.cfg"
	resembles "$config/othercaps.cfg:2:*" "$(away "$config/othercaps.cfg" "or correct it at that place")"
	follow
	well
}

@test "settings that parse, and that no system would start with" {
	echo '{ "loggerz": {} }' > "$config/thesplog.cfg"
	sick "$config/thesplog.cfg: cannot use the log definitions: loggerz: there is no such member" \
		"correct it there, as thespian-admin(8) says"
	run -2 thespian-director start
	echo '{ "loggers": {} }' > "$config/thesplog.cfg"
	well
	echo '{ "Mailbox Messages": "many" }' > "$config/othercaps.cfg"
	resembles "$config/othercaps.cfg: *Mailbox Messages*" "correct it there, as thespian-admin(8) says"
	run ! thespian-director start
	echo '{ "Mailbox Messages": 100 }' > "$config/othercaps.cfg"
	well
	thespian-director start > /dev/null
	well
}

@test "hosts of a user that there is not, or who they may not be" {
	echo '{"Host User": "no-such-user"}' > "$config/othercaps.cfg"
	sick "$config/othercaps.cfg: cannot run hosts as 'no-such-user': there is no such user" \
		"make one, or name another in the capability 'Host User'"
	run -2 thespian-director start
	[[ $output == *"cannot run hosts as 'no-such-user': there is no such user"* ]]
	echo '{"Host User": [1]}' > "$config/othercaps.cfg"
	sick "$config/othercaps.cfg: cannot use the capability 'Host User': it is neither a name nor a number of a user" \
		"correct it there, as thespian-admin(8) says"
	run -2 thespian-director start
	for user in "\"$(id -un)\"" "$EUID" null; do
		echo "{\"Host User\": $user}" > "$config/othercaps.cfg"
		well
	done
	if [ "$EUID" -ne 0 ]; then
		echo '{"Host User": "root"}' > "$config/othercaps.cfg"
		sick "$config/othercaps.cfg: cannot run hosts as user 0: only root can" \
			"start the system as root, or without the capability 'Host User'"
		run -2 thespian-director start
		return
	fi
	for user in '"nobody"' 65534 12345; do
		echo "{\"Host User\": $user}" > "$config/othercaps.cfg"
		well
		[[ $output != *"note: actors run as"* && $output != *"note: hosts run as root"* ]]
	done
	thespian-director start > /dev/null
	thespian-director shutdown > /dev/null
	for user in '"root"' 0; do
		echo "{\"Host User\": $user}" > "$config/othercaps.cfg"
		well
		[[ $output == *"note: hosts run as root, as '$config/othercaps.cfg' says: code of actors may do anything on this machine"* ]]
		[[ $output == *"note: actors run as the user of their admin"* ]]
	done
}

@test "a base that the director cannot use" {
	echo simpleSystemBase > "$config/thespbase.cfg"
	sick "cannot use 'simpleSystemBase': it lives in one process only" \
		"thespian-director config thespbase multiprocTCPBase"
	follow
	well
}

@test "a group file does not parse" {
	echo '{ "Actors": { "Greeter": { "OnLaod": {} } } }' > "$config/hello.tli"
	resembles "$config/hello.tli:1:*OnLaod*" \
		"$(away "$config/hello.tli" "the package has one, too; or correct it at that place")"
	follow
	well
}

@test "a secret key that others may read, here or in the folder" {
	cp keys/alice.sec .
	cp keys/alice.sec "$config/"
	chmod 0644 alice.sec
	sick "cannot rely on the secret key '$dir/alice.sec': others may read it, its mode is 0644" \
		"chmod 0600 $dir/alice.sec  # who may have read it? 'key revoke' ends a key that got about"
	follow
	well
	chmod 0640 "$config/alice.sec"
	sick "cannot rely on the secret key '$config/alice.sec': others may read it, its mode is 0640" \
		"chmod 0600 $config/alice.sec  # who may have read it? 'key revoke' ends a key that got about"
	follow
	well
}

@test "a development key is noted, wherever it may sign" {
	doctor
	[[ $output != *development* ]]
	cp keys/alice.sec "$config/development.sec"
	chmod 0600 "$config/development.sec"
	well
	[[ $output == *"note: '$config/development.sec' has no password: who reads it can load code, so a machine that matters has none"* ]]
}

@test "a public key that is none" {
	pack_hello 1.0
	echo rubbish > "$config/zoe_tls.key"
	sick "cannot read key '$config/zoe_tls.key': not a public key as minisign writes it" \
		"$(away "$config/zoe_tls.key" "or bring it back from who made it")"
	run ! thespian-director avail
	follow
	well
	thespian-director avail > /dev/null
}

@test "a public key that cannot be read" {
	[ "$EUID" -ne 0 ] || skip "root reads everything"
	chmod 0 "$config/alice_tls.key"
	sick "cannot open '$config/alice_tls.key': Permission denied" "chmod u+r $config/alice_tls.key"
	[[ $output != *"no key in the folder"* ]]
	follow
	well
}

@test "a public key twice" {
	cp "$config/alice_tls.key" "$config/bob_tls.key"
	sick "cannot count key '$config/bob_tls.key': '$config/alice_tls.key' is the same key" "rm $config/bob_tls.key"
	follow
	well
	[ -e "$config/alice_tls.key" ]
}

@test "trust.cfg does not parse: it is never put away, which would trust all keys" {
	trust '{ "keyz": {} }'
	sick "$config/trust.cfg:1:3: unknown key 'keyz' (keys, need, revoked are known)" \
		"correct it there, as thespian-source(5) says; until then every load is refused"
	trust '{ "keys": {} }'
	well
}

@test "trust.cfg names a key that the folder lacks" {
	thespian-director key trust alice hello > /dev/null
	mv "$config/alice_tls.key" .
	sick "cannot use key $id that '$config/trust.cfg' names: the folder has no such public key" \
		"put its NAME_tls.key into the folder, or end it for good with 'thespian-director key revoke $id'"
	mv alice_tls.key "$config/"
	well
	mv "$config/alice_tls.key" .
	thespian-director key revoke "$id" > /dev/null
	well
}

@test "a key has ended" {
	trust "{ \"keys\": { \"$id\": { \"groups\": [\"*\"], \"expires\": \"2020-02-29\" } } }"
	sick "key $id ended on 2020-02-29, says '$config/trust.cfg'" \
		"thespian-director key expiry $id $(day 365)  # if it is to be trusted still; else 'key revoke' it"
	follow
	well
}

@test "a key ends within 30 days; one that does later is in order" {
	local end
	end=$(day 10)
	trust "{ \"keys\": { \"$id\": { \"groups\": [\"*\"], \"expires\": \"$end\" } } }"
	doctor
	[ "$status" -eq 1 ]
	[[ $faults =~ ^"fault: key $id ends on $end, in "(9|10)" days, says '$config/trust.cfg'"$'\n' ]]
	[[ $hint == "thespian-director key expiry $id "* ]]
	follow
	well
	trust "{ \"keys\": { \"$id\": { \"groups\": [\"*\"], \"expires\": \"$(day 40)\" } } }"
	well
}

@test "more keys are needed than may sign, as far as patterns meet" {
	thespian-director keygen bob --no-password > /dev/null
	mv bob.sec keys/
	thespian-director key trust alice 'bank-*' > /dev/null
	thespian-director key trust bob 'shop*' > /dev/null
	thespian-director key need 'b*k-core' 2 > /dev/null
	sick "cannot meet what '$config/trust.cfg' needs for 'b*k-core': 2 keys, and 1 may sign" \
		"'thespian-director key trust KEY \"b*k-core\"' lets one more sign, 'key need' asks for less"
	thespian-director key trust bob "b*k-core" > /dev/null
	well
	thespian-director key trust bob 'sh*' > /dev/null
	thespian-director key need "b*k-core" 1 > /dev/null
	well
}

@test "a package that does not verify" {
	pack_hello 1.0 2.0
	truncate -s -1 "$(package 2.0)"
	resembles "cannot use package '$(package 2.0)': *" "$(away "$(package 2.0)" "or *")"
	follow
	well
}

@test "a state that does not parse" {
	pack_hello 1.0
	thespian-director load hello > /dev/null
	thespian-director shutdown > /dev/null
	cp "$config/state/hello.json" kept.json
	echo '{ "held": false }' > "$config/state/hello.json"
	sick "$config/state/hello.json:1:1: not the state of a group" \
		"$(away "$config/state/hello.json" "forgets the newest version accepted; better bring it back")"
	cp kept.json "$config/state/hello.json"
	well
	echo '{' > "$config/state/hello.json"
	doctor
	follow
	well
}

@test "a state that names a package which is missing" {
	pack_hello 1.0 2.0
	thespian-director load "$(package 1.0)" > /dev/null
	thespian-director load "$(package 2.0)" > /dev/null
	thespian-director shutdown > /dev/null
	local short
	short=$(hash_of "$(package 2.0)")
	short=${short:0:12}
	mv "$(package 2.0)" .
	sick "cannot bring back group 'hello': the folder lacks its version 2.0 ($short)" \
		"put that package back, or load version 1.0: 'thespian-director load hello --allow-downgrade'"
	cp hello-2.0.tls "$config/"
	well
	rm "$(package 2.0)"
	thespian-director load hello --allow-downgrade > /dev/null
	well
	# what could not be rolled back to is no fault
	[[ $output == *"note: group 'hello' cannot roll back: the folder lacks its version 2.0 ($short)"* ]]
}

@test "the audit log is broken" {
	pack_hello 1.0
	thespian-director load hello > /dev/null
	well
	sed -i '1s/accepted/refused/' "$config/audit.log"
	[ "$(wc -l < "$config/audit.log")" -ge 2 ]
	sick "cannot verify '$config/audit.log': line 2 does not follow from the one before it" \
		"$(away "$config/audit.log" "keep it: it, or what stood before, was changed or taken out")"
	follow
	well
}

@test "the clock is before a package's time" {
	witness_source src 1.0
	SOURCE_DATE_EPOCH=4000000000 thespian-director gensrc --key keys/alice.sec --version 1.0 hello src > /dev/null
	resembles "cannot rely on the clock: it says 20*Z, and package '$(package 1.0)' is of 2096-10-02T07:06:40Z" \
		"set this clock ('timedatectl set-ntp true'), or, where it is right, sign anew what another clock dated"
	rm "$(package 1.0)"
	thespian-director gensrc --key keys/alice.sec --version 1.0 hello src > /dev/null
	well
}

@test "the clock is before a state's last event" {
	pack_hello 1.0
	thespian-director load hello > /dev/null
	thespian-director shutdown > /dev/null
	cp "$config/state/hello.json" kept.json
	jq '.events[-1].time = 4000000000' kept.json > "$config/state/hello.json"
	resembles "cannot rely on the clock: it says 20*Z, and the state of group 'hello' is of 2096-10-02T07:06:40Z" \
		"set this clock ('timedatectl set-ntp true'), or, where it is right, wait, and load again"
	cp kept.json "$config/state/hello.json"
	well
}

@test "builds have not enough of what Build Limits give" {
	echo '{"Build Limits": {"memory_mib": 1}}' > "$config/othercaps.cfg"
	resembles "cannot build a small package with '/*': *" \
		"raise the 'Build Limits' of '$config/othercaps.cfg': without them it builds"
	echo '{"Build Limits": {"memory_mib": 2000}}' > "$config/othercaps.cfg"
	well
}

@test "Build Limits that are none" {
	echo '{"Build Limits": {"memory_mib": 0}}' > "$config/othercaps.cfg"
	resembles "$config/othercaps.cfg: cannot use 'memory_mib' of the capability 'Build Limits': it is not a number *" \
		"correct it there, as thespian-admin(8) says"
	echo '{"Build Limits": {"memory_mib": 1000}}' > "$config/othercaps.cfg"
	well
}

# with_mounts SCRIPT: in a place where a mount is nobody else's.
with_mounts() {
	unshare -m true 2> /dev/null || skip "nothing can be mounted here"
	unshare -m bash -euc "$1"
}

@test "the compiler does not work" {
	local cc
	cc=$(readlink -f "$(for cc in /usr/bin/cc /usr/local/bin/cc; do [ ! -x $cc ] || { echo $cc; break; }; done)")
	[ -n "$cc" ]
	cat > cc <<-'END'
	#!/bin/sh
	echo "cc (none) 1.0"
	[ "$1" = --version ]
	END
	chmod +x cc
	with_mounts "mount --bind '$dir/cc' '$cc'
		thespian-director doctor > '$dir/sick' && exit 1
		umount '$cc'
		thespian-director doctor > '$dir/well'"
	grep -qx "fault: cannot build a small package with '/.*': .*" sick
	grep -qx "hint: repair the compiler, the C library's headers, or the folder for temporary files" sick
	run ! grep '^fault' well
}

@test "the disk is full" {
	mkdir small
	with_mounts "mount -t tmpfs -o size=2m none '$dir/small'
		cp -r '$config/.' '$dir/small'
		chmod 0700 '$dir/small'
		export THESPIAN_DIRECTOR_DIR='$dir/small'
		head -c 1500000 /dev/zero > '$dir/small/big'
		thespian-director doctor > '$dir/sick' && exit 1
		rm '$dir/small/big'
		thespian-director doctor > '$dir/well'
		mount -o remount,ro '$dir/small'
		thespian-director doctor > '$dir/readonly' && exit 1
		exit 0"
	grep -qxE "fault: cannot rely on the disk of '$dir/small': it is full, [0-9]+ KiB are left" sick
	grep -qx "hint: make room: 'df $dir/small' shows the disk" sick
	run ! grep '^fault' well
	grep -qx "fault: cannot write into the folder '$dir/small': its file system is read-only" readonly
	grep -qx "hint: mount it to be written; where it became read-only by itself, see the kernel's log" readonly
}

# without_landlock COMMAND...: as on a kernel that has none.
without_landlock() {
	cat > bare.c <<-'END'
	#include <errno.h>
	#include <linux/filter.h>
	#include <linux/seccomp.h>
	#include <stddef.h>
	#include <sys/prctl.h>
	#include <unistd.h>

	int main(int argc, char **argv)
	{
		struct sock_filter rules[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 444, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		};
		struct sock_fprog program = { 4, rules };

		if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
			return 99;
		execvp(argv[1], argv + 1);
		return 98;
	}
	END
	[ -e bare ] || "$TSP_CC" -o bare bare.c
	./bare "$@"
}

@test "no Landlock: a note, and a fault where a sandbox is required" {
	echo '{"Build Limits": {"sandbox": "required"}}' > "$config/othercaps.cfg"
	run -1 without_landlock thespian-director doctor
	[ "$(grep -v '^note: ' <<< "$output")" = "$(
		echo "fault: cannot build as '$config/othercaps.cfg' requires, in a sandbox: this kernel has no Landlock"
		echo "hint: boot a kernel of 5.13 or later with Landlock among 'lsm=', or take \"sandbox\" out there"
	)" ]
	rm "$config/othercaps.cfg"
	run -0 without_landlock thespian-director doctor
	[[ $output == *"note: builds can read what their user can: this kernel has no Landlock"* ]]
	run ! grep '^fault' <<< "$output"
}

@test "others get at the cache" {
	mkdir -m 0755 "$XDG_CACHE_HOME/thespian"
	sick "cannot use the cache '$XDG_CACHE_HOME/thespian': not a folder of mode 0700 that belongs to us" \
		"chmod 0700 $XDG_CACHE_HOME/thespian"
	follow
	well
}

@test "the runtime folder has the wrong mode, or is a link" {
	chmod 0755 "$THESPIAN_RUNTIME_DIR"
	sick "cannot use runtime folder '$dir/run': its mode is 0755 and must be 0700" "chmod 0700 $dir/run"
	follow
	well
	mv run elsewhere
	ln -s elsewhere run
	sick "cannot use runtime folder '$dir/run': it is a link" \
		"mv $dir/run $dir/run.broken  # a new one is made when it is needed"
	follow
	well
	THESPIAN_RUNTIME_DIR=run sick "cannot use runtime folder 'run': THESPIAN_RUNTIME_DIR must be an absolute path" \
		"export THESPIAN_RUNTIME_DIR as a path that begins with /"
}

@test "the runtime folder of the setting is looked into, where the environment names none" {
	unset THESPIAN_RUNTIME_DIR
	mkdir -m 0755 elsewhere
	thespian-director config runtime "$dir/elsewhere"
	sick "cannot use runtime folder '$dir/elsewhere': its mode is 0755 and must be 0700" "chmod 0700 $dir/elsewhere"
	follow
	well
	thespian-director start > /dev/null
	[ -S "elsewhere/$port.sock" ]
	well
	mkdir -m 0700 other
	cp "$config"/*.cfg "$config/alice_tls.key" other/
	sick "the Director of this system works for folder '$config'" \
		"give that folder with --dir, or another port with --port" --dir "$dir/other"
	# an empty variable says nothing
	THESPIAN_RUNTIME_DIR='' thespian-director status > /dev/null
	thespian-director shutdown > /dev/null
	export THESPIAN_RUNTIME_DIR=$dir/run
}

@test "somebody else listens at the port" {
	cat > listener.c <<-'END'
	#include <stdio.h>
	#include <string.h>
	#include <sys/socket.h>
	#include <sys/un.h>
	#include <unistd.h>

	int main(int argc, char **argv)
	{
		struct sockaddr_un address = { .sun_family = AF_UNIX };
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		snprintf(address.sun_path, sizeof(address.sun_path), "%s", argv[argc - 1]);
		if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 5) < 0)
			return 1;
		puts("ready");
		fflush(stdout);
		for (;;)
			close(accept(fd, NULL, NULL));
	}
	END
	"$TSP_CC" -o listener listener.c
	./listener "$dir/run/$port.sock" > ready 3>&- &
	local pid=$!
	wait_until 5 grep -q ready ready
	sick "cannot attach to the system at port $port: it closed the connection" \
		"thespian-director config adminport $((port + 1))  # or end what listens there"
	follow
	well
	thespian-director config adminport "$port"
	doctor
	[ "$status" -eq 1 ]
	kill "$pid"
	wait "$pid" || true
	well
}

@test "a system at the port that is not of this folder, or has no Director" {
	thespian-director start > /dev/null
	mkdir -m 0700 other
	cp "$config/adminport.cfg" "$config/alice_tls.key" other/
	sick "the Director of this system works for folder '$config'" \
		"give that folder with --dir, or another port with --port" --dir "$dir/other"
	well --dir "$config"
	thespian-director shutdown > /dev/null
	thespian-shell -p "$port" -c 'start multiprocTCPBase' > /dev/null
	sick "cannot ask the Director at port $port: there is none" \
		"it was not started by thespian-director: 'shutdown', then 'start'"
	thespian-director shutdown > /dev/null
	thespian-director start > /dev/null
	well
}

@test "a system that does not answer" {
	thespian-director start > /dev/null
	local pid
	pid=$(admin_pid)
	kill -STOP "$pid"
	doctor --timeout 0.5
	kill -CONT "$pid"
	[ "$status" -eq 1 ]
	[[ $faults == "fault: cannot attach to the system at port $port: "*$'\n'"hint: it is busy or stopped: "* ]]
	well
}

@test "all faults are named at once, in JSON too, and each remedy can be followed as it stands" {
	local odd="$dir/it's odd"
	cp -r "$config" "$odd"
	echo x > "$odd/adminport.cfg"
	echo x > "$odd/thesplogs.cfg"
	echo x > "$odd/unknown.cfg"
	echo x > "$odd/zoe_tls.key"
	chmod 0777 "$odd"
	chmod 0755 run
	doctor --dir "$odd" --json
	[ "$status" -eq 1 ]
	json '[.faults[].check] == ["folder", "settings", "settings", "settings", "public keys", "system"]'
	json 'all(.faults[]; .command and (.fault | length > 0) and (.hint | length > 0))'
	[ -z "$stderr" ]
	hint=$(jq -r '.faults[].hint' <<< "$output")
	follow
	well --dir "$odd"
	doctor --dir "$odd" --verbose
	[[ $stderr == *"checking: compiler"* ]]
}

@test "that hosts run as their admin's user is said, and no fault" {
	if [ "$EUID" -eq 0 ]; then
		doctor
		[ "$status" -eq 0 ]
		[[ $output != *"note: actors run as the user of their admin"* ]]
		echo '{"Host User": "root"}' > "$config/othercaps.cfg"
		thespian-director start > /dev/null
	fi
	doctor
	[ "$status" -eq 0 ]
	[[ $output == *"note: actors run as the user of their admin"* ]]
}
