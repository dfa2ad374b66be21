# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For shell_night.bats, behind `load common`: a module whose actors break in ten ways, and the page that mends them.
# shellcheck disable=SC2154 # common sets them

# night_module: Worker does what its messages say; Feeder sends a text to a name over and over; Shop keeps a Till
# where it is told to, else it hears of the end of its child the second time only; Printer needs a capability.
night_module() {
	mkdir "$dir/modules"
	cat > "$dir/night.c" <<-'END'
	#include <thespian.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <time.h>
	#include <unistd.h>

	struct worker { bool priced; };

	/* Fills the disk with a file that has no name, and says so. */
	static int fill(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		static FILE *spool;
		static char zeros[65536];
		char path[300];

		(void)message;
		(void)sender;
		snprintf(path, sizeof(path), "%s/cache/spool", getenv("THESPIAN_TEST_DIR"));
		if (!spool) {
			spool = fopen(path, "w");
			unlink(path);
		}
		while (spool && fwrite(zeros, sizeof(zeros), 1, spool) == 1)
			;
		tsp_log(self, "warning", "cannot write: %m");
		return tsp_wakeup_after(self, 100, (tsp_value){ 0 });
	}

	static int on_text(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		tsp_text text;
		struct timespec pause = { 0, 20 * 1000000 };

		if (!tsp_value_text(tsp_message_value(message), &text))
			return TSP_EVALUE;
		if (tsp_text_is(text, "hang"))
			for (;;)
				sleep(1);
		if (tsp_text_is(text, "boom"))
			abort();
		if (tsp_text_is(text, "fill"))
			return fill(self, message, sender);
		if (tsp_text_is(text, "slow"))
			return nanosleep(&pause, NULL);
		return tsp_forward(self, sender, message);
	}

	static int on_price(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct worker *worker = tsp_state(self);

		(void)message;
		worker->priced = true;
		return tsp_sendf(self, sender, NULL, "s", "thanks");
	}

	static int on_order(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct worker *worker = tsp_state(self);

		if (!worker->priced)
			return tsp_fail_text(self, TSP_EFAILED, "no price for tea");
		return tsp_sendf(self, sender, "Ordered", "{s:v}", "what", tsp_get(message, "what"));
	}

	/* Asks another from within the handler, by a shell. */
	static int on_ask(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		tsp_text name = tsp_get_text(message, "name");
		char command[300];

		(void)sender;
		snprintf(command, sizeof(command), "exec thespian-shell -p %d --timeout 60 -c 'ask %.*s hello' > /dev/null 2>&1",
			(int)tsp_get_int(message, "port", 0), (int)name.size, name.data);
		return system(command) == 0 ? TSP_OK : tsp_fail_text(self, TSP_EFAILED, "no answer");
	}

	static const tsp_handler worker_handlers[] = { { "text", on_text }, { "Price", on_price },
		{ "Order", on_order }, { "Ask", on_ask }, { "WakeupMessage", fill }, { 0 } };
	static const tsp_class worker = { .name = "Worker", .state_size = sizeof(struct worker),
		.handlers = worker_handlers };

	struct feeder { tsp_address target; char text[64]; };

	static int feed(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct feeder *feeder = tsp_state(self);
		tsp_text name = tsp_get_text(message, "name"), text = tsp_get_text(message, "text");
		int rc = TSP_OK;

		(void)sender;
		if (tsp_message_is(message, "Feed")) {
			char copy[64];

			snprintf(copy, sizeof(copy), "%.*s", (int)name.size, name.data);
			snprintf(feeder->text, sizeof(feeder->text), "%.*s", (int)text.size, text.data);
			feeder->target = tsp_name_address(self, copy);
		} else if (!tsp_message_is(message, "WakeupMessage")) {
			return TSP_OK;
		}
		for (int i = 0; i < 10 && rc >= 0; i++)
			rc = tsp_sendf(self, feeder->target, NULL, "s", feeder->text);
		return tsp_wakeup_after(self, 100, (tsp_value){ 0 });
	}

	static const tsp_class feeder = { .name = "Feeder", .state_size = sizeof(struct feeder), .receive = feed };

	static int keep_shop(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)sender;
		if (tsp_message_is(message, "Keep") || tsp_message_is(message, "WakeupMessage")) {
			tsp_create(self, "Worker", &(tsp_create_options){ .name = "Till" }); /* if nobody has the name */
			return tsp_wakeup_after(self, 50, (tsp_value){ 0 });
		}
		if (tsp_message_is(message, "Open"))
			return tsp_sendf(self, sender, NULL, "a", tsp_create(self, "Worker", NULL));
		if (tsp_message_is(message, "ChildActorExited") && tsp_text_is(tsp_get_text(message, "reason"), "reported"))
			tsp_create(self, "Worker", &(tsp_create_options){ .name = "Till" });
		return TSP_OK;
	}

	static const tsp_class shop = { .name = "Shop", .receive = keep_shop };

	static const tsp_requirement needs[] = { { "Printer", NULL }, { 0 } };
	static const tsp_class printer = { .name = "Printer", .requires_capabilities = needs,
		.handlers = worker_handlers, .state_size = sizeof(struct worker) };
	TSP_EXPORT(&worker, &feeder, &shop, &printer)
	END
	compile_module "$dir/modules/night.so" "$dir/night.c"
	export THESPIAN_PATH=$dir/modules
}

shell() {
	thespian-shell -p "$port" "$@" 3>&-
}

# mend SITUATION: types the lines of the page below the heading that begins so, and looks for what stands behind
# their #. The last one must succeed. $child, $wrong and $right stand for what is in capitals there.
mend() {
	local line expected rc=1 lines
	mapfile -t lines < <(sed -n "/^## $1\\./,/^## /s/^    //p" "$TSP_SRCDIR/share/doc/three-in-the-morning.md")
	[ "${#lines[@]}" -gt 1 ]
	for line in "${lines[@]}"; do
		expected=
		[[ $line != *' # '* ]] || expected=${line##* # }
		line=${line%% # *}
		line=${line//CHILD/${child:-}}
		line=${line//WRONG/${wrong:-}}
		line=${line//RIGHT/${right:-}}
		rc=0
		shell --timeout 20 -c "$line" > told 2>&1 || rc=$?
		says told "$expected" || {
			printf '%s\n' "$line ($rc) is to say: $expected"
			cat told
			return 1
		}
		# one that is to fail says what it says
		[ "$rc" -eq 0 ] || [ -n "$expected" ] || {
			echo "$line ($rc)"
			cat told
			return 1
		}
	done
	return "$rc"
}
