/* SPDX-License-Identifier: MIT */
/*
 * thespian.h - actors whose code is deployed like letters.
 *
 * The whole public interface, to be read from top to bottom: what everything is made of (errors, addresses, values),
 * then actors, then messages, then the outside caller's calls, then sources and capabilities.
 *
 * Common rules. A call that can fail returns 0 (TSP_OK) or more on success and a negative TSP_E code on failure. Where
 * a tsp_error is taken it may be NULL; it is filled on failure only. Parameters named ret_ are written on success only.
 * Times are in milliseconds and are deadlines counted from the call. Whatever a call hands over says how it is freed;
 * all else is borrowed, and the comment says until when. Nothing here prints but the log of the simple base, and
 * nothing exits.
 */
#ifndef THESPIAN_H
#define THESPIAN_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TSP_API __attribute__((visibility("default")))

/* Release of this header, and the level of the interface that modules are built against. */
#define TSP_VERSION "0.1.0"
#define TSP_ABI 1

/* ---- Errors -------------------------------------------------------------------------------- */

/* Every named error: code, number, sentence. Numbers are never reused. */
#define TSP_ERRORS(X)                                                        \
	X(TSP_EUSAGE, -1, "wrong usage")                                     \
	X(TSP_ENOMEM, -2, "out of memory")                                   \
	X(TSP_EIO, -3, "input or output failed")                             \
	X(TSP_ELIMIT, -4, "past a limit")                                    \
	X(TSP_EVALUE, -5, "not a valid value")                               \
	X(TSP_ETIMEOUT, -6, "no answer in time")                             \
	X(TSP_EDEAD, -7, "the actor is dead")                                \
	X(TSP_EBACKLOG, -8, "too much is waiting there already")             \
	X(TSP_ETOOBIG, -9, "the message is too big")                         \
	X(TSP_ENOSYSTEM, -10, "no system answers there")                     \
	X(TSP_ECLASS, -11, "no such actor class")                            \
	X(TSP_ESOURCE, -12, "no such source")                                \
	X(TSP_EBUILD, -13, "the source did not build")                       \
	X(TSP_ESTART, -14, "the actor did not start")                        \
	X(TSP_ENAME, -15, "the name is not usable, or is held by another")   \
	X(TSP_EPERM, -16, "not permitted")                                   \
	X(TSP_ENOAUTHORITY, -17, "no source authority in this system")       \
	X(TSP_EUNTRUSTED, -18, "not signed by a trusted key")                \
	X(TSP_EREJECTED, -19, "rejected by the source authority")            \
	X(TSP_EDOWNGRADE, -20, "older than the newest accepted")             \
	X(TSP_ECLOSED, -21, "the connection is closed")                      \
	X(TSP_EPROTOCOL, -22, "the other side does not keep to the protocol") \
	X(TSP_ENOTIMPL, -23, "not implemented")                              \
	X(TSP_EEXIST, -24, "exists already")                                 \
	X(TSP_ENOENT, -25, "no such thing")                                  \
	X(TSP_ECAPABILITY, -26, "no system here has what the actor requires") \
	X(TSP_EINTERRUPT, -27, "interrupted")                                \
	X(TSP_EFAILED, -28, "failed")                                        \
	X(TSP_ESHUTDOWN, -29, "the system is shutting down")                 \
	X(TSP_ENOCONVENTION, -30, "no convention here")

enum {
	TSP_OK = 0,
	/* A handler's answer: keep this message; it is delivered again after the next one handled. */
	TSP_DEFER = 1,
	/* A handler's answer: not mine; the search goes on (dotted type, then receive). */
	TSP_SUPER = 2,
#define TSP_ERROR_MEMBER(name, number, text) name = number,
	TSP_ERRORS(TSP_ERROR_MEMBER)
#undef TSP_ERROR_MEMBER
};

typedef struct tsp_error {
	int code;       /* one of the above, 0 if none */
	char text[488]; /* a sentence without full stop: what failed, the subject in quotes, cause */
} tsp_error;

/* Name ("TSP_EDEAD") and sentence of a code; never NULL; static. */
TSP_API const char *tsp_error_name(int code);
TSP_API const char *tsp_error_sentence(int code);

/* ---- Addresses ----------------------------------------------------------------------------- */

/*
 * Where an actor is reached. Opaque; passed and compared by value; final when made: it never
 * changes and is never used again for another actor. The zero address is nobody.
 */
typedef struct tsp_address {
	uint64_t system;
	uint64_t number;
} tsp_address;

#define TSP_NOBODY ((tsp_address){ 0, 0 })
#define TSP_ADDRESS_TEXT 48 /* bytes that tsp_address_text may write, the NUL included */

TSP_API bool tsp_address_equal(tsp_address a, tsp_address b);
TSP_API bool tsp_address_is_nobody(tsp_address a);
/* Total order, for sorted tables: negative, 0, positive. */
TSP_API int tsp_address_compare(tsp_address a, tsp_address b);
/* Writes the full text form, "@SYSTEM.NUMBER" in hexadecimal; returns out. */
TSP_API char *tsp_address_text(tsp_address a, char out[TSP_ADDRESS_TEXT]);
/* Reads it back; TSP_EVALUE if it is not one. */
TSP_API int tsp_address_parse(const char *text, tsp_address *ret_address);

/* ---- Values -------------------------------------------------------------------------------- */

/* Text or bytes in place: a pointer and a size, not ended by a NUL. {NULL, 0}: absent. */
typedef struct tsp_text {
	const char *data;
	size_t size;
} tsp_text;

#define TSP_TEXT(literal) ((tsp_text){ (literal), sizeof(literal) - 1 })
TSP_API tsp_text tsp_text_of(const char *text); /* of a C string; NULL gives the absent text */
TSP_API bool tsp_text_is(tsp_text text, const char *other);
TSP_API char *tsp_text_copy(tsp_text text); /* as a C string, to be freed with free(); NULL: no memory */

/*
 * A value is deterministic CBOR (RFC 8949 part 4.2) and is read where it lies, without
 * allocation. A tsp_value borrows; it lives as long as what it was read from. {NULL, 0}: absent.
 * Every reader takes an absent value and answers "absent".
 */
typedef struct tsp_value {
	const uint8_t *data;
	size_t size;
} tsp_value;

enum tsp_kind {
	TSP_KIND_ABSENT,
	TSP_KIND_NULL,
	TSP_KIND_BOOL,
	TSP_KIND_INT, /* -2^63 to 2^64-1 */
	TSP_KIND_FLOAT,
	TSP_KIND_TEXT,
	TSP_KIND_BYTES,
	TSP_KIND_LIST,
	TSP_KIND_MAP,
	TSP_KIND_ADDRESS,
	TSP_KIND_TYPED,   /* a type's name and a value: what a typed message is */
	TSP_KIND_ENCODED, /* a value as bytes (tag 24): what was returned or is dead */
};

