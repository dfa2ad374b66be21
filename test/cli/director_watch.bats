#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# watch: a load at the start and on every save, whatever is wrong with the source; what it loads is marked as
# development, raises no mark, and does not fill the folder.
# shellcheck disable=SC2154,SC2016,SC2317 # common sets them; programs of jq and sed; called by name

load common

setup() {
	tsp_setup
	own_builds
	watch=
	thespian-director new hello > /dev/null 2>&1
	package=$THESPIAN_DIRECTOR_DIR/hello
}

teardown() {
	[ -z "$watch" ] || kill -KILL "$watch" 2> /dev/null || true
	tsp_teardown
}

# begin [OPTION...] [other other]: watches hello, or that, and waits until it has something to say of the first load.
begin() {
	[[ ${*: -1} == other ]] || set -- "$@" hello hello
	: > out
	: > err
	thespian-director watch "$@" > out 2> err 3>&- &
	watch=$!
	wait_until 30 has_spoken
}

# Of a load, or why there was none.
has_spoken() {
	local text
	read -rd '' text < err || true
	[[ -s out || $text == "thespian-director: "* || $text == *$'\n'"thespian-director: "* || $text == *results* ]]
}

# Ends with signal $1, with status 0, within 5 s.
end() {
	kill -s "${1:-TERM}" "$watch"
	ended_within_5_s
}

ended_within_5_s() {
	local status=0
	wait_until 5 eval "! kill -0 $watch"
	wait "$watch" || status=$?
	watch=
	[ "$status" -eq 0 ]
}

# save TEXT: the actor says so as its version.
save() {
	sed -i "s/VERSION \".*\"/VERSION \"$1\"/" hello/hello.c
}

loads() {
	wc -l < out
}

