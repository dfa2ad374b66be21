/* SPDX-License-Identifier: MIT */
/* What a link between systems costs bare: frames over TCP on loopback, and the cipher alone. */
#include "config.h"

#include "raw.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench.h"

#define WARM   100
#define RECORD (16 * 1024)

static int no_delay(int fd)
{
	int on = 1;

	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* The far end: connects, and sends each frame back. */
static void echo(const struct sockaddr_in *address)
{
	uint8_t frame[BENCH_FRAME];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 || no_delay(fd) < 0)
		return;
	while (raw_read(fd, frame, sizeof(frame)) && raw_write(fd, frame, sizeof(frame)))
		;
}

static int listen_here(struct sockaddr_in *ret_address, int *ret_fd, tsp_error *err)
{
	socklen_t size = sizeof(*ret_address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*ret_address = (struct sockaddr_in){ .sin_family = AF_INET };
	ret_address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)ret_address, size) < 0 || listen(fd, 1) < 0 ||
		getsockname(fd, (struct sockaddr *)ret_address, &size) < 0) {
		int rc = tsp_fail_errno(err, "listen at", "loopback");

		if (fd >= 0)
			close(fd);
		return rc;
	}
	*ret_fd = fd;
	return TSP_OK;
}

static bool pass(int fd, int count)
{
	uint8_t frame[BENCH_FRAME] = { 0 };
	bool whole = true;

	for (int i = 0; i < count && whole; i++)
		whole = raw_write(fd, frame, sizeof(frame)) && raw_read(fd, frame, sizeof(frame));
	return whole;
}

int raw_tcp_round_trip(int count, double *ret_us, tsp_error *err)
{
	struct sockaddr_in address;
	clock_ns begin;
	bool whole;
	pid_t pid;
	int listener = -1, fd;
	int rc = listen_here(&address, &listener, err);

	if (rc < 0)
		return rc;
	pid = fork();
	if (pid == 0) {
		echo(&address);
		_exit(0);
	}
	if (pid < 0) {
		rc = tsp_fail_errno(err, "start", "a process");
		close(listener);
		return rc;
	}
	fd = accept(listener, NULL, NULL);
	close(listener);
	whole = fd >= 0 && no_delay(fd) == 0 && pass(fd, WARM);
	begin = clock_read();
	whole = whole && pass(fd, count);
	*ret_us = (double)(clock_read() - begin) / 1e3 / count;
	if (fd >= 0)
		close(fd);
	(void)waitpid(pid, NULL, 0);
	return whole ? TSP_OK : tsp_fail(err, TSP_EFAILED, "cannot pass frames over TCP");
}

int raw_seal(size_t bytes, double *ret_rate, tsp_error *err)
{
	static uint8_t record[RECORD], sealed[RECORD + crypto_aead_chacha20poly1305_IETF_ABYTES];
	uint8_t key[crypto_aead_chacha20poly1305_IETF_KEYBYTES];
	uint8_t nonce[crypto_aead_chacha20poly1305_IETF_NPUBBYTES] = { 0 };
	clock_ns begin;

	if (sodium_init() < 0)
		return tsp_fail(err, TSP_EFAILED, "cannot use libsodium");
	randombytes_buf(key, sizeof(key));
	begin = clock_read();
	for (size_t at = 0; at < bytes; at += RECORD) {
		sodium_increment(nonce, sizeof(nonce));
		(void)crypto_aead_chacha20poly1305_ietf_encrypt(
			sealed, NULL, record, sizeof(record), NULL, 0, NULL, nonce, key);
	}
	*ret_rate = (double)bytes / ((double)(clock_read() - begin) / 1e9);
	return TSP_OK;
}
