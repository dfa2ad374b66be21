/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/loader.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "source/target.h"

#define CACHE	    "/etc/ld.so.cache"
#define CACHE_LIMIT ((size_t)16 << 20)
#define MAGIC	    "glibc-ld.so.cache1.1"
#define NAME_LIMIT  255

/* What a search works on; elf is of the bytes. */
struct search {
	const char *name;
	struct buffer *into;
	struct elf *elf;
};

/* ---- glibc's cache ------------------------------------------------------------------------------- */

struct cache_header {
	char magic[sizeof(MAGIC) - 1];
	uint32_t count;
	uint32_t others[6];
};

struct cache_entry {
	int32_t flags;
	uint32_t key; /* these two from the magic on */
	uint32_t value;
	uint32_t system;
	uint64_t processor; /* 0: any */
};

const char *loader_cached(const struct buffer *cache, const char *name, size_t index)
{
	/* an older part may come before it */
	const uint8_t *start =
		cache->size ? memmem(cache->data, cache->size, MAGIC, sizeof(MAGIC) - 1) : NULL;
	size_t size = start ? cache->size - (size_t)(start - cache->data) : 0;
	struct cache_header header;
	struct cache_entry entry;

	if (size < sizeof(header))
		return NULL;
	memcpy(&header, start, sizeof(header));
	for (size_t i = 0; i < header.count && i < (size - sizeof(header)) / sizeof(entry); i++) {
		memcpy(&entry, start + sizeof(header) + i * sizeof(entry), sizeof(entry));
		if (entry.processor != 0 || entry.key >= size || entry.value >= size ||
			strcmp((const char *)start + entry.key, name) != 0 || index-- > 0)
			continue;
		return (const char *)start + entry.value;
	}
	return NULL;
}

/* ---- Searching ----------------------------------------------------------------------------------- */

/* Of another kind of machine are many: they are passed over, as the loader does. */
static bool read_at(const struct search *search, const char *path)
{
	buffer_clear(search->into);
	return file_read(path, search->into, NULL) == 0 &&
		elf_open(search->into->data, search->into->size, search->elf, NULL) == 0;
}

static bool read_in(const struct search *search, const char *folder)
{
	char *path = file_join(folder, search->name);
	bool found = path && read_at(search, path);

	free(path);
	return found;
}

/* LD_LIBRARY_PATH, of which the loader takes none either where rights were gained. */
static bool search_variable(const struct search *search)
{
	const char *said = secure_getenv("LD_LIBRARY_PATH");
	char *folders = said ? strdup(said) : NULL;
	char *rest = folders;
	bool found = false;

	while (rest && !found) {
		const char *folder = strsep(&rest, ":;");
		found = folder[0] == '/' && read_in(search, folder);
	}
	free(folders);
	return found;
}

static bool search_cache(const struct search *search)
{
	struct buffer cache;
	const char *path;
	bool found = false;

	buffer_init(&cache, CACHE_LIMIT);
	if (file_read(CACHE, &cache, NULL) == 0 && buffer_put(&cache, "", 1) == 0)
		for (size_t i = 0;
			!found && (path = loader_cached(&cache, search->name, i)) != NULL; i++)
			found = path[0] == '/' && read_at(search, path);
	buffer_clear(&cache);
	return found;
}

static bool search_defaults(const struct search *search)
{
	static const char *const folders[] = { "/lib64", "/usr/lib64", "/lib", "/usr/lib",
		"/usr/local/lib" };
	char *multiarch = text_format("/usr/lib/%s", target_name());
	bool found = multiarch &&
		(read_in(search, multiarch + strlen("/usr")) || read_in(search, multiarch));

	for (size_t i = 0; !found && i < sizeof(folders) / sizeof(folders[0]); i++)
		found = read_in(search, folders[i]);
	free(multiarch);
	return found;
}

int loader_read(const char *name, struct buffer *into, struct elf *ret_elf, tsp_error *err)
{
	const struct search search = { name, into, ret_elf };
	char quoted[120];

	if (strlen(name) <= NAME_LIMIT && !strchr(name, '/') &&
		(search_variable(&search) || search_cache(&search) || search_defaults(&search)))
		return 0;
	return tsp_fail(err, TSP_EVALUE, "library '%s' is not here",
		text_quote(tsp_text_of(name), quoted, sizeof(quoted)));
}
