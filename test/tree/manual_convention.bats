#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# thespian-convention(7) tells the truth: what it says that programs say they say; files, capabilities and numbers are
# those of the code; its examples run.
# shellcheck disable=SC2154,SC2016 # common sets them; backquotes are looked for

bats_require_minimum_version 1.5.0

load ../cli/common
load ../cli/convention

setup() {
	convention_setup
	page=$TSP_SRCDIR/share/man/thespian-convention.7
}
teardown() { convention_teardown; }

# The page's part that begins with line $1, up to the next part of its kind, as plain text.
part() {
	awk -v begin="$1" '$0 == begin { on = 1; next } substr($0, 1, 3) == substr(begin, 1, 3) || /^\.SH/ { on = 0 } on' "$page" |
		sed 's/\\f[BIR]//g; s/\\-/-/g; s/\\e/\\/g; s/\\(aq/'\''/g; s/\\(lq\|\\(rq/"/g'
}

# The tags of its paragraphs, a line each; of one that has several, all.
tags() {
	part "$1" | sed -n '/^\.TP/{ n; p; }' | sed -E 's/^\.B //; /^\.BR/{ s/^\.BR //; s/" *", " *"/\n/g; s/"//g; }'
}

# All texts of the code between quotes, those that stand behind each other put together.
texts() {
	cat "$TSP_SRCDIR"/lib/{core,io,link,source}/*.c | tr '\n\t' '  ' | sed -E 's/" +"//g' | grep -oE '"([^"\\]|\\.)*"'
}

@test "every message that the page explains is one of the code" {
	texts > "$dir/texts"
	tags '.SH WHAT IS SAID, AND WHAT TO DO' > "$dir/said"
	[ "$(wc -l < "$dir/said")" -ge 25 ]
	while IFS= read -r said; do
		case $said in
		'Connection refused' | 'unknown node or service') continue ;; # of the C library, and of libuv
		*' here') said="its key %s here" ;;
		'is no member; to let it in' | 'was expelled; to take it back') said="key %s ${said%;*};" ;;
		'has gone: it has restarted') grep -qF '"it has restarted"' "$dir/texts" && continue ;;
		'cannot listen for'*) said=${said#cannot } ;;
		'others may read it (chmod 0600)') said='others may %s it (chmod %s)' ;;
		esac
		grep -qF -- "$said" "$dir/texts" || { echo "nobody says: $said"; false; }
	done < "$dir/said"
}

@test "the page explains every reason for which a link is refused" {
	part '.SH WHAT IS SAID, AND WHAT TO DO' | tr '\n' ' ' > "$dir/page"
	sed -n '/^static const char \*looks_like/,/^}/p; /^const char \*preamble_fault/,/^}/p' "$TSP_SRCDIR/lib/link/preamble.c" |
		grep -oE 'return "[^"]*"' > "$dir/reasons"
	grep -E '^const char \*line_make_room' -A 16 "$TSP_SRCDIR/lib/io/system_listen.c" | grep -oE 'return "[^"]*"' >> "$dir/reasons"
	[ "$(wc -l < "$dir/reasons")" -ge 8 ]
	while IFS= read -r reason; do
		reason=${reason#return \"}
		case ${reason%\"} in
		'it is of another convention' | 'the system is shutting down') ;; # nobody can name one; it is as it says
		*) grep -qF "${reason%\"}" "$dir/page" || { echo "not explained: $reason"; false; } ;;
		esac
	done < "$dir/reasons"
}

@test "every capability of conventions is in the page, and no other" {
	grep -ohE '"(Convention [A-Za-z0-9.]+|Allow[A-Za-z]+|Outbound Only)"' "$TSP_SRCDIR"/lib/{core,io}/*.c "$TSP_SRCDIR"/director/orders.c |
		tr -d '"' |
		sort -u > "$dir/known"
	[ "$(wc -l < "$dir/known")" -eq 11 ]
	tags '.SH TUNING' | sort -u > "$dir/written"
	diff "$dir/known" "$dir/written"
}

@test "numbers of the page are those of the code" {
	check() {
		grep -rqE "^#define $1[[:space:]]+$2([[:space:]]|$)" "$TSP_SRCDIR/lib" || { echo "not so: $1 $2"; return 1; }
	}
	check HEARTBEAT_S 2
	check SUSPICION_S 6
	check GONE_S 10
	check INVITE_SECONDS 900
	check LINE_SLOTS 64
	check LINE_SLOTS_SOURCE 4
	check LINE_HANDSHAKE_MS 5000
	check LINE_JUDGE_MS 1000
	check LINE_PORT 1900
	check MEMBER_WINDOW_MESSAGES 16384
	check MEMBER_WINDOW_BYTES '\(\(size_t\)32 \* 1024 \* 1024\)'
	check MEMBERS_LIMIT 20000
	check PROSPECTS_LIMIT 256
	check DELAY_FIRST '\(CLOCK_SECOND / 4\)'
	check DELAY_LAST '\(45 \* CLOCK_SECOND\)'
	grep -qE 'number >= 0\.05 && number <= 86400' "$TSP_SRCDIR/lib/core/convention.c"
}

# The files of the system's folder of keys, as the page names them.
files_of() {
	(cd "$dir/$1/convention" && find . -type f) | sed -E 's,^\./,,; s,[0-9a-f]{64},KEY,; s,[0-9a-f]{32},HASH,'
}

@test "the folder of keys has the files of the page, and no other" {
	system north
	system south
	for _ in 1 2; do token north > /dev/null; done
	join south north
	key=$(cat "$dir/south/convention/system.key")
	on north admit "$key"
	token south > /dev/null
	files_of north > found
	on north expel "$key"
	# fleet_prove.bats sees how that one comes
	{ echo proofs/KEY.pub; files_of north; files_of south; cat found; } | sort -u > known
	part '.SH KEYS' | sed -n '/^\.TP/{ n; p; }' | sed -E 's/^\.IR? //; s/ //g' | sort > written
	diff known written
	[ "$(stat -c %a "$dir/south/convention")" = 700 ]
	run find "$dir/north/convention" "$dir/south/convention" -type f ! -name system.key ! -perm 0600
	[ -z "$output" ]
}

# What stands between .nf and .fi behind the comment $1 of the examples, with other words for NAME=TEXT.
example() {
	local text pair
	text=$(part '.SH EXAMPLES' | sed -n "/^\.\\\\\" $1/,/^\.fi/p" | sed '/^\./d')
	shift
	for pair; do text=${text//${pair%%=*}/${pair#*=}}; done
	[ -n "$text" ] && echo "$text"
}

# run_on NAME EXAMPLE...: in that system's Director's folder.
run_on() {
	local name=$1
	shift
	example "$@" > "$dir/typed"
	(cd "$dir/$name" && THESPIAN_DIRECTOR_DIR=$dir/$name bash -eu "$dir/typed" 3>&-)
}

@test "the example by hand links two systems, and that of a monitor has nothing to say" {
	system north
	system south
	for name in north south; do
		on $name members --json > /dev/null
		token $name > /dev/null # makes keys
	done
	run_on north leader "MEMBER_KEY=$(cat "$dir/south/convention/system.key")"
	run_on south member "LEADER_KEY=$(cat "$dir/north/convention/system.key")" \
		"north.example:1900=127.0.0.1:${ports[north]}"
	on north start
	on south start
	wait_until 10 has_linked north 1
	on north members | grep -q '^south '
	run_on north monitor "thespian-shell=thespian-shell -p ${ports[north]}" > quiet
	[ ! -s quiet ]
}

@test "keys that openssl made are taken" {
	command -v openssl > /dev/null || skip "no openssl"
	system north
	mkdir -m 0700 "$dir/north/convention"
	example openssl > typed
	(cd "$dir/north/convention" && bash -eu "$dir/typed")
	own=$(on north --json members | jq -r .own_key)
	[ "$own" = "$(cat "$dir/north/convention/system.key")" ]
}

@test "F103: the setting up of the page is what is typed, and members need no port that is reached" {
	part '.SH SETTING UP' > text
	for line in 'thespian-director config advertise north.example' 'thespian-director invite' \
		'thespian-director join north.example:1900 TOKEN' 'thespian-director start'; do
		grep -qxF -- "$line" text
	done
	system north
	system south
	on south config listen "127.0.0.2:${ports[south]}"
	rm "$dir/south/advertise.cfg"
	convention north south
	# state 0A listens; addresses are hexadecimal, of this machine's order
	listening() { awk -v port="$(printf :%04X "$1")" '$4 == "0A" && $2 ~ port "$" { print $2 }' /proc/net/tcp; }
	[ "$(listening "${ports[north]}" | wc -l)" -eq 1 ]
	[[ $(listening "${ports[south]}") =~ ^(0200007F|7F000002): ]]
}

@test "the check sees a message that nobody says" {
	sed 's/^\.B Connection refused/.B it has the hiccups/' "$page" > "$dir/changed"
	local page=$dir/changed
	tags '.SH WHAT IS SAID, AND WHAT TO DO' | grep -qxF 'it has the hiccups'
	texts | run ! grep -F 'it has the hiccups'
}
