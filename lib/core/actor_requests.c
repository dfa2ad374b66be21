/* SPDX-License-Identifier: MIT */
/* What an actor asks of the system: each is a message to it. */
#include "config.h"

#include "core/cell.h"

#define NAMES_LIMIT 65536
#define KEEP_MS	    60000

static int request_built(tsp_actor *self, enum system_request request)
{
	struct stage *stage = self->stage;
	int rc = stage_post_built(
		stage, self, stage_address(stage, 0), system_request_name(request), false);

	return rc < 0 ? cell_refuse(self, rc) : rc;
}

static int request_format(tsp_actor *self, enum system_request request, const char *format, ...)
{
	tsp_builder *builder = stage_builder(self->stage);
	va_list args;

	if (builder == NULL)
		return TSP_ENOMEM;
	va_start(args, format);
	tsp_put_vformat(builder, format, args);
	va_end(args);
	return request_built(self, request);
}

int tsp_handle_dead_letters(tsp_actor *self, bool enable)
{
	return request_format(self, REQUEST_DEAD_LETTERS, "{s:b}", "enable", (int)enable);
}

int tsp_register_source_authority(tsp_actor *self)
{
	return request_format(self, REQUEST_AUTHORITY, "{}");
}

int tsp_validated_source(tsp_actor *self, const char *hash, const void *zip, size_t zip_size,
	int code, const char *reason)
{
	if (hash == NULL)
		return TSP_EUSAGE;
	if (zip != NULL)
		return request_format(self, REQUEST_VALIDATED, "{s:s, s:B}", "sourceHash", hash,
			"sourceZip", zip, zip_size);
	return request_format(self, REQUEST_VALIDATED, "{s:s, s:n, s:i, s:s}", "sourceHash", hash,
		"sourceZip", "code", code, "reason",
		reason != NULL ? reason : tsp_error_sentence(code));
}

int tsp_load_source(tsp_actor *self, const void *package, size_t size, const char *info)
{
	if (package == NULL && size > 0)
		return TSP_EUSAGE;
	return request_format(self, REQUEST_LOAD, "{s:B, s:s}", "data", package, size, "info",
		info != NULL ? info : "");
}

int tsp_unload_source(tsp_actor *self, const char *hash)
{
	return hash == NULL ? TSP_EUSAGE :
			      request_format(self, REQUEST_UNLOAD, "{s:s}", "hash", hash);
}

int tsp_notify_on_source_availability(tsp_actor *self, bool enable)
{
	return request_format(self, REQUEST_NOTIFY_SOURCES, "{s:b}", "enable", (int)enable);
}

int tsp_update_capability(tsp_actor *self, const char *name, tsp_value value)
{
	return name == NULL ? TSP_EUSAGE :
			      request_format(self, REQUEST_CAPABILITY, "{s:s, s:v}", "name", name,
				      "value", value);
}

int tsp_notify_on_system_registration_changes(tsp_actor *self, bool enable)
{
	return request_format(self, REQUEST_NOTIFY_SYSTEMS, "{s:b}", "enable", (int)enable);
}

int tsp_pre_register_remote_system(tsp_actor *self, const char *remote, tsp_value capabilities)
{
	return remote == NULL ? TSP_EUSAGE :
				request_format(self, REQUEST_PRE_REGISTER, "{s:s, s:v}", "remote",
					remote, "capabilities", capabilities);
}

int tsp_deregister_remote_system(tsp_actor *self, const char *remote)
{
	return remote == NULL ?
		TSP_EUSAGE :
		request_format(self, REQUEST_DEREGISTER, "{s:s}", "remote", remote);
}

int tsp_system_shutdown(tsp_actor *self)
{
	return request_format(self, REQUEST_SHUTDOWN, "{}");
}

int tsp_request_status(tsp_actor *self, tsp_address target)
{
	struct stage *stage = self->stage;
	tsp_builder *builder = stage_builder(stage);
	int rc;

	if (tsp_address_is_nobody(target))
		return TSP_EVALUE;
	if (builder == NULL)
		return TSP_ENOMEM;
	tsp_put_format(builder, "{}");
	rc = stage_post_built(stage, self, target, SYSTEM_STATUS_REQUEST, false);
	if (rc < 0)
		return cell_refuse(self, rc);
	self->sent++;
	return rc;
}

int tsp_list_children(tsp_actor *self)
{
	return request_format(self, REQUEST_CHILDREN, "{}");
}

/* {names: [..]} with what else is given, as one request. */
static int request_names(tsp_actor *self, enum system_request request, const char *const *names,
	size_t count, const tsp_address *targets, int64_t keep_ms)
{
	tsp_builder *builder;
	size_t i;

	if (count > NAMES_LIMIT || (count > 0 && names == NULL))
		return TSP_EUSAGE;
	builder = stage_builder(self->stage);
	if (builder == NULL)
		return TSP_ENOMEM;
	tsp_begin_map(builder);
	tsp_put_key(builder, "names");
	tsp_begin_list(builder);
	for (i = 0; i < count; i++)
		tsp_put_string(builder, names[i]);
	tsp_end(builder);
	if (targets != NULL) {
		tsp_put_key(builder, "targets");
		tsp_begin_list(builder);
		for (i = 0; i < count; i++)
			tsp_put_address(builder, targets[i]);
		tsp_end(builder);
	}
	if (keep_ms > 0) {
		tsp_put_key(builder, "keep_ms");
		tsp_put_int(builder, keep_ms);
	}
	tsp_end(builder);
	return request_built(self, request);
}

int tsp_take_names(tsp_actor *self, const char *const *names, size_t count)
{
	return request_names(self, REQUEST_TAKE, names, count, NULL, 0);
}

int tsp_give_names(
	tsp_actor *self, const char *const *names, const tsp_address *targets, size_t count)
{
	static const tsp_address nobody = { 0, 0 };

	if (count > 0 && targets == NULL)
		return TSP_EUSAGE;
	return request_names(self, REQUEST_GIVE, names, count, count > 0 ? targets : &nobody, 0);
}

int tsp_keep_names(tsp_actor *self, const char *const *names, size_t count, int64_t keep_ms)
{
	if (keep_ms < 0)
		return TSP_EUSAGE;
	return request_names(
		self, REQUEST_KEEP, names, count, NULL, keep_ms == 0 ? KEEP_MS : keep_ms);
}

int tsp_free_names(tsp_actor *self, const char *const *names, size_t count)
{
	return request_names(self, REQUEST_FREE, names, count, NULL, 0);
}
