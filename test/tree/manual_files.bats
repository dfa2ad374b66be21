#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The manual of the files tells the truth: thespian-source(5) and thespian-director-files(5) have each setting and each
# key that the programs know, and no other, and their examples run.
# shellcheck disable=SC2154,SC2016 # common sets them; backquotes are looked for

bats_require_minimum_version 1.5.0

load ../cli/common

setup() {
	tsp_setup
	files=$TSP_SRCDIR/share/man/thespian-director-files.5
	source=$TSP_SRCDIR/share/man/thespian-source.5
}
teardown() { tsp_teardown; }

# Page $1 as plain text of its part that begins with line $2, up to the next part.
part() {
	awk -v begin="$2" '$0 == begin { on = 1; next } /^\.S[HS]/ { on = 0 } on' "$1" |
		sed 's/\\f[BIR]//g; s/\\-/-/g; s/\\e/\\/g'
}

# The tags of its paragraphs: what stands there in bold, each word a line.
tags() {
	part "$1" "$2" | sed -n '/^\.TP/{ n; p; }' | grep '^\.B' | sed -E 's/^\.[BR]+ //; s/[",]/ /g; s/ and / /g' | xargs -n 1 | sort
}

@test "thespian-director-files(5) has each setting, with its default, and no other" {
	thespian-director --json config > all.json
	jq -r '.settings[].name' all.json | sort > known
	[ "$(wc -l < known)" -ge 13 ]
	part "$files" '.SS Settings' | sed -nE 's/^\.I ([a-z]+)\.cfg$/\1/p' | sort > written
	diff known written
	rm "$THESPIAN_DIRECTOR_DIR/adminport.cfg"
	thespian-director --json config | jq -r '.settings[] | select(.value != null) | .name + " " + .value' > defaults
	[ "$(wc -l < defaults)" -ge 3 ]
	part "$files" '.SS Settings' | tr '\n' ' ' | sed 's/\.TP /\n/g' > paragraphs
	while read -r name value; do
		grep "^\.I $name\.cfg" paragraphs | grep -q " Default: $value\." || { echo "$name: $value"; false; }
	done < defaults
	grep -vxFf <(cut -d ' ' -f 1 defaults) known > without
	while read -r name; do
		grep "^\.I $name\.cfg" paragraphs | grep -qE " Default: (none|the director's folder)[.,]" || { echo "$name"; false; }
	done < without
}

