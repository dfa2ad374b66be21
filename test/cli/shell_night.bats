#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Ten broken systems, each found and mended by what share/doc/three-in-the-morning.md says, with the shell alone.
# shellcheck disable=SC2034,SC2154 # common sets some, mend reads some

load common
load night

setup() {
	tsp_setup
	own_builds
	night_module
}

teardown() {
	[ -z "${dir:-}" ] || thespian-shell -p "$port" --timeout 10 -c stop > /dev/null 2>&1 3>&- || true
	[ -z "${mounted:-}" ] || umount "$mounted" || true
	tsp_teardown
}

# number_of FILTER: how many actors of `actors` jq's FILTER takes.
number_of() {
	shell --json -c actors | jq "[.actors[] | select($1)] | length"
}

is_busy() {
	[ "$(number_of ".name == \"$1\" and .busy")" -eq 1 ]
}

# waits_behind NAME COUNT: so many messages are not handled yet.
waits_behind() {
	[ "$(shell --json -c actors | jq "[.actors[] | select(.name == \"$1\") | .waiting + .sent] | add")" -ge "$2" ]
}

# in_poison COUNT
in_poison() {
	[ "$(shell --json -c poison | jq '.messages | length')" -ge "$1" ]
}

@test "1: a handler that does not return" {
	shell -c start -c 'create night:Worker --name Pricing' -c 'tell Pricing hang' -c 'tell Pricing hello'
	wait_until 10 is_busy Pricing
	mend 1
}

@test "2: two that wait for each other" {
	thespian-admin --port "$port" --capabilities "{\"Host User\": \"$(id -un)\"}" > /dev/null 3>&-
	shell -c 'create night:Worker --name Orders' -c 'create night:Worker --name Stock'
	# what each is told comes before what the other asks
	mapfile -t hosts < <(shell --json -c actors | jq '.actors[] | select(.class == "Worker") | .pid')
	[ ${#hosts[@]} = 2 ]
	kill -STOP "${hosts[@]}"
	shell -c "tell Orders Ask {\"port\": $port, \"name\": \"Stock\"}" -c "tell Stock Ask {\"port\": $port, \"name\": \"Orders\"}"
	kill -CONT "${hosts[@]}"
	circled() { [ "$(shell --json -c waits | jq '[.waits[] | select(.circle > 0)] | length')" -ge 2 ]; }
	wait_until 20 circled
	mend 2
}

@test "3: a crash, again and again" {
	shell -c start -c 'create night:Shop --name Shop' -c 'create night:Feeder --name Feed' -c 'tell Shop Keep {}' \
		-c 'wait --for name Till' -c 'tell Feed Feed {"name": "Till", "text": "boom"}'
	wait_until 20 in_poison 3
	mend 3
}

@test "4: a mailbox that grows" {
	shell -c start -c 'create night:Worker --name Slow' -c 'create night:Feeder --name Feed' \
		-c 'tell Feed Feed {"name": "Slow", "text": "slow"}'
	wait_until 20 waits_behind Slow 20
	mend 4
}

@test "5: a lost child" {
	shell -c start -c 'create night:Shop --name Shop'
	child=$(shell --json -c 'ask Shop Open {}' | jq -r '."$address"')
	shell -c "kill $child --force" > /dev/null
	gone() { [ "$(number_of '.class == "Worker"')" -eq 0 ]; }
	wait_until 10 gone
	shell -c "tell $child hello"
	mend 5
}

@test "6: the wrong version" {
	make_key alice
	write_source one Greeter one
	write_source two Greeter two
	wrong=$(thespian-director --json gensrc --key alice.sec --version 1 quote one | jq -r .hash)
	right=$(thespian-director --json gensrc --key alice.sec --version 2 quote two | jq -r .hash)
	mv director/quote-2.tls .
	shell -c start -c use_simple_source_authority -c "load director/quote-1.tls" -c "create Greeter --source $wrong --name Quote"
	mend 6
}

@test "7: a missing capability" {
	shell -c start
	mend 7
}

@test "8: an expired key" {
	make_key alice
	make_key bob
	write_source src Greeter one
	thespian-director gensrc --key alice.sec --version 1 hello src > /dev/null
	thespian-director gensrc --key bob.sec --version 2 hello src > /dev/null
	mv director/hello-1.tls old.tls
	mv director/hello-2.tls new.tls
	thespian-director key trust alice hello
	thespian-director key trust bob hello
	thespian-director key expiry alice 2020-01-01
	thespian-director start > /dev/null
	mend 8
}

@test "9: a full disk" {
	[ "$EUID" -eq 0 ] || skip "needs to mount a file system"
	mount -t tmpfs -o size=3m,mode=0777 none "$dir/cache" || skip "needs to mount a file system"
	mounted=$dir/cache
	make_key alice
	write_source src Greeter one
	thespian-director gensrc --key alice.sec --version 1 hello src > /dev/null
	mv director/hello-1.tls hello.tls
	shell -c start -c use_simple_source_authority -c 'create night:Worker --name Spool' -c 'tell Spool fill'
	is_full() { ! head -c 4096 /dev/zero > cache/more; }
	wait_until 10 is_full
	mend 9
}

@test "10: a poison message" {
	shell -c start -c 'create night:Worker --name Orders' -c 'tell Orders Order {"what": "tea"}'
	wait_until 10 in_poison 1
	mend 10
}

@test "the page has ten situations, and each has its test" {
	grep -o '^## [0-9]*' "$TSP_SRCDIR/share/doc/three-in-the-morning.md" | tr -dc '0-9\n' > numbers
	[ "$(tr '\n' ' ' < numbers)" = '1 2 3 4 5 6 7 8 9 10 ' ]
	while read -r number; do
		grep -q "^@test \"$number: " "$BATS_TEST_FILENAME"
	done < numbers
}
