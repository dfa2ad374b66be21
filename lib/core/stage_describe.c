/* SPDX-License-Identifier: MIT */
/* What is in work, written without stdio and malloc: it is called in a signal handler. */
#include "config.h"

#include "core/cell.h"

struct sink {
	char *out;
	size_t size;
	size_t used;
};

static void put_char(struct sink *sink, char c)
{
	if (sink->used + 1 < sink->size)
		sink->out[sink->used++] = c;
}

static void put_text(struct sink *sink, tsp_text text)
{
	size_t i;

	for (i = 0; i < text.size; i++)
		put_char(sink, text.data[i] >= ' ' && text.data[i] < 0x7f ? text.data[i] : '?');
}

static void put_string(struct sink *sink, const char *text)
{
	while (*text != '\0')
		put_char(sink, *text++);
}

static void put_number(struct sink *sink, uint64_t number, unsigned base)
{
	char digits[24];
	size_t count = 0;

	do {
		digits[count++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number > 0);
	while (count > 0)
		put_char(sink, digits[--count]);
}

static void put_address(struct sink *sink, const struct stage *stage, uint64_t number)
{
	put_char(sink, '@');
	put_number(sink, stage->system, 16);
	put_char(sink, '.');
	put_number(sink, number, 16);
}

static void put_work(struct sink *sink, const struct stage *stage, clock_ns now)
{
	const struct tsp_message *message = stage->message;
	clock_ns since = atomic_load_explicit(&stage->page->since_ns, memory_order_relaxed);

	put_string(sink, ", in work ");
	put_address(sink, stage, stage->current->number);
	put_char(sink, ' ');
	put_string(sink, stage->current->class->name);
	put_string(sink, message != NULL ? " on " : " itself");
	if (message != NULL)
		put_text(sink, message->type);
	put_string(sink, " for ");
	put_number(sink, now > since ? (uint64_t)((now - since) / CLOCK_MS) : 0, 10);
	put_string(sink, " ms");
}

void stage_describe(const struct stage *stage, clock_ns now, char *out, size_t size)
{
	struct sink sink = { out, size, 0 };

	if (size == 0)
		return;
	put_string(&sink, "actors ");
	put_number(&sink, stage->count, 10);
	put_string(&sink, ", waiting ");
	put_number(&sink, stage->waiting, 10);
	put_string(&sink, ", handled ");
	put_number(&sink, stage->handled, 10);
	if (stage->current != NULL) {
		put_work(&sink, stage, now);
	} else {
		put_string(&sink, ", idle");
		/* of one actor it is known without looking into what may be changing now */
		if (stage->first_class != NULL && stage->count == 1) {
			put_char(&sink, ' ');
			put_address(&sink, stage, stage->first_number);
			put_char(&sink, ' ');
			put_string(&sink, stage->first_class);
		}
	}
	out[sink.used] = '\0';
}
