#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# F136: the original's messages to its Director, as maps with DirectorOp.

# shellcheck disable=SC2154 # common sets them

load common
load deploy
setup() { deploy_setup; }
teardown() { tsp_teardown; }

# op NAME [MEMBERS]: the Director's answer, in $output.
op() {
	run thespian-shell -p "$port" --json -c "ask Director {\"DirectorOp\": \"$1\"${2:+, $2}}"
	[ "$status" -eq 0 ]
}

@test "F136: RetrieveAll: groups with what is loaded, newest first, and what runs" {
	pack 1 2
	thespian-director load "$(package 1)"
	thespian-director load hello
	op RetrieveAll
	json --arg one "$(hash_of "$(package 1)")" --arg two "$(hash_of "$(package 2)")" '
		.DirectorResponse == "AllAddresses" and .Success and .Groups.hello.ActiveHash == $two and
		.Groups.hello.Loaded == [$two, $one] and (.Groups.hello.Running | keys == ([$one, $two] | sort)) and
		(.Groups.hello.Running[$two][0] | .ActorClass == "Witness" and .Role == "main" and
			(.ActorAddress."$address" | length > 0) and .StartTime > 1600000000)'
	op RetrieveAll '"Group": "other"'
	json '.Success and .Groups == {}'
	op RetrieveAll '"Group": "hello"'
	json '.Groups | keys == ["hello"]'
}

@test "F136: RetrieveRole: the active actor in the role, by its name's address; else empty fields" {
	pack 1
	thespian-director load hello
	op RetrieveRole '"Role": "main"'
	json --arg hash "$(hash_of "$(package 1)")" '.DirectorResponse == "RoleAddress" and .Success and .Group == "hello" and
		.SourceHash == $hash and .ActorClass == "Witness" and .Role == "main" and .StartTime > 1600000000'
	address=$(jq -r '.ActorAddress."$address"' <<< "$output")
	[ "$(thespian-director role main)" = "$address" ]
	[ "$(seen "$address" version)" = 1 ]
	op RetrieveRole '"Role": "main", "Group": "other"'
	json 'del(.DirectorResponse) == {"Success": false, "Group": null, "SourceHash": null, "ActorClass": null,
		"Role": null, "ActorAddress": null, "StartTime": null}'
	op RetrieveRole '"Role": "other"'
	json '.Success == false'
}

@test "F136: RequestNotification: one message at the next change, and no second" {
	pack 1 2 3
	thespian-director load "$(package 1)"
	thespian-shell -p "$port" --json -c 'tell Director {"DirectorOp": "RequestNotification"}' \
		-c 'tell Director {"DirectorOp": "RequestNotification"}' \
		-c 'ask Director {"DirectorOp": "RetrieveAll"}' -c 'listen 8' > heard 2>&1 3>&- &
	listening=$!
	wait_until 5 grep -q AllAddresses heard
	thespian-director load "$(package 2)"
	thespian-director load "$(package 3)"
	thespian-director unload hello@1
	wait "$listening" || true
	[ "$(grep -c NotificationOfUpdate heard)" -eq 1 ]
}

@test "F136: RequestNotification: an unload is a change too" {
	pack 1 2
	thespian-director load "$(package 1)"
	thespian-director load "$(package 2)"
	thespian-shell -p "$port" --json -c 'tell Director {"DirectorOp": "RequestNotification"}' \
		-c 'ask Director {"DirectorOp": "RetrieveAll"}' -c 'listen 4' > heard 2>&1 3>&- &
	listening=$!
	wait_until 5 grep -q AllAddresses heard
	thespian-director unload hello@1
	wait "$listening" || true
	[ "$(grep -c NotificationOfUpdate heard)" -eq 1 ]
}

@test "F136: LoadSource: SourceLoading with the hash, then it loads as load does" {
	pack 1
	pack_aside 2
	thespian-director load hello
	op LoadSource "\"Source\": \"$dir/hello-2.tls\", \"Group\": \"hello\""
	json --arg hash "$(hash_of hello-2.tls)" '. == {"DirectorResponse": "SourceLoading", "Success": true, "Group": "hello", "SourceHash": $hash}'
	new_answers() { [ "$(answers)" = 2 ]; }
	wait_until 10 new_answers
	[ -e "$(package 2)" ]
	# without a group; below the folder
	op LoadSource '"Source": "hello-2.tls"'
	json '.Success'
}

@test "F136: LoadSource that is refused says why, and changes nothing" {
	pack 1
	pack_aside 2
	thespian-director load hello
	before=$(everything)
	op LoadSource "\"Source\": \"$dir/hello-2.tls\", \"Group\": \"other\""
	json '.DirectorResponse == "SourceLoading" and .Success == false and .SourceHash == null and (.Error | contains("it is of group '"'hello'"'"))'
	op LoadSource "\"Source\": \"$dir/nothing.tls\""
	json '.Success == false and (.Error | length > 0)'
	flip hello-2.tls 500
	op LoadSource "\"Source\": \"$dir/hello-2.tls\""
	json '.Success == false and (.Error | length > 0)'
	[ "$(everything)" = "$before" ]
}

