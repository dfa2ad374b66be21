/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/log_process.h"

int log_packet_put(struct buffer *buffer, tsp_builder *builder)
{
	uint8_t head[LOG_PACKET_HEAD];
	size_t before = buffer->size;
	tsp_value value;
	int rc = tsp_builder_value(builder, &value);
	int i;

	if (rc == TSP_OK && value.size > LOG_PACKET_LIMIT)
		rc = TSP_ETOOBIG;
	if (rc < 0)
		return rc;
	for (i = 0; i < LOG_PACKET_HEAD; i++)
		head[i] = (uint8_t)(value.size >> (8 * i));
	rc = buffer_put(buffer, head, sizeof(head));
	if (rc == TSP_OK)
		rc = buffer_put(buffer, value.data, value.size);
	if (rc < 0)
		buffer->size = before;
	return rc;
}

long log_packet_get(const uint8_t *bytes, size_t size, tsp_value *ret_value)
{
	size_t length = 0;
	int i;

	if (size < LOG_PACKET_HEAD)
		return 0;
	for (i = 0; i < LOG_PACKET_HEAD; i++)
		length |= (size_t)bytes[i] << (8 * i);
	if (length > LOG_PACKET_LIMIT)
		return TSP_EPROTOCOL;
	if (size - LOG_PACKET_HEAD < length)
		return 0;
	if (tsp_value_check(bytes + LOG_PACKET_HEAD, length) < 0)
		return TSP_EPROTOCOL;
	*ret_value = (tsp_value){ bytes + LOG_PACKET_HEAD, length };
	return (long)(LOG_PACKET_HEAD + length);
}
