dnl SPDX-License-Identifier: MIT
dnl Checks of compiler and linker flags, one at a time.

dnl TSP_CFLAG(VARIABLE, FLAG): appends FLAG to VARIABLE if the compiler takes it without a warning.
AC_DEFUN([TSP_CFLAG], [
	AC_MSG_CHECKING([whether $CC takes $2])
	tsp_saved_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror $2"
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]], [[char b[2]; memset(b, 0, sizeof(b));]])],
		[AC_MSG_RESULT([yes]); $1="$$1 $2"], [AC_MSG_RESULT([no])])
	CFLAGS=$tsp_saved_CFLAGS
])

dnl TSP_LDFLAG(VARIABLE, FLAG, [CFLAG]): the same for the linker.
AC_DEFUN([TSP_LDFLAG], [
	AC_MSG_CHECKING([whether the linker takes $2])
	tsp_saved_CFLAGS=$CFLAGS
	tsp_saved_LDFLAGS=$LDFLAGS
	CFLAGS="$CFLAGS -Werror $3"
	LDFLAGS="$LDFLAGS $2"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
		[AC_MSG_RESULT([yes]); $1="$$1 $2"], [AC_MSG_RESULT([no])])
	CFLAGS=$tsp_saved_CFLAGS
	LDFLAGS=$tsp_saved_LDFLAGS
])

AC_DEFUN([TSP_CHECK_C17], [
	C17_CFLAGS=
	for tsp_std in -std=c17 -std=gnu17 -std=c11; do
		AS_IF([test -z "$C17_CFLAGS"], [TSP_CFLAG([C17_CFLAGS], [$tsp_std])])
	done
	AC_SUBST([C17_CFLAGS])
])

AC_DEFUN([TSP_WARNINGS], [
	WARN_CFLAGS=
	TSP_CFLAG([WARN_CFLAGS], [-Wall])
	TSP_CFLAG([WARN_CFLAGS], [-Wextra])
	TSP_CFLAG([WARN_CFLAGS], [-Wpedantic])
	TSP_CFLAG([WARN_CFLAGS], [-Wshadow])
	TSP_CFLAG([WARN_CFLAGS], [-Wstrict-prototypes])
	TSP_CFLAG([WARN_CFLAGS], [-Wmissing-prototypes])
	TSP_CFLAG([WARN_CFLAGS], [-Wformat=2])
	TSP_CFLAG([WARN_CFLAGS], [-Wvla])
])

AC_DEFUN([TSP_HARDENING], [
	TSP_CFLAG([HARD_CFLAGS], [-fstack-protector-strong])
	TSP_CFLAG([HARD_CFLAGS], [-fstack-clash-protection])
	TSP_CFLAG([HARD_CFLAGS], [-fcf-protection])
	AS_CASE([" $CFLAGS "],
		[*" -O0 "*], [],
		[*" -O"*], [TSP_CFLAG([HARD_CPPFLAGS], [-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2])])
	TSP_LDFLAG([HARD_LDFLAGS], [-Wl,-z,relro])
	TSP_LDFLAG([HARD_LDFLAGS], [-Wl,-z,now])
	TSP_LDFLAG([HARD_LDFLAGS], [-Wl,-z,noexecstack])
	TSP_LDFLAG([PIE_LDFLAGS], [-pie], [-fPIE])
	AS_IF([test -n "$PIE_LDFLAGS"], [TSP_CFLAG([PIE_CFLAGS], [-fPIE])])
])

AC_DEFUN([TSP_SANITIZERS], [
	TSP_LDFLAG([HARD_LDFLAGS], [-fsanitize=address,undefined], [-fsanitize=address,undefined])
	AS_IF([test -z "$HARD_LDFLAGS"], [AC_MSG_ERROR([$CC has no address and undefined sanitizers])])
	HARD_CFLAGS="-fsanitize=address,undefined"
	TSP_CFLAG([HARD_CFLAGS], [-fno-sanitize-recover=undefined])
	TSP_CFLAG([HARD_CFLAGS], [-fno-omit-frame-pointer])
])

AC_DEFUN([TSP_LINKER_FLAGS], [
	TSP_LDFLAG([LINK_LDFLAGS], [-Wl,--as-needed])
	dnl A tool of GNU ld and lld; elsewhere all symbols of the program are exported instead.
	AC_MSG_CHECKING([whether the linker takes --dynamic-list])
	tsp_saved_LDFLAGS=$LDFLAGS
	LDFLAGS="$LDFLAGS -Wl,--dynamic-list=$srcdir/bin/thespian-host.dynlist"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [tsp_dynamic_list=yes], [tsp_dynamic_list=no])
	LDFLAGS=$tsp_saved_LDFLAGS
	AC_MSG_RESULT([$tsp_dynamic_list])
	AM_CONDITIONAL([DYNAMIC_LIST], [test "$tsp_dynamic_list" = yes])
])
