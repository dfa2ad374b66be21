#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What keeps a person at the prompt of thespian-shell from harm, in a terminal, which tmux plays: questions, how to
# undo, several lines, pastes, the history.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is JSON

load common
load shell

setup() {
	command -v tmux > /dev/null || skip "no tmux"
	tsp_setup
	export LANG=C.UTF-8
	shell_module
	thespian-shell -p "$port" -c start -c 'create echo:Echo --name Echo' 3>&-
}

teardown() {
	[ -z "${dir:-}" ] || terminal kill-server 2> /dev/null || true
	shell_teardown
}

terminal() {
	tmux -S "$dir/${tmux_name:-tmux}" -f /dev/null "$@"
}

# open_shell [COLUMNS]
open_shell() {
	terminal new-session -d -x "${1:-100}" -y 40 "thespian-shell -p $port; echo status \$?; sleep 60" 3>&-
	wait_until 10 shows '^thespian>'
}

press() {
	terminal send-keys "$@"
}

# paste TEXT: as a terminal does that marks what is pasted.
paste() {
	terminal set-buffer -b pasted -- "$1"
	terminal paste-buffer -p -r -b pasted
}

screen() {
	terminal capture-pane -p | sed 's/ *$//'
}

shows() {
	grep -qE -- "$1" <<< "$(screen)"
}

# How often a line like this is on the screen.
count() {
	screen | grep -cE -- "$1" || true
}

counts() {
	[ "$(count "$1")" -eq "$2" ]
}

@test "stop asks for the port in full; anything else does nothing, status 1" {
	open_shell
	local question="^this ends the system at port $port and all its actors; its port:"
	for answer in "${port%?}" y '' "$port 1"; do
		press stop Enter
		wait_until 5 shows "$question\$"
		press -l -- "$answer"
		press Enter
		wait_until 5 shows "^thespian-shell: cannot stop the system: '$answer' is not its port; nothing was done|port was not typed"
		press C-l
		wait_until 5 counts '^this ends' 0
	done
	press stop Enter
	wait_until 5 shows "$question\$"
	press C-d
	wait_until 5 shows 'its port was not typed; nothing was done$'
	press 'ask Echo [$status]' Enter
	wait_until 5 shows '^ *1$'
	press C-l stop Enter
	wait_until 5 shows "$question\$"
	press "$port" Enter
	wait_until 20 shows '^system stopped'
	wait_until 5 shows "^undo: 'start' starts a new one"
	run -3 thespian-shell -p "$port" -c status 3>&-
}

@test "stop asks with --json, too" {
	terminal new-session -d -x 100 -y 40 "thespian-shell --json -p $port; sleep 60" 3>&-
	wait_until 10 shows '^thespian>'
	press stop Enter
	wait_until 5 shows 'and all its actors; its port:$'
	press n Enter
	wait_until 5 shows "'n' is not its port; nothing was done"
	run -0 thespian-shell -p "$port" -c actorCount 3>&-
}

@test "a pasted port does not answer for stop" {
	open_shell
	paste "stop
$port
"
	wait_until 5 shows 'and all its actors; its port:$'
	press n Enter
	wait_until 5 shows "'n' is not its port"
	wait_until 5 shows "cannot run '$port': no such command"
	run -0 thespian-shell -p "$port" -c actorCount 3>&-
}

@test "what changes something says how to undo it, once, and only to a person" {
	open_shell
	press 'create echo:Echo' Enter
	wait_until 5 shows '^undo: kill #1$'
	press 'capability Room 7' Enter
	wait_until 5 shows '^undo: capability Room --remove$'
	press 'capability Room 8' Enter
	wait_until 5 shows '^undo: capability Room 7$'
	press 'capability Room' Enter
	wait_until 5 shows '^8$'
	press 'ask Echo done' Enter
	wait_until 5 shows '^done$'
	counts '^undo: ' 3
	press 'repeat 2 0 create echo:Echo' Enter
	wait_until 5 counts '^undo: kill #' 3
	press 'ask Echo after it' Enter
	wait_until 5 shows '^after it$'
	counts '^undo: ' 5
	run -0 --separate-stderr thespian-shell -p "$port" -c 'create echo:Echo' 3>&-
	[ -z "$stderr" ]
}

