#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Names, roles, classes, messages and reasons that hold terminal escapes and shell metacharacters: refused at
# creation, or escaped wherever they are shown, in text, in JSON and in the log; completion offers plain words only.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is meant to stand there

load common

setup() {
	tsp_setup
	mkdir modules
	export THESPIAN_PATH=$dir/modules
	write_maker
	thespian-admin --port "$port" --foreground > /dev/null 2> admin.log 3>&- &
	wait_until 5 thespian-shell -p "$port" -c status
	shell -c 'create maker:Maker --name Maker' > /dev/null
}
teardown() {
	thespian-shell -p "$port" --timeout 10 -c stop > /dev/null 2>&1 3>&- || true
	tsp_teardown
}

# Make{name, role} creates a Child, Log{text} logs, Fail{text} fails; all else is answered as it came.
write_maker() {
	cat > maker.c <<-'END'
	#include <stdlib.h>
	#include <thespian.h>

	static int on_make(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		char *name = tsp_text_copy(tsp_get_text(message, "name"));
		char *role = tsp_text_copy(tsp_get_text(message, "role"));
		tsp_create_options options = { .name = name, .role = role };
		tsp_address child = tsp_create(self, "Child", &options);

		free(name);
		free(role);
		if (tsp_address_is_nobody(child))
			return tsp_sendf(self, sender, NULL, "s", "refused");
		return tsp_sendf(self, sender, NULL, "s", "made");
	}

	static int on_log(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		tsp_text text = tsp_get_text(message, "text");

		tsp_log(self, "warning", "%.*s", (int)text.size, text.data);
		return tsp_sendf(self, sender, NULL, "n");
	}

	static int on_fail(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		tsp_text text = tsp_get_text(message, "text");

		(void)sender;
		return tsp_fail_text(self, TSP_EFAILED, "%.*s", (int)text.size, text.data);
	}

	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		return tsp_message_is_system(message) ? TSP_OK : tsp_forward(self, sender, message);
	}

	static const tsp_handler handlers[] = { { "Make", on_make }, { "Log", on_log }, { "Fail", on_fail }, { 0 } };
	static const tsp_class maker = { .name = "Maker", .handlers = handlers, .receive = on_any };
	static const tsp_class child = { .name = "Child", .receive = on_any };
	TSP_EXPORT(&maker, &child)
	END
	"$TSP_CC" -std=c17 -shared -fPIC -I"$TSP_SRCDIR/lib" -o modules/maker.so maker.c
}

shell() {
	thespian-shell -p "$port" "$@" 3>&-
}

# is_plain FILE...: no control characters but line ends, no bidi overrides, no separators of lines.
is_plain() {
	if LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae\xa8\xa9]|\xe2\x81[\xa6-\xa9]' "$@" | cat -v; then
		[ "${PIPESTATUS[0]}" -ne 0 ]
	fi
}

make() {
	shell -c "ask Maker Make $1"
}

@test "names with control characters, a leading #, an @, and too long ones are refused at creation" {
	for name in '\u001b]0;owned\u0007' 'two\nlines' 'tab\there' '#1' 'a@b' '\u0000' '\u009b31m' '\u007f' \
		"$(printf 'x%.0s' {1..121})"; do
		run make "{\"name\": \"$name\"}"
		echo "$name: $output"
		[ "$(shell --json -c actors | jq '[.actors[] | select(.class == "Child" and .name != null)] | length')" -eq 0 ]
	done
	run shell -c $'create maker:Child --name \'\e[31mred\''
	[ "$status" -ne 0 ]
	printf '%s' "$output" > out
	is_plain out
}

@test "every listing escapes what a name, a role or a capability may hold" {
	for name in '$(touch pwned)' '`id`' '; rm -rf x' 'a b' '*' "it's" '\"quoted\"' '\\back' '<b>' 'caf\u00e9' '-rf' \
		'\u202egnirts' '\u2066iso'; do
		make "{\"name\": \"$name\", \"role\": \"\\u001b[31mrole\\u001b[0m\\n\\u202ex\"}"
	done
	shell -c 'capability Plain "\u001b[31mred\n\u202ex"'
	shell -c 'capability "\u001b[2JName" 1' || true
	shell --json -c 'actors' | jq -e '[.actors[] | select(.class == "Child")] | length >= 11'
	for command in actors tree status actorCount capability sources info addresses convention; do
		shell -c "$command" > "$command.text" 2> "$command.err" || true
		shell --json -c "$command" > "$command.json" 2> "$command.err2" || true
		is_plain "$command".*
	done
	jq -e . actors.json tree.json status.json > /dev/null
	jq -r '.actors[].name' actors.json | grep -qxF '$(touch pwned)'
	[ ! -e pwned ]
}

