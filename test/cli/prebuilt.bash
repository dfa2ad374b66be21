# shellcheck shell=bash
# shellcheck disable=SC2034,SC2016 # deploy uses the rules; the inner shell expands
# SPDX-License-Identifier: MIT
#
# For tests of modules that travel in packages: after `load common` and `load deploy`.

prebuilt_setup() {
	tsp_setup
	own_builds
	# a key of minisign's, so that what gensrc would not make can be signed, too
	minisign -G -W -p "$THESPIAN_DIRECTOR_DIR/m_tls.key" -s m.sec > /dev/null
	chmod 600 m.sec
	rules='{ "Actors": { "Witness": { "OnLoad": { "Role": "main", "GlobalName": "Hello" } } } }'
	witness_source src 1
	target=$(uname -m)-linux-gnu
	[ ! -e /etc/alpine-release ] || target=$(uname -m)-linux-musl
}

# build VERSION [OPTION...]: hello-VERSION.tls in the Director's folder, with its module.
build() {
	local version=$1
	shift
	witness_source src "$version"
	thespian-director gensrc --key m.sec --version "$version" --prebuilt "$@" hello src > /dev/null
}

# take_apart FILE: its files below out/.
take_apart() {
	rm -rf out
	thespian-director tlsinfo "$1" --extract out > /dev/null
	(cd out && unzip -q ./*.zip && rm ./*.zip ./*.minisig)
}

# entry PROGRAM: jq changes the module's entry in source.json below out/.
entry() {
	jq ".prebuilt[0] |= ($1)" out/source.json > out/new.json
	mv out/new.json out/source.json
}

# module_flags FLAG...: out/'s module is the witness compiled with these, and its entry has its hash.
module_flags() {
	local module=out/prebuilt/$target/module.so
	"$TSP_CC" -shared -fPIC -O2 -w -I"$TSP_SRCDIR/lib" -o "$module" out/witness.c "$@"
	entry ".hash = \"$(b2sum -l 256 "$module" | cut -d ' ' -f 1)\""
}

# put_together VERSION: out/ as FILE.tls, signed, whatever it is.
put_together() {
	local names
	mapfile -t names < <(cd out && find . -type f -printf '%P=out/%P\n' | sort)
	"$TSP_BUILDDIR/test/cli/pack_zip" in.zip "${names[@]}"
	minisign -S -W -s m.sec -m in.zip -x in.minisig \
		-t "group:hello version:$1 time:2024-02-29T23:59:59Z runtime:1" > /dev/null
	{
		printf 'THESPIAN-SOURCE 1\n'
		cat in.minisig
		echo
		cat in.zip
	} > "hello-$1.tls"
}

# What the admin's status says of the source of that version: PROGRAM for jq.
source_of() {
	thespian-director --json status | jq -r ".sources[] | select(.info == \"hello@$1\") | $2"
}

# without_compiler COMMAND...: in a namespace of mounts in which no compiler can be run, nor what is hidden.
without_compiler() {
	"${namespace[@]}" sh -c '
		for file in /usr/bin/cc /usr/bin/gcc /usr/bin/clang /usr/bin/tcc /usr/local/bin/cc \
			/usr/local/bin/gcc /usr/local/bin/clang /usr/local/bin/tcc /bin/cc /bin/gcc /bin/clang /bin/tcc \
			/opt/homebrew/bin/cc /opt/homebrew/bin/gcc /opt/homebrew/bin/clang /opt/homebrew/bin/tcc; do
			[ ! -e "$file" ] || mount --bind /dev/null "$(readlink -f "$file")" || exit 99
		done
		exec "$@"' sh "$@"
}

needs_namespace() {
	namespace=(unshare -m)
	without_compiler true 2> /dev/null || namespace=(unshare -r -m)
	without_compiler true 2> /dev/null || skip "no namespaces of mounts for us here"
}
