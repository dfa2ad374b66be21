# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For tests of what deployment does: after `load common`, `load deploy`. The group is `hello`, its
# packages are signed by `alice`, and its actor tells which version it is and what it was sent.

deploy_setup() {
	tsp_setup
	make_key alice
	rules='{ "Actors": { "Witness": {
		"OnLoad": { "Role": "main", "GlobalName": "Hello", "Message": "load" },
		"OnDeactivate": { "Message": "retire" }, "OnReactivate": { "Message": "return" } } } }'
}

# witness_source FOLDER VERSION: class Witness. It keeps the texts that it is sent, in a global of its module;
# `Seen {}` is answered by {version, seen, pid}, `Exit {}` ends it. $rules are its group file.
witness_source() {
	mkdir -p "$1"
	cat > "$1/witness.c" <<-END
	#include <stdio.h>
	#include <string.h>
	#include <thespian.h>
	#include <unistd.h>

	static char seen[4000] = "";

	static int on_seen(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message;
		return tsp_sendf(self, sender, NULL, "{s:s, s:s, s:i}", "version", "$2", "seen", seen, "pid",
			(int64_t)getpid());
	}

	static int on_exit_now(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message;
		(void)sender;
		return tsp_exit(self);
	}

	static int on_text(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		size_t size = strlen(seen);
		tsp_text text = { 0 };

		(void)self;
		(void)sender;
		if (!tsp_message_is_system(message) && tsp_value_text(tsp_message_value(message), &text))
			(void)snprintf(seen + size, sizeof(seen) - size, "%s%.*s", size ? " " : "", (int)text.size,
				text.data);
		return TSP_OK;
	}

	static const tsp_handler handlers[] = { { "Seen", on_seen }, { "Exit", on_exit_now }, { 0 } };
	static const tsp_class witness = { .name = "Witness", .handlers = handlers, .receive = on_text };
	TSP_EXPORT(&witness)
	END
	rm -f "$1/hello.tli"
	[ -z "${rules:-}" ] || printf '%s\n' "$rules" > "$1/hello.tli"
}

# pack VERSION...: hello-VERSION.tls in the Director's folder, from folder src-VERSION.
pack() {
	local version
	for version; do
		witness_source "src-$version" "$version"
		thespian-director gensrc --key alice.sec --version "$version" hello "src-$version" > /dev/null
	done
}

# pack_aside VERSION: the same as hello-VERSION.tls in the current folder.
pack_aside() {
	witness_source "src-$1" "$1"
	thespian-director gensrc --key alice.sec --version "$1" -o "hello-$1.tls" hello "src-$1" > /dev/null
}

package() {
	printf '%s/hello-%s.tls\n' "$THESPIAN_DIRECTOR_DIR" "$1"
}

# hash_of FILE: all of its digits.
hash_of() {
	thespian-director --json tlsinfo "$1" | jq -r .hash
}

# seen ADDRESS [MEMBER]: what the actor answers to Seen.
seen() {
	thespian-shell -p "$port" --json -c "ask $1 Seen {}" | jq -r ".${2:-seen}"
}

# The version that the global name answers for.
answers() {
	seen Hello version
}

# state PROGRAM: what jq says about the state file of the group.
state() {
	jq -r "$1" "$THESPIAN_DIRECTOR_DIR/state/hello.json"
}

# list PROGRAM: what jq says about the group in `list`.
list() {
	thespian-director --json list hello | jq -r ".groups[0] | $1"
}

# own_address VERSION: of its Witness.
own_address() {
	list ".versions[] | select(.version == \"$1\") | .actors[] | select(.class == \"Witness\") | .own_address.\"\$address\""
}

# All that a refusal must not change.
everything() {
	thespian-director --json list
	cat "$THESPIAN_DIRECTOR_DIR"/state/*.json 2>/dev/null || true
	(cd "$THESPIAN_DIRECTOR_DIR" && sha256sum -- *.tls 2>/dev/null) || true
	thespian-shell -p "$port" --json -c sources
	thespian-shell -p "$port" --json -c actors | jq -c '[.actors[] | [.address, .class, .source]]'
}

# flip FILE POSITION [BIT]: one bit turned.
flip() {
	local byte
	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	# shellcheck disable=SC2059
	printf "\\x$(printf %x $((byte ^ (1 << ${3:-0}))))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# refused STATUS TEXT COMMAND...: ends with that status, and its error line (the compiler's lines may
# stand before it) has the text.
refused() {
	local want=$1 text=$2 line
	shift 2
	run --separate-stderr "$@"
	# shellcheck disable=SC2154 # bats sets it
	line=$(grep -m 1 '^thespian-director: ' <<< "$stderr") || true
	[ "$status" -eq "$want" ] || {
		echo "status $status, not $want: $*"
		echo "$output$stderr"
		return 1
	}
	[[ $line == "thespian-director: cannot "* && $line == *"$text"* ]] || {
		echo "not in the error line: $text"
		echo "$stderr"
		return 1
	}
}
