# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
#
# For tests of share/example: after `load common`, `load example`.

example_setup() {
	tsp_setup
	make_key alice
	examples=$TSP_SRCDIR/share/example
}

# deploy NAME [VERSION]: packages the example as it lies there, and loads it.
deploy() {
	thespian-director gensrc --key alice.sec --version "${2:-1}" "$1" "$examples/$1" > /dev/null
	thespian-director load "$1" 3>&-
}

# Lines as a reader would type them, in a session of their own.
shell() {
	local line words=()
	for line; do
		words+=(-c "$line")
	done
	thespian-shell -p "$port" --timeout 20 "${words[@]}" 3>&-
}

# The same, an answer a line as JSON.
shell_json() {
	local line words=()
	for line; do
		words+=(-c "$line")
	done
	thespian-shell -p "$port" --timeout 20 --json "${words[@]}" 3>&- | tee raw.json | jq --unbuffered -c .
}
