/* SPDX-License-Identifier: MIT */
/* The texts themselves: this is the one place that knows how a system runs as a service. */
#include "config.h"

#include "director/service.h"

#include <string.h>

#define BACKOFF_VERSION 254 /* of systemd: pauses between restarts may grow */

/* A text that grows; the first failure stays. */
struct page {
	struct buffer *text;
	int rc;
};

static void put(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct page *page, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (page->rc >= 0)
		page->rc = buffer_vprintf(page->text, format, args);
	va_end(args);
}

/* ---- systemd ---- */

/* The inside of a quoted word; a dollar is doubled where it begins a variable. */
static void put_quoted(struct page *page, const char *word, bool dollar)
{
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			put(page, "\\");
		if (*word == '%' || (*word == '$' && dollar))
			put(page, "%c", *word);
		put(page, "%c", *word);
	}
}

static void put_words(struct page *page, const char *key, const struct service_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		put(page, "%s=\"", key);
		put_quoted(page, list->items[i], false);
		put(page, "\"\n");
	}
}

/* Without the folder there is nothing to be run; without any other of them there is. */
static void put_paths(struct page *page, const char *key, const struct service *service,
	const struct service_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		put(page, "%s=\"%s", key, strcmp(list->items[i], service->folder) ? "-" : "");
		put_quoted(page, list->items[i], false);
		put(page, "\"\n");
	}
}

static void put_unit(struct page *page, const struct service *service)
{
	put(page,
		"# Written by " SERVICE_MARK
		" of the settings of the folder, and anew by the next;\n"
		"# 'systemctl edit %s' is the place for what is to be otherwise.\n"
		"[Unit]\n"
		"Description=Thespian, a system of actors\n"
		"Documentation=man:thespian-admin(8) man:thespian-director(1)\n"
		"Wants=network-online.target\n"
		"After=network-online.target\n"
		"StartLimitIntervalSec=0\n"
		"RequiresMountsFor=\"",
		service->name);
	put_quoted(page, service->folder, false);
	put(page, "\"\n");
}

static void put_command(struct page *page, const struct service *service)
{
	const struct service_list *arguments = &service->arguments;

	put(page, "\n[Service]\nType=notify\nNotifyAccess=main\n");
	if (service->user)
		put(page, "User=%s\nGroup=%s\n", service->user, service->group);
	put_words(page, "Environment", &service->environment);
	put(page, "ExecStart=");
	for (size_t i = 0; i < arguments->count; i++) {
		put(page, "%s", i > 0 ? " \\\n  \"" : "\"");
		put_quoted(page, arguments->items[i], i > 0);
		put(page, "\"");
	}
	put(page, "\n");
	if (service->runtime_is_made) /* other units, and callers that wait, may use it */
		put(page,
			"RuntimeDirectory=%s\nRuntimeDirectoryMode=0700\n"
			"RuntimeDirectoryPreserve=yes\n",
			service->private_name);
	put(page, "CacheDirectory=%s\nCacheDirectoryMode=0700\nUMask=0077\n",
		service->private_name);
}

static void put_life(struct page *page, const struct service *service)
{
	put(page,
		"\n"
		"WatchdogSec=30\n"
		"TimeoutStartSec=90\n"
		"TimeoutStopSec=30\n"
		"KillMode=mixed\n"
		"OOMPolicy=continue\n"
		"TasksMax=65536\n"
		"Restart=on-failure\n"
		"# wrong usage, refused: no other attempt would go better\n"
		"RestartPreventExitStatus=2 5\n");
	if (service->systemd_version != 0 && service->systemd_version < BACKOFF_VERSION)
		put(page, "RestartSec=5\n");
	else
		put(page, "RestartSec=1\nRestartSteps=6\nRestartMaxDelaySec=60\n");
}

static void put_sandbox(struct page *page, const struct service *service)
{
	put(page,
		"\n"
		"# Left out on purpose: ProtectProc, since the admin looks at who calls it. Actors that\n"
		"# make code while they run need MemoryDenyWriteExecute=no.\n"
		"NoNewPrivileges=yes\n");
	if (service->user)
		put(page, "CapabilityBoundingSet=\nRemoveIPC=yes\n");
	else
		put(page,
			"# hosts of actors run as another user\n"
			"CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_KILL\n");
	put(page,
		"ProtectSystem=strict\n"
		"ProtectHome=%s\n"
		"PrivateTmp=yes\n",
		service->homes ? "tmpfs" : "yes");
	put_paths(page, "ReadWritePaths", service, &service->writable);
	put_paths(page, "BindPaths", service, &service->shown);
	put_paths(page, "BindReadOnlyPaths", service, &service->shown_read);
	put(page,
		"PrivateDevices=yes\n"
		"DevicePolicy=closed\n"
		"ProtectClock=yes\n"
		"ProtectControlGroups=yes\n"
		"ProtectHostname=yes\n"
		"ProtectKernelLogs=yes\n"
		"ProtectKernelModules=yes\n"
		"ProtectKernelTunables=yes\n"
		"LockPersonality=yes\n"
		"MemoryDenyWriteExecute=yes\n"
		"RestrictNamespaces=yes\n"
		"RestrictRealtime=yes\n"
		"RestrictSUIDSGID=yes\n"
		"RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n"
		"SystemCallArchitectures=native\n"
		"# the compiler shuts itself in with Landlock\n"
		"SystemCallFilter=@system-service landlock_create_ruleset landlock_add_rule "
		"landlock_restrict_self\n"
		"SystemCallErrorNumber=EPERM\n");
}

