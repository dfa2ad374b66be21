# SPDX-License-Identifier: MIT
# One program a file: `unit_tests += test/unit/FOLDER_FILE`; the source is test/unit/FOLDER_FILE.c.

unit_tests = \
	test/unit/base_buffer \
	test/unit/base_clock \
	test/unit/base_endpoint \
	test/unit/base_error \
	test/unit/base_file \
	test/unit/base_list \
	test/unit/base_log \
	test/unit/base_runtime_path \
	test/unit/base_table \
	test/unit/base_text \
	test/unit/director_testimony \
	test/unit/cli_command \
	test/unit/cli_complete \
	test/unit/cli_grid \
	test/unit/cli_help \
	test/unit/cli_options \
	test/unit/cli_output \
	test/unit/cli_progress \
	test/unit/cli_status \
	test/unit/cli_words \
	test/unit/wire_address \
	test/unit/wire_frame \
	test/unit/wire_head \
	test/unit/wire_message \
	test/unit/wire_system \
	test/unit/core_bounds \
	test/unit/core_bounds_read \
	test/unit/core_status \
	test/unit/core_trace \
	test/unit/core_asks \
	test/unit/core_convention \
	test/unit/core_convention_status \
	test/unit/core_between \
	test/unit/core_loose \
	test/unit/core_placement \
	test/unit/core_storm \
	test/unit/link_cookie \
	test/unit/link_greetings \
	test/unit/link_noise \
	test/unit/source_pins \
	test/unit/source_proof_keys \
	test/unit/link_datagram \
	test/unit/link_seals \
	test/unit/link_session \
	test/unit/link_stream \
	test/unit/core_log_follow \
	test/unit/io_process_cpu \
	test/unit/io_process_memory \
	test/unit/system_status_text \
	test/unit/core_fit \
	test/unit/core_hostile \
	test/unit/core_init_messages \
	test/unit/core_log \
	test/unit/log_definitions \
	test/unit/log_sink \
	test/unit/system_simple_log \
	test/unit/wire_log_record \
	test/unit/core_machine \
	test/unit/core_transient \
	test/unit/core_troupe \
	test/unit/core_troupe_hosts \
	test/unit/core_deaths \
	test/unit/core_morgue \
	test/unit/core_restart \
	test/unit/core_credit \
	test/unit/wire_builder \
	test/unit/wire_value_check \
	test/unit/wire_value_format \
	test/unit/wire_value_read \
	test/unit/source_base64 \
	test/unit/source_elf \
	test/unit/source_loader \
	test/unit/source_keys \
	test/unit/source_package \
	test/unit/source_verdict \
	test/unit/source_version \
	test/unit/wire_json_parse \
	test/unit/wire_json_print \
	test/unit/wire_json_text \
	test/unit/core_stage \
	test/unit/helper_capture \
	test/unit/helper_process \
	test/unit/io_nursery \
	test/unit/io_runtime \
	test/unit/io_log_file \
	test/unit/io_module_path \
	test/unit/io_nursery_packet \
	test/unit/io_peer_check \
	test/unit/io_environment \
	test/unit/io_host_user \
	test/unit/io_server \
	test/unit/io_server_area \
	test/unit/io_system_datagram \
	test/unit/io_system_dial \
	test/unit/io_system_line \
	test/unit/io_system_listen \
	test/unit/io_system_relay \
	test/unit/source_archive \
	test/unit/source_manifest \
	test/unit/core_stage_local \
	test/unit/core_foreign \
	test/unit/io_host \
	test/unit/source_builder \
	test/unit/source_module \
	test/unit/source_prebuilt \
	test/unit/source_script \
	test/unit/script_field \
	test/unit/script_lines \
	test/unit/script_simple \
	test/unit/system_ask \
	test/unit/system_connection \
	test/unit/system_inbox \
	test/unit/system_interrupt \
	test/unit/system_pending \
	test/unit/system_attach \
	test/unit/system_open \
	test/unit/system_start \
	test/unit/system_simple

# What several of them share; linked into each.
unit_support_sources = \
	test/unit/machine.c \
	test/unit/network.c \
	test/unit/trio.c \
	test/unit/machine_actors.c \
	test/unit/core_stage_rig.c \
	test/unit/system_fake.c \
	test/unit/systems.c
unit_support_headers = \
	test/unit/machine.h \
	test/unit/network.h \
	test/unit/trio.h \
	test/unit/machine_actors.h \
	test/unit/source_help.h \
	test/unit/core_stage_actors.h \
	test/unit/core_stage_rig.h \
	test/unit/core_troupe_crew.h \
	test/unit/system_fake.h \
	test/unit/systems.h

if HAVE_CMOCKA
check_LTLIBRARIES += test/unit/libunit.la
unit_support = test/unit/libunit.la
test_unit_libunit_la_SOURCES = $(unit_support_sources)
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif

.PHONY: check-unit
check-unit: all
	$(MAKE) $(AM_MAKEFLAGS) $(unit_tests)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(unit_tests) $(fuzz_tests)'

noinst_HEADERS += $(unit_support_headers)

test_unit_helper_capture_LDADD = lib/helper/libtsphelper.la $(LDADD)
test_unit_helper_process_LDADD = lib/helper/libtsphelper.la $(LDADD)

test_unit_core_restart_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=calloc

# As a program outside: its module finds tsp_* in the library.
test_unit_director_testimony_SOURCES = test/unit/director_testimony.c director/testimony.c
test_unit_director_testimony_LDADD = director/libtspdirector.la $(LDADD)
test_unit_system_simple_LDADD = lib/libthespian.la $(CMOCKA_LIBS)
test_unit_system_simple_log_LDADD = lib/libthespian.la $(CMOCKA_LIBS)
test_unit_script_simple_LDADD = lib/libthespian.la $(CMOCKA_LIBS)