#define TSP_DEPTH_LIMIT 32

TSP_API enum tsp_kind tsp_value_kind(tsp_value value);
/* Name of a kind as handlers know it: "null" "bool" "int" "float" "text" "bytes" "list" "map" "address". */
TSP_API const char *tsp_kind_name(enum tsp_kind kind);
/* Whether bytes hold exactly one well-formed deterministic value; TSP_EVALUE if not. */
TSP_API int tsp_value_check(const void *bytes, size_t size);
/* Each returns false, and leaves *ret alone, where the value is of another kind or does not fit. */
TSP_API bool tsp_value_bool(tsp_value value, bool *ret);
TSP_API bool tsp_value_int(tsp_value value, int64_t *ret);
TSP_API bool tsp_value_uint(tsp_value value, uint64_t *ret);
TSP_API bool tsp_value_float(tsp_value value, double *ret); /* takes an int too */
TSP_API bool tsp_value_text(tsp_value value, tsp_text *ret);
TSP_API bool tsp_value_bytes(tsp_value value, tsp_text *ret);
TSP_API bool tsp_value_address(tsp_value value, tsp_address *ret);
TSP_API bool tsp_value_typed(tsp_value value, tsp_text *ret_type, tsp_value *ret_value);
TSP_API bool tsp_value_encoded(tsp_value value, tsp_value *ret_value);
/* Entries of a list or a map; 0 for all else. */
TSP_API size_t tsp_value_count(tsp_value value);
/* Member of a map by text key, of a list by index; absent if there is none. */
TSP_API tsp_value tsp_value_get(tsp_value map, const char *key);
TSP_API tsp_value tsp_value_at(tsp_value list, size_t index);
/* Walks a list or a map: start with *at = {0}; key is absent in a list; false at the end. */
typedef struct tsp_walk {
	const uint8_t *next;
	size_t left;
} tsp_walk;
TSP_API bool tsp_value_next(tsp_value container, tsp_walk *at, tsp_value *ret_key, tsp_value *ret_value);
TSP_API bool tsp_value_equal(tsp_value a, tsp_value b);

/*
 * Builds values. Errors stick: put what you like, look once at the end. Maps are sorted when
 * they are ended; a key that stands twice, or has a NUL in it, is TSP_EVALUE.
 */
typedef struct tsp_builder tsp_builder;
TSP_API tsp_builder *tsp_builder_new(void); /* NULL: no memory; free with tsp_builder_free */
TSP_API void tsp_builder_free(tsp_builder *builder);
TSP_API void tsp_builder_reset(tsp_builder *builder); /* empty again, error forgotten */
TSP_API void tsp_put_null(tsp_builder *builder);
TSP_API void tsp_put_bool(tsp_builder *builder, bool value);
TSP_API void tsp_put_int(tsp_builder *builder, int64_t value);
TSP_API void tsp_put_uint(tsp_builder *builder, uint64_t value);
TSP_API void tsp_put_float(tsp_builder *builder, double value);
TSP_API void tsp_put_text(tsp_builder *builder, tsp_text text);      /* absent: null */
TSP_API void tsp_put_string(tsp_builder *builder, const char *text); /* NULL: null */
TSP_API void tsp_put_bytes(tsp_builder *builder, const void *bytes, size_t size);
TSP_API void tsp_put_address(tsp_builder *builder, tsp_address address);
TSP_API void tsp_put_value(tsp_builder *builder, tsp_value value);   /* absent: null */
TSP_API void tsp_put_encoded(tsp_builder *builder, tsp_value value); /* as bytes under tag 24 */
TSP_API void tsp_begin_map(tsp_builder *builder);
TSP_API void tsp_put_key(tsp_builder *builder, const char *key);
TSP_API void tsp_begin_list(tsp_builder *builder);
TSP_API void tsp_begin_typed(tsp_builder *builder, const char *type); /* one value follows, then tsp_end */
TSP_API void tsp_end(tsp_builder *builder);
/*
 * Puts one value by format. Atoms: s C string, t tsp_text, i int, I int64_t, u uint64_t, d double, b bool (as int),
 * a tsp_address, v tsp_value, e tsp_value as bytes under tag 24, B (const void *, size_t) bytes, n null. Composite:
 * [..] list, {key:atom, ..} map, keys are s or t arguments. Example: "{s:t, s:I}". White space and commas are free.
 */
TSP_API void tsp_put_format(tsp_builder *builder, const char *format, ...);
TSP_API void tsp_put_vformat(tsp_builder *builder, const char *format, va_list args);
/* The one value put; borrowed until the builder is changed or freed. TSP_EVALUE, TSP_ENOMEM, TSP_ETOOBIG. */
TSP_API int tsp_builder_value(tsp_builder *builder, tsp_value *ret_value);

/*
 * JSON for people and files. Bytes are {"$bytes": base64url}, addresses {"$address": text}, typed
 * values {"$type": name, "value": value}, values as bytes {"$encoded": value}; other keys that
 * begin with $ have it doubled. Floats keep their point. Integers past 2^63 are kept exactly.
 */
enum tsp_json { TSP_JSON_COMPACT = 0, TSP_JSON_PRETTY = 1 };
TSP_API int tsp_value_to_json(tsp_value value, enum tsp_json style, char **ret_text); /* free() it */
TSP_API int tsp_value_from_json(const char *text, size_t size, tsp_builder *into, tsp_error *err);

/* ---- Messages ------------------------------------------------------------------------------ */

/* A message as its receiver sees it. Borrowed: it lives until the handler returns (in the outside
 * caller's calls: until tsp_message_free). */
typedef struct tsp_message tsp_message;

/* The type's name; for a plain value its kind's ("text", "map", ..). */
TSP_API tsp_text tsp_message_type(const tsp_message *message);
TSP_API bool tsp_message_is(const tsp_message *message, const char *type);
/* The value: without the type. */
TSP_API tsp_value tsp_message_value(const tsp_message *message);
/* The whole body, as it may be put into another message. */
TSP_API tsp_value tsp_message_body(const tsp_message *message);
TSP_API tsp_address tsp_message_sender(const tsp_message *message);
/* True for what the system itself sent (PoisonMessage, ChildActorExited, ..); nobody can forge it. */
TSP_API bool tsp_message_is_system(const tsp_message *message);
/* Members of the value, where it is a map; the given default where there is none of that kind. */
TSP_API tsp_value tsp_get(const tsp_message *message, const char *key);
TSP_API tsp_text tsp_get_text(const tsp_message *message, const char *key);
TSP_API int64_t tsp_get_int(const tsp_message *message, const char *key, int64_t otherwise);
TSP_API bool tsp_get_bool(const tsp_message *message, const char *key, bool otherwise);
TSP_API double tsp_get_float(const tsp_message *message, const char *key, double otherwise);
TSP_API tsp_address tsp_get_address(const tsp_message *message, const char *key);
/* Frees a message that tsp_ask or tsp_listen handed over. Takes NULL. */
TSP_API void tsp_message_free(tsp_message *message);

