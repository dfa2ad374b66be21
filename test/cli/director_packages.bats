#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load common
setup() {
	tsp_setup
	make_key alice
	write_source src Greeter one
}
teardown() { tsp_teardown; }

pack() {
	thespian-director gensrc --key alice.sec --version "$1" "${2:-hello}" src > /dev/null 2>&1
}

@test "F131: avail sorts the original's sixteen names as Debian does, newest first" {
	local order="201601280945 201601251343 201601251202 15.2.1 15.2 15.1 15a5gamma1 15a5beta4 15a3 15a1 15a 15 05 1 0 none"
	for version in $(tr ' ' '\n' <<< "$order" | sort); do
		pack "$version"
	done
	[ "$(thespian-director --json avail hello | jq -r '[.packages[].version] | join(" ")')" = "$order" ]
}

@test "F131 W40: avail sorts by version, newest first" {
	for version in 15 15~beta1 15.2 15a5gamma1 15.1 15a5beta4 15a 15.2.1 201601280945 none; do
		pack "$version"
	done
	run thespian-director avail hello --json
	[ "$status" -eq 0 ]
	json '[.packages[].version] == ["201601280945", "15.2.1", "15.2", "15.1", "15a5gamma1", "15a5beta4", "15a", "15",
		"15~beta1", "none"]'
	json '[.packages[] | select(.newest) | .version] == ["201601280945"]'
}

@test "a package that does not verify is marked and never the newest" {
	pack 1
	pack 2
	printf X | dd of="$THESPIAN_DIRECTOR_DIR/hello-2.tls" bs=1 seek=600 conv=notrunc status=none
	run thespian-director avail --json
	json '[.packages[] | [.version, .verified, .newest]] == [["1", true, true], ["2", false, false]]'
}

@test "a renamed file is what was signed" {
	pack 1
	mv "$THESPIAN_DIRECTOR_DIR/hello-1.tls" "$THESPIAN_DIRECTOR_DIR/bank-99.tls"
	run thespian-director avail --json
	json '[.packages[] | [.group, .version]] == [["hello", "1"]]'
}

@test "F130: tlsinfo of a package by an unknown key is status 5 and unpacks nothing" {
	pack 1
	mkdir elsewhere
	for option in "" --contents "--cat greeter.c" "--extract out"; do
		# shellcheck disable=SC2086
		run thespian-director --dir elsewhere tlsinfo "$THESPIAN_DIRECTOR_DIR/hello-1.tls" $option
		[ "$status" -eq 5 ]
	done
	[ ! -e out ]
	run -0 thespian-director tlsinfo hello-1.tls
	run -0 thespian-director tlsinfo hello-1.tls --contents
	[[ $output == *" source.json"*" greeter.c"* ]]
	thespian-director tlsinfo hello-1.tls --cat greeter.c | cmp - src/greeter.c
	thespian-director tlsinfo hello-1.tls --extract out
	[ "$(ls out)" = $'hello-1.zip\nhello-1.zip.minisig' ]
}

@test "tlsinfo refuses every cut and flip that was tried" {
	pack 1
	file=$THESPIAN_DIRECTOR_DIR/hello-1.tls
	size=$(stat -c %s "$file")
	for ((at = 0; at < size; at += 17)); do
		head -c "$at" "$file" > cut.tls
		run thespian-director tlsinfo "$PWD/cut.tls"
		[ "$status" -eq 5 ] || { echo "cut at $at: $status"; return 1; }
		cp "$file" flip.tls
		byte=$(od -An -tu1 -j "$at" -N 1 "$file")
		# shellcheck disable=SC2059
		printf "\\x$(printf %x $((byte ^ 1)))" | dd of=flip.tls bs=1 seek="$at" conv=notrunc status=none
		run thespian-director tlsinfo "$PWD/flip.tls"
		[ "$status" -eq 5 ] || { echo "flip at $at: $status $output"; return 1; }
	done
}

@test "a missing file, a folder and a missing argument each give one line" {
	run thespian-director tlsinfo nope.tls
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	run thespian-director tlsinfo src
	[ "$status" -ne 0 ]
	[ "${#lines[@]}" -eq 1 ]
	run thespian-director tlsinfo
	[ "$status" -eq 2 ]
}
