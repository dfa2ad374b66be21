# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Loaded, behind common, by shell_look.bats and shell_top.bats: a system whose actors do what is worth looking at.
# shellcheck disable=SC2154 # common sets them

# look_setup: a module "look", and a system. Looked: "Sleep {ms}" does not return for so long, "Defer" defers,
# "Ask {port, name}" asks another from within the handler (by a shell), "Log {level, text, count}" logs, "Mute" does not answer;
# all else is answered. Crowd shares its host.
look_setup() {
	tsp_setup
	mkdir modules
	export THESPIAN_PATH=$dir/modules LANG=C.UTF-8
	cat > look.c <<-'END'
	#include <thespian.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <time.h>

	static int on_sleep(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		int64_t ms = tsp_get_int(message, "ms", 1000);
		struct timespec time = { ms / 1000, ms % 1000 * 1000000 };
		(void)self;
		(void)sender;
		nanosleep(&time, NULL);
		return TSP_OK;
	}

	static int on_defer(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)self;
		(void)message;
		(void)sender;
		return TSP_DEFER;
	}

	static int on_ask(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		tsp_text name = tsp_get_text(message, "name");
		char command[300];
		(void)sender;
		snprintf(command, sizeof(command), "exec thespian-shell -p %d --timeout 60 -c 'ask %.*s hello' 2>&1",
			(int)tsp_get_int(message, "port", 0), (int)name.size, name.data);
		return system(command) == 0 ? TSP_OK : tsp_fail_text(self, TSP_EFAILED, "no answer");
	}

	static int on_log(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		tsp_text level = tsp_get_text(message, "level");
		tsp_text text = tsp_get_text(message, "text");
		char word[16];
		snprintf(word, sizeof(word), "%.*s", (int)level.size, level.data);
		for (int64_t i = tsp_get_int(message, "count", 1); i > 0; i--)
			tsp_log(self, word, "%.*s", (int)text.size, text.data);
		return tsp_sendf(self, sender, NULL, "s", "logged");
	}

	static int on_mute(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)self;
		(void)message;
		(void)sender;
		return TSP_OK;
	}

	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		return tsp_message_is_system(message) ? TSP_OK : tsp_forward(self, sender, message);
	}

	static const tsp_handler handlers[] = { { "Sleep", on_sleep }, { "Defer", on_defer }, { "Ask", on_ask },
		{ "Log", on_log }, { "Mute", on_mute }, { 0 } };
	static const tsp_class looked = { .name = "Looked", .handlers = handlers, .receive = on_any };
	static const tsp_class crowd = { .name = "Crowd", .handlers = handlers, .receive = on_any,
		.host = TSP_HOST_SHARED };
	TSP_EXPORT(&looked, &crowd)
	END
	compile_module modules/look.so look.c
	# all as one user: who asks from within a handler must be let in
	thespian-admin --port "$port" --capabilities "{\"Host User\": \"$(id -un)\"}" > /dev/null 3>&-
}

look_teardown() {
	thespian-shell -p "$port" --timeout 10 -c stop > /dev/null 2>&1 3>&- || true
	tsp_teardown
}

shell() {
	thespian-shell -p "$port" "$@" 3>&-
}

# actor NAME [CLASS]
actor() {
	shell -c "create look:${2:-Looked} --name $1" > /dev/null
}