/*
 * What the system sends, all maps. These names are reserved: sending one yourself is TSP_EPERM, but
 * for ActorExitRequest and Thespian_StatusReq, which anybody may send. A status request is answered
 * for the actor; no handler sees it.
 *
 *   ActorExitRequest     recursive: bool (default true). Delivered once; then the actor exits, when its children have
 *                        (recursive) or at once
 *   ChildActorExited     childAddress: address, reason: "exit request" | "exited" | "failed" (never started) |
 *                        "killed" | "lost", detail: text, status: int (as waitpid has it, where its host died)
 *   PoisonMessage        poisonMessage: encoded (null: an empty noted one), details: text, target: address, code:
 *                        int, outcome: text. An actor's message comes back as "failed" (the handler did, twice; the
 *                        target goes on), "crashed" (the target's host died of it), "returned" (the target never
 *                        started) or "refused" (past a bound, or of a reserved type). One to the dead does not: it is
 *                        a dead letter. count: int, where refusals past a bound were put together, since too many of
 *                        them waited: poisonMessage is null then
 *   WakeupMessage        delayPeriod: int (ms), payload: any
 *   WatchMessage         ready: list of descriptors
 *   DeadEnvelope         deadMessage: encoded, deadAddress: address, sender: address, reason: text
 *   LoadedSource         sourceHash: text, sourceInfo: text
 *   UnloadedSource       the same
 *   SourceFailed         sourceHash, sourceInfo, code: int, reason: text, output: text
 *   ValidateSource       sourceHash: text, sourceData: bytes, sourceInfo: text (to the authority)
 *   Handled              note: int, outcome: "finished" | "failed" | "dead" (undelivered or refused)
 *   RequestFailed        code: int, reason: text, request: text (the type of what was asked for)
 *   ActorSystemConventionUpdate   remoteAdminAddress: address, remoteCapabilities: map, remoteAdded: bool
 *   NamesTaken, NamesRefused, NamesGiven, NamesKept, NamesFreed, Registered, Updated, Children,
 *   ActorList, Resolved  answers to the calls below
 *   Thespian_SystemStatus, Thespian_ActorStatus      answers to Thespian_StatusReq
 *   TroupeWork, TroupeDone   between a troupe's leader and its workers; no handler sees them
 */

/* ---- Actors -------------------------------------------------------------------------------- */

typedef struct tsp_actor tsp_actor; /* an actor, seen from inside; valid in its own handlers only */

/*
 * Handles one message; runs undisturbed. Returns TSP_OK, TSP_DEFER, TSP_SUPER, or a negative code of failure: the same
 * message is then delivered once more, and after a second failure it goes back to its sender in a PoisonMessage
 * (tsp_fail_text adds the details). The actor goes on.
 */
typedef int tsp_handler_fn(tsp_actor *self, const tsp_message *message, tsp_address sender);

typedef struct tsp_handler {
	const char *type; /* "Shape.Circle" is tried first, then "Shape", then the class's receive */
	tsp_handler_fn *handle;
} tsp_handler;

enum tsp_host {
	TSP_HOST_DEFAULT = 0, /* as the capability "Actor Host" says, else own */
	TSP_HOST_OWN,         /* a process of its own: its crash ends only itself */
	TSP_HOST_SHARED,      /* with the source's other shared actors: cheap, one domain of trust */
};

/* A capability that an actor needs of its system: there, and true or equal to the JSON value. */
typedef struct tsp_requirement {
	const char *capability;
	const char *json; /* NULL: any value that is true in Python's sense */
} tsp_requirement;

/*
 * A troupe (spec part 10.1): the first actor of the class leads and handles no message itself, but for exit
 * requests. Workers are actors of the same class, with the leader's argument, role and requirements, made as they
 * are needed, at most max_count (up to 1,000); of those that are idle all but idle_count are dismissed 2 s later. A
 * worker sees the original sender. One that dies is replaced and its message is done by another; a message that two
 * died of goes back to its sender as poison ("crashed"). What has no worker yet waits in the leader, within the
 * bounds of its mailbox.
 * Anybody may send the leader the texts "troupe:status?" (answer: a text, "Idle=1, Max=10, Troupers
 * [2, 1 idle, 0 extra]: [..], Pending=0"), "troupe:set_max_count=N", "troupe:set_idle_count=N" (answer:
 * "Set troupe max_count to N", or what is wrong), or UpdateTroupeSettings{max_count, idle_count}, each
 * int and optional, answered with UpdateTroupeSettings and what is in force. Not with init_messages.
 */
typedef struct tsp_troupe {
	int max_count;  /* 0: 10 */
	int idle_count; /* 0: 2; a message can set it to 0 */
} tsp_troupe;

/* Ends the actor as tsp_exit would, exit_delay_ms after its first message or, if idle, after its last
 * one that is not the system's (spec part 10.2). One that never gets a message stays. */
typedef struct tsp_transient {
	int64_t exit_delay_ms; /* 0: 10 s */
	bool idle;
} tsp_transient;

/*
 * Messages that the actor needs before all others (spec part 10.3): each that arrives of a listed
 * type is kept, the last one of a type wins (tsp_init_value); all else but the system's messages
 * waits, in order. When every type has come, done is called, then what waits is delivered.
 */
typedef struct tsp_init_messages {
	const char *const *types; /* ended by NULL */
	int (*done)(tsp_actor *self); /* may be NULL; a failure ends the actor as one of init does */
	bool pass_through; /* nothing waits: the listed types too are handled at once */
} tsp_init_messages;

