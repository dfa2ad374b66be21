#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every script of the tree, found by its name or its first line, is one that shellcheck finds nothing in.

setup() {
	cd "$TSP_SRCDIR" || return
}

# Files of ours that hold a script for a Bourne shell, one a line.
scripts() {
	local file first
	find . \( -name .git -o -name autom4te.cache -o -name build-aux -o -name .libs -o -name m4 \) -prune -o -type f \
		-size -200k -print | sed 's,^\./,,' | sort | while read -r file; do
		case $file in
		configure | config.status | libtool | config.log | *.o | *.lo | *.in | *.fish | bin/*) continue ;;
		*.bash | *.sh | *.bats | share/completion/thespian-*) echo "$file" ;;
		*)
			IFS= read -r -n 80 first 2>/dev/null < "$file" || continue
			[[ $first =~ ^'#!'.*[/\ ](ba|da)?sh([[:space:]]|$) ]] || continue
			# libtool's stand in for programs that are not installed
			head -n 5 "$file" | grep -q 'temporary wrapper script' || echo "$file"
			;;
		esac
	done
}

@test "scripts are found by name and by their first line" {
	scripts 2>/dev/null > "$BATS_TEST_TMPDIR/found"
	for file in bootstrap .ci/run share/thespian.bash share/completion/thespian-director share/completion/thespian-shell \
		share/example/demo.sh test/cli/common.bash test/cli/thespian_bash.bats test/tree/shell_scripts.bats test/log-driver; do
		grep -qxF "$file" "$BATS_TEST_TMPDIR/found" || { echo "not found: $file"; false; }
	done
}

@test "shellcheck finds nothing in any script" {
	command -v shellcheck > /dev/null || skip "shellcheck is not installed"
	mapfile -t files < <(scripts 2>/dev/null)
	printf '%s\0' "${files[@]}" | xargs -0 -n 8 -P 2 shellcheck -f gcc
}

@test "completion for zsh is one that zsh can read" {
	command -v zsh > /dev/null || skip "zsh is not installed"
	zsh -n share/completion/_thespian
}

@test "completion for fish is one that fish can read" {
	command -v fish > /dev/null || skip "fish is not installed"
	for file in share/completion/*.fish; do
		fish --no-execute "$file"
	done
}
