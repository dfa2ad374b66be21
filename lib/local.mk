# SPDX-License-Identifier: MIT
# The same objects serve all of these libraries.

include_HEADERS += lib/thespian.h

tsp_inner_sources = $(tsp_base_sources) $(tsp_wire_sources) $(tsp_core_sources) $(tsp_source_sources) \
	$(tsp_log_sources)

noinst_LTLIBRARIES += lib/libtspbase.la lib/libtspsource.la lib/libtsphost.la lib/libtspcaller.la \
	lib/libtspall.la lib/libtspcli.la

# For the modules of director/: hidden copies of what has no state.
lib_libtspbase_la_SOURCES = $(tsp_base_sources)
lib_libtspsource_la_SOURCES = $(tsp_source_sources)
# thespian-host.
lib_libtsphost_la_SOURCES = $(tsp_inner_sources) $(tsp_io_link_sources) $(tsp_io_host_sources) \
	$(tsp_script_sources)
# An outside caller: libthespian.so, thespian-director, thespian-shell.
lib_libtspcaller_la_SOURCES = $(tsp_inner_sources) $(tsp_io_link_sources) $(tsp_system_sources) \
	$(tsp_script_sources)
# Everything: thespian-admin and the tests.
lib_libtspall_la_SOURCES = $(tsp_inner_sources) $(tsp_io_link_sources) $(tsp_io_host_sources) \
	$(tsp_io_admin_sources) $(tsp_link_sources) $(tsp_system_sources) $(tsp_script_sources)
lib_libtspcli_la_SOURCES = $(tsp_cli_sources)

lib_LTLIBRARIES += lib/libthespian.la
lib_libthespian_la_SOURCES =
lib_libthespian_la_LIBADD = lib/libtspcaller.la $(core_libs)
lib_libthespian_la_LDFLAGS = $(AM_LDFLAGS) -no-undefined -version-info 0:0:0 -export-symbols-regex '^tsp_'

