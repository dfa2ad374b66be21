#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P1: what was not signed as it stands by a trusted key is refused with status 5 and its reason, recorded, and
# nothing has changed. (Every byte and every length: test/unit/source_package.c.)
# shellcheck disable=SC2154 # common and security set them

load common
load deploy
load security
setup() { security_setup; }
teardown() { tsp_teardown; }

@test "P1: unsigned: a bare zip, a package without its signature, plain text" {
	thespian-director tlsinfo "$PWD/hello-2.tls" --extract out > /dev/null
	cp out/hello-2.zip bare.tls
	{ printf 'THESPIAN-SOURCE 1\n\n' && cat out/hello-2.zip; } > nosig.tls
	echo hello > text.tls
	: > empty.tls
	for file in bare nosig text empty; do
		refused 5 "load '$file.tls': " thespian-director load $file.tls || return
	done
	then_the_twin_loads 4
}

@test "P1: signed by a key that is not in the folder; then the key is there" {
	thespian-director keygen stranger --no-password > /dev/null
	mv "$THESPIAN_DIRECTOR_DIR/stranger_tls.key" .
	thespian-director gensrc --key stranger.sec --version 2 -o foreign.tls hello src-2
	id=$(sed -n '1s/.* //p' stranger_tls.key)
	refused 5 "key" thespian-director load foreign.tls
	[[ "$stderr" == *"$id"* ]]
	[ "$(everything)" = "$before" ]
	cp stranger_tls.key "$THESPIAN_DIRECTOR_DIR"
	thespian-director load foreign.tls
	[ "$(answers)" = 2 ]
	# a key that is taken away signs nothing any more
	rm "$THESPIAN_DIRECTOR_DIR/stranger_tls.key"
	thespian-director rollback hello
	thespian-director unload hello@2
	refused 5 "key" thespian-director load foreign.tls
}

@test "P1: 40 positions over the whole file, one bit each" {
	size=$(stat -c %s hello-2.tls)
	for at in $(seq 0 39); do
		cp hello-2.tls flipped.tls
		flip flipped.tls $((at * (size - 1) / 39)) $((at % 8))
		refused 5 "load 'flipped.tls': " thespian-director load flipped.tls || {
			echo "position $((at * (size - 1) / 39)), bit $((at % 8))"
			return 1
		}
	done
	then_the_twin_loads 40
}

@test "P1: cut at 20 lengths, and with a byte more" {
	size=$(stat -c %s hello-2.tls)
	for at in $(seq 0 19); do
		head -c $((at * (size - 1) / 19)) hello-2.tls > cut.tls
		refused 5 "load 'cut.tls': " thespian-director load cut.tls || {
			echo "cut at $((at * (size - 1) / 19))"
			return 1
		}
	done
	{ cat hello-2.tls && printf x; } > longer.tls
	refused 5 "load 'longer.tls': " thespian-director load longer.tls
	then_the_twin_loads 21
}

@test "P1: a package in the folder that was tampered with: not the newest, not loaded by group" {
	cp hello-2.tls "$(package 2)"
	flip "$(package 2)" 700
	run thespian-director load hello
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "hello 1 already active" ]
	run thespian-director refresh
	[ "$output" = "hello 1 already active" ]
	refused 5 "load '" thespian-director load "$(package 2)"
	rm "$(package 2)"
	then_the_twin_loads 1
}

@test "P1: signed by itself, under the id of a key that is in the folder" {
	thespian-director keygen stranger --no-password > /dev/null
	mv "$THESPIAN_DIRECTOR_DIR/stranger_tls.key" .
	sed -n 2p "$THESPIAN_DIRECTOR_DIR/alice_tls.key" | base64 -d | tail -c +3 | head -c 8 > id
	with_id stranger id
	thespian-director gensrc --key stranger.sec --version 2 -o forged.tls hello src-2 > /dev/null
	refused 5 "its signature by key $(key_id alice) does not verify" thespian-director load forged.tls
	run thespian-director tlsinfo forged.tls
	[ "$status" -eq 5 ]
	then_the_twin_loads 1
}
