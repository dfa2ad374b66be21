# SPDX-License-Identifier: MIT

cli_tests = \
	test/cli/accept_big_source.bats \
	test/cli/accept_bootstart.bats \
	test/cli/accept_build_fails.bats \
	test/cli/accept_convention.bats \
	test/cli/accept_descriptors.bats \
	test/cli/accept_exhaustion.bats \
	test/cli/accept_examples.bats \
	test/cli/accept_garbage.bats \
	test/cli/accept_group_messages.bats \
	test/cli/accept_hostile_names.bats \
	test/cli/accept_kill_admin.bats \
	test/cli/accept_kill_director.bats \
	test/cli/accept_kill_host.bats \
	test/cli/accept_kill_nursery.bats \
	test/cli/accept_kill_storm.bats \
	test/cli/accept_many_actors.bats \
	test/cli/accept_large.bats \
	test/cli/accept_minisign.bats \
	test/cli/accept_name_held.bats \
	test/cli/accept_outside.bats \
	test/cli/accept_program.bats \
	test/cli/accept_readme.bats \
	test/cli/accept_replacement.bats \
	test/cli/accept_reproducible.bats \
	test/cli/accept_restarts.bats \
	test/cli/accept_runtime_folder.bats \
	test/cli/accept_state_autounload.bats \
	test/cli/accept_state_load.bats \
	test/cli/accept_state_refresh.bats \
	test/cli/accept_state_rollback.bats \
	test/cli/accept_state_survives.bats \
	test/cli/accept_state_unload.bats \
	test/cli/accept_status.bats \
	test/cli/accept_tour.bats \
	test/cli/accept_tutorial.bats \
	test/cli/accept_twenty_versions.bats \
	test/cli/caller_handle.bats \
	test/cli/process_rows.bats \
	test/cli/completion.bats \
	test/cli/director_ahead.bats \
	test/cli/director_audit.bats \
	test/cli/admin_signals.bats \
	test/cli/admin_watchdog.bats \
	test/cli/convention_actors.bats \
	test/cli/convention_between.bats \
	test/cli/convention_udp.bats \
	test/cli/convention_hosts.bats \
	test/cli/convention_many.bats \
	test/cli/convention_names.bats \
	test/cli/convention_join.bats \
	test/cli/convention_large.bats \
	test/cli/director_bootstart.bats \
	test/cli/director_config.bats \
	test/cli/director_confirm.bats \
	test/cli/director_disk.bats \
	test/cli/director_faults.bats \
	test/cli/director_drain.bats \
	test/cli/director_doctor.bats \
	test/cli/director_gensrc.bats \
	test/cli/director_keys.bats \
	test/cli/director_new.bats \
	test/cli/director_original.bats \
	test/cli/director_packages.bats \
	test/cli/director_password.bats \
	test/cli/director_prebuilt.bats \
	test/cli/director_prove.bats \
	test/cli/director_verify.bats \
	test/cli/director_plan.bats \
	test/cli/director_requires.bats \
	test/cli/director_progress.bats \
	test/cli/director_supervise.bats \
	test/cli/director_system.bats \
	test/cli/director_trust.bats \
	test/cli/director_versions.bats \
	test/cli/director_watch.bats \
	test/cli/hostile_actor.bats \
	test/cli/fleet_load.bats \
	test/cli/fleet_prove.bats \
	test/cli/flow_bounds.bats \
	test/cli/flow_circle.bats \
	test/cli/flow_flood.bats \
	test/cli/helper_run_command.bats \
	test/cli/actor_classes.bats \
	test/cli/example_backup.bats \
	test/cli/example_hello.bats \
	test/cli/example_http.bats \
	test/cli/example_logwatch.bats \
	test/cli/example_pool.bats \
	test/cli/example_tally.bats \
	test/cli/example_timer.bats \
	test/cli/log_internal.bats \
	test/cli/log_process.bats \
	test/cli/log_storm.bats \
	test/cli/script_actor.bats \
	test/cli/convention_twelve.bats \
	test/cli/security_l01_foreign_bytes.bats \
	test/cli/security_l02_flood.bats \
	test/cli/security_l02_udp.bats \
	test/cli/security_l03_link_keys.bats \
	test/cli/security_l04_proxy.bats \
	test/cli/security_l07_link_frames.bats \
	test/cli/security_p01_unsigned.bats \
	test/cli/security_p02_renamed.bats \
	test/cli/security_p03_downgrade.bats \
	test/cli/security_p04_keys.bats \
	test/cli/security_p05_purpose.bats \
	test/cli/security_p06_names.bats \
	test/cli/security_p07_zip.bats \
	test/cli/security_p08_race.bats \
	test/cli/security_p09_theft.bats \
	test/cli/security_p10_bombs.bats \
	test/cli/security_p11_injection.bats \
	test/cli/security_p12_module.bats \
	test/cli/security_p13_cache.bats \
	test/cli/security_p14_settings.bats \
	test/cli/security_p15_authority.bats \
	test/cli/shell_authority.bats \
	test/cli/shell_control.bats \
	test/cli/shell_dead.bats \
	test/cli/shell_graph.bats \
	test/cli/shell_look.bats \
	test/cli/shell_night.bats \
	test/cli/shell_poison.bats \
	test/cli/shell_prompt.bats \
	test/cli/shell_record.bats \
	test/cli/shell_restart.bats \
	test/cli/shell_script.bats \
	test/cli/shell_system.bats \
	test/cli/shell_terminal.bats \
	test/cli/shell_top.bats \
	test/cli/shell_trace.bats \
	test/cli/shell_transcript.bats \
	test/cli/shell_usage.bats \
	test/cli/status_busy.bats \
	test/cli/status_fields.bats \
	test/cli/thespian_bash.bats

