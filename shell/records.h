/* SPDX-License-Identifier: MIT */
/*
 * Records, which a program takes in one read or two whatever they hold: bash reads a line byte by byte. A record
 * begins with 128 bytes, filled up with newlines:
 *
 *	0 {"hello":"Ada"}	KIND, a blank, TEXT: ASCII in one line
 *	0+000001234		KIND, a '+', SIZE: as many bytes of TEXT follow, ASCII only
 *	0*000001234		KIND, a '*', SIZE: as many bytes of TEXT follow, whatever they are
 *
 * KIND is a status, 0 to 9: the end of a line's command, with what it printed; 't': why it failed, in front of
 * that; 'e': a message that arrived; 'c': the system is gone.
 */
#ifndef TSP_SHELL_RECORDS_H
#define TSP_SHELL_RECORDS_H

#include <stdio.h>
#include <sys/types.h>

#include "base/buffer.h"

enum record_kind {
	RECORD_STATUS = '0', /* and a status more */
	RECORD_WHY = 't',
	RECORD_EVENT = 'e',
	RECORD_CLOSED = 'c',
};

struct records {
	int to;		      /* standard output as it was; -1: there are no records */
	int printed;	      /* what stands in its place */
	off_t taken;	      /* of it */
	struct buffer text;   /* collected from there */
	FILE *answers;	      /* for what is printed often: the same without system calls */
	char *answer;	      /* printed there */
	size_t answer_size;
	struct buffer ready;  /* records that are written with the next one, or by records_flush */
	int (*idle)(void *context); /* called while the reader does not take an event; TSP_E ends the wait */
	void *context;
};

void records_init(struct records *records);
/* From now on what is printed is kept for records_collect. */
int records_open(struct records *records, tsp_error *err);
/* Standard output is as it was. */
void records_close(struct records *records);
/* Adds what was printed to text, without the last newline. TSP_EIO, TSP_ENOMEM, TSP_ELIMIT (it is dropped then). */
int records_collect(struct records *records);
/* The same with what was printed to answers, and nowhere else. */
int records_collect_answer(struct records *records);
/* Writes a record of text from a place on, and drops it from there; an answer that is short lies ready until
 * records_flush. TSP_EIO, or what idle returned. */
int records_write(struct records *records, char kind, size_t from);
int records_flush(struct records *records);

#endif
