/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "test/unit/source_help.h"

#include <dlfcn.h>
#include <elf.h>

#include "source/builder.h"
#include "source/compiler.h"
#include "source/elf.h"
#include "source/manifest.h"
#include "source/module.h"
#include "source/prebuilt.h"
#include "source/target.h"

static struct buffer module_of(const char *code, const char *flags)
{
	char command[1024];
	write_file("m.c", code, strlen(code));
	snprintf(command, sizeof(command), "cc -shared -fPIC -w -I'%s' -o m.so m.c %s",
		INCLUDE_FOLDER, flags);
	assert_int_equal(shell(command), 0);
	return read_all("m.so");
}

/* An archive with source.json, hello.c and the module; what manifest_read_archive finds in it. */
static void package_of(
	struct archive *archive, struct manifest *manifest, const struct buffer *module)
{
	char *text;
	*archive = (struct archive){ NULL, 0 };
	ok(manifest_read(BYTES(MANIFEST), manifest, &err));
	add_text(archive, "hello.c", ACTOR);
	ok(prebuilt_add(manifest, archive, module->data, module->size, "a compiler 1", &err));
	ok(manifest_write(manifest, &text, &err));
	add_text(archive, "source.json", text);
	free(text);
	manifest_clear(manifest);
	ok(manifest_read_archive(archive, manifest, &err));
}