static void put_systemd(struct page *page, const struct service *service)
{
	put_unit(page, service);
	put_command(page, service);
	put_life(page, service);
	put_sandbox(page, service);
	put(page, "\n[Install]\nWantedBy=multi-user.target\n");
}

/* ---- launchd ---- */

static void put_xml(struct page *page, const char *before, const char *text, const char *behind)
{
	put(page, "%s", before);
	for (; *text; text++) {
		if (*text == '&')
			put(page, "&amp;");
		else if (*text == '<')
			put(page, "&lt;");
		else if (*text == '>')
			put(page, "&gt;");
		else
			put(page, "%c", *text);
	}
	put(page, "%s", behind);
}

static void put_launchd(struct page *page, const struct service *service)
{
	put(page,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<!-- Written by " SERVICE_MARK
		" of the settings of the folder, and anew by the next. -->\n"
		"<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
		"\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
		"<plist version=\"1.0\">\n<dict>\n");
	put_xml(page, "\t<key>Label</key><string>", service->name, "</string>\n");
	if (service->user) {
		put_xml(page, "\t<key>UserName</key><string>", service->user, "</string>\n");
		put_xml(page, "\t<key>GroupName</key><string>", service->group, "</string>\n");
	}
	put(page, "\t<key>ProgramArguments</key>\n\t<array>\n");
	for (size_t i = 0; i < service->arguments.count; i++)
		put_xml(page, "\t\t<string>", service->arguments.items[i], "</string>\n");
	put(page, "\t</array>\n\t<key>EnvironmentVariables</key>\n\t<dict>\n");
	for (size_t i = 0; i < service->environment.count; i++) {
		const char *text = service->environment.items[i];
		int size = (int)strcspn(text, "=");

		put(page, "\t\t<key>%.*s</key>", size, text);
		put_xml(page, "<string>", text + size + 1, "</string>\n");
	}
	put(page,
		"\t</dict>\n"
		"\t<key>RunAtLoad</key><true/>\n"
		"\t<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>\n"
		"\t<key>ThrottleInterval</key><integer>10</integer>\n"
		"\t<key>ExitTimeOut</key><integer>30</integer>\n"
		"\t<key>Umask</key><integer>63</integer>\n");
	put_xml(page, "\t<key>StandardErrorPath</key><string>/var/log/", service->name,
		".log</string>\n");
	put(page, "</dict>\n</plist>\n");
}

/* ---- initctl ---- */

/* A word of sh, which takes all as it stands but the quote itself. */
static void put_sh(struct page *page, const char *word)
{
	put(page, "'");
	for (; *word; word++) {
		if (*word == '\'')
			put(page, "'\\''");
		else
			put(page, "%c", *word);
	}
	put(page, "'");
}

static void put_initctl(struct page *page, const struct service *service)
{
	put(page,
		"# Written by " SERVICE_MARK
		" of the settings of the folder, and anew by the next;\n"
		"# %s.override is the place for what is to be otherwise.\n"
		"description \"Thespian, a system of actors\"\n"
		"start on (filesystem and net-device-up IFACE!=lo)\n"
		"stop on runlevel [!2345]\n"
		"respawn\n"
		"respawn limit 10 300\n"
		"kill timeout 30\n"
		"umask 0077\n"
		"limit nofile 65536 65536\n"
		"console log\n",
		service->name);
	put(page, "pre-start script\n");
	if (service->runtime_is_made) {
		put(page, "\tinstall -d -m 0700 -o %s ", service->user ? service->user : "root");
		put_sh(page, service->runtime);
		put(page, "\n");
	}
	put(page, "\tinstall -d -m 0700 -o %s '/var/cache/%s'\nend script\n",
		service->user ? service->user : "root", service->private_name);
	/* not the stanza setuid, which would hold for what makes the folders, too */
	put(page, "exec ");
	if (service->user)
		put(page, "start-stop-daemon --start --chuid %s:%s --exec /usr/bin/env -- ",
			service->user, service->group);
	else
		put(page, "/usr/bin/env ");
	for (size_t i = 0; i < service->environment.count; i++) {
		put_sh(page, service->environment.items[i]);
		put(page, " ");
	}
	for (size_t i = 0; i < service->arguments.count; i++) {
		put(page, "%s", i > 0 ? " " : "");
		put_sh(page, service->arguments.items[i]);
	}
	put(page, "\n");
}

int service_text(const struct service *service, enum service_kind kind, struct buffer *text)
{
	struct page page = { .text = text };

	switch (kind) {
	case SERVICE_SYSTEMD:
		put_systemd(&page, service);
		break;
	case SERVICE_LAUNCHD:
		put_launchd(&page, service);
		break;
	case SERVICE_INITCTL:
		put_initctl(&page, service);
		break;
	}
	return page.rc;
}
