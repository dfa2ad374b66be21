# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For what keys may sign: after `load common`, `load trust`. Keys build and other are in the folder; $rules is its
# trust.cfg.
# shellcheck disable=SC2034,SC2154 # common and bats set some, the tests use some

trust_setup() {
	tsp_setup
	make_key build
	make_key other
	write_source src Greeter one
	rules=$THESPIAN_DIRECTOR_DIR/trust.cfg
}

# key_id NAME: of NAME_tls.key, as key list shows it.
key_id() {
	thespian-director --json key list | jq -r --arg file "$1_tls.key" '.keys[] | select(.file == $file) | .id'
}

# package VERSION KEY [GROUP]
package() {
	thespian-director gensrc --key "$2.sec" --version "$1" "${3:-hello}" src > /dev/null
}

# refused TEXT COMMAND...: with status 5, a line that says why, and one in the audit log.
refused() {
	local text=$1
	shift
	run -5 --separate-stderr "$@"
	[[ $stderr == *"$text"* ]] || { echo "$stderr"; return 1; }
}

accepted() {
	run -0 --separate-stderr "$@"
}
