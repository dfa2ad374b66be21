#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P1, P2: what was not signed as it stands is refused with status 5 and its reason, recorded, and
# nothing has changed. (Every byte and every length: test/unit/source_package.c.)

load common
load deploy
setup() {
	deploy_setup
	pack 1
	thespian-director load hello > /dev/null
	pack_aside 2
	before=$(everything)
}
teardown() { tsp_teardown; }

# After refusals: nothing has changed, they are in the audit log, and the honest twin loads.
then_the_twin_loads() {
	[ "$(everything)" = "$before" ]
	[ "$(answers)" = 1 ]
	[ "$(grep -c '"verdict":"refused"' "$THESPIAN_DIRECTOR_DIR/audit.log")" -ge "$1" ]
	thespian-director load hello-2.tls
	[ "$(answers)" = 2 ]
}

@test "unsigned: a bare zip, a package without its signature, plain text" {
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

@test "signed by a key that is not in the folder; then the key is there" {
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

@test "40 positions over the whole file, one bit each" {
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

@test "cut at 20 lengths, and with a byte more" {
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

@test "a package in the folder that was tampered with: not the newest, not loaded by group" {
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

@test "P2: an old package under a newer name: its signed version decides" {
	thespian-director load hello-2.tls
	before=$(everything)
	cp "$(package 1)" hello-99.tls
	refused 5 "version 1 is older than 2" thespian-director load hello-99.tls
	cp hello-99.tls "$(package 99)"
	run thespian-director load hello
	[ "${lines[0]}" = "hello 2 already active" ]
	rm "$(package 99)"
	[ "$(everything)" = "$before" ]
	pack_aside 3
	mv hello-3.tls "odd name.tls"
	thespian-director load "odd name.tls"
	[ "$(answers)" = 3 ]
	[ -e "$(package 3)" ]
}

@test "P2: a package under another group's name is still of its own group" {
	cp hello-2.tls "$THESPIAN_DIRECTOR_DIR/bank-7.tls"
	refused 1 "no package of this group" thespian-director load bank
	rm "$THESPIAN_DIRECTOR_DIR/bank-7.tls"
	[ "$(everything)" = "$before" ]
	cp hello-2.tls bank-7.tls
	run thespian-director load bank-7.tls
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == "loaded hello 2 "* ]]
	[ ! -e "$THESPIAN_DIRECTOR_DIR/bank-7.tls" ]
}

@test "P4: rules that name no key let none sign" {
	echo '{ "keys": {} }' > "$THESPIAN_DIRECTOR_DIR/trust.cfg"
	refused 5 "trust.cfg" thespian-director load hello-2.tls
	rm "$THESPIAN_DIRECTOR_DIR/trust.cfg"
	then_the_twin_loads 1
}
