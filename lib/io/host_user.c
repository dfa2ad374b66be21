/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/host_user.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "io/environment.h"
#include "source/sandbox.h"

#define ID_MOST ((int64_t)UINT32_MAX - 1) /* the last one means: as it is */

/* ---- Who ---- */

static void take_entry(const struct passwd *entry, struct host_user *user)
{
	user->uid = entry->pw_uid;
	user->gid = entry->pw_gid;
	snprintf(user->name, sizeof(user->name), "%s", entry->pw_name);
	if (entry->pw_dir[0] == '/' && strlen(entry->pw_dir) < sizeof(user->home))
		snprintf(user->home, sizeof(user->home), "%s", entry->pw_dir);
}

/* The group of a number without an entry is nobody's: the one of that number may be anybody's. */
static int take_number(uid_t uid, struct host_user *user, tsp_error *err)
{
	const struct passwd *entry = getpwuid(uid);

	if (entry != NULL) {
		take_entry(entry, user);
		return TSP_OK;
	}
	user->uid = uid;
	user->gid = getegid();
	snprintf(user->name, sizeof(user->name), "%lu", (unsigned long)uid);
	if (uid == geteuid())
		return TSP_OK;
	entry = getpwnam(HOST_USER_NOBODY);
	if (entry == NULL)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot run hosts as '%lu': it has no group, nor is there a user '"
			HOST_USER_NOBODY "', whose it could be",
			(unsigned long)uid);
	user->gid = entry->pw_gid;
	return TSP_OK;
}

static int fail_unknown(const char *name, tsp_error *err)
{
	char shown[4 * HOST_USER_NAME];

	return tsp_fail(err, TSP_EUSAGE,
		"cannot run hosts as '%s': there is no such user\n"
		"hint: make one, or name another in the capability '" HOST_USER_CAPABILITY "'",
		text_quote(tsp_text_of(name), shown, sizeof(shown)));
}

static int take_name(tsp_text text, struct host_user *user, tsp_error *err)
{
	char name[HOST_USER_NAME];
	const struct passwd *entry = NULL;

	snprintf(name, sizeof(name), "%.*s", (int)text.size, text.data);
	if (text.size > 0 && text.size < sizeof(name))
		entry = getpwnam(name);
	if (entry == NULL)
		return fail_unknown(name, err);
	take_entry(entry, user);
	return TSP_OK;
}

/* A user of that name who is root in disguise is not taken unasked. */
static int take_default(struct host_user *user, tsp_error *err)
{
	static const char *const names[] = { HOST_USER_OWN, HOST_USER_NOBODY };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (take_name(tsp_text_of(names[i]), user, NULL) == TSP_OK && user->uid != 0)
			return TSP_OK;
	return fail_unknown(HOST_USER_OWN, err);
}

int host_user_find(tsp_value wish, struct host_user *ret_user, tsp_error *err)
{
	struct host_user user = { .home = "/" };
	bool is_wished = tsp_value_kind(wish) > TSP_KIND_NULL;
	tsp_text name;
	int64_t number;
	int rc = TSP_OK;

	if (!is_wished && geteuid() == 0)
		rc = take_default(&user, err);
	else if (!is_wished)
		rc = take_number(geteuid(), &user, err);
	else if (tsp_value_text(wish, &name))
		rc = take_name(name, &user, err);
	else if (tsp_value_int(wish, &number) && number >= 0 && number < ID_MOST)
		rc = take_number((uid_t)number, &user, err);
	else
		rc = tsp_fail(err, TSP_EUSAGE,
			"cannot use the capability '" HOST_USER_CAPABILITY
			"': it is neither a name nor a number of a user");
	if (rc < 0)
		return rc;
	if (geteuid() != 0 && user.uid != geteuid())
		return tsp_fail(err, TSP_EUSAGE,
			"cannot run hosts as '%s': only root can\n"
			"hint: start the system as root, or without the capability '"
			HOST_USER_CAPABILITY "'",
			user.name);
	user.apart = user.uid != geteuid();
	*ret_user = user;
	return TSP_OK;
}

