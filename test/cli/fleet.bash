# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # convention.bash and common.bash set them
#
# For tests of a fleet: after `load common`, `load convention`, `load deploy`. Group hello, with a Witness as Hello.

fleet_setup() {
	convention_setup
	dies=
	make_key alice
	rules='{ "Actors": { "Witness": { "OnLoad": { "Role": "main", "GlobalName": "Hello" } } } }'
}

# fleet LEADER MEMBER...: systems that trust alice, linked, and named at the leader.
fleet() {
	local leader=$1 name
	for name; do
		system "$name" '{"Convention Heartbeat": 0.5, "Convention Suspicion": 2, "Convention Gone": 4}'
		cp "$THESPIAN_DIRECTOR_DIR"/alice_tls.key "$dir/$name/"
	done
	convention "$@"
	shift
	for name; do
		on "$leader" admit "$(cat "$dir/$name/convention/system.key")" --name "$name" > /dev/null
	done
	here=$leader
}

# The id of a system.
id_of() {
	local address
	address=$(at "$1" status | head -n 1)
	address=${address##*@}
	echo "${address%.*}"
}

version_at() {
	local name=$1
	[ "$name" != here ] || name=$here
	json_at "$name" "ask Hello Seen {}" | jq -r .version
}

version_is() {
	[ "$(version_at "$1")" = "$2" ]
}

# spy_source [ORDER KEY]: class Spy, held as Spy: `Order {director}` has it say that there, of hello (default: that it is
# to be unloaded), `Heard {}` is answered by what came of it.
spy_source() {
	local order=${1:-DirectorUnload} key=${2:-what}
	mkdir -p "$dir/spy"
	cat > "$dir/spy/spy.c" <<-END
	#include <stdio.h>
	#include <thespian.h>

	static char heard[400] = "";

	static int on_order(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)sender;
		return tsp_sendf(self, tsp_get_address(message, "director"), "$order", "{s:s}", "$key", "hello");
	}

	static int on_answer(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		tsp_text text = tsp_get_text(message, "error");

		(void)self;
		(void)sender;
		(void)snprintf(heard, sizeof(heard), "%.*s", (int)text.size, text.size > 0 ? text.data : "");
		return TSP_OK;
	}

	static int on_heard(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message;
		return tsp_sendf(self, sender, NULL, "s", heard);
	}

	static const tsp_handler handlers[] = { { "Order", on_order }, { "DirectorAnswer", on_answer },
		{ "Heard", on_heard }, { 0 } };
	static const tsp_class spy = { .name = "Spy", .handlers = handlers };
	TSP_EXPORT(&spy)
	END
	echo '{ "Actors": { "Spy": { "OnLoad": { "Role": "main", "GlobalName": "Spy" } } } }' > "$dir/spy/spy.tli"
}
