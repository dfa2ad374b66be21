/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "test/fuzz/fuzz.h"

#include <string.h>

#include "wire/frame.h"

const char fuzz_corpus[] = "frame";

static void read_runs(const uint8_t *bytes, size_t size)
{
	struct buffer again;
	struct done done;
	size_t at = 0;
	size_t from = 0;
	int rc;

	buffer_init(&again, FRAME_LIMIT);
	while ((rc = done_get(bytes, size, &at, &done)) > 0) {
		FUZZ_CHECK(at > from && at <= size);
		FUZZ_CHECK(done.count > 0 && done.text.size <= 4096);
		FUZZ_CHECK(done_put(&again, &done) == TSP_OK);
		FUZZ_CHECK(again.size == at && memcmp(again.data, bytes, at) == 0);
		from = at;
	}
	FUZZ_CHECK(rc == TSP_EPROTOCOL || (rc == 0 && at == size));
	buffer_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct buffer again;
	struct frame frame;
	size_t need = 0;
	long step;

	read_runs(bytes, size);
	buffer_init(&again, 2 * FRAME_LIMIT);
	while ((step = frame_get(bytes, size, FRAME_LIMIT, &frame, &need)) > 0) {
		FUZZ_CHECK((size_t)step <= size && frame.body_size == (size_t)step - FRAME_HEADER);
		again.size = 0;
		FUZZ_CHECK(frame_put(&again, &frame) == TSP_OK);
		FUZZ_CHECK(
			again.size == (size_t)step && memcmp(again.data, bytes, again.size) == 0);
		if (frame.kind == FRAME_DONE)
			read_runs(frame.body, frame.body_size);
		bytes += step;
		size -= (size_t)step;
	}
	FUZZ_CHECK(step == 0 ? need == 0 || need > size : step == TSP_EPROTOCOL);
	buffer_clear(&again);
	return 0;
}
