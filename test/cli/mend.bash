# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For tests of what mends a system: after `load common`, `load mend`. The module mend has Worker, which makes a
# mess as it is told, and Shared, the same in a shared host.
# shellcheck disable=SC2154 # common sets them

# mend_setup: a system with that module, begun by its shell. Order {"n": ..} fails unless there is a file healed in
# $dir, then it is answered; Quiet {} is not answered; Crash {} and Stuck {} do just that; Send {"to", "count", "size"}
# sends orders, Hostile {"to"} one with escapes in all its texts; Make {} makes a child; Who {} is answered.
mend_setup() {
	tsp_setup
	mkdir "$dir/modules"
	cat > "$dir/mend.c" <<-'END'
	#include <signal.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <string.h>
	#include <thespian.h>
	#include <unistd.h>

	static int on_order(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		char path[200];

		snprintf(path, sizeof(path), "%s/healed", getenv("THESPIAN_TEST_DIR"));
		if (access(path, F_OK) < 0)
			return tsp_fail_text(self, TSP_EFAILED, "not healed yet\n  at order()\n  at \x1b[31mmain");
		return tsp_sendf(self, sender, NULL, "{s:I}", "done", tsp_get_int(message, "n", -1));
	}

	static int on_quiet(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)self;
		(void)message;
		(void)sender;
		return TSP_OK;
	}

	static int on_crash(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message;
		(void)sender;
		raise(SIGKILL);
		return tsp_exit(self);
	}

	static int on_stuck(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)self;
		(void)message;
		(void)sender;
		for (;;)
			pause();
	}

	static int on_send(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		int64_t count = tsp_get_int(message, "count", 1);
		int64_t size = tsp_get_int(message, "size", 0);
		char *bytes = calloc(1, (size_t)size + 1);
		const char *type = tsp_get_bool(message, "quiet", false) ? "Quiet" : "Order";

		for (int64_t i = 1; bytes != NULL && i <= count; i++)
			(void)tsp_sendf(self, tsp_get_address(message, "to"), type, "{s:I, s:B}", "n", i, "bytes",
				(const void *)bytes, (size_t)size);
		free(bytes);
		return tsp_sendf(self, sender, NULL, "s", "sent");
	}

	static int on_hostile(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		static char type[1001];

		memset(type, 'x', 1000);
		memcpy(type, "\x1b]0;evil\x07\x1b[2J\n", 14);
		(void)tsp_sendf(self, tsp_get_address(message, "to"), type, "{s:s}", "\x1b[31m\r\nkey", "\x1b[2J\x07\u202e");
		return tsp_sendf(self, sender, NULL, "s", "sent");
	}

	static int on_make(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message;
		return tsp_sendf(self, sender, NULL, "a", tsp_create(self, tsp_my_class(self), NULL));
	}

	static int on_who(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message;
		return tsp_sendf(self, sender, NULL, "{s:i, s:v}", "pid", (int)getpid(), "required",
			tsp_my_requirements(self));
	}

	static const tsp_handler handlers[] = { { "Order", on_order }, { "Quiet", on_quiet }, { "Crash", on_crash },
		{ "Stuck", on_stuck }, { "Send", on_send }, { "Hostile", on_hostile }, { "Make", on_make },
		{ "Who", on_who }, { 0 } };
	static const tsp_class worker = { .name = "Worker", .handlers = handlers };
	static const tsp_class shared = { .name = "Shared", .handlers = handlers, .host = TSP_HOST_SHARED };
	TSP_EXPORT(&worker, &shared)
	END
	compile_module "$dir/modules/mend.so" "$dir/mend.c"
	export THESPIAN_PATH=$dir/modules
	sh -c start
}

mend_teardown() {
	thespian-shell -p "$port" --timeout 10 -c stop > /dev/null 2>&1 3>&- || true
	tsp_teardown
}

sh() {
	thespian-shell -p "$port" "$@" 3>&-
}

# Succeeds if the JSON document that command $1 of the shell prints has what jq program $2 says.
holds() {
	sh --json -c "$1" | jq -e "$2"
}