static void targets_have_names(void **state)
{
	(void)state;
	assert_true(target_name_ok(target_name()));
	assert_true(target_name_ok("x86_64-linux-gnu"));
	assert_true(target_name_ok("arm-linux-gnu-eabihf"));
	static const char *const bad[] = { "", "x", "-", "x-", "-x", "x--y", "X-linux", "a-b-c-d-e",
		"x/y-z", "..-x", "x-linux gnu", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-b" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (target_name_ok(bad[i]))
			fail_msg("taken: '%s'", bad[i]);
}

static void a_module_that_fits_is_found(void **state)
{
	struct buffer module = module_of(ACTOR, "-lm");
	const struct archive_file *found;
	struct archive archive;
	struct manifest manifest;
	(void)state;
	package_of(&archive, &manifest, &module);
	assert_int_equal(manifest.prebuilt_count, 1);
	assert_string_equal(manifest.prebuilt[0].target, target_name());
	assert_int_equal(manifest.prebuilt[0].abi, TSP_ABI);
	assert_string_equal(manifest.prebuilt[0].compiler, "a compiler 1");
	ok(prebuilt_fit(&manifest, &archive, &found, &err));
	assert_int_equal(found->size, module.size);
	assert_memory_equal(found->bytes, module.data, module.size);
	assert_int_equal(prebuilt_add(&manifest, &archive, module.data, module.size, "again", &err),
		TSP_EEXIST);
	/* as the Director would carry it on */
	struct archive other = { NULL, 0 };
	struct manifest copy;
	ok(manifest_read(BYTES(MANIFEST), &copy, &err));
	ok(prebuilt_copy(&copy, &other, &manifest.prebuilt[0], &archive, &err));
	ok(prebuilt_fit(&copy, &other, &found, &err));
	manifest_clear(&copy);
	archive_clear(&other);
	manifest_clear(&manifest);
	archive_clear(&archive);
	buffer_clear(&module);
}

static void misfit(struct manifest *manifest, struct archive *archive, const char *said)
{
	const struct archive_file *found;
	assert_int_equal(prebuilt_fit(manifest, archive, &found, &err), TSP_EVALUE);
	if (!strstr(err.text, said))
		fail_msg("not '%s': %s", said, err.text);
}

static void what_does_not_fit_is_named(void **state)
{
	struct buffer module = module_of(ACTOR, "-lm");
	const struct archive_file *found;
	struct archive archive;
	struct manifest manifest;
	struct manifest none;
	(void)state;
	package_of(&archive, &manifest, &module);
	struct manifest_prebuilt *entry = &manifest.prebuilt[0];
	entry->abi++;
	misfit(&manifest, &archive, "of thespian.h, this is level");
	entry->abi--;
	manifest_names_clear(&entry->needed); /* what every module may need */
	ok(prebuilt_fit(&manifest, &archive, &found, &err));
	free(entry->target);
	entry->target = strdup("m68k-linux-gnu");
	misfit(&manifest, &archive, "it is for m68k-linux-gnu, this is ");
	ok(manifest_read(BYTES(MANIFEST), &none, &err));
	assert_int_equal(prebuilt_fit(&none, &archive, &found, &err), TSP_ENOENT);
	manifest_clear(&none);
	manifest_clear(&manifest);
	archive_clear(&archive);
	buffer_clear(&module);
}

/* A library that loses a version between the build and the load. */
static void versions_of_libraries_must_be_there(void **state)
{
	static const char uses[] = "int f(void); int (*use)(void) = f;\n" ACTOR;
	char command[512];
	char folders[300];
	(void)state;
	write_file("l.c", BYTES("int f(void) { return 1; }\n"));
	write_file("new.map", BYTES("OLD_1 { }; NEW_2 { global: f; };\n"));
	write_file("old.map", BYTES("OLD_1 { global: f; };\n"));
	snprintf(command, sizeof(command),
		"mkdir new old && for v in new old; do cc -shared -fPIC "
		"-Wl,-soname,libverz.so.5,--version-script=$v.map -o "
		"$v/libverz.so.5 l.c && ln -s libverz.so.5 $v/libverz.so || exit 1; done");
	assert_int_equal(shell(command), 0);
	struct buffer module = module_of(uses, "-Lnew -lverz");
	struct buffer twin = module_of(uses, "-Lold -lverz");
	assert_int_equal(prebuilt_fit_libraries(module.data, module.size, &err), TSP_EVALUE);
	assert_string_equal(err.text, "library 'libverz.so.5' is not here");
	snprintf(folders, sizeof(folders), "old::/nowhere:%s/old", (const char *)*state);
	assert_int_equal(setenv("LD_LIBRARY_PATH", folders, 1), 0);
	assert_int_equal(prebuilt_fit_libraries(module.data, module.size, &err), TSP_EVALUE);
	assert_string_equal(err.text, "library 'libverz.so.5' here has no NEW_2");
	/* the honest twin */
	ok(prebuilt_fit_libraries(twin.data, twin.size, &err));
	/* what is no library of this machine is passed over, as the loader does */
	write_file("old/libverz.so.5", BYTES("text"));
	assert_int_equal(prebuilt_fit_libraries(twin.data, twin.size, &err), TSP_EVALUE);
	assert_string_equal(err.text, "library 'libverz.so.5' is not here");
	/* from the working folder nothing is taken */
	assert_int_equal(setenv("LD_LIBRARY_PATH", "new::.", 1), 0);
	assert_int_equal(prebuilt_fit_libraries(module.data, module.size, &err), TSP_EVALUE);
	assert_int_equal(unsetenv("LD_LIBRARY_PATH"), 0);
	buffer_clear(&twin);
	buffer_clear(&module);
}

/* Constructors of a library would run as who builds: root, and outside of every sandbox. */
static void libraries_are_read_and_not_loaded(void **state)
{
	static const char name[] = "libthread_db.so.1"; /* no program here has it */
	(void)state;
	if (dlopen(name, RTLD_LAZY | RTLD_NOLOAD))
		skip();
	write_file("m.c", BYTES(ACTOR));
	if (shell("cc -shared -fPIC -o t.so -x c /dev/null -Wl,--no-as-needed "
		  "-l:libthread_db.so.1 2>/dev/null") != 0)
		skip();
	struct buffer module = module_of(ACTOR, "-Wl,--no-as-needed -l:libthread_db.so.1");
	ok(prebuilt_fit_libraries(module.data, module.size, &err));
	assert_null(dlopen(name, RTLD_LAZY | RTLD_NOLOAD));
	buffer_clear(&module);
}

/* The loader looks for versions in the libraries that are needed, and for nothing else. */
static void versions_are_those_of_needed_libraries(void **state)
{
	struct buffer module = module_of(ACTOR "#include <math.h>\n"
					       "double (*use)(double, double) = pow;\n",
		"-lm");
	struct elf elf;
	(void)state;
	ok(prebuilt_fit_libraries(module.data, module.size, &err));
	ok(elf_open(module.data, module.size, &elf, &err));
	for (size_t i = 0; i < elf.dynamic_count; i++) {
		Elf64_Dyn entry;
		size_t at = (size_t)(elf.dynamic - elf.bytes) + i * sizeof(entry);
		memcpy(&entry, module.data + at, sizeof(entry));
		if (entry.d_tag != DT_NEEDED)
			continue;
		entry.d_tag = DT_DEBUG; /* which has no meaning in a library */
		memcpy(module.data + at, &entry, sizeof(entry));
		break;
	}
	assert_int_equal(prebuilt_fit_libraries(module.data, module.size, &err), TSP_EVALUE);
	assert_string_equal(
		err.text, "it wants a version of library 'libm.so.6', which it does not need");
	buffer_clear(&module);
}

/* Every byte may lie: nothing is read outside of it, and every walk ends. */
static void a_damaged_module_does_no_harm(void **state)
{
	struct buffer module = module_of(ACTOR, "-lm");
	struct elf_version versions[50];
	struct elf elf;
	size_t most = module.size < 4096 ? module.size : 4096;
	(void)state;
	for (size_t i = 0; i < most; i++) {
		uint8_t kept = module.data[i];
		for (int turn = 0; turn < 2; turn++) {
			module.data[i] = turn ? 0xFF : (uint8_t)(kept ^ 0x80);
			if (elf_open(module.data, module.size, &elf, &err) < 0)
				continue;
			(void)elf_versions_needed(&elf, versions, 50);
			(void)elf_version_defined(&elf, "NONE");
		}
		module.data[i] = kept;
	}
	buffer_clear(&module);
}

static void entries_of_source_json_are_strict(void **state)
{
#define ENTRY(target, abi, hash, compiler, needed)                                                   \
	"{\"group\": \"g\", \"version\": \"1\", \"runtime\": 1, \"prebuilt\": [{\"target\": " target \
	", \"abi\": " abi ", \"hash\": " hash ", \"compiler\": " compiler ", \"needed\": " needed    \
	"}]}"
#define HASH "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""
	static const char *const bad[] = {
		ENTRY("\"../x-y\"", "1", HASH, "\"cc\"", "[]"),
		ENTRY("1", "1", HASH, "\"cc\"", "[]"),
		ENTRY("\"x-y\"", "0", HASH, "\"cc\"", "[]"),
		ENTRY("\"x-y\"", "\"1\"", HASH, "\"cc\"", "[]"),
		ENTRY("\"x-y\"", "1", "\"0123\"", "\"cc\"", "[]"),
		ENTRY("\"x-y\"", "1", HASH, "\"c\\nc\"", "[]"),
		ENTRY("\"x-y\"", "1", HASH, "\"\"", "[]"),
		ENTRY("\"x-y\"", "1", HASH, "\"cc\"", "{}"),
		ENTRY("\"x-y\"", "1", HASH, "\"cc\"", "[\"/lib/x.so\"]"),
		ENTRY("\"x-y\"", "1", HASH, "\"cc\"", "[], \"more\": 1"),
		"{\"group\": \"g\", \"version\": \"1\", \"runtime\": 1, \"prebuilt\": {}}",
		"{\"group\": \"g\", \"version\": \"1\", \"runtime\": 1, \"prebuilt\": [1]}",
	};
	struct manifest manifest;
	(void)state;
	ok(manifest_read(
		BYTES(ENTRY("\"x-y\"", "1", HASH, "\"cc\"", "[\"libc.so.6\"]")), &manifest, &err));
	manifest_clear(&manifest);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (manifest_read(bad[i], strlen(bad[i]), &manifest, &err) != TSP_EVALUE ||
			!strstr(err.text, "'prebuilt' must be a list of"))
			fail_msg("%s\n%s", bad[i], err.text);
}

static void a_file_must_be_what_its_entry_says(void **state)
{
	struct buffer module = module_of(ACTOR, "");
	struct archive archive;
	struct manifest manifest;
	struct manifest again;
	char name[PREBUILT_NAME_SIZE];
	(void)state;
	package_of(&archive, &manifest, &module);
	prebuilt_name(target_name(), name);
	for (size_t i = 0; i < archive.count; i++)
		if (strcmp(archive.files[i].name, name) == 0)
			archive.files[i].bytes[100] ^= 1;
	assert_int_equal(manifest_read_archive(&archive, &again, &err), TSP_EVALUE);
	assert_non_null(strstr(err.text, "is not the module that source.json says it is"));
	manifest_clear(&manifest);
	archive_clear(&archive);
	buffer_clear(&module);
}

static void the_builder_prefers_what_fits_and_builds_anew_when_asked(void **state)
{
	struct buffer module = module_of(ACTOR "int mark = 4711;\n", "");
	struct build_result result;
	struct archive archive;
	struct manifest manifest;
	uint8_t *zip;
	size_t size;
	char folder[256];
	snprintf(folder, sizeof(folder), "%s/cache", (const char *)*state);
	package_of(&archive, &manifest, &module);
	ok(archive_write(&archive, &zip, &size, &err));
	for (int turn = 0; turn < 2; turn++) {
		assert_int_equal(build_source(zip, size, folder, INCLUDE_FOLDER,
					 &build_default_limits, &result),
			0);
		assert_true(result.prebuilt);
		assert_int_equal(result.cached, turn == 1);
		struct buffer kept = read_all(result.path);
		assert_int_equal(kept.size, module.size);
		assert_memory_equal(kept.data, module.data, module.size);
		ok(module_check(result.path, &err));
		buffer_clear(&kept);
		build_result_clear(&result);
	}
	assert_int_equal(
		build_anew(zip, size, folder, INCLUDE_FOLDER, &build_default_limits, &result), 0);
	assert_false(result.prebuilt);
	struct buffer made = read_all(result.path);
	assert_true(made.size != module.size || memcmp(made.data, module.data, made.size) != 0);
	buffer_clear(&made);
	build_result_clear(&result);
	free(zip);
	manifest_clear(&manifest);
	archive_clear(&archive);
	buffer_clear(&module);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_have_names),
		cmocka_unit_test(a_module_that_fits_is_found),
		cmocka_unit_test(what_does_not_fit_is_named),
		cmocka_unit_test(versions_of_libraries_must_be_there),
		cmocka_unit_test(libraries_are_read_and_not_loaded),
		cmocka_unit_test(versions_are_those_of_needed_libraries),
		cmocka_unit_test(a_damaged_module_does_no_harm),
		cmocka_unit_test(entries_of_source_json_are_strict),
		cmocka_unit_test(a_file_must_be_what_its_entry_says),
		cmocka_unit_test(the_builder_prefers_what_fits_and_builds_anew_when_asked),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
