/* SPDX-License-Identifier: MIT */
/* Builds that a command makes itself, with the limits of the settings, apart from the system's cache. */
#ifndef TSP_DIRECTOR_WORKSHOP_H
#define TSP_DIRECTOR_WORKSHOP_H

#include "base/buffer.h"
#include "director/context.h"
#include "source/module.h"

/* Whether the C files compile. The compiler's lines go to stderr; TSP_EBUILD with the reason alone. */
int workshop_check(struct context *context, const struct archive *archive, tsp_error *err);
/* Compiles a zip in a fresh folder, whatever module it brings along, and reads what came out: appended to
 * module, within its limit; ret_compiler (size 256): what the compiler says of itself. As workshop_check. */
int workshop_build(struct context *context, const void *zip, size_t size, struct buffer *module,
	char ret_compiler[256], tsp_error *err);

#endif
