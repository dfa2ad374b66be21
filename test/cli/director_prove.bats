#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `prove` tells what runs, hash by hash, signed by the system's own key, which signs nothing else that counts.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031,SC2119,SC2120 # common and bats set them; jq has variables, too

load common
load deploy
setup() {
	deploy_setup
	own_builds
	pack 1
	thespian-director load hello > /dev/null
}
teardown() { tsp_teardown; }

system_key() {
	printf '%s/system.pub\n' "$THESPIAN_DIRECTOR_DIR"
}

@test "the document has each source and module with the hash of what was opened" {
	run -0 thespian-director prove --nonce 'today 17' -o p.json
	[[ $output == "p.json of system "*", p.json.minisig by key "* ]]
	output=$(cat p.json)
	json --arg hash "$(hash_of hello-1.tls)" --argjson port "$port" --arg name "$(uname -n)" '.format == "THESPIAN-PROOF 1"
		and .nonce == "today 17" and .port == $port and .machine.name == $name and .abi == 1
		and (.sources | length == 1) and .sources[0].hash == $hash and .sources[0].group == "hello"
		and .sources[0].version == "1" and .sources[0].actors == 1 and .sources[0].state == "loaded"'
	cached=$(find "$XDG_CACHE_HOME/thespian" -name '*.so')
	json --arg hash "$(b2sum -l 256 "$cached" | cut -d ' ' -f 1)" '.sources[0].module_hash == $hash'
	path=$(jq -r '.modules[] | select(.name == "director") | .path' p.json)
	json --arg hash "$(b2sum -l 256 "$path" | cut -d ' ' -f 1)" '.modules[] | select(.name == "director") | .module_hash == $hash'
	json --arg system "$(thespian-director role main --group hello | sed 's/@\(.*\)\..*/\1/')" '.system | endswith($system)'
}

@test "minisign -V takes it with the system's public key, and no changed one" {
	thespian-director prove -o p.json
	run -0 minisign -V -p "$(system_key)" -m p.json
	[[ $output == *"Trusted comment: thespian-proof system:"*" time:"* ]]
	[ "$(stat -c %a "$THESPIAN_DIRECTOR_DIR/system.sec")" = 600 ]
	sed -i 's/"hello"/"hallo"/' p.json
	run minisign -V -p "$(system_key)" -m p.json
	[ "$status" -ne 0 ]
}

@test "the same state gives the same document but for its time, and the key stays" {
	thespian-director prove -o a.json
	id=$(sed -n 1p "$(system_key)")
	thespian-director prove
	cmp <(jq -cS 'del(.time)' a.json) <(jq -cS 'del(.time)' proof.json)
	[ "$(wc -l < a.json)" = 1 ]
	[ "$(sed -n 1p "$(system_key)")" = "$id" ]
	# a public half that got lost comes back, the secret one does not
	rm "$(system_key)"
	thespian-director prove -o b.json
	[ "$(sed -n 1p "$(system_key)")" = "$id" ]
	rm "$THESPIAN_DIRECTOR_DIR/system.sec"
	refused 1 "system.pub" thespian-director prove -o c.json
	[[ $stderr == *"hint: its secret half is lost"* ]]
	[ ! -e c.json ]
}

@test "another machine checks it with the public key alone: 0, and 5 for all that it is not" {
	thespian-director prove --nonce abc -o p.json > /dev/null
	mkdir elsewhere
	cp p.json p.json.minisig "$(system_key)" elsewhere
	cd elsewhere
	export THESPIAN_DIRECTOR_DIR=$PWD/none
	check() {
		thespian-director prove --check p.json --key system.pub "$@"
	}
	run -0 check --nonce abc
	[[ $output == *"hello  1"*"$(jq -r '.sources[0].module_hash' p.json)"* ]]
	run -0 thespian-director --json prove --check p.json --key system.pub
	json '.nonce == "abc" and .sources[0].group == "hello" and (.key_id | length == 16)'
	refused 5 "its nonce is 'abc', not the one asked for" check --nonce abd
	cp p.json.minisig good.minisig
	for position in 0 60 100 180 220 300; do
		cp good.minisig p.json.minisig
		flip p.json.minisig "$position"
		refused 5 "cannot believe 'p.json': " check
	done
	cp good.minisig p.json.minisig
	echo >> p.json.minisig
	refused 5 "more follows its signature" check
	cp good.minisig p.json.minisig
	cp p.json good.json
	for position in 0 50 200; do
		cp good.json p.json
		flip p.json "$position"
		refused 5 "does not verify" check
	done
	cp good.json p.json
	rm -f other.sec other.pub
	minisign -G -W -p other.pub -s other.sec > /dev/null
	refused 5 "it is signed by key" thespian-director prove --check p.json --key other.pub
	# signed by the right key, but not as a proof
	minisign -S -W -s "$dir/director/system.sec" -m p.json -t 'group:hello version:1' > /dev/null
	refused 5 "it was signed as something else" check
	rm p.json.minisig
	refused 1 "p.json.minisig" check
	cp good.minisig p.json.minisig
	check
}

@test "the system's key signs no packages, also where somebody puts it among those that do" {
	thespian-director prove > /dev/null
	witness_source src 2
	thespian-director gensrc --key "$THESPIAN_DIRECTOR_DIR/system.sec" --version 2 -o evil.tls hello src > /dev/null
	refused 5 "not signed by a known key" thespian-director load evil.tls
	cp "$(system_key)" "$THESPIAN_DIRECTOR_DIR/evil_tls.key"
	refused 5 "is the system's own, which signs no packages" thespian-director load evil.tls
	refused 5 "is the system's own, which signs no packages" thespian-director verify evil.tls
	thespian-director key trust evil '*' > /dev/null
	refused 5 "is the system's own, which signs no packages" thespian-director load evil.tls
	run -0 thespian-director --json key list
	json '.keys[] | select(.file == "evil_tls.key") | .state == "signs nothing"'
	[ "$(answers)" = 1 ]
	# the honest twin
	thespian-director key trust alice '*' > /dev/null
	thespian-director gensrc --key alice.sec --version 2 hello src > /dev/null
	thespian-director load hello
	[ "$(answers)" = 2 ]
}

@test "wrong usage is status 2, no system 3" {
	refused 2 "belong together" thespian-director prove --check p.json
	refused 2 "belong together" thespian-director prove --key "$(system_key)"
	refused 2 "one of --check and --output" thespian-director prove --check p.json --key "$(system_key)" -o x
	refused 2 "1 to 200 bytes" thespian-director prove --nonce ''
	refused 2 "1 to 200 bytes" thespian-director prove --nonce "$(printf '%201s' x)"
	thespian-director shutdown
	refused 3 "cannot prove what runs: " thespian-director prove
	[ ! -e proof.json ]
}
