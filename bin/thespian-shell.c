/* SPDX-License-Identifier: MIT */
/* thespian-shell: talks to a running actor system, from a terminal or a script. */
#include "config.h"

#include <signal.h>

#include "shell/shell.h"

int main(int argc, char **argv)
{
	/* A reader that left is a failed write, not a death without a word. */
	signal(SIGPIPE, SIG_IGN);
	return shell_main(argc, argv);
}
