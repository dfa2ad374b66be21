# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For tests of the shell: after `load common`, `load shell`. shell_module stands behind tsp_setup; shell_teardown
# ends the system that a test began.
# shellcheck disable=SC2154 # common sets them

# shell_module: an installed module echo. Echo and Shared answer what they get; "make" makes a child of the same
# class and answers its address; "mute" is not answered; "fail" fails. Unwilling does not start.
shell_module() {
	mkdir "$dir/modules"
	cat > "$dir/echo.c" <<-'END'
	#include <thespian.h>

	static int on_text(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		tsp_text text;
		if (!tsp_value_text(tsp_message_value(message), &text))
			return TSP_EVALUE;
		if (tsp_text_is(text, "mute"))
			return TSP_OK;
		if (tsp_text_is(text, "fail"))
			return tsp_fail_text(self, TSP_EFAILED, "as it was told");
		if (tsp_text_is(text, "make"))
			return tsp_sendf(self, sender, NULL, "a", tsp_create(self, tsp_my_class(self), NULL));
		return tsp_forward(self, sender, message);
	}

	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		return tsp_message_is_system(message) ? TSP_OK : tsp_forward(self, sender, message);
	}

	static int refuse(tsp_actor *self, tsp_value argument)
	{
		(void)argument;
		return tsp_fail_text(self, TSP_EFAILED, "it does not want to");
	}

	static const tsp_handler handlers[] = { { "text", on_text }, { 0 } };
	static const tsp_class echo = { .name = "Echo", .handlers = handlers, .receive = on_any };
	static const tsp_class shared = { .name = "Shared", .handlers = handlers, .receive = on_any,
		.host = TSP_HOST_SHARED };
	static const tsp_class unwilling = { .name = "Unwilling", .init = refuse };
	TSP_EXPORT(&echo, &shared, &unwilling)
	END
	compile_module "$dir/modules/echo.so" "$dir/echo.c"
	export THESPIAN_PATH=$dir/modules
}

shell_teardown() {
	thespian-shell -p "$port" --timeout 10 -c stop > /dev/null 2>&1 3>&- || true
	tsp_teardown
}

# tmux_shell COMMAND: a terminal in which that shell runs; when it ends, there stands "left STATUS".
tmux_shell() {
	tmux -S "$dir/tmux" -f /dev/null new-session -d -x 200 -y 50 "stty -echoctl; $1; echo left \$?; sleep 60" 3>&-
	wait_until 5 has_prompts 1
}

tmux_teardown() {
	[ -z "${dir:-}" ] || tmux -S "$dir/tmux" kill-server 2> /dev/null || true
}

tmux_screen() {
	tmux -S "$dir/tmux" capture-pane -J -p -S -
}

tmux_shows() {
	tmux_screen | grep -qE -- "$1"
}

has_prompts() {
	[ "$(tmux_screen | grep -c '^thespian>')" -ge "$1" ]
}

# A person is asked for the port, a script is not.
confirm_stop() {
	wait_until 5 tmux_shows '; its port: *$'
	tmux -S "$dir/tmux" send-keys "$port" Enter
}

# typed LINE: what stands between it and the next prompt.
typed() {
	local before
	before=$(tmux_screen | grep -c '^thespian>')
	tmux -S "$dir/tmux" send-keys -l -- "$1"
	tmux -S "$dir/tmux" send-keys Enter
	[[ $1 != stop ]] || confirm_stop
	if [[ $1 == exit ]]; then
		wait_until 10 tmux_shows '^left [0-9]+$'
	else
		wait_until 20 has_prompts $((before + 1))
	fi
	tmux_screen | awk -v number="$before" '
		/^thespian>/ { at++; next }
		at == number && !/^left [0-9]+ *$/ && !/^ *$/ { print }'
}