@test "JSON that is not closed goes on behind another prompt; Ctrl-C drops it" {
	open_shell
	press 'ask Echo {"name":' Enter
	wait_until 5 shows '^ +\.\.\.$'
	press '"Ada",' Enter '"list": [1]}' Enter
	wait_until 5 shows '^  "name": "Ada"$'
	press 'ask Echo ["dropped' Enter
	wait_until 5 counts '^ +\.\.\. ?$' 1
	press C-c
	wait_until 5 counts '^thespian>$' 1
	press 'ask Echo gone on' Enter
	wait_until 5 shows '^gone on$'
	run ! shows '^dropped'
	press Up Up
	wait_until 5 shows '^thespian> ask Echo \{"name": "Ada", "list": \[1\]\}$'
}

@test "a paste asks before more than one changing command; n drops all of it" {
	open_shell
	paste 'create echo:Echo --name One
actorCount
create echo:Echo --name Two
'
	wait_until 5 shows '^2 of the pasted commands change something; run them all\? \[y/N\]'
	press n Enter
	wait_until 5 shows '^nothing of it was run$'
	press 'ask Echo still here' Enter
	wait_until 5 shows '^still here$'
	run -1 thespian-shell -p "$port" -c 'status One' --timeout 1 3>&-
	press C-l
	paste 'create echo:Echo --name One
create echo:Echo --name Two
half'
	wait_until 5 shows 'run them all\? \[y/N\]'
	press y Enter
	wait_until 10 counts '^undo: kill #' 2
	wait_until 5 shows '^thespian> half$'
	press C-u
	run -0 thespian-shell -p "$port" -c 'wait --for name One --timeout 5' -c 'wait --for name Two --timeout 5' 3>&-
}

@test "a paste of one changing command over several lines is not asked about" {
	open_shell
	paste 'ask Echo {"a": [
  1,
	2]}
actorCount
'
	wait_until 5 shows '^ +\.\.\. *2\]\}$'
	wait_until 5 shows '^Actors +1$'
	run ! shows 'run them all'
}

@test "lines that come at once without marks are taken as pasted, too" {
	open_shell
	terminal set-buffer -b plain -- $'kill Echo\ncreate echo:Echo --name One\n'
	terminal paste-buffer -r -b plain
	wait_until 5 shows '^2 of the pasted commands change something'
	press n Enter
	wait_until 5 shows '^nothing of it was run$'
	run -0 thespian-shell -p "$port" -c 'wait --for name Echo --timeout 1' 3>&-
}

@test "control characters in a paste are no keys" {
	open_shell
	paste $'ask Echo a\x01b\x15c\x1b[31md\te'
	wait_until 5 shows '^thespian> ask Echo abc\[31md e$'
	press C-u
	paste "ask Echo $(printf 'x%.0s' {1..2000})"
	wait_until 5 shows 'xxxxxxxxxxxx$'
	press C-u 'ask Echo after' Enter
	wait_until 5 shows '^after$'
}

@test "the history is unique, 1,000 lines, mode 0600, without what begins with a blank" {
	mkdir -p "$dir/state/thespian"
	{
		echo _HiStOrY_V2_
		for ((i = 0; i < 1200; i++)); do printf 'tell\\040n%s\n' "$i"; done
	} > "$dir/state/thespian/history"
	chmod 644 "$dir/state/thespian/history"
	open_shell
	press 'ask Echo one' Enter
	wait_until 5 shows '^one$'
	press 'ask Echo two' Enter
	wait_until 5 shows '^two$'
	press ' ask Echo secret' Enter
	wait_until 5 shows '^secret$'
	press 'ask Echo one' Enter
	wait_until 5 counts '^one$' 2
	press exit Enter
	wait_until 5 shows '^status 0$'
	local history=$dir/state/thespian/history
	[ "$(stat -c %a "$history")" = 600 ]
	[ "$(wc -l < "$history")" -eq 1001 ]
	[ "$(grep -c one "$history")" -eq 1 ]
	[ "$(tail -n 3 "$history")" = $'ask\\040Echo\\040two\nask\\040Echo\\040one\nexit' ]
	run ! grep -q secret "$history"
}

