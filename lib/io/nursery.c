/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/nursery.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_child(int number)
{
	(void)number; /* interrupts ppoll, that is all */
}

/* A nursery outlives Ctrl-C, a hang-up, and the SIGTERM that systemd sends to all: it ends with its
 * control socket. */
static void prepare_signals(struct nursery *nursery)
{
	struct sigaction action = { .sa_handler = on_child, .sa_flags = SA_NOCLDSTOP };
	sigset_t blocked;

	sigemptyset(&action.sa_mask);
	sigaction(SIGCHLD, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGQUIT, &action, NULL);
	sigemptyset(&nursery->wait_mask);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
}

static int answer(const struct packet *packet)
{
	/* May wait: the admin always reads. If it is gone, the loop sees the end of the socket. */
	return packet_send(NURSERY_CONTROL, packet, 0);
}

static void answer_failed(uint64_t token, const char *what, int error)
{
	const char *cause = strerror(error);
	const char *const strings[] = { what, cause, NULL };
	struct packet packet = { .verb = PACKET_FAILED, .token = token };
	uint8_t *data = NULL;

	if (packet_join(strings, &data, &packet.size) == TSP_OK) {
		data[strlen(what)] = ' '; /* one sentence */
		packet.data = data;
	}
	answer(&packet);
	free(data);
}

/* Remembers a child and tells the admin, with a pidfd: the child is not yet reaped, so its pid
 * is its own. */
static void answer_born(
	struct nursery *nursery, uint64_t token, pid_t pid, struct nursery_child *child)
{
	struct packet packet = { .verb = PACKET_BORN, .token = token, .pid = (int)pid };
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	child->token = token;
	if (table_put(&nursery->children, (uint64_t)pid, child) < 0)
		free(child); /* its end is then reported without a token: the pid tells */
	if (pidfd < 0) {
		int error = errno;

		kill(pid, SIGKILL);
		answer_failed(token, "cannot watch the new process:", error);
		return;
	}
	packet.descriptors[0] = pidfd;
	packet.descriptor_count = 1;
	/* Too many descriptors of this user are on their way: without one the admin cannot watch it. */
	if (answer(&packet) == TSP_EBACKLOG) {
		kill(pid, SIGKILL);
		answer_failed(token, "cannot tell of the new process:", ETOOMANYREFS);
	}
	close(pidfd);
}

static bool is_valid(const struct nursery *nursery, const struct packet *packet)
{
	bool bare = nursery->module == NULL;

	if (packet_string(packet, 0) == NULL)
		return false;
	switch (packet->verb) {
	case PACKET_OPEN:
		return bare && packet->descriptor_count == 1;
	case PACKET_FORK:
		return packet->descriptor_count == 2 && packet_string(packet, 1) != NULL &&
			(!bare || (packet->flags & (PACKET_LATE_OPEN | PACKET_EXEC)) != 0);
	case PACKET_BUILD:
		return bare && packet->descriptor_count == 2;
	default:
		return false;
	}
}

static void become(struct nursery *nursery, struct packet *packet)
{
	if (packet->verb == PACKET_OPEN)
		nursery_become(nursery, packet);
	else if (packet->verb == PACKET_FORK)
		nursery_become_host(nursery, packet);
	else
		nursery_become_builder(nursery, packet);
}

void nursery_serve(struct nursery *nursery, struct packet *packet)
{
	struct nursery_child *child = NULL;
	pid_t pid;

	if (!is_valid(nursery, packet)) {
		answer_failed(packet->token, "cannot fork:", EINVAL);
		goto out;
	}
	child = malloc(sizeof(*child));
	pid = child == NULL ? -1 : fork();
	if (pid == 0) {
		setpgid(0, 0);
		become(nursery, packet);
	}
	if (pid < 0) {
		answer_failed(packet->token, "cannot fork:", errno);
		free(child);
		goto out;
	}
	setpgid(pid, pid); /* whoever comes first */
	answer_born(nursery, packet->token, pid, child);
out:
	packet_close(packet);
}

static void reap(struct nursery *nursery)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct nursery_child *child = table_take(&nursery->children, (uint64_t)pid);
		struct packet packet = {
			.verb = PACKET_ENDED,
			.token = child != NULL ? child->token : 0,
			.pid = (int)pid,
			.status = status,
		};

		answer(&packet);
		free(child);
	}
}

void nursery_loop(struct nursery *nursery)
{
	for (;;) {
		struct pollfd control = { .fd = NURSERY_CONTROL, .events = POLLIN };
		struct packet packet;
		int rc;

		reap(nursery);
		if (ppoll(&control, 1, NULL, &nursery->wait_mask) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		rc = packet_receive(NURSERY_CONTROL, nursery->buffer, &packet, MSG_DONTWAIT);
		if (rc > 0)
			nursery_serve(nursery, &packet);
		else if (rc < 0)
			return;
	}
}

int nursery_run(const struct nursery_config *config)
{
	struct nursery nursery = { .config = config };

	/* Out of the terminal's foreground group, so that Ctrl-C reaches the admin alone. */
	setpgid(0, 0);
	table_init(&nursery.children);
	nursery.buffer = malloc(PACKET_LIMIT);
	if (nursery.buffer == NULL || close_range(NURSERY_CONTROL + 1, ~0U, 0) < 0 ||
		prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) {
		free(nursery.buffer);
		return 1;
	}
	prepare_signals(&nursery);
	nursery_title(config, "nursery");
	nursery_loop(&nursery);
	close(NURSERY_CONTROL);
	nursery_end_all(&nursery);
	nursery_forget_children(&nursery);
	free(nursery.buffer);
	return 0;
}
