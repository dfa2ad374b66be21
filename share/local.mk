# SPDX-License-Identifier: MIT

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = share/thespian.pc

# For whoever makes a distribution's package: bootstart's own text, which a test compares.
pkgdata_DATA = share/thespian.service
dist_pkgdata_DATA = share/thespian.bash share/thespian-actor.bash
EXTRA_DIST += share/thespian.service.in
CLEANFILES += share/thespian.service
share/thespian.service: share/thespian.service.in Makefile
	@$(MKDIR_P) share
	$(AM_V_GEN)sed 's,[@]bindir[@],$(bindir),' $(srcdir)/share/thespian.service.in > $@

dist_man_MANS += share/man/thespian-director.1 share/man/thespian-shell.1 share/man/thespian-admin.8 \
	share/man/thespian-director-files.5 share/man/thespian-source.5 \
	share/man/thespian-convention.7 share/man/thespian-runcommand.7 share/man/thespian.3 share/man/thespian.7 \
	share/man/thespian.bash.3 share/man/thespian-actor.bash.3


completiondir = $(datadir)/bash-completion/completions
dist_completion_DATA = share/completion/thespian-admin share/completion/thespian-director \
	share/completion/thespian-shell
zshdir = $(datadir)/zsh/site-functions
dist_zsh_DATA = share/completion/_thespian
fishdir = $(datadir)/fish/vendor_completions.d
dist_fish_DATA = share/completion/thespian-admin.fish share/completion/thespian-director.fish \
	share/completion/thespian-shell.fish

dist_doc_DATA = README.md NEWS.md CONTRIBUTING.md \
	share/doc/architecture.md \
	share/doc/conventions.md \
	share/doc/examples.md \
	share/doc/index.md \
	share/doc/features.md \
	share/doc/logging.md \
	share/doc/messages.md \
	share/doc/scripts.md \
	share/doc/security.md \
	share/doc/source-format.md \
	share/doc/three-in-the-morning.md \
	share/doc/tour.md \
	share/doc/tutorial.md \
	share/doc/wire.md

# Sources of examples: packaged and loaded by the demo and by test/cli/example_*.bats, built by
# nobody here.
example_files = \
	share/example/caller.c \
	share/example/demo.sh \
	share/example/backup/backup.sh \
	share/example/backup/backup.tli \
	share/example/backup/keeper.c \
	share/example/backup/source.json \
	share/example/hello/hello.c \
	share/example/hello/hello.tli \
	share/example/http/answerer.c \
	share/example/http/connection.c \
	share/example/http/http.h \
	share/example/http/http.tli \
	share/example/http/request.c \
	share/example/http/server.c \
	share/example/logwatch/follow.c \
	share/example/logwatch/logwatch.c \
	share/example/logwatch/logwatch.h \
	share/example/logwatch/logwatch.tli \
	share/example/pool/pool.tli \
	share/example/pool/primes.c \
	share/example/tally/leader.c \
	share/example/tally/tally.h \
	share/example/tally/tally.tli \
	share/example/tally/version.h \
	share/example/tally/words.c \
	share/example/tally/words.h \
	share/example/tally/worker.c \
	share/example/timer/reminder.c \
	share/example/timer/timer.tli
EXTRA_DIST += $(example_files)