@test "what thespian-director-files(5) says of bad values is what is said" {
	tried=0
	while read -r name; do
		printf '\001\n' > "$THESPIAN_DIRECTOR_DIR/$name.cfg"
		run thespian-director config
		rm "$THESPIAN_DIRECTOR_DIR/$name.cfg"
		[ "$status" -ne 0 ] || continue # any text is a path, or a host
		[ "$status" -eq 1 ]
		[[ $output == *"/$name.cfg:1:"* ]]
		cause=${output##*: }
		part "$files" '.SS Settings' | tr '\n' ' ' | grep -qF "$cause" ||
			[[ $cause == 'not JSON'* || $name == *cap* || $name == thesplog || $name == trust ]] || { echo "$name: $cause"; false; }
		tried=$((tried + 1))
	done < <(thespian-director --json config | jq -r '.settings[].name')
	[ "$tried" -ge 7 ]
	for cause in $(part "$files" '.SS Settings' | grep -oE '\(lq "[^"]*"' | sed 's/.*"\(.*\)"/\1/; s/ /_/g'); do
		grep -qF "${cause//_/ }" "$TSP_SRCDIR/director/settings.c" || { echo "nobody says: $cause"; false; }
	done
}

@test "thespian-source(5) has each key of source.json and of a group file, and no other" {
	sed -nE '/^static const struct member members/,/^}/s/^\t\{ "([A-Za-z]+)".*/\1/p' "$TSP_SRCDIR/lib/source/manifest.c" |
		sort > known
	[ "$(wc -l < known)" -ge 9 ]
	tags "$source" '.SS source.json' > written
	diff known written
	grep -oE 'tsp_text_is\(name, "[A-Za-z_]+"' "$TSP_SRCDIR/director/group.c" | cut -d '"' -f 2 | sort -u > known
	[ "$(wc -l < known)" -ge 9 ]
	part "$source" '.SS Group file (.tli)' > group
	while read -r key; do
		grep -qE "^\.B[RI]? (.*[ \"])?$key( |,|$)" group || { echo "not there: $key"; false; }
	done < known
	run ! grep -vxFf known <(tags "$source" '.SS Group file (.tli)')
	sed -nE 's/.*unknown key .*\((.*) are known\).*/\1/p' "$TSP_SRCDIR/director/trust_rules.c" | tr -d ' ' | tr ',' '\n' |
		while read -r key; do
			part "$source" '.SS trust.cfg' | grep -qE "(^\.B |\( *)$key" || { echo "not there: $key"; exit 1; }
		done
}

@test "thespian-director-files(5) has each key of states and of the audit log, and no other" {
	put() { grep -ohE "$1" "${@:2}" | cut -d '"' -f 2 | sort -u; }
	cd "$TSP_SRCDIR/director"
	put 'tsp_put_key\(builder, "[a-z_]+"|"(active|history|events)"' state.c state_events.c > "$dir/known"
	cd "$dir"
	tags "$files" '.SS State' > written
	diff <(sort -u known) written
	put 'tsp_put_key\(builder, "[a-z_]+"' "$TSP_SRCDIR/director/audit.c" > known
	[ "$(wc -l < known)" -ge 9 ]
	diff known <(tags "$files" '.SS Audit log')
	for verdict in $(grep -ohE '(audit_write\(.*|recorded.*|^		)"(brought back|declaration withdrawn|[a-z ]+ed)"' "$TSP_SRCDIR"/director/{authority,confirm,declare,key,replacement,steps}.c |
		grep -oE '"(brought back|declaration withdrawn|[a-z ]+ed)"' | tr -d '"' | tr ' ' _ | sort -u); do
		part "$files" '.SS Audit log' | grep -qF "${verdict//_/ }" || { echo "not there: $verdict"; false; }
	done
}

@test "the examples of thespian-source(5) check a package, and find one that was changed" {
	for tool in minisign unzip b2sum; do command -v $tool > /dev/null || skip "no $tool"; done
	make_key build
	thespian-director gensrc --key build.sec --version 1.0 hello "$TSP_SRCDIR/share/example/hello"
	part "$source" '.SH EXAMPLES' | sed -n '/^\.nf/,/^\.fi/p' | sed '/^\./d' > example
	[ "$(wc -l < example)" -eq 6 ]
	mkdir here
	cp director/hello-1.0.tls director/build_tls.key here
	cd here
	run bash -eu ../example
	echo "$output"
	[ "$status" -eq 0 ]
	hash=$(thespian-director --json tlsinfo hello-1.0.tls | jq -r .hash)
	[ "${#hash}" -eq 64 ]
	[[ $output == *"$hash"* ]]
	[[ $output == *source.json* ]]
	size=$(stat -c %s hello-1.0.tls)
	printf x | dd of=hello-1.0.tls bs=1 seek=$((size - 100)) conv=notrunc status=none
	run bash -eu ../example
	[ "$status" -ne 0 ]
}

@test "the example of thespian-director-files(5) checks the audit log, and finds a line that was changed" {
	for tool in jq b2sum; do command -v $tool > /dev/null || skip "no $tool"; done
	make_key build
	id=$(thespian-director --json key list | jq -r '.keys[0].id')
	for group in a b c; do thespian-director key trust "$id" $group > /dev/null; done
	part "$files" '.SH EXAMPLES' | sed -n '/^\.nf/,/^\.fi/p' | sed '/^\./d' | sed -n '/^last=/,$p' > example
	[ "$(wc -l < director/audit.log)" -eq 3 ]
	run bash -eu example
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	sed -i '2s/Z"/X"/' director/audit.log
	run bash -eu example
	[[ $output == 'changed: '* ]]
}

@test "mandoc finds nothing to complain about in the pages of files" {
	command -v mandoc > /dev/null || skip "no mandoc"
	# no page has a date
	run ! grep -v 'missing date' <(mandoc -Tlint -W warning "$files" "$source")
}
