#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A long command says on a terminal how far it is, and nowhere else. The terminal is a pseudo-terminal of script's,
# or tmux's where keys are pressed.
# shellcheck disable=SC2154 # common sets them

load common

setup() {
	tsp_setup
	own_builds
	unset NO_COLOR
	export TERM=xterm
	make_key alice
	write_source src Greeter one
	thespian-director start > /dev/null
}

teardown() {
	[ -z "${dir:-}" ] || tmux -S "$dir/tmux" kill-server 2> /dev/null || true
	tsp_teardown
}

# packages COUNT: groups g1 to gCOUNT, each with something to compile.
packages() {
	for number in $(seq "$1"); do
		echo "static int unused_$number __attribute__((unused));" >> src/greeter.c
		thespian-director gensrc --key alice.sec --version 1 "g$number" src > /dev/null 2>&1
	done
}

# slow_package GROUP: takes the compiler some seconds.
slow_package() {
	cat >> src/greeter.c <<-'END'
	#define A(n) (n ^ (n + 1))
	#define B(n) A(n) + A(n * 3) + A(n - 7) + A(n | 5)
	#define C(n) B(n) + B(n * 5) + B(n - 3) + B(n | 9)
	#define D(n) C(n) + C(n * 7) + C(n - 1) + C(n | 3)
	#define E(n) D(n) + D(n * 9) + D(n - 2) + D(n | 7)
	int slow(int n);
	int slow(int n) { return E(n) + E(n + 1) + E(n + 2) + E(n + 3); }
	int slower(int n);
	int slower(int n) { return E(n ^ 1) + E(n ^ 2) + E(n ^ 3) + E(n ^ 4); }
	END
	thespian-director gensrc --key alice.sec --version 1 "$1" src > /dev/null 2>&1
}

# on_terminal COMMAND: runs it with a terminal; what came to it is in file terminal, its status in $status.
on_terminal() {
	run script -qec "$1" terminal < /dev/null
}

clear=$'\r\e[K'

@test "W38: refresh shows which group is at work, n of m, and clears its line before the results" {
	packages 12
	on_terminal "thespian-director refresh"
	[ "$status" -eq 0 ]
	shown=$(cat terminal)
	[[ $shown =~ refresh\ \[=*\>\ *\]\ [0-9]+\ of\ 12:\ g[0-9]+\ 1,\ (building|starting|taking\ names|giving\ names) ]]
	[ "$(grep -c '^.*loaded g[0-9]* 1 ' terminal)" -eq 12 ]
	# the line is cleared before the results, and no escape code is among them
	rest=${shown##*$'\e'}
	[[ $rest == "[Kloaded g1 1 "* ]]
}

@test "none into a pipe or a file, none with NO_COLOR, TERM=dumb or --json" {
	packages 12
	thespian-director refresh > out 2> err
	[ ! -s err ]
	run ! grep -q $'\e' out
	for way in "NO_COLOR=1 thespian-director" "TERM=dumb thespian-director" "thespian-director --json"; do
		thespian-director shutdown > /dev/null
		rm -rf "$THESPIAN_DIRECTOR_DIR/state" "$XDG_CACHE_HOME/thespian"
		on_terminal "env $way refresh"
		[ "$status" -eq 0 ]
		run ! grep -q $'\e' terminal
	done
}

@test "start shows the groups that come up" {
	packages 12
	thespian-director shutdown > /dev/null
	on_terminal "thespian-director start"
	[ "$status" -eq 0 ]
	grep -q 'start \[=*> *\] [0-9]* of 12' terminal
	grep -q "system $port running" terminal
}

@test "gensrc of many files shows what it does" {
	for number in $(seq 300); do echo "int value_$number;" > "src/part$number.h"; done
	on_terminal "thespian-director gensrc --key alice.sec --version 1 many src"
	[ "$status" -eq 0 ]
	shown=$(cat terminal)
	[[ $shown == *"${clear}check: many"*"${clear}zip: many"* ]]
	rest=${shown##*"zip: many"}
	[[ $rest == "$clear$THESPIAN_DIRECTOR_DIR/many-1.tls"* ]]
}

@test "what is over within 200 ms shows nothing" {
	thespian-director gensrc --key alice.sec --version 1 quick src > /dev/null 2>&1
	thespian-director load quick > /dev/null
	for _ in {1..50}; do
		start=$(now_ms)
		on_terminal "thespian-director load quick"
		took=$(($(now_ms) - start))
		grep -q 'already active' terminal
		[ "$took" -ge 200 ] || break
	done
	[ "$took" -lt 200 ] || skip "the machine is too slow for anything to be quick"
	run ! grep -q $'\e' terminal
}

@test "Ctrl-C ends it by the signal, with a clean line" {
	command -v tmux > /dev/null || skip "no tmux"
	slow_package slow
	tmux -S "$dir/tmux" -f /dev/null new-session -d -x 100 -y 20 \
		"trap : INT; thespian-director load slow; echo status \$?; sleep 60" 3>&-
	shows() { tmux -S "$dir/tmux" capture-pane -p | grep -qE -- "$1"; }
	wait_until 10 shows '^load: slow 1, building$'
	tmux -S "$dir/tmux" send-keys C-c
	wait_until 5 shows '^status 130$'
	run ! shows building
}
