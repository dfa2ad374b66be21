# SPDX-License-Identifier: MIT
# Programs are linked with the internal archive, never with libthespian.so: they run from the build
# folder as they are. Those that open modules are linked from all objects, so that nothing of tsp_* that only
# a module uses is left out.

EXTRA_DIST += bin/thespian-host.dynlist

# --as-needed leaves out the libraries that a program does not call.
bin_thespian_host_SOURCES = bin/thespian-host.c
bin_thespian_host_LDFLAGS = $(prog_ldflags) $(export_ldflags)
bin_thespian_host_LDADD = $(lib_libtsphost_la_OBJECTS) $(core_libs)
bin_thespian_host_DEPENDENCIES = $(lib_libtsphost_la_OBJECTS) bin/thespian-host.dynlist

bin_thespian_admin_SOURCES = bin/thespian-admin.c
bin_thespian_admin_LDFLAGS = $(prog_ldflags)
bin_thespian_admin_LDADD = lib/libtspcli.la lib/libtspall.la $(UV_LIBS) $(core_libs)

bin_thespian_director_SOURCES = bin/thespian-director.c $(tsp_director_sources) $(tsp_cli_caller_sources)
bin_thespian_director_LDFLAGS = $(prog_ldflags) $(export_ldflags)
bin_thespian_director_LDADD = director/libtspdirector.la $(lib_libtspcli_la_OBJECTS) \
	$(lib_libtspcaller_la_OBJECTS) $(core_libs)
bin_thespian_director_DEPENDENCIES = director/libtspdirector.la $(lib_libtspcli_la_OBJECTS) $(lib_libtspcaller_la_OBJECTS) \
	bin/thespian-host.dynlist

bin_thespian_shell_SOURCES = bin/thespian-shell.c $(tsp_shell_sources) $(tsp_cli_caller_sources)
bin_thespian_shell_LDFLAGS = $(prog_ldflags) $(export_ldflags)
bin_thespian_shell_LDADD = $(lib_libtspcli_la_OBJECTS) $(lib_libtspcaller_la_OBJECTS) $(core_libs)
bin_thespian_shell_DEPENDENCIES = $(lib_libtspcli_la_OBJECTS) $(lib_libtspcaller_la_OBJECTS) \
	bin/thespian-host.dynlist

bin_PROGRAMS += bin/thespian-host

bin_PROGRAMS += bin/thespian-admin

bin_PROGRAMS += bin/thespian-shell

bin_PROGRAMS += bin/thespian-director
