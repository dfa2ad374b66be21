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
	"$TSP_CC" -std=c17 -shared -fPIC -I"$TSP_SRCDIR/lib" -o "$dir/modules/echo.so" "$dir/echo.c"
	export THESPIAN_PATH=$dir/modules
}

shell_teardown() {
	thespian-shell -p "$port" --timeout 10 -c stop > /dev/null 2>&1 3>&- || true
	tsp_teardown
}
