/* SPDX-License-Identifier: MIT */
/* explain STATUS|NAME: what an exit status or a named error means, and what to do about it. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/status.h"
#include "director/commands.h"
#include "director/context.h"

struct explanation {
	int code;
	const char *means;
	const char *remedy;
};

static const struct explanation statuses[] = {
	{ 0, "done: what was asked for is now true", "go on: there is nothing to mend" },
	{ 1, "failed; also: the actor is dead, or its answer was a PoisonMessage",
		"read the error line; 'doctor' looks for faults, 'thespian-shell -c status' shows what runs" },
	{ 2, "wrong usage: nothing was tried", "'help COMMAND' shows what it takes" },
	{ 3, "no system answers at that port", "'thespian-director start' starts it" },
	{ 4, "no answer in time; what was asked for may still happen",
		"look with 'status' before you ask again; --timeout gives it more time" },
	{ 5, "refused: not signed by a trusted key, older than allowed, rejected, not permitted",
		"'tlsinfo FILE' shows who signed, 'key list' who may, 'audit' why" },
	{ 6, "the source was accepted, but did not build, or an actor of it did not start",
		"the compiler's lines, or the actor's reason, stand above; nothing has changed" },
	{ 7, "kept for done in part; not used yet",
		"the output says what is missing: ask for that again" },
	{ 8, "of 'plan': a load would change something; nothing was changed", "'load' does it" },
};

static const struct explanation errors[] = {
	{ TSP_EUSAGE, "a call or a command line that cannot be meant",
		"correct it as the error line says" },
	{ TSP_ENOMEM, "memory ran out; nothing was half done",
		"free some, or raise the limit of the process" },
	{ TSP_EIO,
		"the machine failed to read or write: a disk, a socket, a full or read-only folder",
		"the error line names the file and the cause; 'doctor' looks at folders and disks" },
	{ TSP_ELIMIT, "more than a bound allows",
		"the error line names the bound; capabilities set most of them" },
	{ TSP_EVALUE,
		"not a value of the kind that belongs there, or bytes that are no value at all",
		"correct it at the place that the error line names" },
	{ TSP_ETIMEOUT, "no answer within the time given",
		"the actor may be busy: 'thespian-shell -c status' says since when" },
	{ TSP_EDEAD, "the actor has exited, or its host died; an address is never used again",
		"look up its name or role anew; 'list' shows exits and restarts" },
	{ TSP_EBACKLOG, "too much waits there already; the message was not sent",
		"send slower, or raise the capability 'Mailbox Messages' or 'Mailbox Bytes'" },
	{ TSP_ETOOBIG, "a message of more than 64 MiB, or what does not fit into one",
		"send it in parts, or the path of a file instead" },
	{ TSP_ENOSYSTEM, "nothing listens at that port in this runtime folder",
		"'thespian-director start'; look at THESPIAN_RUNTIME_DIR and --port" },
	{ TSP_ECLASS, "the module or source has no actor class of this name",
		"see TSP_EXPORT in its sources" },
	{ TSP_ESOURCE, "no loaded source has this hash, or it is being unloaded",
		"'list' shows what is loaded" },
	{ TSP_EBUILD, "the compiler refused the source",
		"its lines name file and line; 'gensrc' checks before it signs" },
	{ TSP_ESTART, "the actor's init failed, or its host could not be started",
		"the reason stands in the error line and in the log" },
	{ TSP_ENAME, "not usable as a global name, or another actor holds it",
		"take another name; the error line names the holder" },
	{ TSP_EPERM, "not permitted to the one who asks",
		"the owner, or another kind of caller, may: see the manual of the call" },
	{ TSP_ENOAUTHORITY, "a load in a system without a source authority",
		"a system that 'thespian-director start' started has one" },
	{ TSP_EUNTRUSTED, "the package is not signed by a key that may sign it",
		"'key list' shows who may sign what; the public key belongs into the folder" },
	{ TSP_EREJECTED, "signed, but the authority found fault with it",
		"'audit' has the reason" },
	{ TSP_EDOWNGRADE, "older than the newest version ever accepted of this group",
		"'rollback GROUP' goes back; 'load --allow-downgrade' loads it all the same" },
	{ TSP_ECLOSED, "the connection was closed in this process", "open it anew" },
	{ TSP_EPROTOCOL,
		"the other side sent what the protocol does not have: another version, or a fault",
		"use programs of one release" },
	{ TSP_ENOTIMPL, "known, but not built yet", "the manual says what there is" },
	{ TSP_EEXIST, "there is one already, and it is not overwritten",
		"remove it, or take another name" },
	{ TSP_ENOENT, "there is no such thing",
		"put it where the error line says that it was looked for, or name another" },
	{ TSP_ECAPABILITY, "this system lacks what the actor requires",
		"'thespian-shell -c capability' shows what it has, and sets it" },
	{ TSP_EINTERRUPT, "Ctrl-C, or tsp_interrupt",
		"look with 'status' at what came of it before you ask again" },
	{ TSP_EFAILED, "failed, for a reason that has no name of its own",
		"read the error line, and the system's log" },
	{ TSP_ESHUTDOWN, "the system is shutting down", "wait for its end, then 'start'" },
	{ TSP_ENOCONVENTION, "this system belongs to no convention of systems",
		"do without: links between systems are not built yet, each system is one by itself" },
};

static const struct explanation *find_status(const char *word)
{
	int64_t number;

	if (text_to_int(word, 0, 255, &number) < 0)
		return NULL;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
		if (statuses[i].code == number)
			return &statuses[i];
	return NULL;
}

/* With or without TSP_, in any case. */
static const struct explanation *find_error(const char *word)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		const char *name = tsp_error_name(errors[i].code);

		if (!strcasecmp(word, name) || !strcasecmp(word, name + strlen("TSP_")))
			return &errors[i];
	}
	return NULL;
}

static int explain_run(void *data, const struct command_call *call, tsp_error *err)
{
	const char *word = call->argv[0];
	const struct explanation *status = find_status(word);
	const struct explanation *found = status ? status : find_error(word);
	struct output *output;
	char shown[80];

	if (!found) {
		(void)tsp_fail(err, TSP_ENOENT,
			"cannot explain '%s': neither an exit status nor an error's name",
			text_quote(tsp_text_of(word), shown, sizeof(shown)));
		return status_hint(err, "statuses are 0 to 8, names begin with TSP_E");
	}
	output = context_output(data);
	output_begin(output, NULL, NULL);
	if (!status)
		output_string(output, "name", "Name", tsp_error_name(found->code));
	output_int(output, "status", "Exit status", status ? found->code : status_of(found->code));
	output_string(output, "means", "Means", found->means);
	output_string(output, "remedy", "Do", found->remedy);
	output_end(output);
	return output_finish(output);
}

const struct command explain_command = {
	.name = "explain",
	.synopsis = "STATUS | NAME",
	.summary = "say what an exit status or a named error means, and what to do",
	.args_min = 1,
	.args_max = 1,
	.run = explain_run,
};
