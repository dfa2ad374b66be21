# SPDX-License-Identifier: MIT
# Actors that come with the system, as modules: tsp_* comes from the process that opens them.

noinst_LTLIBRARIES += lib/helper/libtsphelper.la
lib_helper_libtsphelper_la_SOURCES = \
	lib/helper/capture.c \
	lib/helper/command.c \
	lib/helper/process.c \
	lib/helper/report.c

noinst_HEADERS += \
	lib/helper/capture.h \
	lib/helper/command.h \
	lib/helper/process.h \
	lib/helper/report.h

pkglib_LTLIBRARIES += lib/helper/runcommand.la
lib_helper_runcommand_la_SOURCES = lib/helper/runcommand.c
lib_helper_runcommand_la_LIBADD = lib/helper/libtsphelper.la
lib_helper_runcommand_la_LDFLAGS = $(LINK_LDFLAGS) $(HARD_LDFLAGS) -module -avoid-version -shared \
	-Wl,-Bsymbolic -export-symbols-regex '^tsp_module_exported$$'

noinst_DATA += lib/thespian/runcommand.so
lib/thespian/runcommand.so: lib/helper/runcommand.la
	@$(MKDIR_P) lib/thespian
	$(AM_V_GEN)rm -f $@ && $(LN_S) ../helper/.libs/runcommand.so $@

pkglib_LTLIBRARIES += lib/helper/simple_authority.la
lib_helper_simple_authority_la_SOURCES = lib/helper/simple_authority.c
lib_helper_simple_authority_la_LDFLAGS = $(LINK_LDFLAGS) $(HARD_LDFLAGS) -module -avoid-version -shared \
	-Wl,-Bsymbolic -export-symbols-regex '^tsp_module_exported$$'

noinst_DATA += lib/thespian/simple_authority.so
lib/thespian/simple_authority.so: lib/helper/simple_authority.la
	@$(MKDIR_P) lib/thespian
	$(AM_V_GEN)rm -f $@ && $(LN_S) ../helper/.libs/simple_authority.so $@
