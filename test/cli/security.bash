# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For the rows of share/doc/security.md: after `load common`, `load deploy`, `load security`. Version 1 of hello is
# active and version 2 lies beside, signed by alice; key m, of minisign's, signs what no tool of ours would make.
# shellcheck disable=SC2154 # deploy sets them

security_setup() {
	deploy_setup
	own_builds
	minisign -G -W -p "$THESPIAN_DIRECTOR_DIR/m_tls.key" -s m.sec > /dev/null
	chmod 600 m.sec
	pack 1
	thespian-director load hello > /dev/null
	pack_aside 2
	before=$(everything)
}

# After refusals: nothing has changed, each is in the audit log, and the honest twin loads.
then_the_twin_loads() {
	local refusals
	[ "$(everything)" = "$before" ]
	[ "$(answers)" = 1 ]
	refusals=$(grep -c '"verdict":"refused"' "$THESPIAN_DIRECTOR_DIR/audit.log")
	[ "$refusals" -ge "$1" ] || {
		echo "$refusals refusals are recorded, not $1"
		return 1
	}
	thespian-director load "${2:-hello-2.tls}"
	[ "$(answers)" = 2 ]
}

# sign_zip ZIP FILE [COMMENT]: puts a zip of any kind into a package, signed by key m.
sign_zip() {
	minisign -S -W -s m.sec -m "$1" -x "$1.minisig" \
		-t "${3:-group:hello version:2 time:2024-02-29T23:59:59Z runtime:1}" > /dev/null
	{
		printf 'THESPIAN-SOURCE 1\n'
		cat "$1.minisig"
		echo
		cat "$1"
	} > "$2"
}

# sign_files FILE ENTRY...: the same with a zip of these entries (craft_zip), behind a source.json of hello 2.
sign_files() {
	local file=$1
	shift
	[ -e manifest ] || printf '{"group": "hello", "version": "2", "runtime": 1, "Group": %s}\n' "$rules" > manifest
	"$TSP_BUILDDIR/test/cli/craft_zip" crafted.zip source.json=manifest "$@"
	sign_zip crafted.zip "$file"
}

# key_id NAME: of NAME_tls.key in the Director's folder.
key_id() {
	thespian-director --json key list 2> /dev/null | jq -r --arg file "$1_tls.key" '.keys[] | select(.file == $file) | .id'
}

# with_id NAME ID: NAME.sec gets another id, of 8 bytes: it stands in the 54 to 61st byte of the second line.
with_id() {
	sed -n 2p "$1.sec" | base64 -d > raw.sec
	{ head -c 54 raw.sec; cat "$2"; tail -c +63 raw.sec; } > raw.new
	{ head -n 1 "$1.sec"; base64 -w 0 raw.new; echo; } > "$1.new"
	mv "$1.new" "$1.sec"
	chmod 600 "$1.sec"
}
