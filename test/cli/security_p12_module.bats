#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P12: what a module does or is when it is opened. It is checked before, and opened in a nursery of its own source: a
# trick is the end of its own load. (What only flags can make: test/unit/source_module.c.)
# shellcheck disable=SC2154,SC2028 # common and deploy set them; \n is C

load common
load deploy
load security
setup() {
	security_setup
	admin=$(admin_pid)
}
teardown() { tsp_teardown; }

# trick NAME: hello 2 with the lines read at the end of its source.
trick() {
	cat src-2/witness.c - > "$1.c"
	sign_files "$1.tls" "witness.c=$1.c"
}

# ends STATUS TEXT NAME: it does not load, nothing has changed, all goes on.
ends() {
	refused "$1" "$2" timeout 60 thespian-director load "$3.tls" &&
		[ "$(everything)" = "$before" ] && [ "$(answers)" = 1 ] && [ "$(admin_pid)" = "$admin" ]
}

honest() {
	thespian-director load hello-2.tls > /dev/null
	[ "$(answers)" = 2 ]
}

@test "P12: a constructor that aborts, exits, crashes, or kills its parent" {
	for code in 'abort()' '_exit(0)' 'exit(0)' '__builtin_trap()' 'kill(getpid(), SIGKILL)'; do
		printf '#include <signal.h>\n#include <stdlib.h>\n__attribute__((constructor)) static void first(void) { %s; }\n' \
			"$code" | trick first
		ends 6 "" first || { echo "code: $code"; return 1; }
	done
	honest
}

@test "P12: a constructor that runs elsewhere than in its nursery would be seen there" {
	printf '%s\n' '#include <fcntl.h>' '__attribute__((constructor)) static void first(void) {' \
		"int fd = open(\"$dir/trace\", O_WRONLY | O_CREAT | O_APPEND, 0600);" \
		'if (fd >= 0) dprintf(fd, "%d\n", (int)getppid()); close(fd); }' | trick trace
	thespian-director load trace.tls > /dev/null
	[ "$(answers)" = 2 ]
	[ -s trace ]
	director=$(thespian-shell -p "$port" --json -c actors | jq -r '.actors[] | select(.class == "Director") | .pid')
	for pid in "$admin" "$director"; do
		run ! grep -q witness "/proc/$pid/maps"
		run ! grep -q "$XDG_CACHE_HOME" "/proc/$pid/maps"
	done
}

@test "P12: exported malloc and free; symbols that resolve themselves; an executable stack" {
	echo 'void *malloc(unsigned long n) { (void)n; return 0; }' | trick malloc
	ends 6 "malloc" malloc
	echo 'void free(void *p) { (void)p; }' | trick free
	ends 6 "free" free
	printf '%s\n' '#include <stdlib.h>' 'static void *resolve(void) { abort(); }' \
		'int resolved(void) __attribute__((ifunc("resolve")));' 'int (*use)(void) = resolved;' | trick ifunc
	ends 6 "" ifunc
	echo '__asm__(".section .note.GNU-stack,\"x\",@progbits\n.text");' | trick stack
	ends 6 "executable stack" stack
	honest
}

@test "P12: no export, two exports of one class, an export that is none" {
	echo 'int nothing;' > none.c
	sign_files none.tls witness.c=none.c
	ends 6 "TSP_EXPORT" none
	echo 'int tsp_module_exported = 7;' > false.c
	sign_files false.tls witness.c=false.c
	ends 6 "" false
	honest
}
