#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# share/doc/examples.md, as pasted.
# shellcheck disable=SC2154,SC2016 # common sets them; not to be expanded here

load common

setup() {
	tsp_setup
	own_builds
	http=$(free_port)
}

teardown() {
	rm -f "/tmp/tsp-ports-$EUID/$http" || true
	tsp_teardown
}

@test "F161: every line of share/doc/examples.md runs, and answers what it says" {
	mkdir tree
	cd tree
	ln -s "$TSP_BUILDDIR/bin" bin
	ln -s "$TSP_SRCDIR/share" share
	{
		# where there is no curl, bash does what these lines need of it
		command -v curl > /dev/null || cat <<-'END'
			curl() {
				local target=${2#http://*/} socket
				exec {socket}<> "/dev/tcp/127.0.0.1/$HTTP_PORT"
				printf 'GET /%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' "$target" >&"$socket"
				tail -n 1 <&"$socket"
			}
		END
		sed -n 's/^    //p' "$TSP_SRCDIR/share/doc/examples.md"
	} > session
	[ "$(grep -c 'thespian-\|deploy' session)" -ge 20 ]
	# its folder and its ports are of this test, so that two runs at once do not meet
	sed -i "s,/tmp/examples,$dir/folder,g; s,HTTP_PORT=8080,HTTP_PORT=$http," session
	run timeout 200 bash -eu session 3>&-
	echo "$output"
	[ "$status" -eq 0 ]
	for expected in '"hello": "Ada"' '"hello": "Bob"' '"files": ' '"text": "tea"' '"count": 1' '"text": "still here"' \
		'{"hello":"world"}' '{"hello":"Ada"}' '{"query":{"a":"1","b":"x y"}}' '{"slept_ms":3000}' \
		'"text": "an error, just now"' '"primes": 9592' 'Max=4' './letter'; do
		[[ $output == *"$expected"* ]] || { echo "not answered: $expected"; false; }
	done
	[ "$(echo *)" = "bin session share" ]
	no_processes
}
