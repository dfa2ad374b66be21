# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For packages that minisign signs: after `load common`, `load deploy`, `load minisign`. Its key m is the only one;
# hello-1 is in the folder.

minisign_setup() {
	tsp_setup
	minisign -G -W -p "$THESPIAN_DIRECTOR_DIR/m_tls.key" -s m.sec > /dev/null
	chmod 600 m.sec
	witness_source src 1
	echo '{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Hello" } } } }' > src/hello.tli
	thespian-director gensrc --key m.sec --version 1 hello src > /dev/null
}

# sign_by_minisign COMMENT [OPTION...]: in.minisig of in.zip, which is the zip of hello-1.
sign_by_minisign() {
	local comment=$1
	shift
	thespian-director tlsinfo hello-1.tls --extract out > /dev/null
	cp out/hello-1.zip in.zip
	minisign -S -W -s m.sec -m in.zip -x in.minisig -t "$comment" "$@" > /dev/null
}

# put_together FILE: packages.md, "The file".
put_together() {
	{
		printf 'THESPIAN-SOURCE 1\n'
		cat in.minisig
		echo
		cat in.zip
	} > "$1"
}

# shellcheck disable=SC2034 # the tests use it
comment='group:hello version:1 time:2024-02-29T23:59:59Z runtime:1'
