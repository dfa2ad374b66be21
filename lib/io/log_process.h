/* SPDX-License-Identifier: MIT */
/*
 * The process that writes the normal log: exec'd by the admin as `thespian-host --log` with a stream
 * as descriptor 3. What comes there are packets: four bytes of size (little-endian) and a value. The
 * first is {definitions, folder, system}, each further one a record (wire/log_record.h). What goes
 * back are packets with a text: what does not work, for the internal log.
 *
 * It ends when the stream does and all of it is written; when its parent dies, a second later at most.
 */
#ifndef TSP_IO_LOG_PROCESS_H
#define TSP_IO_LOG_PROCESS_H

#include "base/buffer.h"
#include "base/error.h"

#define LOG_PACKET_HEAD	 4
#define LOG_PACKET_LIMIT ((size_t)256 * 1024)

/* Appends a packet with the builder's value; unchanged on failure. */
int log_packet_put(struct buffer *buffer, tsp_builder *builder);
/* Size of the packet at bytes, 0: more is to come, TSP_EPROTOCOL. */
long log_packet_get(const uint8_t *bytes, size_t size, tsp_value *ret_value);

/* Returns an exit status. */
int log_process_run(int fd);

#endif