# loaded N: so many loads were told.
loaded() {
	local lines
	mapfile -t lines < out
	[ ${#lines[@]} -ge "$1" ]
}

# save_and_wait TEXT: and it is loaded.
save_and_wait() {
	local before
	before=$(loads)
	save "$1"
	wait_until 20 loaded $((before + 1))
}

answer() {
	thespian-shell -p "$port" --json -c 'ask Hello Greet {"name": "Ada"}' 3>&- | jq -r .value.version
}

answers() {
	[ "$(answer)" = "$1" ]
}

state() {
	jq -c "$1" "$THESPIAN_DIRECTOR_DIR/state/hello.json"
}

list() {
	thespian-director --json list hello | jq -c ".groups[0] | $1"
}

# release VERSION: a release signed by alice, loaded.
release() {
	[ -e alice.sec ] || make_key alice
	mkdir -p src
	cp hello/hello.* src
	sed -i "s/VERSION \".*\"/VERSION \"$1\"/" src/hello.c
	thespian-director gensrc --key alice.sec --version "$1" hello src > /dev/null
	thespian-director load "$package-$1.tls" 3>&-
}

kill_director() {
	kill -KILL "$(thespian-shell -p "$port" --json -c actors | jq -r '.actors[] | select(.class == "Director") | .pid')"
}

# sleeper SECONDS: an actor that takes so long to start.
sleeper() {
	sed -i "s/\\.name = /.init = on_init, .name = /; 1i #include <unistd.h>
		s/^static const tsp_handler/static int on_init(tsp_actor *self) { (void)self; sleep($1); return TSP_OK; }\\n&/" \
		hello/hello.c
}

# A load is under way.
loading() {
	thespian-director --json --timeout 1 status | jq -e '.waiting_operations > 0'
}

development_packages() {
	find "$THESPIAN_DIRECTOR_DIR" -name 'hello-0~dev*.tls' | wc -l
}

@test "the start and each save are loaded; an error is told, and watching goes on; Ctrl-C ends it with 0" {
	begin
	[[ $(cat err) == "made $THESPIAN_DIRECTOR_DIR/development.sec, "*$'\n'"watching hello, key "* ]]
	[[ $(cat out) =~ ^"loaded hello 0~dev"[0-9]{14}" "[0-9a-f]{12}$ ]]
	answers 1
	save_and_wait two
	answers two
	sed -i 's/greeted++;/greeted++/' hello/hello.c
	wait_until 20 grep -q '^thespian-director: ' err
	grep -q "^hello.c:[0-9]*:[0-9]*: error: expected ';'" err
	grep -q "^thespian-director: cannot package 'hello': cannot compile: hello.c:" err
	answers two
	[ "$(loads)" -eq 2 ]
	sed -i 's/greeted++$/greeted++;/' hello/hello.c
	wait_until 20 loaded 3
	answers two
	end INT
	[ ! -e "$THESPIAN_DIRECTOR_DIR/.watch-hello.tls" ]
	tail -n 1 err | grep -q "rollback hello"
	answers two
}

@test "the key is made once, for its owner alone, and used again" {
	begin
	id=$(sed -n 's/.*, key \([0-9A-F]*\);.*/\1/p' err)
	[ "$(stat -c %a "$THESPIAN_DIRECTOR_DIR/development.sec")" = 600 ]
	[ "$(thespian-director --json key list | jq -r '.keys[0] | .id + " " + .file')" = "$id development_tls.key" ]
	end
	begin
	[[ $(cat err) == "watching hello, key $id; Ctrl-C ends" ]]
	end
}

@test "a public half without its secret one is not replaced, and the hint says what to do" {
	make_key development
	run -1 --separate-stderr timeout 20 thespian-director watch hello hello
	[[ ${stderr_lines[0]} == "thespian-director: cannot make key '$THESPIAN_DIRECTOR_DIR/development_tls.key': exists already" ]]
	[[ ${stderr_lines[1]} == "hint: "*"--key"* ]]
	begin --key development.sec
	answers 1
	end
}

@test "list, status and avail mark what it loaded as development, and releases not" {
	release 3
	run -0 thespian-director --json status
	json '[.keys[].development] == [false] and .attention == []'
	[[ $(list '[.versions[].development]') == '[false]' ]]
	begin
	version=$(cut -d ' ' -f 3 out)
	[[ $(list '[.versions[] | [.version, .active, .development]]') == "[[\"$version\",true,true],[\"3\",false,false]]" ]]
	run -0 thespian-director list
	[[ $output == *"hello $version "*" active (development)"* ]]
	[[ $output =~ "hello 3 "[0-9a-f]{12}" loaded"$'\n' ]]
	run -0 thespian-director --json status
	json '[.keys[] | [.file, .development]] == [["alice_tls.key", false], ["development_tls.key", true]]'
	json --arg v "$version" '.attention == ["hello: a development version is active: " + $v]'
	json '[.groups[0].versions[].development] == [true, false]'
	run -0 thespian-director status
	[[ $output == *"development_tls.key  development"* ]]
	[[ $output == *"hello $version "*" active (development)"* ]]
	run -0 thespian-director --json avail
	json '[.packages[] | [.development, .newest]] == [[false, true], [true, false]]'
	run -0 thespian-director avail
	[[ $output == *"$version"*development* ]]
	end
	# a Director that begins anew knows it, too
	kill_director
	again() { [[ $(list '[.versions[] | select(.active) | .development]') == '[true]' ]]; }
	wait_until 15 again
}

@test "the mark stays where releases have put it" {
	release 2
	begin
	save_and_wait two
	[[ $(state .mark.version) == '"2"' ]]
	make_key alice2
	run -5 --separate-stderr release 1
	[[ $stderr == *"version 1 is older than 2, which was accepted before"* ]]
	end
	run -0 release 3
	[[ $(state .mark.version) == '"3"' ]]
	answers 3
	[[ $(list '.versions[] | select(.active) | .development') == false ]]
}

@test "where there is no release, there is no mark, and the first may have any version" {
	begin
	[[ $(state .mark) == null ]]
	thespian-director shutdown > /dev/null
	thespian-director start > /dev/null 3>&-
	[[ $(state .mark) == null ]]
	run -0 release 0~alpha
	[[ $(state .mark.version) == '"0~alpha"' ]]
	end
}

@test "a group without a state that start brings up from a development package has no mark either" {
	begin
	end
	thespian-director shutdown > /dev/null
	rm -r "$THESPIAN_DIRECTOR_DIR/state"
	thespian-director start > /dev/null 3>&-
	wait_until 15 answers 1
	[[ $(state .mark) == null ]]
}

@test "however often it was saved, rollback goes to the release" {
	release 2
	begin
	for text in a b c; do save_and_wait $text; done
	[[ $(state '[.history[].version][:1]') == '["2"]' && $(state '.history | length') -eq 2 ]]
	[[ $(state '[.events[].what]') == '["loaded","development"]' ]]
	end
	run -0 thespian-director rollback hello
	[[ $output == "rolled back hello 2 "* ]]
	answers 2
	thespian-director --json history hello | jq -e '[.events[].event] == ["loaded", "development", "rolled back"]'
}

@test "a former development version goes in spite of further saves, a release stays" {
	release 2
	begin
	first=$(cut -d ' ' -f 3 out)
	# one that is not done: idle ones go at once
	host=$(thespian-shell -p "$port" --json -c actors | jq '.actors[] | select(.name == "Hello") | .pid')
	kill -STOP "$host"
	thespian-shell -p "$port" -c 'tell Hello Greet {}'
	number=0
	gone() {
		save_and_wait $((++number))
		[[ $(list "[.versions[] | select(.version == \"$first\" and .loaded)] | length") == 0 ]]
	}
	wait_until 40 gone
	[ "$number" -ge 3 ]
	kill -CONT "$host"
	[[ $(list '.versions[] | select(.version == "2") | .loaded') == true ]]
	end
}

@test "their packages are bounded, and releases are not touched" {
	release 1
	release 2
	begin
	for text in a b c d e f; do save_and_wait $text; done
	only_active() { [[ $(list '[.versions[] | select(.development and .loaded)] | length') -eq 1 ]]; }
	wait_until 25 only_active
	save_and_wait g
	[ "$(development_packages)" -le 4 ]
	[ -e "$package-1.tls" ] && [ -e "$package-2.tls" ]
	end
	answers g
}

@test "where trust.cfg does not allow its key, the remedy is named, and loads it" {
	make_key alice
	thespian-director key trust alice '*' > /dev/null
	begin
	[ "$(loads)" -eq 0 ]
	grep -q "^thespian-director: cannot load 'hello': trust.cfg does not name key " err
	remedy=$(sed -n "s/^hint: '\(.*\)' lets it sign$/\1/p" err)
	[ "$remedy" = 'thespian-director key trust development hello' ]
	$remedy
	wait_until 20 loaded 1
	answers 1
	end
	# a second group: what it may already, it may go on to
	thespian-director new other > /dev/null 2>&1
	begin other other
	remedy=$(sed -n "s/^hint: '\(.*\)' lets it sign$/\1/p" err)
	[ "$remedy" = 'thespian-director key trust development hello other' ]
	end
}

@test "a key of one's own is taken; one that is not known, and a revoked one, are refused with a hint" {
	make_key carol
	begin --key carol.sec
	[ ! -e "$THESPIAN_DIRECTOR_DIR/development.sec" ]
	[[ $(list '.versions[0].development') == true && $(state .mark) == null ]]
	id=$(sed -n 's/.*, key \([0-9A-F]*\);.*/\1/p' err)
	end
	mv "$THESPIAN_DIRECTOR_DIR/carol_tls.key" aside
	begin --key carol.sec
	grep -q "^hint: the public half of key $id is not in '$THESPIAN_DIRECTOR_DIR'$" err
	mv aside "$THESPIAN_DIRECTOR_DIR/carol_tls.key"
	save_and_wait two
	thespian-director key revoke carol > /dev/null
	save three
	wait_until 20 grep -q "key $id is revoked" err
	grep -q '^hint: a revoked key stays so' err
	end
}

@test "what its key alone signed is development, whatever its version; with another key's signature it is a release" {
	begin
	end
	make_key alice
	sec=$THESPIAN_DIRECTOR_DIR/development.sec
	thespian-director gensrc --key "$sec" --version 7 hello hello > /dev/null
	run -0 thespian-director load "$package-7.tls"
	[[ $(list '.versions[] | select(.active) | [.version, .development]' ) == '["7",true]' ]]
	[[ $(state .mark) == null ]]
	# a copy of the public half under another name changes nothing
	cp "$THESPIAN_DIRECTOR_DIR/development_tls.key" "$THESPIAN_DIRECTOR_DIR/a_tls.key"
	thespian-director gensrc --key "$sec" --version 8 hello hello > /dev/null
	thespian-director load "$package-8.tls" > /dev/null
	known() { [[ $(list '.versions[] | select(.active) | [.version, .development]') == '["8",true]' ]]; }
	known
	# a Director that begins anew knows what it is
	kill_director
	wait_until 15 known
	thespian-director gensrc --key "$sec" --version 9 hello hello > /dev/null
	thespian-director sign --add --key alice.sec "$package-9.tls" > /dev/null
	thespian-director load "$package-9.tls" > /dev/null
	[[ $(list '.versions[] | select(.active) | [.version, .development]' ) == '["9",false]' ]]
	[[ $(state .mark.version) == '"9"' ]]
}

@test "a group is watched once, another beside it" {
	begin
	run -1 --separate-stderr timeout 20 thespian-director watch hello hello
	[ "$stderr" = "thespian-director: cannot watch 'hello': another watch of it runs" ]
	thespian-director new other > /dev/null 2>&1
	thespian-director watch other other > out2 2>&1 3>&- &
	other=$!
	wait_until 20 grep -q '^loaded other' out2
	kill "$other"
	wait "$other"
	end
	begin
	end
}

@test "every kind of change is seen, and what an editor does beside is none" {
	begin
	mkdir hello/deep
	echo '#define DEEP 1' > hello/deep/deep.h
	wait_until 20 loaded 2
	echo ' ' >> hello/hello.tli
	wait_until 20 loaded 3
	echo '{ "definitions": ["A=1"] }' > hello/source.json
	wait_until 20 loaded 4
	rm hello/deep/deep.h
	wait_until 20 loaded 5
	cp hello/hello.c hello/.hello.c.swp
	cp hello/hello.c hello/hello.c~
	cp hello/hello.c hello/4913
	cp hello/hello.c 'hello/#hello.c#'
	cp hello/hello.c beside
	sed -i 's/VERSION ".*"/VERSION "renamed"/' beside
	mv beside hello/hello.c
	wait_until 20 loaded 6
	answers renamed
	end
	[ "$(loads)" -eq 6 ]
	[ "$(grep -c '^thespian-director: ' err)" -eq 0 ]
}

@test "what is saved together is loaded once, and each load has a version of its own" {
	begin
	for i in {1..20}; do echo "#define D$i 1" > "hello/d$i.h"; done
	wait_until 20 loaded 2
	for i in {1..10}; do save "s$i"; done
	wait_until 20 answers s10
	end
	[ "$(loads)" -le 6 ]
	[ "$(cut -d ' ' -f 3 out | sort -u | wc -l)" -eq "$(loads)" ]
}

@test "what is saved while it loads is loaded next" {
	begin
	sleeper 3
	wait_until 20 loading
	save later
	sed -i 's/sleep(3)/sleep(0)/' hello/hello.c
	wait_until 20 answers later
	end
	[ "$(loads)" -eq 3 ]
}

@test "an actor that does not start is told, the former one answers, and no package of it stays" {
	begin
	save_and_wait two
	before=$(development_packages)
	sed -i 's/\.name = /.init = on_init, .name = /; s/^static const tsp_handler/static int on_init(tsp_actor *self) { return tsp_fail_text(self, TSP_EVALUE, "not today"); }\n&/' \
		hello/hello.c
	wait_until 20 grep -q 'not today' err
	grep -q "^thespian-director: cannot load 'hello': " err
	answers two
	[ "$(development_packages)" -eq "$before" ]
	sed -i 's/return tsp_fail_text(self, TSP_EVALUE, "not today");/(void)self; return TSP_OK;/' hello/hello.c
	wait_until 20 loaded 3
	end
}

@test "a folder that goes away and comes back, and a system that was shut down, are no end" {
	begin
	mv hello aside
	wait_until 20 grep -q "^thespian-director: cannot open 'hello': " err
	mv aside hello
	wait_until 20 loaded 2
	thespian-director shutdown > /dev/null
	save_and_wait two
	answers two
	end
}

@test "a signal ends it while a load is under way" {
	begin
	sleeper 10
	wait_until 20 loading
	end INT
	[ "$(loads)" -eq 1 ]
	[ "$(grep -c '^thespian-director: ' err)" -eq 0 ]
}

@test "--json prints a document for each load" {
	begin --json
	save two
	wait_until 20 loaded 2
	end
	jq -se 'length == 2 and all(.[]; .results[0].action == "loaded" and (.results[0].version | startswith("0~dev")))' out
}

@test "what cannot be watched is refused, and nothing is made" {
	run -2 --separate-stderr timeout 20 thespian-director watch '../x' hello
	[[ $stderr == "thespian-director: cannot watch '../x': letters, digits and "* ]]
	run -1 --separate-stderr timeout 20 thespian-director watch hello nowhere
	[ "$stderr" = "thespian-director: cannot watch 'nowhere': No such file or directory" ]
	run -2 --separate-stderr timeout 20 thespian-director watch hello hello/hello.c
	[ "$stderr" = "thespian-director: cannot watch 'hello/hello.c': not a folder" ]
	run -1 --separate-stderr timeout 20 thespian-director watch --key none.sec hello hello
	[[ $stderr == *"none.sec"* ]]
	[ "$(ls -A "$THESPIAN_DIRECTOR_DIR")" = adminport.cfg ]
}
