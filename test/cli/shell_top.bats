#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The live pages of the shell, top and status --watch, in a terminal, which tmux plays.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is JSON

bats_require_minimum_version 1.5.0

load common
load look

setup() {
	command -v tmux > /dev/null || skip "no tmux"
	look_setup
}

teardown() {
	[ -z "${dir:-}" ] || terminal kill-server 2> /dev/null || true
	look_teardown
}

terminal() {
	tmux -S "$dir/tmux" -f /dev/null "$@"
}

# open COLUMNS ROWS COMMAND: a terminal with a bash, which runs that line.
open() {
	terminal new-session -d -x "$1" -y "$2" "PS1='shell> ' bash --norc --noprofile -i" 3>&-
	wait_until 10 shows '^shell>'
	press "$3" Enter
}

press() {
	terminal send-keys "$@"
}

screen() {
	terminal capture-pane -p | sed 's/ *$//'
}

shows() {
	grep -qE -- "$1" <<< "$(screen)"
}

# The terminal shows what is typed, and lines work: nothing of it was left behind.
usable() {
	press 'echo $((6 * 7)) and $(stty -a | grep -oE " -?(icanon|echo)\b" | tr -d "\n")' Enter
	wait_until 10 shows '^42 and icanon echo$'
}

@test "top: the mailbox that grows is on the first line, keys sort, pause and leave" {
	actor Quick
	actor Stuck
	shell -c 'tell Stuck Sleep {"ms": 600000}' -c 'tell Stuck 1' -c 'tell Stuck 2'
	open 160 20 "thespian-shell -p $port -c 'top --every 0.2'"
	wait_until 20 shows '^ACTOR +CLASS +NAME +MAILBOX'
	wait_until 20 shows '^#[0-9]+ +(look:)?Looked +Stuck +3 .*busy [0-9.]+ s Sleep'
	[ "$(screen | sed -n 3p | grep -c Stuck)" -eq 1 ]
	wait_until 20 shows '▁▁▁'
	press s
	wait_until 10 shows ' by oldest'
	press p
	wait_until 10 shows ', paused'
	press p s
	wait_until 10 shows ' by rate$'
	press q
	wait_until 10 shows '^shell>'
	usable
}

@test "top: never more than the screen, also when it changes" {
	for i in {1..12}; do
		actor "Actor$i"
	done
	open 60 8 "thespian-shell -p $port -c 'top --every 0.2'"
	wait_until 20 shows '^port [0-9]+: 12 actors'
	[ "$(screen | grep -c '^#')" -eq 5 ]
	terminal resize-window -x 40 -y 6
	wait_until 10 eval '[ "$(screen | grep -c "^#")" -eq 3 ]'
	terminal resize-window -x 160 -y 30
	wait_until 10 eval '[ "$(screen | grep -c "^#")" -eq 12 ]'
	press q
	wait_until 10 shows '^shell>$'
	usable
}

@test "top: k asks, and kills the one that is chosen; all but y is a no" {
	actor Alone
	open 120 12 "thespian-shell -p $port"
	wait_until 20 shows '^thespian>'
	press 'top --every 0.2' Enter
	wait_until 20 shows 'Alone'
	press k
	wait_until 10 shows '^kill #[0-9]+ .*Alone\? \[y/N\]$'
	press n
	wait_until 10 shows '^s sort'
	press k
	wait_until 10 shows '\[y/N\]'
	press y
	wait_until 20 shows '^any key goes on'
	press Space
	wait_until 20 shows ': 0 actors'
	press C-c
	wait_until 10 shows '^thespian>'
	press 'actorCount' Enter
	wait_until 10 shows '^Actors +0$'
	press 'exit' Enter
	wait_until 10 shows '^shell>'
	usable
}

@test "top: hostile names move no cursor" {
	printf 'create look:Looked --name "%s"\n' $'wide\u4e16\u754c\u202e' | shell
	open 100 10 "thespian-shell -p $port -c 'top --every 0.2'"
	wait_until 20 shows 'wide世界'
	[ "$(screen | grep -c '^#')" -eq 1 ]
	shows '^s sort'
	press q
	wait_until 10 shows '^shell>'
	usable
}

@test "top: the terminal is as it was after Ctrl-C, SIGTERM, SIGKILL, a stop and the system's end" {
	actor Quick
	open 100 12 "thespian-shell -p $port -c 'top --every 0.2'"
	wait_until 20 shows '^s sort'
	press C-c
	wait_until 10 shows '^shell>$'
	usable
	for signal in TERM KILL; do
		press clear Enter
		press "thespian-shell -p $port -c 'top --every 0.2'" Enter
		wait_until 20 shows '^s sort'
		pkill -"$signal" -f "^thespian-shell -p $port -c top"
		wait_until 10 shows 'shell>$|Terminated|Killed'
		usable
	done
	press clear Enter
	press "thespian-shell -p $port -c 'top --every 0.2'" Enter
	wait_until 20 shows '^s sort'
	press C-z
	wait_until 10 shows 'Stopped'
	usable
	press fg Enter
	wait_until 10 shows '^s sort'
	shell -c stop
	wait_until 20 shows '^thespian-shell: .*the system is gone'
	usable
}

@test "status --watch shows the status with the rate above it until q" {
	actor Quick
	open 100 20 "thespian-shell -p $port -c 'status --watch --every 0.2'"
	wait_until 20 shows '^[0-9.]+ messages a second ▁▁'
	shows 'Quick|Status|status'
	press p
	wait_until 10 shows 'paused'
	press q
	wait_until 10 shows '^shell>$'
	usable
}
