/* SPDX-License-Identifier: MIT */
/* Questions to a person, between two lines. */
#include "config.h"

#include "shell/shell.h"

#include <stdio.h>
#include <string.h>

bool shell_question(const char *question, char *answer, size_t size)
{
	fflush(stdout);
	fputs(question, stderr);
	fflush(stderr);
	if (fgets(answer, (int)size, stdin) == NULL) {
		clearerr(stdin); /* Ctrl-C and Ctrl-D answer this question only */
		fputc('\n', stderr);
		return false;
	}
	size_t end = strcspn(answer, "\r\n");
	bool whole = answer[end] != '\0';
	answer[end] = '\0';
	/* The rest of an answer that is too long must not become a command. */
	for (int c = 0; !whole && c != '\n' && c != EOF;)
		c = fgetc(stdin);
	return whole;
}

bool shell_confirm(const char *question)
{
	char answer[16];
	return shell_question(question, answer, sizeof(answer)) &&
		(strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0);
}
