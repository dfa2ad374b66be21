#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# share/example/backup: an actor in bash, asked by one in C.
# shellcheck disable=SC2154,SC2016,SC2317 # example sets them; $ is JSON; called by name

load common
load example

setup() {
	example_setup
	export THESPLOG_THRESHOLD=INFO # what the script writes is of that level
	mkdir "$dir/papers" "$dir/kept" "$dir/tools"
	[ "$EUID" -ne 0 ] || chmod 0777 "$dir/kept"
	echo 'to be kept' > "$dir/papers/letter"
	slow_tar
	touch "$dir/go"
	PATH=$dir/tools:$PATH
	deploy backup
}
teardown() { tsp_teardown; }

# A tar that waits for the file "go": work lasts as long as a test wants it to.
slow_tar() {
	cat > "$dir/tools/tar" <<-END
	#!/bin/sh
	touch "$dir/kept/packing"
	until [ -e "$dir/go" ]; do sleep 0.05; done
	exec $(command -v tar) "\$@"
	END
	chmod +x "$dir/tools/tar"
}

keep() {
	shell_json "ask Keeper Keep {\"folder\": \"$dir/papers\", \"into\": \"$dir/kept\", \"name\": \"$1\"}"
}

contents() {
	command -p tar -xzOf "$dir/kept/$1.tar.gz" ./letter
}

@test "backup: a folder is packed by a script, which an actor in C asks" {
	run keep one
	json '."$type" == "Kept" and .value.bytes > 20 and (.value.file | endswith("/kept/one.tar.gz"))'
	[ "$(contents one)" = 'to be kept' ]
}

@test "backup: what the script cannot do comes back with the reason, and its log has what tar said" {
	run shell_json "ask Keeper Keep {\"folder\": \"$dir/none\", \"into\": \"$dir/kept\", \"name\": \"one\"}"
	json '."$type" == "NotKept" and .value.details == "cannot pack '"'$dir/none'"'"'
	[ ! -e "$dir/kept/one.tar.gz" ]
	logged() { grep -q 'backup.sh: .*tar: .*none' "$THESPLOG_FILE"; }
	wait_until 5 logged
	run keep two
	[ "$(contents two)" = 'to be kept' ]
}

@test "backup: each who asks hears of its own backup, whatever comes of the others, and when" {
	rm "$dir/go"
	for i in 1 2 3; do
		shell_json "ask Keeper Keep {\"folder\": \"$dir/none\", \"into\": \"$dir/kept\", \"name\": \"none.$i\"}" > "none.$i" 3>&- &
		keep "$i" > "answer.$i" 3>&- &
	done
	wait_until 10 test -e "$dir/kept/packing"
	touch "$dir/go"
	wait
	for i in 1 2 3; do
		jq -e '."$type" == "NotKept"' "none.$i"
		jq -e --arg i "$i" '."$type" == "Kept" and (.value.file | endswith("/" + $i + ".tar.gz"))' "answer.$i"
	done
}

@test "backup: a new version takes over while the old one works, and nothing is lost" {
	rm "$dir/go"
	waiting=()
	for i in {1..5}; do
		keep "$i" > "answer.$i" &
		waiting+=($!)
	done
	wait_until 10 test -e "$dir/kept/packing"
	busy() { shell_json actors | jq -e '.actors[] | select(.class == "backup") | .busy and .in_work == "Backup"'; }
	wait_until 5 busy
	cp -r "$examples/backup" next
	sed -i 's/reply BackedUp "{/reply BackedUp "{\\"by\\": 2, /' next/backup.sh
	thespian-director gensrc --key alice.sec --version 2 backup next > /dev/null
	thespian-director load backup 3>&-
	touch "$dir/go"
	wait "${waiting[@]}"
	[ "$(jq -s 'map(select(."$type" == "Kept")) | length' answer.*)" = 5 ]
	for i in {1..5}; do
		[ "$(contents "$i")" = 'to be kept' ]
	done
	run keep last
	json '.value.by == 2'
}
