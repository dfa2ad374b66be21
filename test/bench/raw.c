/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "raw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench.h"

#define BATCH_LIMIT 64

int raw_pin(pid_t pid, int core, cpu_set_t *ret_before, tsp_error *err)
{
	cpu_set_t set;

	if (ret_before != NULL && sched_getaffinity(pid, sizeof(*ret_before), ret_before) < 0)
		return tsp_fail_errno(err, "ask for", "the cores");
	if (core == RAW_ANYWHERE)
		return TSP_OK;
	CPU_ZERO(&set);
	CPU_SET((size_t)core, &set);
	if (sched_setaffinity(pid, sizeof(set), &set) < 0)
		return tsp_fail_errno(err, "run on", core == 0 ? "core 0" : "core 1");
	return TSP_OK;
}

void raw_unpin(const cpu_set_t *before)
{
	(void)sched_setaffinity(0, sizeof(*before), before); /* it was so before */
}

bool raw_read(int fd, uint8_t *bytes, size_t size)
{
	size_t at = 0;

	while (at < size) {
		ssize_t got = read(fd, bytes + at, size - at);

		if (got <= 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

bool raw_write(int fd, const uint8_t *bytes, size_t size)
{
	size_t at = 0;

	while (at < size) {
		ssize_t put = send(fd, bytes + at, size - at, MSG_NOSIGNAL);

		if (put <= 0)
			return false;
		at += (size_t)put;
	}
	return true;
}

static void echo(int fd)
{
	uint8_t frame[BENCH_FRAME];

	while (raw_read(fd, frame, sizeof(frame)) && raw_write(fd, frame, sizeof(frame)))
		;
}

/* Counts frames until there are no more, then says so. */
static void drain(int fd)
{
	static uint8_t bytes[64 * 1024];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
	(void)raw_write(fd, bytes, 1);
}

static void hello(int fd)
{
	uint8_t frame[BENCH_FRAME] = { 0 };

	(void)raw_write(fd, frame, sizeof(frame));
}

/* A child that does its part at the other end of a socketpair, and exits. */
static int start(void (*part)(int fd), int core, pid_t *ret_pid, int *ret_fd, tsp_error *err)
{
	int ends[2];
	pid_t pid = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return tsp_fail_errno(err, "make", "a socketpair");
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		if (raw_pin(0, core, NULL, NULL) == TSP_OK)
			part(ends[1]);
		_exit(0);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return tsp_fail_errno(err, "start", "a process");
	}
	*ret_pid = pid;
	*ret_fd = ends[0];
	return TSP_OK;
}

static void await(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int raw_round_trip(int here, int there, int count, double *ret_us, tsp_error *err)
{
	uint8_t frame[BENCH_FRAME] = { 0 };
	cpu_set_t before;
	clock_ns begin;
	pid_t pid = 0;
	bool whole = true;
	int fd, i;
	int rc = raw_pin(0, here, &before, err);

	if (rc == TSP_OK)
		rc = start(echo, there, &pid, &fd, err);
	if (rc < 0)
		return rc;
	for (i = 0; i < 100 && whole; i++) /* until both run and are warm */
		whole = raw_write(fd, frame, sizeof(frame)) && raw_read(fd, frame, sizeof(frame));
	begin = clock_read();
	for (i = 0; i < count && whole; i++)
		whole = raw_write(fd, frame, sizeof(frame)) && raw_read(fd, frame, sizeof(frame));
	*ret_us = (double)(clock_read() - begin) / 1e3 / count;
	close(fd);
	await(pid);
	raw_unpin(&before);
	return whole ? TSP_OK :
		       tsp_fail(err, TSP_EFAILED, "cannot pass frames: the other side ended");
}

int raw_flow(int batch, int count, double *ret_rate, tsp_error *err)
{
	static uint8_t frames[BATCH_LIMIT * BENCH_FRAME];
	clock_ns begin;
	uint8_t done;
	pid_t pid = 0;
	bool whole = true;
	int fd, i;
	int rc = start(drain, RAW_ANYWHERE, &pid, &fd, err);

	if (rc < 0)
		return rc;
	begin = clock_read();
	for (i = 0; i < count && whole; i += batch)
		whole = raw_write(fd, frames, (size_t)batch * BENCH_FRAME);
	(void)shutdown(fd, SHUT_WR);
	whole = whole && raw_read(fd, &done, 1);
	*ret_rate = i / ((double)(clock_read() - begin) / 1e9);
	close(fd);
	await(pid);
	return whole ? TSP_OK :
		       tsp_fail(err, TSP_EFAILED, "cannot pass frames: the other side ended");
}

static void unload(int fd)
{
	size_t size = 0;
	uint8_t *bytes;

	if (!raw_read(fd, (uint8_t *)&size, sizeof(size)))
		return;
	bytes = malloc(size);
	while (bytes != NULL && raw_read(fd, bytes, size))
		;
	if (bytes != NULL)
		(void)raw_write(fd, bytes, 1);
	free(bytes);
}

int raw_bulk(size_t size, int count, double *ret_rate, tsp_error *err)
{
	uint8_t *bytes = malloc(size);
	clock_ns begin;
	uint8_t done;
	pid_t pid = 0;
	bool whole;
	int fd, i;
	int rc;

	if (bytes == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	memset(bytes, 'x', size);
	rc = start(unload, RAW_ANYWHERE, &pid, &fd, err);
	if (rc < 0) {
		free(bytes);
		return rc;
	}
	whole = raw_write(fd, (const uint8_t *)&size, sizeof(size)) && raw_write(fd, bytes, size);
	begin = clock_read();
	for (i = 0; i < count && whole; i++)
		whole = raw_write(fd, bytes, size);
	(void)shutdown(fd, SHUT_WR);
	whole = whole && raw_read(fd, &done, 1);
	*ret_rate = (double)size * count / ((double)(clock_read() - begin) / 1e9);
	close(fd);
	free(bytes);
	await(pid);
	return whole ? TSP_OK :
		       tsp_fail(err, TSP_EFAILED, "cannot pass messages: the other side ended");
}

int raw_birth(int count, double *ret_us, tsp_error *err)
{
	uint8_t frame[BENCH_FRAME];
	clock_ns begin = clock_read();
	int i;

	for (i = 0; i < count; i++) {
		pid_t pid = 0;
		int fd;
		int rc = start(hello, RAW_ANYWHERE, &pid, &fd, err);

		if (rc < 0)
			return rc;
		if (!raw_read(fd, frame, sizeof(frame)))
			rc = tsp_fail(err, TSP_EFAILED, "cannot start a process: it says nothing");
		close(fd);
		await(pid);
		if (rc < 0)
			return rc;
	}
	*ret_us = (double)(clock_read() - begin) / 1e3 / count;
	return TSP_OK;
}