char *host_user_print(const struct host_user *user, char out[HOST_USER_TEXT])
{
	if (user->apart)
		snprintf(out, HOST_USER_TEXT, "%lu:%lu:%s:%s", (unsigned long)user->uid,
			(unsigned long)user->gid, user->name, user->home);
	else
		snprintf(out, HOST_USER_TEXT, "-");
	return out;
}

/* The next part of a text, up to a colon or, the last one, its end; NULL where it is too long. */
static const char *take_part(const char *text, bool last, char *out, size_t size)
{
	size_t length = last ? strlen(text) : strcspn(text, ":");

	if (length >= size || (!last && text[length] == '\0'))
		return NULL;
	memcpy(out, text, length);
	out[length] = '\0';
	return text + length + (last ? 0 : 1);
}

int host_user_parse(const char *text, struct host_user *ret_user)
{
	struct host_user user = { .apart = true };
	char uid_text[12];
	char gid_text[12];
	int64_t uid;
	int64_t gid;

	if (strcmp(text, "-") == 0) {
		*ret_user = (struct host_user){ .apart = false };
		return TSP_OK;
	}
	text = take_part(text, false, uid_text, sizeof(uid_text));
	if (text != NULL)
		text = take_part(text, false, gid_text, sizeof(gid_text));
	if (text != NULL)
		text = take_part(text, false, user.name, sizeof(user.name));
	if (text != NULL)
		text = take_part(text, true, user.home, sizeof(user.home));
	if (text == NULL || text_to_int(uid_text, 1, ID_MOST - 1, &uid) < 0 ||
		text_to_int(gid_text, 0, ID_MOST - 1, &gid) < 0)
		return TSP_EVALUE;
	user.uid = (uid_t)uid;
	user.gid = (gid_t)gid;
	*ret_user = user;
	return TSP_OK;
}

/* ---- Becoming it ---- */

/* What setresuid leaves where somebody told the kernel not to take rights away with the user. */
static int drop_rights(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

	memset(none, 0, sizeof(none));
	return (int)syscall(SYS_capset, &head, none);
}

/* Each way back that there is, and none may be open. */
static bool is_for_good(const struct host_user *user)
{
	const uid_t no_uid = (uid_t)-1;
	const gid_t no_gid = (gid_t)-1;
	uid_t uid[3] = { 0, 0, 0 };
	gid_t gid[3] = { 0, 0, 0 };

	if (setresuid(no_uid, 0, no_uid) == 0 || setresuid(0, no_uid, no_uid) == 0 ||
		(user->gid != 0 && setresgid(no_gid, 0, no_gid) == 0) || setgroups(0, NULL) == 0)
		return false;
	return getresuid(&uid[0], &uid[1], &uid[2]) == 0 &&
		getresgid(&gid[0], &gid[1], &gid[2]) == 0 && getgroups(0, NULL) == 0 &&
		uid[0] == user->uid && uid[1] == user->uid && uid[2] == user->uid &&
		gid[0] == user->gid && gid[1] == user->gid && gid[2] == user->gid;
}

int host_user_become(const struct host_user *user, tsp_error *err)
{
	if (!user->apart)
		return TSP_OK;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || setgroups(0, NULL) < 0 ||
		setresgid(user->gid, user->gid, user->gid) < 0 ||
		setresuid(user->uid, user->uid, user->uid) < 0 || drop_rights() < 0 ||
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || sandbox_hold_signals() < 0)
		return tsp_fail(err, TSP_EPERM, "cannot become user %lu, who hosts run as: %s",
			(unsigned long)user->uid, strerror(errno));
	if (!is_for_good(user))
		return tsp_fail(err, TSP_EPERM,
			"cannot become user %lu, who hosts run as: there would be a way back",
			(unsigned long)user->uid);
	environment_scrub();
	/* what an actor starts would look for its files where it may not; without memory it does */
	(void)setenv("HOME", user->home, 1);
	(void)setenv("USER", user->name, 1);
	(void)setenv("LOGNAME", user->name, 1);
	return TSP_OK;
}