typedef struct tsp_class {
	const char *name;
	size_t state_size; /* zeroed memory behind tsp_state, freed by the system */
	/* Called once before any message, with what the creator gave; may be NULL. A failure ends
	 * the actor: its parent gets ChildActorExited, its messages go back as poison. */
	int (*init)(tsp_actor *self, tsp_value argument);
	/* Called once at the end of an orderly exit, to free what the state owns; may be NULL. Not
	 * called after an init that failed, nor for what is killed. */
	void (*fini)(tsp_actor *self);
	const tsp_handler *handlers; /* ended by { 0 }; may be NULL */
	tsp_handler_fn *receive;     /* for what no handler took; NULL: ignored and counted */
	const tsp_requirement *requires_capabilities; /* ended by { 0 }; may be NULL */
	enum tsp_host host;
	/*
	 * Whether an actor with these requirements (absent: none given) fits a system with these
	 * capabilities; NULL: it does, if the system has each member of the requirements, true or
	 * equal (spec part 2.3). Called before init, in the process that would run the actor, and again
	 * when capabilities change: one that no longer fits gets an exit request. No: TSP_ECAPABILITY.
	 */
	bool (*check)(tsp_value capabilities, tsp_value requirements);
	const tsp_troupe *troupe;
	const tsp_transient *transient;
	const tsp_init_messages *init_messages;
	const void *reserved[4]; /* NULL */
} tsp_class;

/* What a module exports; made by TSP_EXPORT, once a module. */
typedef struct tsp_module {
	int abi;
	const tsp_class *const *classes; /* ended by NULL */
} tsp_module;

#define TSP_MODULE_SYMBOL "tsp_module_exported"
#define TSP_EXPORT(...)                                                              \
	TSP_API extern const tsp_module tsp_module_exported;                         \
	static const tsp_class *const tsp_module_classes[] = { __VA_ARGS__, NULL };  \
	const tsp_module tsp_module_exported = { TSP_ABI, tsp_module_classes };

/*
 * A script as an actor (share/doc/scripts.md): a class with these three as init, receive and fini, and a
 * state_size of sizeof(void *), which is theirs; the builder makes one of what source.json names as
 * "Executable". Messages are lines of JSON to the script's standard input, what it sends, replies and creates
 * comes as such from its output, what it writes to standard error is the actor's log. A handler returns when the
 * script says that it has handled the message; a script that ends otherwise ends its host, as a crash does.
 */
typedef struct tsp_script {
	const char *name; /* "backup.sh" */
	const void *text; /* its first line says who runs it, "#!/bin/bash" */
	size_t size;
} tsp_script;
/* TSP_ESTART: it cannot be run, or is not ready within 10 s; TSP_ENOMEM. script: to live as long as the actor. */
TSP_API int tsp_script_init(tsp_actor *self, const tsp_script *script, tsp_value argument);
TSP_API int tsp_script_receive(tsp_actor *self, const tsp_message *message, tsp_address sender);
TSP_API void tsp_script_fini(tsp_actor *self);

TSP_API void *tsp_state(tsp_actor *self);
TSP_API tsp_address tsp_my_address(const tsp_actor *self);
TSP_API tsp_address tsp_my_parent(const tsp_actor *self);
TSP_API tsp_address tsp_my_system(const tsp_actor *self); /* the admin's address */
TSP_API const char *tsp_my_name(const tsp_actor *self);   /* global name it was created under, or NULL */
TSP_API const char *tsp_my_class(const tsp_actor *self);
TSP_API const char *tsp_my_source(const tsp_actor *self); /* hash of its source, 64 hex digits, or NULL */
TSP_API tsp_value tsp_my_capabilities(const tsp_actor *self); /* the system's, as last heard */
/* What its creator required of its system, absent: nothing; init may ask. */
TSP_API tsp_value tsp_my_requirements(const tsp_actor *self);
/* What came as an initialising message of that type, and from whom; absent, nobody: nothing yet.
 * Borrowed until the next one of that type. */
TSP_API tsp_value tsp_init_value(const tsp_actor *self, const char *type);
TSP_API tsp_address tsp_init_sender(const tsp_actor *self, const char *type);
/* A troupe's worker with more than one step: while true it gets no other work from its leader, and
 * what is sent to the worker itself is handled as usual. Without effect in all others. */
