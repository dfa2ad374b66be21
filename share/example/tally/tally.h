/* SPDX-License-Identifier: MIT */
/*
 * tally counts the words of all files below a folder: a leader walks the folder and hands the files
 * to its workers, one at a time each.
 *
 *   Count {"folder": "/usr/share/common-licenses", "pause_ms": 0}   asked of the leader
 *   Tally {"version", "files", "words", "top", "failed"}            its answer
 *   File {"job", "path", "pause_ms"} and Counted {"job", "words", "seen"}   leader and worker
 */
#ifndef TALLY_H
#define TALLY_H

#include <thespian.h>
#include "version.h"
#include "words.h"

#define TALLY_WORKERS 4
#define TALLY_TOP     10

extern const tsp_class tally_leader;
extern const tsp_class tally_worker;

#endif
