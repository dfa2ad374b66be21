#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The whole idea on real input: package, sign, load, talk, replace, roll back, refuse, survive.
# usage: demo.sh [FOLDER]   (programs are found by PATH; FOLDER is where words are counted)

set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
folder=${1:-/usr/share/common-licenses}
[ -d "$folder" ] || folder=$(cd -- "$here/../.." && pwd -P)
folder=$(cd -- "$folder" && pwd -P)
work=$(mktemp -d /tmp/tspdemo.XXXXXX)
port=$((20000 + $$ % 20000))

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$'\e[1m' plain=$'\e[0m'
fi

processes() {
	local file
	for file in /proc/[0-9]*/environ; do
		if tr '\0' '\n' 2>/dev/null < "$file" | grep -qxF "THESPIAN_RUNTIME_DIR=$work/run"; then
			file=${file#/proc/}
			case $(tr '\0' ' ' 2>/dev/null < "/proc/${file%/environ}/cmdline") in
			*thespian-admin* | *thespian-host*) echo "${file%/environ}" ;;
			esac
		fi
	done
}

leave() {
	local status=$?
	thespian-director shutdown >/dev/null 2>&1 || true
	rm -rf -- "$work"
	[ "$status" -eq 0 ] || printf '\nthe demo failed with status %d\n' "$status" >&2
	exit "$status"
}
trap leave EXIT

say() {
	printf '\n%s# %s%s\n' "$bold" "$*" "$plain"
}

# Shows a command as a reader would type it, then runs it; STATUS is what it must end with.
run() {
	local want=0 status=0 word line='$'
	if [ "$1" = --status ]; then
		want=$2
		shift 2
	fi
	for word in "$@"; do
		if [[ $word =~ ^[A-Za-z0-9_./:=@%+,-]+$ ]]; then
			line+=" $word"
		else
			line+=" '${word//\'/\'\\\'\'}'"
		fi
	done
	printf '%s%s%s\n' "$bold" "$line" "$plain"
	"$@" || status=$?
	[ "$want" -eq 0 ] || printf '(status %d)\n' "$status"
	if [ "$status" -ne "$want" ]; then
		printf 'demo: status %d was expected, not %d\n' "$want" "$status" >&2
		return 1
	fi
}

must_hold() {
	printf '%s' "$1" | grep -q -- "$2" || {
		printf 'demo: expected %s in:\n%s\n' "$2" "$1" >&2
		return 1
	}
}

say "everything happens in a folder of its own; nothing else on this machine is touched"
run cd "$work"
run mkdir run
# shellcheck disable=SC2016
printf '$ export THESPIAN_RUNTIME_DIR=%s/run THESPIAN_DIRECTOR_DIR=%s/director XDG_CACHE_HOME=%s/cache\n' \
	"$work" "$work" "$work"
chmod 700 run
export THESPIAN_RUNTIME_DIR=$work/run THESPIAN_DIRECTOR_DIR=$work/director XDG_CACHE_HOME=$work/cache
export XDG_STATE_HOME=$work/state
run mkdir director
run thespian-director config adminport "$port"

say "make a key: its public half is trusted by this folder, its secret half signs"
run thespian-director keygen demo --no-password

say "package and sign tally, version 1: it counts the words of every file below a folder"
run cp -r "$here/tally" tally
run chmod -R u+w tally
run thespian-director gensrc --key demo.sec --version 1 tally tally

say "start the system and load the package: it is verified, built, and its actor is started"
run thespian-director start
run thespian-director load tally

say "ask the running actor"
run thespian-shell -p "$port" -c "ask Tally Count {\"folder\": \"$folder\"}"

say "version 2 also names the most frequent words: it is loaded while version 1 is counting"
run sed -i 's/TALLY_VERSION 1/TALLY_VERSION 2/' tally/version.h
run thespian-director gensrc --key demo.sec --version 2 tally tally
printf '%s$ thespian-shell -p %s -c '\''ask Tally Count {"folder": "%s", "pause_ms": 400}'\'' > slow.json &%s\n' \
	"$bold" "$port" "$folder" "$plain"
thespian-shell -p "$port" --json --timeout 50 -c "ask Tally Count {\"folder\": \"$folder\", \"pause_ms\": 400}" > slow.json &
slow=$!
run thespian-director load tally
run thespian-shell -p "$port" -c "ask Tally Count {\"folder\": \"$folder\"}"
wait "$slow"
run cat slow.json
must_hold "$(cat slow.json)" '"version": *1'

say "back to version 1, and forth again: neither is built a second time"
run thespian-director rollback tally
must_hold "$(run thespian-shell -p "$port" --json -c "ask Tally Count {\"folder\": \"$folder\"}")" '"version": *1'
run thespian-director load tally
run thespian-director list tally

say "a package of which one byte was changed is refused"
run cp director/tally-2.tls tampered.tls
printf '%s$ printf X | dd of=tampered.tls bs=1 seek=600 conv=notrunc status=none%s\n' "$bold" "$plain"
printf X | dd of=tampered.tls bs=1 seek=600 conv=notrunc status=none
run --status 5 thespian-director load tampered.tls

say "and so is version 1 under the name of version 99: the signed version decides"
run cp director/tally-1.tls tally-99.tls
run --status 5 thespian-director load tally-99.tls

say "version 3 crashes on purpose in one worker: the poison comes back, and all else goes on"
run sed -i 's/TALLY_VERSION 2/TALLY_VERSION 3/' tally/version.h
run thespian-director gensrc --key demo.sec --version 3 tally tally
run thespian-director load tally
answer=$(thespian-shell -p "$port" --json -c "ask Tally Count {\"folder\": \"$folder\"}")
run thespian-shell -p "$port" -c "ask Tally Count {\"folder\": \"$folder\"}"
must_hold "$answer" 'signal 6'
hash=$(thespian-director --json tlsinfo director/tally-3.tls | sed -n 's/.*"hash": *"\([0-9a-f]*\)".*/\1/p')
run thespian-shell -p "$port" -c "create Worker --source $hash --name victim"
run --status 1 thespian-shell -p "$port" -c "ask victim File {\"path\": \"$here/demo.sh\", \"number\": 3}"
run thespian-shell -p "$port" -c "ask Tally Count {\"folder\": \"$folder\"}" >/dev/null

say "what runs"
run thespian-director status
run thespian-shell -p "$port" -c tree

say "the end: nothing is left running"
run thespian-director shutdown
left=$(processes)
if [ -n "$left" ]; then
	printf 'demo: still running: %s\n' "$left" >&2
	exit 1
fi
printf 'no process is left\n'