@test "a shell that is killed has the lines in its history, mode 0600, and the next takes each once" {
	open_shell
	local history=$dir/state/thespian/history
	for word in one two one; do
		press C-l "ask Echo $word" Enter
		wait_until 5 shows "^$word\$"
	done
	kill -KILL "$(pgrep -f "^thespian-shell -p $port\$")"
	wait_until 5 shows '^status 137$'
	[ "$(stat -c %a "$history")" = 600 ]
	[ "$(grep -c HiStOrY "$history")" -eq 1 ]
	[ "$(tail -n 3 "$history")" = $'ask\\040Echo\\040one\nask\\040Echo\\040two\nask\\040Echo\\040one' ]
	terminal kill-server
	tmux_name=tmux2 open_shell
	[ "$(tail -n +2 "$history")" = $'ask\\040Echo\\040two\nask\\040Echo\\040one' ]
	tmux_name=tmux2 terminal kill-server
}

@test "a resize keeps a line that goes over several rows" {
	open_shell 40
	press 'create echo:Echo --name Late' Enter
	wait_until 5 shows '^undo'
	press C-l
	wait_until 5 counts '^undo' 0
	local long
	long=$(printf 'word%02d ' {1..12})
	press -l -- "ask Echo $long"
	wait_until 5 shows 'word12'
	terminal resize-window -x 60 -y 40
	press -l -- end
	wait_until 5 shows 'word12 end'
	press Enter
	answered() { terminal capture-pane -J -p | grep -qE "^${long}end *\$"; }
	wait_until 5 answered
	press 'ask Echo after' Enter
	wait_until 5 shows '^after$'
}

@test "Tab comes back soon from a system that does not answer" {
	open_shell
	press 'ask Echo there' Enter
	wait_until 5 shows '^there$'
	local pid begin
	pid=$(admin_pid)
	kill -STOP "$pid"
	begin=$(now_ms)
	press 'tell Ec' Tab x
	wait_until 5 shows '^thespian> tell Ecx$'
	took=$(($(now_ms) - begin))
	kill -CONT "$pid"
	[ "$took" -lt 3000 ] # with what tmux and a busy machine take; the time-out of a command is 10 s
}

@test "--read-only is refused on a terminal as anywhere" {
	terminal new-session -d -x 100 -y 40 "thespian-shell --read-only -p $port; sleep 60" 3>&-
	wait_until 10 shows '^thespian>'
	press stop Enter
	wait_until 5 shows "^thespian-shell: cannot run 'stop': this session is only to look"
	run ! shows 'its port'
}

@test "Ctrl-C ends repeat and wait, and not the shell" {
	open_shell
	press 'repeat 0 0.1 ask Echo again' Enter
	wait_until 5 shows '^again$'
	press C-c
	wait_until 5 shows '^thespian>$'
	press C-l
	press 'wait --for name Nobody' Enter
	wait_until 5 shows '^thespian> wait --for name Nobody$'
	press C-c
	wait_until 5 shows '^thespian>$'
	press 'ask Echo after' Enter
	wait_until 5 shows '^after$'
}

@test "Ctrl-C ends a repeat whose command takes it, and one that waits without a system" {
	open_shell
	press 'repeat 0 0 trace Echo' Enter
	wait_until 5 shows '^tracing Echo'
	press C-c
	wait_until 5 shows '\(interrupt\)$'
	press 'ask Echo after' Enter
	wait_until 5 shows '^after$'
	terminal kill-server
	export tmux_name=tmux2
	terminal new-session -d -x 100 -y 40 "thespian-shell -p $((port + 1)); sleep 60" 3>&-
	wait_until 10 shows '^thespian>'
	press 'repeat 2 600 info' Enter
	wait_until 5 shows '^Attached +no$'
	press C-c
	wait_until 5 shows '^thespian>$'
	press exit Enter
}
