#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The group file's Requires: groups that are active before the group's own actors start.

# shellcheck disable=SC2154 # common sets them

load common
load deploy
setup() {
	tsp_setup
	make_key alice
}
teardown() { tsp_teardown; }

# group NAME VERSION [REQUIRED...]: its actor writes the name into $dir/order when it starts.
group() {
	local name=$1 version=$2 required
	shift 2
	required=$(printf '%s\n' "$@" | jq -Rc . | jq -sc 'map(select(. != ""))')
	mkdir -p "src-$name"
	cat > "src-$name/$name.c" <<-END
	#include <stdio.h>
	#include <thespian.h>

	static int on_start(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		FILE *file = fopen("$dir/order", "a");

		(void)self;
		(void)message;
		(void)sender;
		if (!file)
			return TSP_EIO;
		(void)fprintf(file, "$name$version ");
		(void)fclose(file);
		return ${start:-TSP_OK};
	}

	static const tsp_handler handlers[] = { { "text", on_start }, { 0 } };
	static const tsp_class actor = { .name = "Actor", .handlers = handlers };
	TSP_EXPORT(&actor)
	END
	printf '{ "Actors": { "Actor": { "OnLoad": { "Message": "start" } } }, "Requires": %s }\n' "$required" \
		> "src-$name/$name.tli"
	thespian-director gensrc --key alice.sec --version "$version" "$name" "src-$name" > /dev/null
}

order_is() {
	[ "$(cat "$dir/order" 2>/dev/null)" = "$1" ] || { echo "order: $(cat "$dir/order")"; false; }
}

active() {
	thespian-director --json list | jq -r '[.groups[] | select(.active_hash) | .group] | join(" ")'
}

@test "load loads what is required first, and what that requires; what is active stays" {
	group web 1 cache store
	group cache 1 store
	group store 1
	group other 1
	run thespian-director load web
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == "loaded store 1 "* ]]
	[[ "$output" == *"loaded cache 1 "*"loaded web 1 "* ]]
	order_is "store1 cache1 web1 "
	[ "$(active)" = "cache store web" ]
	group store 2
	group web 2 store
	thespian-director load web
	order_is "store1 cache1 web1 web2 "
	run thespian-director --json list web
	json '.groups[0].versions[0].requires == ["store"] and .groups[0].versions[1].requires == ["cache", "store"]'
}

@test "a required group of which no package is there: status 6, its name, nothing changed" {
	group web 1 cache
	group cache 1 store
	refused 6 "cannot bring back 'cache': it requires 'store'" thespian-director start
	before=$(everything)
	refused 6 "cannot load 'web': it requires 'store': no package of this group is in" thespian-director load web
	[[ "$stderr" == *"hint: put a package of 'store' into the folder"* ]]
	[ "$(everything)" = "$before" ]
	[ ! -e order ]
	group store 1
	thespian-director load web
	order_is "store1 cache1 web1 "
}

@test "a required group that is not to be trusted, or older than accepted: status 5, nothing changed" {
	group store 1
	group web 1 store
	flip "$THESPIAN_DIRECTOR_DIR/store-1.tls" 500
	refused 5 "it requires 'store': none of its packages verifies" thespian-director start
	before=$(everything)
	refused 5 "it requires 'store': none of its packages verifies" thespian-director load web
	[ "$(everything)" = "$before" ]
	flip "$THESPIAN_DIRECTOR_DIR/store-1.tls" 500
	group store 2
	thespian-director load store
	thespian-director unload store
	rm "$THESPIAN_DIRECTOR_DIR/store-2.tls"
	before=$(everything)
	refused 5 "it requires 'store': version 1 is older than 2, which was accepted before" thespian-director load web
	[ "$(everything)" = "$before" ]
}

