# SPDX-License-Identifier: MIT

# What the commands and the actors share: files of the folder.
tsp_director_common_sources = \
	director/json.c \
	director/settings.c \
	director/group.c \
	director/rules.c \
	director/audit.c \
	director/folder.c \
	director/judge.c \
	director/requires.c \
	director/folder_list.c \
	director/trust.c \
	director/trust_rules.c \
	director/state.c \
	director/state_events.c \
	director/fields.c \
	director/proof.c \
	director/proof_sign.c \
	director/system_key.c

# The commands of thespian-director; main() is in bin/.
tsp_director_sources = \
	director/avail.c \
	director/bootstart.c \
	director/commands.c \
	director/config.c \
	director/convention.c \
	director/invite.c \
	director/join.c \
	director/members.c \
	director/context.c \
	director/key.c \
	director/keygen.c \
	director/sign.c \
	director/audit_command.c \
	director/explain.c \
	director/new.c \
	director/templates.c \
	director/doctor.c \
	director/doctor_build.c \
	director/doctor_folder.c \
	director/doctor_hosts.c \
	director/doctor_packages.c \
	director/doctor_system.c \
	director/doctor_trust.c \
	director/findings.c \
	director/fleet.c \
	director/fleet_commands.c \
	director/fleet_load.c \
	director/fleet_prove.c \
	director/testimony.c \
	director/follow.c \
	director/password.c \
	director/gather.c \
	director/workshop.c \
	director/enclose.c \
	director/gensrc.c \
	director/recipe.c \
	director/tlsinfo.c \
	director/verify.c \
	director/prove.c \
	director/client.c \
	director/launch.c \
	director/manager.c \
	director/service.c \
	director/service_text.c \
	director/sockets.c \
	director/list.c \
	director/start.c \
	director/status.c \
	director/load.c \
	director/diff.c \
	director/plan.c \
	director/plan_actors.c \
	director/plan_command.c \
	director/confirm_command.c \
	director/history.c \
	director/refresh.c \
	director/role.c \
	director/rollback.c \
	director/shutdown.c \
	director/unload.c \
	director/view.c \
	director/watch.c \
	director/watch_key.c \
	director/handover.c

# The module with the Director and authority actors.
tsp_director_module_sources = \
	director/adopt.c \
	director/ahead.c \
	director/groups.c \
	director/names.c \
	director/supervise.c \
	director/replacement.c \
	director/check.c \
	director/confirm.c \
	director/retire.c \
	director/drain.c \
	director/authority.c \
	director/director_actor.c \
	director/inventory.c \
	director/original.c \
	director/askers.c \
	director/declare.c \
	director/orders.c \
	director/prove_request.c \
	director/module.c \
	director/operation.c \
	director/member.c \
	director/shelf.c \
	director/load_step.c \
	director/rollback_step.c \
	director/unload_step.c \
	director/steps.c \
	director/sweep.c

noinst_HEADERS += \
	director/json.h \
	director/settings.h \
	director/group.h \
	director/rules.h \
	director/audit.h \
	director/folder.h \
	director/judge.h \
	director/requires.h \
	director/trust.h \
	director/trust_rules.h \
	director/state.h \
	director/state_events.h \
	director/actor.h \
	director/commands.h \
	director/diff.h \
	director/plan.h \
	director/context.h \
	director/convention.h \
	director/doctor.h \
	director/findings.h \
	director/password.h \
	director/proof.h \
	director/system_key.h \
	director/gather.h \
	director/gensrc.h \
	director/workshop.h \
	director/enclose.h \
	director/recipe.h \
	director/templates.h \
	director/client.h \
	director/ahead.h \
	director/fleet.h \
	director/testimony.h \
	director/follow.h \
	director/shelf.h \
	director/sockets.h \
	director/sweep.h \
	director/launch.h \
	director/manager.h \
	director/service.h \
	director/steps.h \
	director/fields.h \
	director/view.h \
	director/watch_key.h \
	director/handover.h

noinst_LTLIBRARIES += director/libtspdirector.la
director_libtspdirector_la_SOURCES = $(tsp_director_common_sources)

# tsp_* comes from the process that opens the module; of base, source and cli it has copies of its own.
director_director_la_SOURCES = $(tsp_director_module_sources)
director_director_la_LIBADD = director/libtspdirector.la lib/libtspcli.la lib/libtspsource.la lib/libtspbase.la \
	$(core_libs)
director_director_la_LDFLAGS = $(LINK_LDFLAGS) $(HARD_LDFLAGS) -module -avoid-version -shared \
	-Wl,-Bsymbolic -export-symbols-regex '^tsp_module_exported$$'

pkglib_LTLIBRARIES += director/director.la
noinst_DATA += lib/thespian/director.so
lib/thespian/director.so: director/director.la
	@$(MKDIR_P) lib/thespian
	$(AM_V_GEN)rm -f $@ && $(LN_S) ../../director/.libs/director.so $@
