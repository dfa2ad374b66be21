#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# thespian-shell as a person meets it: in a terminal, which tmux plays.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is JSON

load common

setup() {
	command -v tmux > /dev/null || skip "no tmux"
	tsp_setup
	mkdir "$dir/modules"
	export THESPIAN_PATH=$dir/modules LANG=C.UTF-8
	write_module
	thespian-shell -p "$port" -c start -c 'create timer:Timer --name Greeter' -c 'create timer:Timer --name Grocer' \
		3>&-
}

teardown() {
	if [ -n "${dir:-}" ]; then
		terminal kill-server 2> /dev/null || true
		thespian-shell -p "$port" --timeout 10 -c stop > /dev/null 2>&1 3>&- || true
	fi
	tsp_teardown
}

# Timer answers "later" after a second, and nothing else.
write_module() {
	cat > "$dir/timer.c" <<-'END'
	#include <thespian.h>

	static int on_text(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		tsp_builder *builder = tsp_builder_new();
		tsp_value value;
		tsp_text text;
		int rc = TSP_OK;
		tsp_put_address(builder, sender);
		if (tsp_value_text(tsp_message_value(message), &text) && tsp_text_is(text, "later") &&
			tsp_builder_value(builder, &value) == TSP_OK)
			rc = tsp_wakeup_after(self, 1000, value);
		tsp_builder_free(builder);
		return rc;
	}

	static int on_wakeup(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)sender;
		return tsp_sendf(self, tsp_get_address(message, "payload"), NULL, "s", "news from afar");
	}

	static const tsp_handler handlers[] = { { "text", on_text }, { "WakeupMessage", on_wakeup }, { 0 } };
	static const tsp_class timer = { .name = "Timer", .handlers = handlers };
	TSP_EXPORT(&timer)
	END
	"$TSP_CC" -std=c17 -shared -fPIC -I"$TSP_SRCDIR/lib" -o "$dir/modules/timer.so" "$dir/timer.c"
}

terminal() {
	tmux -S "$dir/${tmux_name:-tmux}" -f /dev/null "$@"
}

open_shell() {
	terminal new-session -d -x 100 -y 30 "thespian-shell -p $port; echo status \$?; sleep 60" 3>&-
	wait_until 5 shows '^thespian>'
}

press() {
	terminal send-keys "$@"
}

screen() {
	terminal capture-pane -p | sed 's/ *$//'
}

# Whether a line of the screen is like this pattern of grep -E.
shows() {
	grep -qE -- "$1" <<< "$(screen)"
}

@test "Tab completes commands, global names and hashes" {
	open_shell
	press cre Tab
	press _t Tab
	wait_until 5 shows '^thespian> create_testActor$'
	press C-u
	press 'ask Gre' Tab
	wait_until 5 shows '^thespian> ask Greeter$'
	press C-u
	press 'ask Gr' Tab Tab
	wait_until 5 shows 'Greeter  Grocer'
	press C-u
	press 'tell Greeter ' Tab
	wait_until 5 shows '^ADDR MESSAGE$'
}

@test "a message that arrives is shown above a half-typed line, which stays" {
	open_shell
	press 'tell Greeter later' Enter
	press 'ask Gré half typed'
	wait_until 5 shows '^message from #[0-9]+ @.*: news from afar$'
	wait_until 5 shows '^thespian> ask Gré half typed$'
	[ "$(screen | grep -c 'half typed')" -eq 1 ]
	press C-u 'listen 1' Enter
	wait_until 5 shows '^news from afar$'
}

@test "a message is shown above a line of several rows, none of which is lost or doubled" {
	open_shell
	press 'tell Greeter later' Enter
	press -l -- "ask first $(printf '%0130d' 7) läst"
	wait_until 5 shows 'läst$'
	wait_until 5 shows '^message from #[0-9]+ @.*: news from afar$'
	wait_until 5 shows '0007 läst$'
	[ "$(screen | grep -c 'ask first')" -eq 1 ]
	[ "$(screen | grep -c 'läst')" -eq 1 ]
	[ "$(screen | grep -n 'news from afar' | cut -d : -f 1)" -lt "$(screen | grep -n 'ask first' | cut -d : -f 1)" ]
}

@test "Ctrl-C ends a waiting ask and not the shell; at the prompt it drops the line" {
	open_shell
	press 'ask Greeter mute' Enter
	wait_until 5 shows '^thespian> ask Greeter mute$'
	sleep 0.2
	press C-c
	wait_until 2 shows '^thespian>$'
	press 'half typed' C-c
	press 'info' Enter
	wait_until 5 shows '^Attached +yes$'
	run ! shows "no such command"
}

@test "Ctrl-D leaves with status 0; history is kept for the next session, mode 0600" {
	open_shell
	press 'info' Enter
	wait_until 5 shows '^Attached'
	press C-d
	wait_until 5 shows '^status 0$'
	[ "$(stat -c %a "$dir/state/thespian/history")" = 600 ]
	[ "$(stat -c %a "$dir/state/thespian")" = 700 ]
	terminal kill-server
	tmux_name=tmux2 # the first server may not have let go of its socket yet
	open_shell
	press Up
	wait_until 5 shows '^thespian> info$'
}

@test "kill prints what it ends; exit leaves" {
	open_shell
	press 'kill Greeter' Enter
	wait_until 5 shows '^#[0-9]+ @'
	press exit Enter
	wait_until 5 shows '^status 0$'
}

@test "script gives a terminal too" {
	run script -qec "thespian-shell -p $port" /dev/null <<< $'info\nexit'
	[ "$status" -eq 0 ]
	[[ $output == *'thespian> '* ]]
	[[ $output == *Attached* ]]
}