TSP_API void tsp_troupe_work_in_progress(tsp_actor *self, bool in_progress);
/* Says why the handler or init is about to fail; kept until it returns. Returns code. */
TSP_API int tsp_fail_text(tsp_actor *self, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Creates a child and returns its address at once; what is sent there queues behind its creation.
 * class_name: a class of the source (default: the creator's own), or "MODULE:CLASS" for an
 * installed module. options may be NULL. TSP_NOBODY: nothing was asked for, since an argument is not
 * usable (no class, not a value, not a name) or there is no room (memory, outbox, numbers).
 * Later failures arrive as ChildActorExited with reason "failed". Of one created under a name only a
 * refusal of the name does: its parent is the system, and what was sent there comes back as poison.
 */
typedef struct tsp_create_options {
	const char *name;   /* global name: the system is then the parent; held already: its address */
	const char *source; /* hash, at least 6 hex digits; NULL: the creator's own */
	const char *role;   /* free text shown in status */
	tsp_value argument; /* given to init; borrowed for the call */
	tsp_value requirements; /* map of capabilities that its system must have */
	enum tsp_host host; /* overrides the class */
} tsp_create_options;
TSP_API tsp_address tsp_create(tsp_actor *self, const char *class_name, const tsp_create_options *options);

/*
 * Sends; never waits for the receiver. type may be NULL for a plain value; an absent value is null.
 * TSP_EBACKLOG: too much is queued for this target (the message is not sent; a handler's result is
 * not touched by it); TSP_ETOOBIG (64 MiB), TSP_EVALUE (the format, the value or the target is not
 * one), TSP_EPERM (a reserved type), TSP_ENOMEM.
 */
TSP_API int tsp_send(tsp_actor *self, tsp_address target, const char *type, tsp_value value);
TSP_API int tsp_sendf(tsp_actor *self, tsp_address target, const char *type, const char *format, ...);
/* Sends a message on, as it is. */
TSP_API int tsp_forward(tsp_actor *self, tsp_address target, const tsp_message *message);
/* As tsp_send; a Handled message follows when the receiver has handled it. An absent value with no type sends an empty
 * message, which no handler sees: its end shows that the actor has started. */
TSP_API int tsp_send_noted(tsp_actor *self, uint64_t note, tsp_address target, const char *type, tsp_value value);

/* A WakeupMessage from itself after at least delay_ms; 65,536 may be pending (TSP_ELIMIT); gone with the actor. */
TSP_API int tsp_wakeup_after(tsp_actor *self, int64_t delay_ms, tsp_value payload);
/* A WatchMessage when one of the descriptors is readable. Ends with the next message of any kind that
 * the actor handles: set it anew there. count 0: none. TSP_ELIMIT past 1,024. */
TSP_API int tsp_watch(tsp_actor *self, const int *descriptors, size_t count);
/* Ends this actor after the handler, as an ActorExitRequest would. */
TSP_API int tsp_exit(tsp_actor *self);
/*
 * A record for the log (spec part 9): level is one of "debug" "info" "warning" "error" "critical"; logger is the
 * name by which the definitions choose levels and places ("" or NULL: the root's). What is below every level of the
 * definitions is not sent. Never waits: an actor that logs faster than the capability "Log Rate" (records a second,
 * 1,000; bursts of 10 times as many) has the rest suppressed, and the log says how many.
 */
TSP_API void tsp_log(tsp_actor *self, const char *level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
TSP_API void tsp_log_to(tsp_actor *self, const char *logger, const char *level, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * The one thing for an actor's own threads, and safe in any of them (spec part 2.13): an outbox through
 * which they send and log as the actor. It is taken in a handler and may outlive the actor: sends then
 * are TSP_EDEAD. What a thread sends keeps its order; receiving stays with the actor. Free it with
 * tsp_outbox_free, once, when no thread uses it any more. NULL: no memory.
 */
typedef struct tsp_outbox tsp_outbox;
TSP_API tsp_outbox *tsp_outbox_new(tsp_actor *self);
TSP_API void tsp_outbox_free(tsp_outbox *outbox); /* takes NULL */
/* As tsp_send; TSP_EBACKLOG while 4,096 messages or 4 MiB wait for the actor's own thread, which takes
 * them between two handlers. */
TSP_API int tsp_outbox_send(tsp_outbox *outbox, tsp_address target, const char *type, tsp_value value);
TSP_API int tsp_outbox_sendf(tsp_outbox *outbox, tsp_address target, const char *type, const char *format, ...);
TSP_API void tsp_outbox_log(tsp_outbox *outbox, const char *level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Requests to the system; each is a message to it, the answers come as messages: what is named with
 * the call, or RequestFailed. */

/* DeadEnvelopes go to the last that asked for them; no answer. */
TSP_API int tsp_handle_dead_letters(tsp_actor *self, bool enable);
/* Answer: Registered. Refused where the start named an authority, or another holds. */
TSP_API int tsp_register_source_authority(tsp_actor *self);
/* The authority's verdict on a ValidateSource; no answer. zip NULL rejects with code and reason. */
TSP_API int tsp_validated_source(tsp_actor *self, const char *hash, const void *zip, size_t zip_size,
	int code, const char *reason);
/* Loads a signed package; answer: LoadedSource or SourceFailed. */
TSP_API int tsp_load_source(tsp_actor *self, const void *package, size_t size, const char *info);
/* The same, of a file of at most 63 MiB; its path is the info. TSP_ENOENT, TSP_EIO, TSP_ETOOBIG. */
TSP_API int tsp_load_source_file(tsp_actor *self, const char *path);
/* hash: at least 6 digits. Creations by others end, what runs goes on. Answer: UnloadedSource. */
TSP_API int tsp_unload_source(tsp_actor *self, const char *hash);
/* A LoadedSource for each that is there and for each to come, and UnloadedSource. */
TSP_API int tsp_notify_on_source_availability(tsp_actor *self, bool enable);
/* value absent or null removes. Answer: Updated. Actors that no longer fit get an exit request. */
TSP_API int tsp_update_capability(tsp_actor *self, const char *name, tsp_value value);
/* Whether this system has what requirements ask for, as tsp_create would judge it for a class without a check. */
TSP_API bool tsp_capability_check(const tsp_actor *self, tsp_value requirements);
/* Asks an actor, oneself included, or the system for its status. Answer: Thespian_ActorStatus or _SystemStatus. */
TSP_API int tsp_request_status(tsp_actor *self, tsp_address target);
/* Every actor, this one too, gets an exit request; what is left after 5 s is killed. */
TSP_API int tsp_system_shutdown(tsp_actor *self);
/* Conventions of systems (spec part 4): ActorSystemConventionUpdate{remoteAdminAddress, remoteCapabilities,
 * remoteAdded} for each member that is here, comes and goes; a remote system, "HOST:PORT", is invited until it comes,
 * or let go. No answer but RequestFailed: TSP_ENOCONVENTION (this system has no keys), TSP_EVALUE, TSP_ENOENT. */
TSP_API int tsp_notify_on_system_registration_changes(tsp_actor *self, bool enable);
TSP_API int tsp_pre_register_remote_system(tsp_actor *self, const char *remote, tsp_value capabilities);
TSP_API int tsp_deregister_remote_system(tsp_actor *self, const char *remote);
/*
 * Global names (1 to 120 bytes of UTF-8, no control characters, no leading '#', no '@'). A name is
 * an address: anyone can make it without asking. Taking makes this actor the owner of free names,
 * all or none: NamesTaken{names} or NamesRefused{name, holder, code, reason}. Only the owner gives,
 * keeps and frees them, else NamesRefused. Giving makes targets the holders in one step that cannot
 * fail (a dead target: nobody): NamesGiven{names}. A kept name holds what is sent to it while nobody
 * holds it, up to keep_ms (0: 60 s): NamesKept{names}. A name that was freed (NamesFreed{names}),
 * or whose owner has gone, is anybody's when nobody holds it.
 */
/* NAME, or NAME@SYSTEM with the id of another system, in hex. TSP_NOBODY: not a usable name. */
TSP_API tsp_address tsp_name_address(const tsp_actor *self, const char *name);
TSP_API int tsp_take_names(tsp_actor *self, const char *const *names, size_t count);
TSP_API int tsp_give_names(tsp_actor *self, const char *const *names, const tsp_address *targets, size_t count);
TSP_API int tsp_keep_names(tsp_actor *self, const char *const *names, size_t count, int64_t keep_ms);
TSP_API int tsp_free_names(tsp_actor *self, const char *const *names, size_t count);
/* Children{children: [..]}: what this actor, or the name it was created under, is parent of; entries
 * as in tsp_actors. */
TSP_API int tsp_list_children(tsp_actor *self);

/* ---- The outside caller -------------------------------------------------------------------- */

typedef struct tsp_system tsp_system; /* a connection to a system; one thread at a time */

enum tsp_open_flags {
	TSP_OPEN_ATTACH = 0, /* attach; TSP_ENOSYSTEM if nothing answers */
	TSP_OPEN_START = 1,  /* attach, else start a system and attach */
	TSP_OPEN_ONLY_NEW = 2, /* with START: TSP_EEXIST if one runs already */
	/* A system of this handle alone (transient-unique in the original): never found by others, at
	 * whatever port; it ends with tsp_close, and when this process does. */
	TSP_PRIVATE_SYSTEM = 4,
};

typedef struct tsp_open_options {
	const char *base; /* "simpleSystemBase" "multiprocQueueBase" "multiprocTCPBase" (default)
	                     "multiprocUDPBase" */
	int port;         /* 0: 1900, for the UDP base 1029 */
	int flags;        /* of tsp_open_flags; the simple base always starts */
	const char *capabilities_json; /* object, for a system that is started; NULL: none */
	const char *authority;         /* "MODULE:CLASS[=ARGUMENT]", for a system that is started */
	const char *director;          /* the same */
	int64_t timeout_ms;            /* 0: 11 s */
	/* Log definitions, for a system that is started: a JSON object (share/doc/logging.md), NULL: the
	 * base's own (the internal log has all; simple base: warnings to standard error),
	 * TSP_LOG_OFF: none, nothing is logged but by the internal log. */
	const char *log_definitions;
} tsp_open_options;

#define TSP_LOG_OFF "off"

#define TSP_FOREVER INT64_MAX

/* options may be NULL. Close with tsp_close. TSP_ENOSYSTEM, TSP_ETIMEOUT, TSP_EPERM (the folder or the system there is
 * another's), TSP_EUSAGE, TSP_EEXIST, TSP_ESTART (authority or director), TSP_ELIMIT (callers), TSP_EINTERRUPT. */
TSP_API int tsp_open(const tsp_open_options *options, tsp_system **ret_system, tsp_error *err);
/*
 * Another connection to the same system, for another thread or another purpose: its asks and what it
 * listens to are its own. In the simple base it belongs to the same thread, and the system lives until
 * the last of its handles is closed. Close it with tsp_close. As tsp_open.
 */
TSP_API int tsp_open_private(tsp_system *system, tsp_system **ret_private, tsp_error *err);
/* Ends the connection (simple base, private system: and the system). Open asks are cancelled. Takes NULL. */
TSP_API void tsp_close(tsp_system *system);
/* Ends the whole system and waits for it; an ended one is TSP_OK too. *ret_killed (may be NULL) is
 * how many processes had to be killed. */
TSP_API int tsp_shutdown(tsp_system *system, int64_t timeout_ms, int *ret_killed, tsp_error *err);

/* Creates an actor with the system as parent and waits until it has started. options: a source, unless
 * class_name is MODULE:CLASS. Under a name that is held: waits for its holder, starts nothing.
 * TSP_ECLASS, TSP_ESOURCE, TSP_ESTART (init failed), TSP_ENAME, TSP_ECAPABILITY, and as tsp_ask. */
TSP_API int tsp_system_create(tsp_system *system, const char *class_name, const tsp_create_options *options,
	int64_t timeout_ms, tsp_address *ret_actor, tsp_error *err);
/* Hands a message over; returns when it is written to the connection, whatever becomes of it. What
 * comes back (poison, if it could not be delivered) arrives in tsp_listen. */
TSP_API int tsp_tell(tsp_system *system, tsp_address target, const char *type, tsp_value value, tsp_error *err);
/*
 * Sends and waits for what is sent to this ask's own reply address, whoever sends it. The reply is the caller's, to
 * free with tsp_message_free; it may be a PoisonMessage (outcome "failed" or "crashed"). TSP_ETIMEOUT, TSP_EDEAD
 * (at once), TSP_ESTART (it never started), TSP_EBACKLOG, TSP_EPERM, TSP_ETOOBIG, TSP_EVALUE, TSP_ENOSYSTEM (the
 * system is gone), TSP_EINTERRUPT (tsp_interrupt), TSP_EUSAGE (a call of this connection is running).
 */
TSP_API int tsp_ask(tsp_system *system, tsp_address target, const char *type, tsp_value value,
	int64_t timeout_ms, tsp_message **ret_reply, tsp_error *err);
/* The same in two halves, so that several are on their way at once. *ret_ask, never 0, is for tsp_ask_finish; replies
 * come in any order. As tsp_ask; TSP_ELIMIT: TSP_ASK_LIMIT are started and not finished. */
#define TSP_ASK_LIMIT 16 /* of one connection; each may hold a reply */
TSP_API int tsp_ask_start(tsp_system *system, tsp_address target, const char *type, tsp_value value,
	int64_t timeout_ms, uint64_t *ret_ask, tsp_error *err);
/*
 * Waits for the reply to *ask, 0: to whichever has one first (or whose time is up first), by the deadline that its
 * start gave it. Whatever it returns, that ask is then finished and *ask says which it was: but for TSP_EINTERRUPT,
 * and TSP_ENOENT (no such ask is open), after which *ask is as before. Else as tsp_ask.
 */
TSP_API bool tsp_ask_ready(const tsp_system *system, uint64_t ask); /* finish would not wait */
TSP_API int tsp_ask_finish(tsp_system *system, uint64_t *ask, tsp_message **ret_reply, tsp_error *err);
/* Nobody waits for it any more; an answer that still comes is one for tsp_listen. Not open: nothing. */
TSP_API void tsp_ask_cancel(tsp_system *system, uint64_t ask);
/* Waits for any other message to this caller. Late answers of earlier asks arrive here. TSP_EBACKLOG,
 * once, where messages were lost since too many waited; else as tsp_ask. */
TSP_API int tsp_listen(tsp_system *system, int64_t timeout_ms, tsp_message **ret_message, tsp_error *err);
/* From a signal handler: the running or next wait of this process ends with TSP_EINTERRUPT. */
TSP_API void tsp_interrupt(void);
TSP_API bool tsp_interrupted(void); /* it was called, no wait has ended with it; true once */
/* A descriptor that is readable when messages may have come; -1 in the simple base. */
TSP_API int tsp_descriptor(const tsp_system *system);

TSP_API tsp_address tsp_admin(const tsp_system *system);
TSP_API tsp_address tsp_system_name_address(const tsp_system *system, const char *name);
/* Own number of a name's holder; TSP_ENOENT if nobody holds it. */
TSP_API int tsp_resolve(tsp_system *system, const char *name, int64_t timeout_ms,
	tsp_address *ret_holder, tsp_error *err);
/*
 * Thespian_SystemStatus of the admin, or Thespian_ActorStatus of an actor; free with tsp_message_free. An
 * actor answers when it comes to it: what can be said of a busy one stands in tsp_actors. Lists hold at
 * most 1,000 entries, messages the oldest 20 with the first 150 bytes of each; how many there are is the
 * member .Count.
 *   of both    pendingMessages, receivedMessages [{from, to, text}], pendingWakeups [{due_ms}],
 *              childActors, governer: text, counters: map, miscKeyVals: map (the original's key texts)
 *   system     adminAddress, capabilities, inShutdown, deadLetterHandler, notifyAddresses, sourceAuthority,
 *              loadedSources [{hash, info, state, actors}], globalActors [{name, address, holder, waiting,
 *              refused, kept}], hosts [{host, pid, actors, shared, memory, sent, waiting, busy, busy_ms,
 *              in_work, actor, ..}], pendingHigh, oldest_ms, memory (bytes), uptime_ms, actors, callers, pid,
 *              port, base; conventionLeader, conventionRegisterTime, conventionAttendees
 *   actor      actorAddress, actorClass, adminAddress, parentAddress, sourceHash, module, globalName, role,
 *              exiting, receivedHigh, receivedBytes, waiting_ms (always something since), hostActors
 */
TSP_API int tsp_status(tsp_system *system, tsp_address target, int64_t timeout_ms,
	tsp_message **ret_status, tsp_error *err);
/* A status message as people read it (spec part 8.6: values first, sorted); free() *ret_text.
 * TSP_EVALUE: it is not one. tsp_value_to_json gives the same as JSON. */
TSP_API int tsp_status_text(const tsp_message *status, char **ret_text);
/*
 * Every actor: message ActorList{actors: [{address, number, class, parent, host, pid, shared, source,
 * module, name, names, role, waiting, sent, age_ms, since_ms, state, kept, bytes, high, oldest_ms, refused,
 * restarts, busy, busy_ms, in_work, idle, memory, handled, cpu_ms, info}]}; free it. address is what it goes
 * by, number its own (both addresses); host numbers the process, pid is its; source: hash or null;
 * module: of an installed one, or null; name: the first of names; waiting in mailboxes, sent and not
 * yet handled; age_ms of its life, since_ms when that began, since 1970; state: "waiting" (for its
 * module) "starting" "running" "exiting". kept: deferred by it; bytes and high: of its mailboxes, the most
 * messages that ever waited; oldest_ms: age of the oldest it has not handled; refused: messages for it past
 * a bound; restarts: holders that its name has outlived; busy: its handler has not returned, since busy_ms,
 * at a message of type in_work (null: of its own host); idle: running, not busy, and nothing waits, is sent
 * or kept (of a shared host: nor is anything under way there); memory: resident bytes of its host, 0: not read.
 * handled: messages that its handlers have had (of one of hundreds in a shared host, or in the simple base, perhaps
 * only those that came from outside of it): from two of them, a rate; cpu_ms: processor time of its host so far;
 * info: what was said with the load of its source (the Director: GROUP@VERSION), or null.
 */
TSP_API int tsp_actors(tsp_system *system, int64_t timeout_ms, tsp_message **ret_list, tsp_error *err);
/*
 * Who waits in an ask, its reply not there yet: message WaitList{waits: [{waiter, waiterClass, waiterName, pid,
 * target, actor, class, name, wait_ms, state, circle}], waitCount}; free it. At most 1,000, those in circles first;
 * waitCount is how many there are. waiter: own address of the actor whose handler asks, over a connection that it
 * opened; null: somebody outside, or unknown. pid: as the caller gave it. target: whom it asked, maybe a name; actor:
 * own address of who that is, null: nobody now. state of the question: "waiting" "in work" "kept" (deferred), "handled"
 * (without an answer so far), null: not looked for. circle: 0, or a number that those have in common of whom each
 * waits for the next, or for one in its host: none of them will get an answer. Of one connection the last 16 asks.
 */
TSP_API int tsp_waits(tsp_system *system, int64_t timeout_ms, tsp_message **ret_list, tsp_error *err);
/*
 * From now on a copy of what an actor logs comes to this connection, for tsp_listen: LoggedRecord{level, actor, class,
 * pid, logger, text, skipped}, level being the lowest that is wanted ("debug" "info" "warning" "error" "critical"),
 * whatever the system writes to its log. Where target is the admin: the system's own words. class_name not NULL:
 * in place of target, all actors of that class. A name is followed from holder to holder. At most 200 a second, 2,000
 * at once, and none while 1 MiB is unread: skipped counts those left out before this one; without text it is alone.
 * Ends with the connection, with the next call, which follows something else, or with level NULL.
 * TSP_EDEAD, TSP_EVALUE.
 */
TSP_API int tsp_follow_log(tsp_system *system, tsp_address target, const char *class_name, const char *level,
	tsp_error *err);
/* Exit request now, and its host is killed if it is still there after grace_ms; 0: the host is killed
 * at once. TSP_EDEAD if it is not there, TSP_EPERM if it shares a host and others is false (in the
 * simple base also if it is true): *ret_sharing (may be NULL) says how many go along. */
TSP_API int tsp_kill(tsp_system *system, tsp_address actor, int64_t grace_ms, bool others,
	int *ret_sharing, tsp_error *err);

/*
 * As tsp_kill, and the actor comes back. One that a caller created, or an actor under a name, the system creates
 * again as it was: class, source or module, argument, requirements, role, and the name; what waits at that name
 * stays, what its host had and had not handled is a dead letter. *ret_actor is then its address (the name's, if
 * it has one), and the call returns when it has started. For one that has a parent, or that the start of the
 * system named, others see to that: the call returns when its end was asked for, with TSP_NOBODY in *ret_actor.
 * As tsp_kill and tsp_system_create; before anything has ended: TSP_ESTART (it has not started), TSP_ESOURCE (its
 * source was unloaded), TSP_ETOOBIG (its argument and requirements were past 64 KiB, or those of all actors past
 * 16 MiB, and were not kept), TSP_EPERM (its parent has gone). Works in the simple base as tsp_kill does.
 */
TSP_API int tsp_restart(tsp_system *system, tsp_address actor, int64_t grace_ms, bool others,
	int64_t timeout_ms, int *ret_sharing, tsp_address *ret_actor, tsp_error *err);

/* Tells parent of a child that is gone, once more or for the first time: ChildActorExited with the reason
 * "reported" (spec part 7). TSP_EDEAD: the parent is not there; TSP_EEXIST: the child is alive. */
TSP_API int tsp_report_exit(tsp_system *system, tsp_address parent, tsp_address child, tsp_error *err);

/*
 * The morgue: the system keeps the last 256 dead letters, and the last 256 poison messages that a handler failed
 * at or died of, as far as they fit into 4 MiB each; the oldest fall out. Nothing of it outlives the system. An
 * ask that met nobody is not kept: who asked has its message still, and was told.
 */
enum tsp_morgue {
	TSP_MORGUE_DEAD = 0,   /* undelivered, or of unknown outcome */
	TSP_MORGUE_POISON = 1, /* outcome "failed" or "crashed" */
};
/*
 * Morgue{shelf, bytes, fallen, entries: [{id, at_ms, age_ms, from, to, name, type, size, kept, text, sent,
 * ..}]}, the oldest first; free it. id: increasing, of both together; at_ms since 1970; from and to: addresses as
 * the message had them; name: to's, where that is a name that is still known; size of its body in bytes; kept:
 * false where that is past 256 KiB, and only the rest is here; text: the reason, or the details (what the handler
 * said, or how its host ended); sent: how often it was sent again from here; fallen: how many fell out. Of poison:
 * actor: own number of whom it failed at, class of that (else null), code, outcome, tried: how often handlers had
 * it, as far as that is known.
 */
TSP_API int tsp_morgue_list(tsp_system *system, enum tsp_morgue shelf, int64_t timeout_ms,
	tsp_message **ret_list, tsp_error *err);
/* MorgueEntry{.. as above, body: encoded, or null where it was not kept}; free it. TSP_ENOENT. */
TSP_API int tsp_morgue_show(tsp_system *system, enum tsp_morgue shelf, uint64_t id, int64_t timeout_ms,
	tsp_message **ret_entry, tsp_error *err);
/*
 * Sends a message again, to (nobody: the one it was for), as this caller's own ask: *ret_reply, to be freed, is
 * what comes first, a reply (which may be a PoisonMessage, as of tsp_ask), or Handled{outcome} from the system, when
 * a handler took it and did not answer. It is then dropped here, but not after a failure: it stays, or lies with the
 * poison, under the same id. as_sender: it goes out as from the actor that had sent it, which gets the reply,
 * and only to the one it was for; *ret_reply is MorgueSent{id}, and it is not kept any more.
 * TSP_ENOENT, TSP_ETOOBIG (its body was not kept), TSP_EDEAD (nobody there; as_sender: its sender has gone), and as
 * tsp_ask. What is of unknown outcome may so be handled twice.
 */
TSP_API int tsp_morgue_send(tsp_system *system, enum tsp_morgue shelf, uint64_t id, tsp_address to,
	bool as_sender, int64_t timeout_ms, tsp_message **ret_reply, tsp_error *err);
/* Drops one, or with id 0 all; *ret_count (may be NULL): how many. TSP_ENOENT. */
TSP_API int tsp_morgue_drop(tsp_system *system, enum tsp_morgue shelf, uint64_t id, int64_t timeout_ms,
	uint64_t *ret_count, tsp_error *err);

/*
 * Listening in: what passes the system's switch comes to tsp_listen of this connection, each message once, when
 * it is done with, as a message of the system, Traced{at_us, direction, from, to, class, type, size, latency_us,
 * outcome, system}; at the end TraceEnded{seen, shown, skipped, reason}, behind which nothing comes any more.
 *   at_us       when the system took it in, microseconds since 1970; latency_us: from then to its end
 *   direction   "in": to what is traced, "out": from it; "" where all is
 *   class       of the actor that it went to, or null
 *   outcome     "handled", "delivered" (written to a caller's connection), "failed" (its handler did), "crashed",
 *               "unstarted", "dead" (nobody took it), "unknown" (the host died of another), "refused" (past a
 *               bound, or not permitted)
 *   system      true: it is the system's own word, such as ChildActorExited
 *   body        encoded, if bodies were asked for and it is not longer than body_limit; else cut is true,
 *               and excerpt a text of its beginning
 *   reason      "limit" (so many were shown), "time", "asked" (tsp_trace_end)
 * What is past the rate, or finds a connection that is not read, is skipped, and counted. Messages between
 * actors of one shared host, or within the simple base, do not pass the switch and are not seen.
 */
typedef struct tsp_trace_options {
	tsp_address actor;      /* an actor, or a name, whoever holds it then; nobody: see class_name */
	const char *class_name; /* CLASS or MODULE:CLASS, of any actor, also of those to come; NULL: of all */
	const char *type;       /* messages of this type alone; NULL: of any */
	int64_t limit;          /* messages shown: 0: 100; at most 1,000,000 */
	int64_t rate;           /* a second, and as many at once; 0: 50; at most 100,000 */
	int64_t duration_ms;    /* 0: an hour; at most a day */
	int64_t body_limit;     /* bytes of a body; 0: no bodies; at most 1 MiB */
} tsp_trace_options;

/* *ret_actors (may be NULL): how many actors it is about now. One at a time on a connection (TSP_EEXIST), eight in
 * a system (TSP_ELIMIT); it ends with the connection. Not for actors, nor for programs that they start (TSP_EPERM).
 * TSP_EDEAD: there is no such actor; TSP_EVALUE, TSP_EUSAGE. */
TSP_API int tsp_trace(tsp_system *system, const tsp_trace_options *options, int *ret_actors, tsp_error *err);
/* TraceEnded comes to tsp_listen, behind what was seen before. TSP_ENOENT: it has ended already. */
TSP_API int tsp_trace_end(tsp_system *system, tsp_error *err);

/* Switches the internal log of the system (target its admin), or what an actor's host itself has to say
 * there. threshold: a level, NULL: as it is; forward to the normal log: 0, 1, -1: as it is; file: 0 off, 1
 * on, from 10240 on and its size in bytes, -1: as it is. TSP_EDEAD, TSP_EVALUE. */
TSP_API int tsp_set_logging(tsp_system *system, tsp_address target, const char *threshold, int forward,
	int64_t file, tsp_error *err);

/* Loads a package and waits for the verdict; ret_hash (may be NULL) receives 64 hex digits and a NUL;
 * info is shown with it in status. TSP_ENOAUTHORITY, TSP_EUNTRUSTED, TSP_EREJECTED, TSP_ELIMIT, ..;
 * with TSP_EBUILD *ret_output (may be NULL; free()) holds the compiler's lines. */
TSP_API int tsp_system_load(tsp_system *system, const void *package, size_t size, const char *info,
	int64_t timeout_ms, char ret_hash[65], char **ret_output, tsp_error *err);
/* The same, of a file of at most 63 MiB; its path is the info. TSP_ENOENT, TSP_EIO, TSP_ETOOBIG. */
TSP_API int tsp_system_load_file(tsp_system *system, const char *path, int64_t timeout_ms,
	char ret_hash[65], char **ret_output, tsp_error *err);
TSP_API int tsp_system_unload(tsp_system *system, const char *hash, int64_t timeout_ms, tsp_error *err);
TSP_API int tsp_system_update_capability(tsp_system *system, const char *name, tsp_value value,
	int64_t timeout_ms, tsp_error *err);

#ifdef __cplusplus
}
#endif

#endif
