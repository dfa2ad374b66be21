#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P6, P7: a zip that is not of the one canonical form is refused, even if a trusted key signed it. Zips are
# made by gensrc, changed, and signed again by minisign. (The whole table: test/unit/source_archive.c.)

load common
load deploy
setup() {
	tsp_setup
	minisign -G -W -p "$THESPIAN_DIRECTOR_DIR/m_tls.key" -s m.sec > /dev/null
	chmod 600 m.sec
	witness_source src 1
	mkdir src/aaaa
	echo 'int in_folder;' > src/aaaa/bbb.c
	echo 'int dup_1;' > src/dup_A.c
	echo 'int dup_2;' > src/dup_b.c
	echo '{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Hello" } } } }' > src/hello.tli
	thespian-director gensrc --key m.sec --version 1 -o plain.tls hello src '**/*.c' > /dev/null
	thespian-director tlsinfo "$PWD/plain.tls" --extract out > /dev/null
	cp out/hello-1.zip plain.zip
	thespian-director start > /dev/null
	before=$(everything)
}
teardown() { tsp_teardown; }

# signed_again: hello.tls of in.zip.
signed_again() {
	minisign -S -W -s m.sec -m in.zip -x in.minisig -t 'group:hello version:1 time:2024-02-29T23:59:59Z runtime:1' > /dev/null
	{
		printf 'THESPIAN-SOURCE 1\n'
		cat in.minisig
		echo
		cat in.zip
	} > hello.tls
}

# changed SED-PROGRAM: in.zip, of the same size as plain.zip.
changed() {
	LC_ALL=C sed -z "$1" plain.zip > in.zip
	[ "$(stat -c %s in.zip)" = "$(stat -c %s plain.zip)" ] || {
		echo "another size: $1"
		return 1
	}
	! cmp -s in.zip plain.zip
}

@test "the honest twins: as it was, and with another good name" {
	cp plain.zip in.zip
	signed_again
	run thespian-director tlsinfo "$PWD/hello.tls" --contents
	[ "$status" -eq 0 ]
	changed 's|aaaa/bbb\.c|aaaa/bbd.c|g'
	signed_again
	thespian-director load hello.tls
	[ "$(answers)" = 1 ]
}

@test "P6: names that lead elsewhere, or are odd: status 5, recorded, nothing changed" {
	while IFS= read -r name; do
		changed "s|aaaa/bbb\\.c|$name|g"
		signed_again
		refused 5 "" thespian-director load hello.tls || { echo "accepted: $name"; return 1; }
		run thespian-director tlsinfo "$PWD/hello.tls" --contents
		[ "$status" -ne 0 ] || { echo "listed: $name"; return 1; }
	done <<-'END'
	../../bb.c
	/aaa/bbb.c
	aaaa//bb.c
	aaa/../b.c
	./aa/bbb.c
	aaaa/./b.c
	aaaa/bbb/.
	aaaa/bbbb/
	aaa/bbb/..
	aaa\\bbbb.c
	C:aa/bbb.c
	-aaa/bbb.c
	.aaa/bbb.c
	~aaa/bbb.c
	$aaa/bbb.c
	aaaa bbb.c
	aaaa/bb*.c
	aaaa/b\tb.c
	aaaa/b\x00b.c
	aaaa/b\x7fb.c
	aäa/bbb.c
	END
	[ "$(grep -c '"verdict":"refused"' "$THESPIAN_DIRECTOR_DIR/audit.log")" -ge 21 ]
	[ "$(everything)" = "$before" ]
}

@test "P6: twins, also such by case" {
	changed 's|dup_b|dup_A|g'
	signed_again
	refused 5 "" thespian-director load hello.tls
	changed 's|dup_A|dup_B|g'
	signed_again
	refused 5 "" thespian-director load hello.tls
	[ "$(everything)" = "$before" ]
}

@test "P7: headers that disagree, another order, junk before, behind and between" {
	for program in '0,/dup_b/s//dup_c/' '0,/dup_b/!s/dup_b/dup_c/' 's|dup_A|zzz_z|g' 's|source.json|source.jsom|g'; do
		changed "$program"
		signed_again
		refused 5 "" thespian-director load hello.tls || { echo "$program"; return 1; }
	done
	size=$(stat -c %s plain.zip)
	{ printf x && cat plain.zip; } > in.zip
	signed_again
	refused 5 "" thespian-director load hello.tls
	{ cat plain.zip && printf x; } > in.zip
	signed_again
	refused 5 "" thespian-director load hello.tls
	{ head -c $((size / 2)) plain.zip && printf x && tail -c +$((size / 2 + 1)) plain.zip; } > in.zip
	signed_again
	refused 5 "" thespian-director load hello.tls
	cat plain.zip plain.zip > in.zip
	signed_again
	refused 5 "" thespian-director load hello.tls
	[ "$(everything)" = "$before" ]
}

@test "P7: what would unpack to more than 200 times its size is stored as it is, and too much is refused" {
	head -c 3000000 /dev/zero | tr '\0' '\n' > src/lines.h
	thespian-director gensrc --key m.sec --version 2 -o stored.tls hello src
	[ "$(stat -c %s stored.tls)" -gt 3000000 ]
	thespian-director load stored.tls
	[ "$(answers)" = 1 ]
	rm src/lines.h
	truncate -s 300M src/huge.h
	run --separate-stderr thespian-director gensrc --key m.sec --version 3 -o huge.tls hello src
	[ "$status" -eq 1 ]
	[[ "${stderr_lines[0]}" == "thespian-director: cannot "* ]]
	[ ! -e huge.tls ]
}

@test "P7: what is accepted, unzip sees alike" {
	run unzip -Z1 plain.zip
	[ "$output" = "source.json
aaaa/bbb.c
dup_A.c
dup_b.c
witness.c" ]
	thespian-director --json tlsinfo "$PWD/plain.tls" --contents > listing
	[ "$(jq -r '.files[].name' listing)" = "$output" ]
	for name in source.json aaaa/bbb.c witness.c; do
		unzip -p plain.zip "$name" | cmp - <(thespian-director tlsinfo "$PWD/plain.tls" --cat "$name")
	done
}