@test "messages, their types and keys, poison and notices are escaped" {
	evil='\u001b[31m\u0007\u009b2J\u202e\u0008x'
	shell -c "ask Maker \"$evil\"" > one
	shell -c "ask Maker {\"$evil\": [\"$evil\", {\"$evil\": \"$evil\"}]}" > two
	shell -c "ask Maker {\"\$type\": \"$evil\", \"value\": \"$evil\"}" > three
	shell --json -c "ask Maker {\"$evil\": \"$evil\"}" > four
	shell -c "ask Maker Fail {\"text\": \"$evil\\nsecond\"}" > five 2>&1 || true
	shell -c "tell Maker \"$evil\"" -c 'listen 1' > six 2>&1 || true
	shell -c "ask Maker \"$evil" > seven 2>&1 || true
	shell -c $'ask \e[31mNobody x' > eight 2>&1 || true
	shell -c $'\e[31mcommand x' > nine 2>&1 || true
	is_plain one two three four five six seven eight nine
	grep -q 'second' five
	jq -e . four > /dev/null
}

@test "the log has one line an entry, escaped" {
	shell -c 'ask Maker Log {"text": "\u001b[31mred\nforged: line\r\u009bx"}'
	shell -c 'ask Maker Fail {"text": "\u001b[31mfailed\nforged: line"}' > /dev/null || true
	is_plain admin.log
	grep -q red admin.log
	run ! grep '^forged' admin.log
}

@test "a class's name is plain, or its module is refused" {
	printf '#include <thespian.h>\nstatic const tsp_class evil = { .name = "E\\033[31m\\nvil" };\nTSP_EXPORT(&evil)\n' > evil.c
	"$TSP_CC" -shared -fPIC -I"$TSP_SRCDIR/lib" -o modules/evil.so evil.c
	shell -c $'create \'evil:E\e[31m\nvil\'' > one 2>&1 || true
	shell -c 'create evil:Other' > two 2>&1 || true
	shell -c actors > three
	shell -c status > four
	is_plain one two three four admin.log
}

@test "completion offers words of a safe alphabet only" {
	for name in Good '$(touch pwned)' '`id`' '; rm' 'a b' '*' "it's" '\"q\"' '\\back' '\u202egnirts' '&bg' '|pipe' '>out' '!hist'; do
		make "{\"name\": \"$name\"}" > /dev/null
	done
	for words in 'ask ' 'kill ' 'tree ' 'create ' 'capability '; do
		# shellcheck disable=SC2086 # the last word is the empty one
		shell --complete ${words% } '' >> offered
	done
	grep -qx Good offered
	is_plain offered
	run ! grep -E '[][$`;*'\''"\\&|><!(){}? ]' offered
}

@test "files and groups of the Director: what has a hostile name is shown escaped, packages like it are refused" {
	make_key alice
	write_source src Greeter one
	thespian-director gensrc --key alice.sec --version 1 hello src > /dev/null
	evil=$'\e[31mx\n.tls'
	cp "$THESPIAN_DIRECTOR_DIR/hello-1.tls" "$THESPIAN_DIRECTOR_DIR/$evil"
	cp "$THESPIAN_DIRECTOR_DIR/hello-1.tls" "$evil"
	echo x > "$THESPIAN_DIRECTOR_DIR/"$'\e[31mbad.cfg'
	for command in avail list status config 'role x' 'load x' 'unload x' 'rollback x'; do
		# shellcheck disable=SC2086 # words
		thespian-director --port "$port" $command > "text" 2> "err" || true
		# shellcheck disable=SC2086 # words
		thespian-director --port "$port" --json $command > "json" 2> "err2" || true
		is_plain text err json err2
	done
	thespian-director load "$evil" > text 2> err || true
	thespian-director tlsinfo "$evil" >> text 2>> err || true
	thespian-director unload "$evil" >> text 2>> err || true
	thespian-director role "$evil" >> text 2>> err || true
	thespian-director gensrc --key alice.sec --version 1 "$evil" src >> text 2>> err || true
	thespian-director gensrc --key alice.sec --version $'\e[31m' hello src >> text 2>> err || true
	thespian-director keygen $'\e[31mk' --no-password >> text 2>> err || true
	thespian-director $'\e[31mx' >> text 2>> err || true
	is_plain text err
}
