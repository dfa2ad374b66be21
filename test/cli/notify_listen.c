/* SPDX-License-Identifier: MIT */
/* notify_listen SOCKET: a service manager's ear. Each datagram that comes to the socket is a line. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char text[256];
	ssize_t size;
	int fd;

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	strcpy(address.sun_path, argv[1]);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		perror(argv[1]);
		return 1;
	}
	while ((size = recv(fd, text, sizeof(text), 0)) >= 0) {
		printf("%.*s\n", (int)size, text);
		fflush(stdout);
	}
	return 1;
}