@test "load of what is active already asks for nothing: status 0, also where a required group has gone" {
	group store 1
	group web 1 store
	thespian-director load web
	thespian-director unload --force store
	# what can be loaded is
	run -0 thespian-director load web
	[[ "$output" == "loaded store 1 "*"web 1 already active"* ]]
	[ "$(active)" = "store web" ]
	thespian-director unload --force store
	rm "$THESPIAN_DIRECTOR_DIR/store-1.tls"
	run -0 thespian-director load web
	[ "${lines[0]}" = "web 1 already active" ]
	run -0 thespian-director plan web
	[[ "$output" == *"already active"* ]]
	run -0 thespian-director refresh
	[[ "$output" == *"web 1 already active"* ]]
	group web 2 store
	refused 6 "it requires 'store': no package of this group is in" thespian-director load web
	[ "$(active)" = "web" ]
}

@test "a required group that does not start: the other is not loaded, and the line says which" {
	start=TSP_EFAILED group store 1
	group web 1 store
	refused 6 "cannot load 'web': it requires 'store': actor 'Actor' did not start" thespian-director load web
	[ "$(active)" = "" ]
}

@test "a circle is refused with its names" {
	group a 1 b
	group b 1 c
	group c 1 b
	thespian-director start || true
	refused 6 "circle: b -> c -> b" thespian-director load a
	refused 6 "circle: c -> b -> c" thespian-director load c
	group d 1 d
	refused 6 "circle: d -> d" thespian-director load d
	# through what is active already
	group e 1
	thespian-director load e
	group f 1 e
	thespian-director load f
	group e 2 f
	refused 6 "circle: e -> f -> e" thespian-director load e
	[ "$(active)" = "e f" ]
}

@test "a hint is that of the failure that is told" {
	group a 1 a
	group web 1 cache
	refused 6 "cannot bring back 'a': groups require each other in a circle: a -> a" thespian-director start
	[[ "$stderr" != *hint:* ]]
	refused 6 "cannot load 'a': groups require each other in a circle: a -> a" thespian-director refresh
	[[ "$stderr" != *hint:* ]]
	thespian-director shutdown
	rm "$THESPIAN_DIRECTOR_DIR/a-1.tls"
	refused 6 "cannot bring back 'web': it requires 'cache'" thespian-director start
	[[ "$stderr" == *"hint: put a package of 'cache' into the folder"* ]]
	refused 6 "cannot load 'web': it requires 'cache'" thespian-director refresh
	[[ "$stderr" == *"hint: put a package of 'cache' into the folder"* ]]
}

@test "refresh and start go in the order of what is required" {
	group a 1 b
	group b 1 c
	group c 1
	thespian-director start
	order_is "c1 b1 a1 "
	group a 2 b
	group b 2 c
	group c 2
	rm order
	thespian-director refresh
	order_is "c2 b2 a2 "
	thespian-director shutdown
	rm order
	thespian-director start
	order_is "c2 b2 a2 "
}

@test "refresh of a group whose requirement fails says so" {
	start=TSP_EFAILED group b 1
	group a 1 b
	run --separate-stderr thespian-director refresh
	[ "$status" -eq 6 ]
	[ "$(active)" = "" ]
}

@test "unload of what others require is refused with their names; --force and unloading those first are not" {
	group store 1
	group web 1 store
	group shop 1 store
	thespian-director load web
	thespian-director load shop
	before=$(everything)
	refused 5 "cannot unload 'store': it is required by 'shop', 'web'" thespian-director unload store
	[[ "$stderr" == *"hint: unload these first; --force"* ]]
	[ "$(everything)" = "$before" ]
	# a version before takes over: nobody is left without
	group store 2
	thespian-director load store
	thespian-director unload store
	[ "$(active)" = "shop store web" ]
	thespian-director unload --force store
	[ "$(active)" = "shop web" ]
	thespian-director load store
	thespian-director unload shop
	thespian-director unload web
	thespian-director unload store
	[ "$(active)" = "" ]
}

@test "Requires: names of groups, or refused with its place" {
	write_source src Greeter x
	for value in '"store"' '[1]' '[""]' '["../x"]'; do
		printf '{ "Requires": %s }\n' "$value" > src/hello.tli
		run thespian-director gensrc --key alice.sec hello src
		[ "$status" -eq 1 ]
		[[ "$output" == "thespian-director: src/hello.tli:1:3: "* ]]
	done
}
