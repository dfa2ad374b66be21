/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/context.h"

int main(int argc, char **argv)
{
	struct context context = { 0 };
	int status = command_main(&director_program, &context, argc, argv);

	context_clear(&context);
	return status;
}
