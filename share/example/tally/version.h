/* SPDX-License-Identifier: MIT */
/* What this version can do: 1 counts words, 2 also names the most frequent ones, 3 is like 2, but
 * one of its workers crashes on purpose. */
#define TALLY_VERSION 1
