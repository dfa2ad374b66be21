#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# thespian-director --fleet prove: what each system runs, signed by its own key, and believed by the key that is pinned.
# shellcheck disable=SC2154 # the helpers set them

load common
load convention
load deploy
load fleet

setup() { fleet_setup; }
teardown() { convention_teardown; }

# pinned NAME: where the leader has the key of that system's proofs.
pinned() {
	echo "$dir/$here/convention/proofs/$(cat "$dir/$1/convention/system.key").pub"
}

# holds NAME KEYFILE: the file of that name is what that key signed, with the nonce.
holds() {
	on north prove --check "$dir/out/$1.json" --key "$2" --nonce 'today 17' > /dev/null
}

@test "--fleet prove: a file for each system, signed there; a forged one, or none, is refused and told" {
	fleet north south east
	pack_aside 1
	on north --fleet load hello-1.tls > /dev/null
	run on north --fleet prove --nonce 'today 17' -o "$dir/out"; echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"here: $dir/out/here.json by key "* ]]
	[[ $output == *"south: $dir/out/south.json by key "*", which was not known before"* ]]
	[[ $output == *"nonce: today 17"* ]]
	holds here "$dir/north/system.pub"
	for name in south east; do
		holds "$name" "$(pinned "$name")"
		holds "$name" "$dir/$name/system.pub"
	done
	refused 5 "it is signed by key" on north prove --check "$dir/out/east.json" --key "$dir/south/system.pub"
	output=$(cat "$dir/out/south.json")
	json --argjson port "${ports[south]}" --arg hash "$(hash_of hello-1.tls)" '.port == $port and .nonce == "today 17"
		and .sources[0].hash == $hash and .sources[0].group == "hello" and .sources[0].actors == 1'
	json --arg system "$(id_of south)" '.system | endswith($system)'
	# from then on it must be that key: it signs anew, with a nonce of its own where none is given
	run on north --json --fleet prove -o "$dir/out"
	[ "$status" -eq 0 ]
	json --arg key "$(pinned east)" '.failed == 0 and (.nonce | length == 32) and (.systems[] | select(.name == "east")
		| .key == $key and .key_is_new == false and (.key_id | length == 16) and (.file | endswith("/east.json")))'
	[ "$(jq -r .nonce "$dir/out/east.json")" = "$(jq -r .nonce <<< "$output")" ]
	# south's key is another one now, and east's can be read by others
	cp "$dir/out/south.json" south.before
	rm "$dir"/south/system.{sec,pub}
	chmod 0644 "$dir/east/system.sec"
	run --separate-stderr on north --json --fleet prove -o "$dir/out"
	[ "$status" -eq 7 ]
	[[ $stderr == *"2 of 3 systems failed"* ]]
	json --arg key "$(pinned south)" '.failed == 2 and (.systems[] | select(.name == "south") | .status == 5 and .file == null
		and (.error | startswith("its proof is not believed: it is signed by key ")) and (.hint | contains($key)))'
	json '.systems[] | select(.name == "east") | .status == 5 and (.error | contains("others may read it"))'
	cmp "$dir/out/south.json" south.before
	# its operator says that it is so
	cp "$dir/south/system.pub" "$(pinned south)"
	run on north --fleet prove --nonce 'today 17' -o "$dir/out"; echo "$output"
	[ "$status" -eq 7 ]
	[[ $output == *"south: $dir/out/south.json by key "* ]]
	[[ $output == *"east: FAILED: "* ]]
	holds south "$dir/south/system.pub"
}

@test "who may ask for a proof: whom orders are taken from, and callers, not actors" {
	fleet north south
	run on south --fleet prove
	[ "$status" -eq 7 ]
	[[ $output == *": FAILED: orders are taken only from a leader of this system"* ]]
	holds_here() { thespian-director prove --check proofs/here.json --key "$dir/south/system.pub"; }
	holds_here
	[[ $(at north "ask Director DirectorProve {}" || true) == *"a nonce of 1 to 200 bytes"* ]]
	spy_source DirectorProve nonce
	on north gensrc --key "$dir/alice.sec" --version 1 -o "$dir/spy-1.tls" spy "$dir/spy" > /dev/null
	on north load "$dir/spy-1.tls"
	director=$(json_at north actors | jq -c '.actors[] | select(.name == "Director") | .address')
	at north "tell Spy Order {\"director\": {\"\$address\": $director}}"
	heard() { [[ $(json_at north "ask Spy Heard {}") == *"a proof is made for a caller, not for an actor"* ]]; }
	wait_until 5 heard
}

@test "names that are no files' are written by their keys; usage" {
	fleet north south
	key=$(cat "$dir/south/convention/system.key")
	on north admit "$key" --name '../south' > /dev/null
	run on north --fleet prove; echo "$output"
	[ "$status" -eq 0 ]
	[ -f "proofs/$key.json" ]
	on north admit "$key" --name 'here' > /dev/null
	rm -r proofs
	run on north --fleet prove; echo "$output"
	[ "$status" -eq 0 ]
	[ "$(jq .port proofs/here.json)" = "${ports[north]}" ]
	[ "$(jq .port "proofs/$key.json")" = "${ports[south]}" ]
	refused 2 "one of --check and --fleet" on north --fleet prove --check proofs/here.json --key "$dir/north/system.pub"
	refused 2 "1 to 200 bytes" on north --fleet prove --nonce ''
}