EXTRA_DIST += \
	test/cli/accept_descriptors.c \
	test/cli/common.bash \
	test/cli/convention.bash \
	test/cli/deploy.bash \
	test/cli/example.bash \
	test/cli/faults.bash \
	test/cli/haulage.bash \
	test/cli/hosts.bash \
	test/cli/fleet.bash \
	test/cli/flow.bash \
	test/cli/look.bash \
	test/cli/flow_actors.c \
	test/cli/cuckoo.c \
	test/cli/intruder.bash \
	test/cli/intruder.c \
	test/cli/log.bash \
	test/cli/log_actors.c \
	test/cli/mend.bash \
	test/cli/minisign.bash \
	test/cli/night.bash \
	test/cli/prebuilt.bash \
	test/cli/rows.bash \
	test/cli/rows_actors.c \
	test/cli/rows_actors.h \
	test/cli/rows_special.c \
	test/cli/security.bash \
	test/cli/shell.bash \
	test/cli/simple_classes.c \
	test/cli/trust.bash \
	$(cli_tests)
if HAVE_BATS
TESTS += $(cli_tests)
check_PROGRAMS += \
	test/cli/accept_garbage \
	test/cli/accept_kill_storm \
	test/cli/accept_load \
	test/cli/caller_rows \
	test/cli/craft_zip \
	test/cli/cut \
	test/cli/notify_listen \
	test/cli/pack_zip \
	test/cli/false_member \
	test/cli/tamper \
	test/cli/tamper_udp \
	test/cli/processes
endif

# Programs outside: the public header and the library, no more. -no-install: no script of libtool's in front of them.
test_cli_accept_load_SOURCES = test/cli/accept_load.c
test_cli_accept_load_LDADD = lib/libthespian.la
test_cli_accept_load_LDFLAGS = $(AM_LDFLAGS) -no-install

test_cli_accept_kill_storm_SOURCES = test/cli/accept_kill_storm.c
test_cli_accept_kill_storm_LDADD = lib/libthespian.la
test_cli_accept_kill_storm_LDFLAGS = $(AM_LDFLAGS) -no-install
test_cli_caller_rows_SOURCES = test/cli/caller_rows.c test/cli/caller_rows.h test/cli/rows_handle.c \
	test/cli/rows_process.c
test_cli_caller_rows_LDADD = lib/libthespian.la
test_cli_caller_rows_LDFLAGS = $(AM_LDFLAGS) -no-install

# Does harm to other programs at their system calls.
test_cli_cut_SOURCES = test/cli/cut.c
test_cli_pack_zip_SOURCES = test/cli/pack_zip.c
test_cli_pack_zip_LDADD = lib/libtspsource.la lib/libtspbase.la $(core_libs)

# Speaks the protocol itself, to break it.
test_cli_accept_garbage_SOURCES = test/cli/accept_garbage.c
test_cli_accept_garbage_LDADD = lib/libtspall.la $(UV_LIBS) $(core_libs)

# Nothing of ours: what belongs to a test; what a service manager does.
test_cli_processes_SOURCES = test/cli/processes.c
test_cli_tamper_SOURCES = test/cli/tamper.c
test_cli_tamper_udp_SOURCES = test/cli/tamper_udp.c
# A system that is let in, and does not keep to the protocol.
test_cli_false_member_SOURCES = test/cli/false_member.c
test_cli_false_member_LDADD = lib/libtspall.la $(core_libs)
test_cli_notify_listen_SOURCES = test/cli/notify_listen.c
# Writes zips that no writer of ours would.
test_cli_craft_zip_SOURCES = test/cli/craft_zip.c
test_cli_craft_zip_LDADD = lib/libtspall.la $(core_libs)
