/* SPDX-License-Identifier: MIT */
/* Filling and wrapping a tsp_error. Codes and sentences stand in thespian.h. */
#ifndef TSP_BASE_ERROR_H
#define TSP_BASE_ERROR_H

#include <thespian.h>

/* Writes code and text (cut to fit) into err, which may be NULL; returns code. */
int tsp_fail(tsp_error *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Puts "format: " before the text that err holds already; returns code. */
int tsp_wrap(tsp_error *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* As tsp_fail with TSP_EIO (ENOENT: TSP_ENOENT) and strerror(errno) as the cause. */
int tsp_fail_errno(tsp_error *err, const char *what, const char *subject);

#endif
