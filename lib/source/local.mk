# SPDX-License-Identifier: MIT

tsp_source_sources = \
	lib/source/base64.c \
	lib/source/claim.c \
	lib/source/keyfile.c \
	lib/source/keyring.c \
	lib/source/keys.c \
	lib/source/minisig.c \
	lib/source/package.c \
	lib/source/version.c \
	lib/source/archive.c \
	lib/source/entry.c \
	lib/source/unzip.c \
	lib/source/zip.c \
	lib/source/contents.c \
	lib/source/manifest.c \
	lib/source/place.c \
	lib/source/invites.c \
	lib/source/pins.c \
	lib/source/prebuilt.c \
	lib/source/prebuilt_fit.c \
	lib/source/compiler.c \
	lib/source/libraries.c \
	lib/source/run.c \
	lib/source/sandbox.c \
	lib/source/script.c \
	lib/source/sum.c \
	lib/source/build_limits.c \
	lib/source/build_main.c \
	lib/source/builder.c \
	lib/source/cache.c \
	lib/source/elf.c \
	lib/source/elf_versions.c \
	lib/source/loader.c \
	lib/source/module.c \
	lib/source/module_check.c \
	lib/source/target.c \
	lib/source/module_file.c \
	lib/source/tree.c \
	lib/source/verdict.c
noinst_HEADERS += \
	lib/source/archive.h \
	lib/source/builder.h \
	lib/source/keys.h \
	lib/source/module.h \
	lib/source/package.h \
	lib/source/version.h \
	lib/source/base64.h \
	lib/source/claim.h \
	lib/source/keyfile.h \
	lib/source/entry.h \
	lib/source/manifest.h \
	lib/source/minisig.h \
	lib/source/place.h \
	lib/source/pins.h \
	lib/source/prebuilt.h \
	lib/source/cache.h \
	lib/source/compiler.h \
	lib/source/run.h \
	lib/source/sandbox.h \
	lib/source/script.h \
	lib/source/sum.h \
	lib/source/elf.h \
	lib/source/loader.h \
	lib/source/target.h \
	lib/source/tree.h \
	lib/source/verdict.h
