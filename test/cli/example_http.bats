#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# share/example/http: requests as any client sends them, many at once, slow ones, and garbage. The client
# is bash itself.
# shellcheck disable=SC2154,SC2016,SC2317 # example sets them; $ is JSON; called by name

load common
load example

setup() {
	example_setup
	HTTP_PORT=$(free_port)
	export HTTP_PORT
	deploy http
}

teardown() {
	rm -f "/tmp/tsp-ports-$EUID/$HTTP_PORT" || true
	tsp_teardown
}

# exchange BYTES: sends them (escapes as of printf) and prints all that comes back.
exchange() {
	local socket
	exec {socket}<> "/dev/tcp/127.0.0.1/$HTTP_PORT"
	printf '%b' "$1" >&"$socket"
	timeout 30 cat <&"$socket" 3>&-
	exec {socket}>&-
}

# get TARGET: the answer's status and body, "200 {..}".
get() {
	local answer
	answer=$(exchange "GET $1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	answer=${answer#HTTP/1.1 }
	echo "${answer%% *} ${answer##*$'\n'}"
}

is() {
	[ "$1" = "$2" ] || {
		printf 'not %s\nbut %s\n' "$2" "$1"
		return 1
	}
}

server_pid() {
	thespian-shell -p "$port" --json -c actors 3>&- | jq '.actors[] | select(.class == "Server").pid'
}

descriptors() {
	find "/proc/$1/fd" -mindepth 1 | wc -l
}

@test "F161: a request without a query string is answered, and one with it" {
	is "$(get /hello)" '200 {"hello":"world"}'
	is "$(get '/hello?name=Ada')" '200 {"hello":"Ada"}'
	is "$(get '/hello?')" '200 {"hello":"world"}'
	is "$(get /query)" '200 {"query":{}}'
	is "$(get '/query?b=x+y&a=%41%26&c')" '200 {"query":{"a":"A&","b":"x y","c":""}}'
	is "$(get '/hello?name=L%C3%B6')" '200 {"hello":"Lö"}'
}

@test "F160: http: a message that no handler is for is passed over, and the sockets are still watched" {
	# first of all: nothing else has set the watch anew since
	shell "tell $(thespian-director role http) Nonsense {}"
	is "$(get /nowhere)" '404 {"nothing_at":"/nowhere"}'
	is "$(get /hello)" '200 {"hello":"world"}'
}

@test "L8: what is not right is refused by name, and escapes come back escaped" {
	status() { exchange "$1" | head -n 1 | cut -d ' ' -f 2; }
	is "$(get '/nowhere%1b%5b31m')" '404 {"nothing_at":"/nowhere\u001b[31m"}'
	is "$(get '/query?a=%22%7d')" '200 {"query":{"a":"\"}"}}'
	is "$(get '/query?a=1&a=2' | cut -c 1-3)" 400 # a key twice
	is "$(get '/query?%zz' | cut -c 1-3)" 400
	is "$(get '/query?a=%ff' | cut -c 1-3)" 400 # no UTF-8
	is "$(get '/query?a%00b=1' | cut -c 1-3)" 400
	is "$(get 'hello' | cut -c 1-3)" 400
	is "$(status 'GET /hello HTTP/1.1\r\n\r\n')" 400 # no Host
	is "$(status 'GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')" 400
	is "$(status 'GET /hello HTTP/1.1\r\nHost: a\r\nno header\r\n\r\n')" 400
	is "$(status 'GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx')" 413
	is "$(status 'GET /hello HTTP/2.0\r\nHost: a\r\n\r\n')" 505
	is "$(status 'nonsense\r\n\r\n')" 400
	is "$(status '\r\n\r\n')" 400
	run exchange 'POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx'
	[[ $output == 'HTTP/1.1 405 '*'Allow: GET'* ]]
	is "$(status "GET /hello HTTP/1.1\r\nHost: a\r\nX: $(printf 'x%.0s' {1..9000})\r\n\r\n")" 431
	is "$(status "$(printf 'x%.0s' {1..30000})")" 431
	is "$(get /hello)" '200 {"hello":"world"}' # the honest twin
}

@test "http: a connection is kept, and requests sent ahead are answered in their order" {
	one='GET /hello?name=%d HTTP/1.1\r\nHost: a\r\n\r\n'
	run exchange "${one/\%d/1}${one/\%d/2}GET /hello?name=3 HTTP/1.0\r\n\r\n"
	is "$(grep -o '{.*}' <<< "$output" | tr -d '\n')" '{"hello":"1"}{"hello":"2"}{"hello":"3"}'
	is "$(grep -c '^Connection: keep-alive' <<< "$output")" 2
	is "$(grep -c '^Connection: close' <<< "$output")" 1
	run exchange 'GET /slow?ms=300 HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
	is "$(grep -o '{.*}' <<< "$output" | tr -d '\n')" '{"slept_ms":300}{"hello":"world"}'
}

@test "http: 50 connections at once are each answered while a slow request waits" {
	get '/slow?ms=10000' > slow &
	slow=$!
	waiting=()
	for i in {1..50}; do
		get "/query?number=$i" > "fast.$i" &
		waiting+=($!)
	done
	wait "${waiting[@]}"
	for i in {1..50}; do
		is "$(cat "fast.$i")" "200 {\"query\":{\"number\":\"$i\"}}"
	done
	[ ! -s slow ]
	wait "$slow"
	is "$(cat slow)" '200 {"slept_ms":10000}'
}

@test "http: garbage, and clients that go away in the middle, leave nothing behind" {
	get /hello
	pid=$(server_pid)
	before=$(descriptors "$pid")
	for i in {1..30}; do
		head -c $((i * 700)) /dev/urandom > "/dev/tcp/127.0.0.1/$HTTP_PORT" 2> /dev/null || true
		printf 'GET /slow?ms=1 HTTP/1.1\r\nHost: a\r\n\r\nGET /he' > "/dev/tcp/127.0.0.1/$HTTP_PORT" || true
	done
	is "$(get /hello)" '200 {"hello":"world"}'
	as_before() { [ "$(descriptors "$pid")" -eq "$before" ]; }
	wait_until 20 as_before
	is "$(server_pid)" "$pid"
}

@test "http: past 200 connections others wait, and the idle ones are ended" {
	pid=$(server_pid)
	before=$(descriptors "$pid")
	for i in {1..205}; do
		exec {last}<> "/dev/tcp/127.0.0.1/$HTTP_PORT"
		[ "$i" -ne 200 ] || served=$last
	done
	printf 'GET /hel' >&"$served"
	get /hello > late &
	late=$!
	full() { [ "$(descriptors "$pid")" -eq $((before + 200)) ]; }
	wait_until 8 full
	[ ! -s late ]
	run timeout 30 head -n 1 <&"$served"
	[[ $output == 'HTTP/1.1 408 '* ]]
	wait "$late"
	is "$(cat late)" '200 {"hello":"world"}'
}

@test "http: when who knows the answer dies, who asked is told, and the next is answered" {
	get '/slow?ms=10000' > slow &
	slow=$!
	answerer() {
		thespian-shell -p "$port" --json -c actors 3>&- |
			jq -e '.actors[] | select(.class == "Answerer").pid'
	}
	wait_until 10 answerer
	kill -KILL "$(answerer)"
	wait "$slow"
	is "$(cut -c 1-3 slow)" 503
	is "$(get /hello)" '200 {"hello":"world"}'
}

@test "F161: http: a new version takes over at the same port, and nobody is turned away" {
	get '/slow?ms=5000' > slow &
	slow=$!
	while [ ! -e stop ]; do get /hello; done > steady &
	steady=$!
	wait_until 10 test -s steady
	deploy http 2
	thespian-director list http
	for i in {1..20}; do is "$(get /hello)" '200 {"hello":"world"}'; done
	touch stop
	wait "$steady" # one that was turned away ends it
	wait "$slow"
	is "$(sort -u steady)" '200 {"hello":"world"}'
	is "$(cat slow)" '200 {"slept_ms":5000}'
	thespian-director unload http@1
	is "$(get /hello)" '200 {"hello":"world"}'
}

@test "http: what is no port is an error of the load" {
	thespian-director shutdown
	rm -r "$THESPIAN_DIRECTOR_DIR/state"
	HTTP_PORT=none run thespian-director load http 3>&-
	echo "$output"
	[ "$status" -eq 6 ]
	[[ $output == *"a Listen needs a port"* ]]
}
