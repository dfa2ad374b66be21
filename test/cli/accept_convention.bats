#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# share/doc/conventions.md, as pasted: three machines from nothing to a convention, an actor where the camera is, a
# machine that is expelled, and a second leader.
# shellcheck disable=SC2154,SC2317 # common sets them; called by name

load common
load convention

setup() {
	convention_setup
	own_builds
	page=$TSP_SRCDIR/share/doc/conventions.md
	for machine in north south east; do
		system $machine
		rm "$dir/$machine/advertise.cfg" # the page does it
		mkdir "$dir/at-$machine"
	done
}
teardown() { convention_teardown; }

# To another machine.
scp() { cp "$1" "$dir/${2%%.example:*}/"; }

# What stands for what in a line of the page, here.
here() {
	local text=$1 name
	for name in "${systems[@]}"; do
		text=${text//$name.example:1900/127.0.0.1:${ports[$name]}}
		text=${text//$name.example:DIRECTOR/$name.example:}
		[[ $text == scp* ]] || text=${text//$name.example/127.0.0.1:${ports[$name]}}
	done
	text=${text//system 1900/system ${ports[$machine]}}
	text=${text//DIRECTOR/$dir/$machine}
	text=${text//TOKEN/${token:-TOKEN}}
	text=${text//SOUTH/${south:-SOUTH}}
	text=${text//HASH/${hash:-HASH}}
	echo "${text//ADDRESS/${address:-ADDRESS}}"
}

# type_line LINE: types it on its machine, and looks for what stands behind its #. Who only looks may look again.
type_line() {
	local line=$1 expected='' machine
	machine=${line%%$ *}
	line=${line#*$ }
	[[ $line != *' # '* ]] || expected=$(here "${line##* # }")
	line=$(here "${line%% # *}")
	line=${line//thespian-director /on "$machine" }
	line=${line//thespian-shell /thespian-shell -p ${ports[$machine]} }
	case $line in
	*'-c convention'* | *' members '*) wait_until 15 typed "$line" "$expected" ;;
	*) typed "$line" "$expected" ;;
	esac || {
		echo "$machine\$ $line # $expected"
		cat "$dir/told"
		return 1
	}
	keep
}

typed() {
	cd "$dir/at-$machine" || return
	eval "$1" > "$dir/told" 2>&1 < /dev/null && says "$dir/told" "$2"
}

# What later lines have in capitals.
keep() {
	case $line in
	*' invite'*) token=$(head -n 1 "$dir/told") ;;
	*' members'*) south=$(head -c 8 "$dir/south/convention/system.key") ;;
	*sources*) hash=$(on north --json tlsinfo "$dir/north/hello-1.tls" | jq -r .hash) ;;
	*'create Hello'*camera*) address=$(grep -oE '@[0-9a-f.]+' "$dir/told" | head -n 1) ;;
	esac
}

@test "F090, F100: every line of the page runs, and prints what it says" {
	local count=0 told=0 line
	while IFS= read -r line; do
		type_line "$line"
		count=$((count + 1))
		[[ $line != *' # '* ]] || told=$((told + 1))
	done < <(sed -n 's/^    //p' "$page")
	[ "$count" -ge 45 ]
	[ "$told" -ge 40 ]
	no_processes
}

@test "the check sees a line that prints something else" {
	# shellcheck disable=SC2016
	type_line 'north$ echo one two   # one ... two'
	run type_line 'north$ echo one two   # two ... one'
	[ "$status" -eq 1 ]
	run type_line 'north$ false'
	[ "$status" -eq 1 ]
}
