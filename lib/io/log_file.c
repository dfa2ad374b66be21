/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/log_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define LOG_SIZE_DEFAULT 51200
#define LOG_LINE	 2048
#define LOG_TEXT	 2048

static int read_threshold(struct log_file *log, tsp_error *err)
{
	const char *text = getenv("THESPLOG_THRESHOLD");
	int level;

	log->threshold = LOG_LEVEL_WARNING;
	if (text == NULL || text[0] == '\0')
		return TSP_OK;
	for (level = LOG_LEVEL_DEBUG; level <= LOG_LEVEL_CRITICAL; level++) {
		if (strcasecmp(text, log_level_name((enum log_level)level)) == 0) {
			log->threshold = (enum log_level)level;
			return TSP_OK;
		}
	}
	return tsp_fail(err, TSP_EUSAGE,
		"cannot use THESPLOG_THRESHOLD '%s': it is not one of debug, info, warning, error, critical",
		text);
}

static int read_limit(struct log_file *log, tsp_error *err)
{
	const char *text = getenv("THESPLOG_FILE_MAXSIZE");
	int64_t limit = LOG_SIZE_DEFAULT;

	if (text != NULL && text[0] != '\0' && text_to_int(text, 0, (int64_t)1 << 40, &limit) < 0)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot use THESPLOG_FILE_MAXSIZE '%s': not a number of bytes", text);
	log->limit = (size_t)limit;
	return TSP_OK;
}

static int open_file(struct log_file *log)
{
	struct stat st;

	log->fd = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
	if (log->fd < 0)
		return TSP_EIO;
	log->is_regular = fstat(log->fd, &st) == 0 && S_ISREG(st.st_mode);
	log->size = log->is_regular ? (size_t)st.st_size : 0;
	return TSP_OK;
}

int log_file_open(struct log_file *log, const char *path, FILE *stream, tsp_error *err)
{
	const char *own = getenv("THESPLOG_FILE");
	int rc;

	memset(log, 0, sizeof(*log));
	log->fd = -1;
	log->stream = stream;
	rc = read_threshold(log, err);
	if (rc == TSP_OK)
		rc = read_limit(log, err);
	if (rc < 0)
		return rc;
	if (own != NULL && own[0] != '\0')
		path = own;
	if (path == NULL)
		return TSP_OK;
	log->path = realpath(path, NULL); /* the process may change its folder */
	if (log->path == NULL) {
		char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);

		log->path = here != NULL ? file_join(here, path) : strdup(path);
		free(here);
	}
	if (log->path == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	log->on = log->limit >= LOG_FILE_LEAST;
	if (log->on)
		(void)open_file(log); /* tried again with each line */
	return TSP_OK;
}

void log_file_close(struct log_file *log)
{
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
	free(log->path);
	log->path = NULL;
}

/* What cannot move aside begins anew where it is: it may not grow. */
static void rotate(struct log_file *log)
{
	char *old = text_format("%s.old", log->path);
	bool moved = old != NULL && rename(log->path, old) == 0;

	free(old);
	if (!moved) {
		if (ftruncate(log->fd, 0) == 0)
			log->size = 0;
		return;
	}
	close(log->fd);
	log->fd = -1;
	open_file(log);
}

/* Switches the file: on, with a limit of its own (0: as it is), or off. */
static void switch_file(struct log_file *log, bool on, size_t limit)
{
	if (limit != 0)
		log->limit = limit;
	else if (on && log->limit < LOG_FILE_LEAST)
		log->limit = LOG_SIZE_DEFAULT;
	log->on = on && log->path != NULL;
	if (log->on || log->fd < 0)
		return;
	close(log->fd);
	log->fd = -1;
}

void log_file_change(struct log_file *log, const struct log_change *change)
{
	if (change->has_threshold)
		log->threshold = change->threshold;
	if (change->file >= 0)
		switch_file(log, change->file > 0,
			change->file >= LOG_FILE_LEAST ? (size_t)change->file : 0);
}

void log_file_record(struct log_file *log, const struct log_record *record)
{
	tsp_text class_name = record->class_name;
	char address[TSP_ADDRESS_TEXT];
	char text[LOG_TEXT];

	if (class_name.data == NULL)
		class_name = TSP_TEXT("actor");
	if (tsp_address_is_nobody(record->actor))
		snprintf(text, sizeof(text), "%.*s", (int)record->text.size, record->text.data);
	else
		snprintf(text, sizeof(text), "%.*s %s: %.*s", (int)class_name.size, class_name.data,
			tsp_address_text(record->actor, address), (int)record->text.size,
			record->text.data);
	log_file_write(log, record->level, text_mend(text));
}

void log_file_write(void *data, enum log_level level, const char *text)
{
	struct log_file *log = data;

	if (level >= log->threshold)
		log_file_tell(log, level, (long)getpid(), text);
}

void log_file_tell(struct log_file *log, enum log_level level, long pid, const char *text)
{
	char shown[LOG_LINE];
	char line[LOG_LINE + 80];
	char when[24];
	struct timespec now;
	struct tm utc;
	int size;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &utc);
	text_quote(tsp_text_of(text), shown, sizeof(shown));
	size = snprintf(line, sizeof(line), "%s.%03ldZ p%ld %s %s\n", when, now.tv_nsec / 1000000,
		pid, log_level_name(level), shown);
	if (size < 0)
		return;
	if (log->stream != NULL) {
		fputs(line, log->stream);
		fflush(log->stream);
	}
	/* One that could not be opened after it had moved aside is tried again. */
	if (!log->on || (log->fd < 0 && open_file(log) < 0))
		return;
	if (log->is_regular && log->size > 0 && log->size + (size_t)size > log->limit)
		rotate(log);
	if (log->fd >= 0 && file_write_all(log->fd, line, (size_t)size) == TSP_OK)
		log->size += (size_t)size;
}
