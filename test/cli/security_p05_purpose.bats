#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P5: what a trusted key signed for another purpose, or with other words, is not a package.

# shellcheck disable=SC2154 # common and minisign set them

load common
load deploy
load minisign
setup() { minisign_setup; }
teardown() { tsp_teardown; }

@test "P5: a signature that was made for something else: status 5 each" {
	thespian-director load hello
	before=$(everything)
	while IFS= read -r other; do
		sign_by_minisign "$other"
		put_together other.tls
		refused 5 "load 'other.tls': " thespian-director load other.tls
	done <<-'END'
	timestamp:1700000000	file:in.zip	hashed
	group:hello version:1 time:2024-02-29T23:59:59Z
	group:hello version:1 time:2024-02-29T23:59:59Z runtime:1 more:1
	group:hello version:1 time:2024-02-29 runtime:1
	group:hello  version:1 time:2024-02-29T23:59:59Z runtime:1
	version:1 group:hello time:2024-02-29T23:59:59Z runtime:1
	group:he/llo version:1 time:2024-02-29T23:59:59Z runtime:1
	group:hello version:1 time:2024-02-30T23:59:59Z runtime:1
	END
	[ "$(everything)" = "$before" ]
}

@test "P5: a signature over another group or version than source.json's: status 5" {
	for other in "${comment/hello/bank}" "${comment/version:1/version:2}"; do
		sign_by_minisign "$other"
		put_together other.tls
		refused 5 "source.json is of hello 1, the signature of" thespian-director load other.tls
	done
}

@test "P5: a signature in minisign's legacy form, and one with another untrusted comment: status 5" {
	sign_by_minisign "$comment" -l
	put_together other.tls
	refused 5 "" thespian-director load other.tls
	sign_by_minisign "$comment" -c 'mine'
	put_together other.tls
	refused 5 "" thespian-director load other.tls
	sign_by_minisign "$comment"
	put_together good.tls
	rm "$(package 1)"
	thespian-director load good.tls
}

@test "P5: a signature of a plain zip, as minisign makes it for anybody; its twin says what it is for" {
	thespian-director tlsinfo hello-1.tls --extract out > /dev/null
	cp out/hello-1.zip in.zip
	mv "$(package 1)" .
	thespian-director start > /dev/null
	minisign -S -W -s m.sec -m in.zip -x in.minisig > /dev/null
	minisign -V -q -p "$THESPIAN_DIRECTOR_DIR/m_tls.key" -m in.zip -x in.minisig
	put_together plain.tls
	before=$(everything)
	refused 5 "its trusted comment is not of the form 'group:G version:V time:T runtime:N'" \
		thespian-director load plain.tls
	grep 'plain.tls' "$THESPIAN_DIRECTOR_DIR/audit.log" | grep -q '"verdict":"refused"'
	[ "$(everything)" = "$before" ]
	minisign -S -W -s m.sec -m in.zip -x in.minisig -t "$comment" > /dev/null
	put_together mine.tls
	thespian-director load mine.tls
	[ "$(answers)" = 1 ]
}
