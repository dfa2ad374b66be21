#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P7: a zip that is not of the one canonical form is refused, even if a trusted key signed it. Zips are
# made by gensrc, or by hand, changed, and signed again by minisign.
# shellcheck disable=SC2030,SC2031,SC2154 # tests are subshells

load common
load deploy
load security
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

@test "P7: the honest twins: as it was, and with another good name" {
	cp plain.zip in.zip
	signed_again
	run thespian-director tlsinfo "$PWD/hello.tls" --contents
	[ "$status" -eq 0 ]
	changed 's|aaaa/bbb\.c|aaaa/bbd.c|g'
	signed_again
	thespian-director load hello.tls
	[ "$(answers)" = 1 ]
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

# bomb TEXT ENTRY...: refused for that reason, by load and before anything is listed.
bomb() {
	local text=$1
	shift
	echo '{"group": "hello", "version": "1", "runtime": 1}' > manifest
	"$TSP_BUILDDIR/test/cli/craft_zip" in.zip source.json=manifest "$@"
	signed_again
	refused 5 "$text" thespian-director load hello.tls
	run thespian-director tlsinfo "$PWD/hello.tls" --contents
	[ "$status" -ne 0 ]
}

@test "P7: the classic bombs: by ratio, by size, by count, by shared bytes, by a size that lies" {
	head -c 3000000 /dev/zero > zeros
	echo 'int x;' > x
	bomb "" --deflate zeros.h=zeros
	for number in $(seq -w 10001); do echo "x$number.h=x"; done > names
	mapfile -t names < names
	bomb "" "${names[@]}"
	# many names for the same bytes
	head -c 1000000 /dev/urandom > noise
	bomb "" a.h=noise --again b.h=noise --again c.h=noise
	# what the headers claim takes no memory before it is believed
	bomb "" --size 4000000000 a.h=x
	bomb "" --size 268435457 --deflate a.h=zeros
	bomb "" --size 3 a.h=x
	bomb "" --deflate --size 5 a.h=x
	peak=$(awk '/VmHWM/ { print $2 }' "/proc/$(admin_pid)/status")
	[ "$peak" -lt 500000 ]
	[ "$(grep -c '"verdict":"refused"' "$THESPIAN_DIRECTOR_DIR/audit.log")" -ge 7 ]
	[ "$(everything)" = "$before" ]
	cp plain.zip in.zip
	signed_again
	thespian-director load hello.tls
	[ "$(answers)" = 1 ]
}

@test "P7: what is accepted, Python's zipfile sees alike" {
	command -v python3 > /dev/null || skip "no python3"
	thespian-director --json tlsinfo "$PWD/plain.tls" --contents > listing
	python3 - plain.zip > seen <<-'END'
	import sys, zipfile
	z = zipfile.ZipFile(sys.argv[1])
	assert z.testzip() is None and z.comment == b""
	for i in z.infolist():
	    print(i.filename, i.file_size)
	END
	[ "$(jq -r '.files[] | "\(.name) \(.size)"' listing)" = "$(cat seen)" ]
	python3 -c 'import zipfile; print(zipfile.ZipFile("plain.zip").read("witness.c").decode(), end="")' |
		cmp - <(thespian-director tlsinfo "$PWD/plain.tls" --cat witness.c)
}