declared='"Group": "hello", "Actors": {"Witness": {"OnLoad": {"GlobalName": "Other", "Message": "declared"}}}'

@test "F136: DefineGroup counts for later loads, is said, kept, and withdrawn" {
	pack 1 2 3
	thespian-director load "$(package 1)"
	op DefineGroup "$declared"
	json '. == {"DirectorResponse": "DeclaredGroup", "Success": true, "Group": "hello"}'
	old=$(own_address 1)
	thespian-director load "$(package 2)" > out
	grep -qF "group file $THESPIAN_DIRECTOR_DIR/state/hello.tli (unsigned)" out
	[ "$(seen Other)" = declared ]
	# what was loaded before keeps its messages
	[ "$(seen "$old")" = "load retire" ]
	run thespian-director list
	[[ "$output" == *"group file $THESPIAN_DIRECTOR_DIR/state/hello.tli (unsigned)"* ]]
	thespian-director shutdown
	thespian-director start
	[ "$(seen Other)" = declared ]
	# by its other name; without members it is withdrawn
	op DeclareGroup '"Group": "hello"'
	json .Success
	[ ! -e "$THESPIAN_DIRECTOR_DIR/state/hello.tli" ]
	thespian-director load "$(package 3)"
	[ "$(seen Hello)" = load ]
	thespian-director audit | grep -q declared
	thespian-director audit --verify
}

@test "F136: DefineGroup refuses what is no group file, and where GROUP.tli is there" {
	pack 1
	thespian-director load hello
	op DefineGroup '"Group": "hello", "Actors": {"Witness": {"OnStart": {}}}'
	json '.Success == false and (.Error | contains("unknown key '"'OnStart'"'"))'
	op DefineGroup '"Group": "../hello", "AutoUnload": true'
	json '.Success == false and (.Error | contains("not the name of a group"))'
	printf '%s\n' "$rules" > "$THESPIAN_DIRECTOR_DIR/hello.tli"
	op DefineGroup "$declared"
	json --arg file "$THESPIAN_DIRECTOR_DIR/hello.tli" '.Success == false and .Error == "'"'"'\($file)'"'"' is there, and wins"'
	[ ! -e "$THESPIAN_DIRECTOR_DIR/state/hello.tli" ]
}

@test "an actor may not define a group, nor a program that it starts" {
	# where hosts are another user, what they start is sent away at the door
	[ "$EUID" -ne 0 ] || echo '{"Host User": "root"}' > "$THESPIAN_DIRECTOR_DIR/othercaps.cfg"
	pack 1 2
	thespian-director load "$(package 1)"
	mkdir mole
	cat > mole/mole.c <<-END
	#include <stdlib.h>
	#include <thespian.h>

	static int on_dig(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message;
		(void)sender;
		return tsp_sendf(self, tsp_name_address(self, "Director"), NULL, "{s:s, s:s, s:b}", "DirectorOp",
			"DefineGroup", "Group", "hello", "AutoUnload", 1);
	}

	static int on_run(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message;
		return tsp_sendf(self, sender, NULL, "{s:i}", "status", system(
			"thespian-shell -p $port --json -c 'ask Director {\"DirectorOp\": \"DefineGroup\", "
			"\"Group\": \"hello\", \"AutoUnload\": true}' > $dir/said 2>&1"));
	}

	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		tsp_text text = tsp_get_text(message, "Error");

		(void)sender;
		tsp_log(self, "info", "told: %.*s", (int)text.size, text.data ? text.data : "it is done");
		return TSP_OK;
	}

	static const tsp_handler handlers[] = { { "Dig", on_dig }, { "Run", on_run }, { 0 } };
	static const tsp_class mole = { .name = "Mole", .handlers = handlers, .receive = on_any };
	TSP_EXPORT(&mole)
	END
	printf '{ "Actors": { "Mole": { "OnLoad": { "GlobalName": "Mole" } } } }\n' > mole/mole.tli
	thespian-director gensrc --key alice.sec --version 1 mole mole > /dev/null
	thespian-director load mole
	thespian-shell -p "$port" -c 'tell Mole Dig {}'
	refusals() { [ "$(grep -c 'declaration refused' "$THESPIAN_DIRECTOR_DIR/audit.log")" -eq "$1" ]; }
	wait_until 5 refusals 1
	thespian-shell -p "$port" --timeout 20 -c 'ask Mole Run {}'
	grep -q '"Success": *false' said
	grep -q 'not permitted to an actor' said
	refusals 2
	[ ! -e "$THESPIAN_DIRECTOR_DIR/state/hello.tli" ]
	# the same from outside
	op DefineGroup '"Group": "hello", "AutoUnload": true'
	json .Success
}
