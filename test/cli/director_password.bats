#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Keys with a password: given by a descriptor, or typed at a terminal, which tmux plays. It is echoed nowhere, and the
# terminal is left as it was.
# shellcheck disable=SC2154,SC2016 # common sets them; dollars are the terminal's shell's

load common

setup() {
	tsp_setup
	secret='corr3ct horse'
	write_source src Greeter one
}

teardown() {
	[ -z "${dir:-}" ] || tmux -S "$dir/tmux" kill-server 2> /dev/null || true
	tsp_teardown
}

# in_terminal COMMANDS: of sh, which goes on where a signal ends one of them.
in_terminal() {
	command -v tmux > /dev/null || skip "no tmux"
	tmux -S "$dir/tmux" -f /dev/null new-session -d -x 100 -y 30 "trap : INT QUIT; $1; sleep 60" 3>&-
}

press() {
	tmux -S "$dir/tmux" send-keys "$@"
}

shows() {
	tmux -S "$dir/tmux" capture-pane -p -S - | grep -qE -- "$1"
}

# A line is typed blind: not before the terminal is that.
type_blind() {
	wait_until 10 shows "$1"
	wait_until 5 is_blind
	press -l "$2"
	press Enter
}

is_blind() {
	stty -a < "$(tmux -S "$dir/tmux" list-panes -F '#{pane_tty}')" | grep -q -- '-echo '
}

# ask_and_press KEY: a terminal where a password is asked for, and KEY is pressed behind some of it.
ask_and_press() {
	in_terminal 'stty -a > before; thespian-director keygen alice; echo status $?; stty -a > after'
	wait_until 10 shows '^Password for the new key: ?$'
	wait_until 5 is_blind
	press -l corr3ct
	press "$1"
}

@test "by a descriptor: the key signs with its password only, which is echoed nowhere" {
	thespian-director keygen alice --password-fd 7 7<<< "$secret" > out 2>&1
	thespian-director gensrc --key alice.sec --password-fd 7 --version 1 hello src 7<<< "$secret" >> out 2>&1
	run ! thespian-director gensrc --key alice.sec --password-fd 7 --version 2 hello src 7<<< wrong
	[[ $output == *"cannot open key 'alice.sec': wrong password"* ]]
	[ ! -e director/hello-2.tls ]
	thespian-director tlsinfo hello-1.tls > /dev/null
	run ! grep -rF "$secret" .
	run setsid thespian-director gensrc --key alice.sec --version 2 hello src < /dev/null
	[ "$status" -eq 2 ]
	[[ $output == *"there is no terminal"* ]]
}

@test "by a descriptor: none, an empty one and one too long are refused, and nothing is made" {
	run -1 thespian-director keygen alice --password-fd 7 7<<< ''
	[[ $output == *"the password is empty"* ]]
	run -1 thespian-director keygen alice --password-fd 7 7< /dev/null
	[[ $output == *"cannot read a password"* ]]
	run -1 thespian-director keygen alice --password-fd 9
	[[ $output == *"cannot read a password"* ]]
	run ! thespian-director keygen alice --password-fd 7 7<<< "$(printf 'x%.0s' {1..5000})"
	[[ $output == *"cannot read a password"* ]]
	[ ! -e alice.sec ]
	[ ! -e director/alice_tls.key ]
}

@test "at a terminal: it is asked for, twice for a new key, and shown nowhere" {
	in_terminal 'thespian-director keygen alice; echo made $?
		thespian-director gensrc --key alice.sec --version 1 hello src; echo signed $?
		thespian-director gensrc --key alice.sec --version 2 hello src; echo refused $?; stty -a > after'
	type_blind '^Password for the new key: ?$' "$secret"
	type_blind '^The same again: ?$' "$secret"
	wait_until 60 shows '^made 0$'
	type_blind '^Password: ?$' "$secret"
	wait_until 60 shows '^signed 0$'
	wait_until 10 is_blind
	press -l wrong
	press Enter
	wait_until 60 shows '^refused [1-9]'
	shows "cannot open key 'alice.sec': wrong password"
	run ! shows 'corr3ct|wrong$'
	wait_until 5 grep -q ' echo ' after
	[ -e director/hello-1.tls ]
	[ ! -e director/hello-2.tls ]
	run ! grep -rF "$secret" alice.sec director
}

@test "at a terminal: two that differ make no key" {
	in_terminal 'thespian-director keygen alice; echo status $?'
	type_blind '^Password for the new key: ?$' "$secret"
	type_blind '^The same again: ?$' "$secret."
	wait_until 10 shows '^status 1$'
	shows 'the two passwords differ'
	[ ! -e alice.sec ]
}

@test "Ctrl-C at the prompt ends it by the signal, and the terminal is as it was" {
	ask_and_press C-c
	wait_until 5 shows '^status 130$'
	wait_until 5 grep -q ' echo ' after
	diff before after
	[ ! -e alice.sec ]
	run ! shows corr3ct
}

@test "Ctrl-\\ at the prompt, too" {
	ask_and_press "C-\\"
	wait_until 5 shows '^status 131$'
	wait_until 5 grep -q ' echo ' after
	diff before after
}

@test "a signal from elsewhere, too; one that is ignored does nothing" {
	in_terminal 'stty -a > before; trap "" HUP; thespian-director keygen alice; echo status $?; stty -a > after'
	wait_until 10 shows '^Password for the new key: ?$'
	wait_until 5 is_blind
	local pid
	pid=$(tsp_processes thespian-director)
	[ -n "$pid" ]
	kill -HUP "$pid"
	press -l "$secret"
	press Enter
	wait_until 5 shows '^The same again: ?$'
	wait_until 5 is_blind
	kill -TERM "$pid"
	wait_until 5 shows '^status 143$'
	wait_until 5 grep -q ' echo ' after
	diff before after
}

@test "Ctrl-Z at the prompt gives the terminal back while it stands, and it asks again" {
	in_terminal "bash -c 'set -m; thespian-director keygen alice; stty -a > stopped; echo stopped; fg; echo status \$?'"
	wait_until 10 shows '^Password for the new key: ?$'
	wait_until 5 is_blind
	press -l half
	press C-z
	wait_until 5 shows '^stopped$'
	grep -q ' echo ' stopped
	type_blind 'Password for the new key: ?$' "$secret"
	type_blind '^The same again: ?$' "$secret."
	wait_until 10 shows '^status 1$'
	shows 'the two passwords differ'
}
