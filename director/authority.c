/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "director/actor.h"
#include "director/audit.h"
#include "source/archive.h"
#include "source/manifest.h"

struct authority {
	char *folder;
};

/* What source.json says must be what was signed in the comment. */
static int check_contents(const struct package *package, tsp_error *err)
{
	struct archive archive = { 0 };
	struct manifest manifest = { 0 };
	int rc = archive_read(
		package->zip, package->zip_size, &archive_default_limits, &archive, err);

	if (rc >= 0)
		rc = manifest_read_archive(&archive, &manifest, err);
	if (rc >= 0 &&
		(strcmp(manifest.group, package->group) != 0 ||
			strcmp(manifest.version, package->version) != 0 ||
			manifest.runtime != package->runtime))
		rc = tsp_fail(err, TSP_EREJECTED, "source.json is of %s %s, the signature of %s %s",
			manifest.group, manifest.version, package->group, package->version);
	else if (rc >= 0 && package->runtime > PACKAGE_RUNTIME)
		rc = tsp_fail(err, TSP_EREJECTED, "it needs runtime level %d, this is %d",
			package->runtime, PACKAGE_RUNTIME);
	else if (rc < 0)
		rc = TSP_EREJECTED;
	manifest_clear(&manifest);
	archive_clear(&archive);
	return rc;
}

static int judge(const char *folder, const void *bytes, size_t size, struct package *package,
	struct trust *trust, tsp_error *err)
{
	int rc = package_read(bytes, size, package, err);

	if (rc >= 0)
		rc = trust_open(folder, trust, err); /* anew each time: keys and rules come and go */
	if (rc >= 0)
		rc = trust_verify(trust, package, err);
	return rc < 0 ? rc : check_contents(package, err);
}

static int on_validate(tsp_actor *self, const tsp_message *message)
{
	const struct authority *authority = tsp_state(self);
	struct trust trust = { 0 };
	struct package package = { 0 };
	tsp_error err = { 0 };
	tsp_text bytes = { 0 };
	char *hash = tsp_text_copy(tsp_get_text(message, "sourceHash"));
	int rc;

	if (!hash || !tsp_value_bytes(tsp_get(message, "sourceData"), &bytes)) {
		free(hash);
		return tsp_fail_text(self, TSP_EVALUE, "not a source to validate");
	}
	rc = judge(authority->folder, bytes.data, bytes.size, &package, &trust, &err);
	if (audit_write(authority->folder, rc < 0 ? "refused" : "accepted",
		    package.group[0] ? &package : NULL, hash, rc < 0 ? err.text : NULL, NULL) < 0)
		tsp_log(self, "error", "cannot write '%s/audit.log'", authority->folder);
	if (rc < 0) {
		tsp_log(self, "warning", "source %.12s refused: %s", hash, err.text);
		rc = tsp_validated_source(self, hash, NULL, 0, rc, err.text);
	} else {
		rc = tsp_validated_source(self, hash, package.zip, package.zip_size, 0, NULL);
	}
	trust_clear(&trust);
	free(hash);
	return rc;
}

static int authority_receive(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)sender; /* only the system's word counts */
	if (tsp_message_is_system(message) && tsp_message_is(message, "ValidateSource"))
		return on_validate(self, message);
	return TSP_OK;
}

static int authority_init(tsp_actor *self, tsp_value argument)
{
	struct authority *authority = tsp_state(self);
	tsp_error err = { 0 };
	tsp_text folder;
	int rc;

	if (!tsp_value_text(argument, &folder) || folder.size == 0)
		return tsp_fail_text(self, TSP_EUSAGE,
			"the authority needs its folder: director:Authority=FOLDER");
	authority->folder = tsp_text_copy(folder);
	if (!authority->folder)
		return TSP_ENOMEM;
	rc = keys_init(&err);
	return rc < 0 ? tsp_fail_text(self, rc, "%s", err.text) : TSP_OK;
}

static void authority_fini(tsp_actor *self)
{
	free(((struct authority *)tsp_state(self))->folder);
}

const tsp_class authority_class = {
	.name = "Authority",
	.state_size = sizeof(struct authority),
	.init = authority_init,
	.fini = authority_fini,
	.receive = authority_receive,
	.host = TSP_HOST_OWN,
};
