/* SPDX-License-Identifier: MIT */
/*
 * Inside of the Director actor. It owns the groups, does one operation at a time, and never waits:
 * an operation is a state that messages drive.
 *
 * Requests go to the global name `Director`; each may hold `folder`, which must then be the
 * Director's own. Every one is answered by DirectorAnswer{code, error?, hint?, output?, ...}:
 *
 *   DirectorLoad      path | group, allow_downgrade: bool, confirm_ms?: int,
 *                     check?: a message that each actor must answer            results: [result]
 *   DirectorConfirm   group                                   version, hash
 *   DirectorRefresh   release: bool                           results
 *   DirectorUnload    what: HASH | GROUP[@VERSION], force     results
 *   DirectorRollback  group, hash?                            results
 *   DirectorStarted   (answers when the groups are back)      results
 *   DirectorList      group?                                  groups: [..]
 *   DirectorRole      role, group?                            address, group, class, name?, hash
 *   DirectorStatus                                            groups, folder, waiting: int
 *   DirectorProve     nonce                                   document, signature: text, key_id, key: bytes
 *   DirectorProgress                                          done: int, total: int, group?, version?, step?
 *
 * A result is {action, group, version, hash, actors: [..], override?, note?}; action is one of
 * "loaded" "already active" "held" "rolled back" "unloaded" "inactive" "failed".
 *
 * The original's maps with DirectorOp are answered as it does, with Error where Success is false:
 *
 *   RetrieveAll         Group?                     AllAddresses: Groups
 *   RetrieveRole        Role, Group?               RoleAddress: Group, SourceHash, ActorClass, ..
 *   RequestNotification                            NotificationOfUpdate, once, at the next change
 *   LoadSource          Source: path, Group?       SourceLoading: Group, SourceHash; then it is loaded
 *   DefineGroup         Group, members of a group file; DeclaredGroup: Group. None: it is withdrawn.
 *                       Also called DeclareGroup. Not for actors
 */
#ifndef TSP_DIRECTOR_ACTOR_H
#define TSP_DIRECTOR_ACTOR_H

#include "base/clock.h"
#include "base/list.h"
#include "director/folder.h"
#include "director/rules.h"
#include "director/state.h"

#define DIRECTOR_NAME	      "Director"
#define OPERATION_EXTRA_MS    ((int64_t)30000) /* what an operation may take beyond its build */
#define OPERATION_QUEUE_LIMIT 1000 /* for requests */
#define SETTLE_MS	      ((int64_t)300)   /* for the reason behind a start that failed */
#define RETIRE_MS	      ((int64_t)5000)  /* an unload waits so long for the exits */
#define KEEP_NAMES_MS	      ((int64_t)60000)
#define DEVELOPMENT_KEEP      3 /* development packages of a group that stay in the folder */
#define RESTART_LIMIT	      5 /* in RESTART_SPAN */
#define RESTART_SPAN	      (60 * CLOCK_SECOND)

enum member_state {
	MEMBER_STARTING, /* created, OnLoad not yet handled */
	MEMBER_RUNNING,
	MEMBER_WAITING,	 /* exited, to be started again */
	MEMBER_GIVEN_UP, /* exited too often */
	MEMBER_ENDING,	 /* asked to exit */
};

/* One actor that was started from a release. */
struct member {
	struct list link;
	struct release *release;
	uint64_t id; /* in wake-ups and notes */
	char *class_name;
	char *role;    /* NULL: none */
	char *name;    /* global name of its entry; NULL: none */
	bool holds;    /* the name was given to it */
	bool made_now; /* by the activation under way */
	bool checking; /* it was asked how it is, and has not answered */
	enum member_state state;
	tsp_address address;
	int64_t started_ms; /* since 1970 */
	int restarts;
	clock_ns exits[RESTART_LIMIT + 1]; /* the latest ones, in a ring */
	size_t exit_count;
	char why[200]; /* of its last exit */
};

/* A version that is to go, and whose actors finish their work first: drain.c. */
struct drain {
	uint64_t id; /* in its wake-ups; 0: it is not to go */
	clock_ns until;
	int64_t wait_ms; /* between its last two looks */
	int idle_looks;	 /* in a row */
	struct operation *unload; /* set aside until then; NULL: AutoUnload wants it */
};

/* A load before its turn (ahead.h). */
enum ahead {
	AHEAD_NONE,
	AHEAD_ASKED,
	AHEAD_DONE,
	AHEAD_FAILED,
	AHEAD_UNWANTED, /* asked for, and to be unloaded when it comes */
};

struct ahead_failure;

/* One package that was loaded. */
struct release {
	struct list link;
	struct group *group;
	char hash[PACKAGE_HASH_TEXT];
	char version[65];
	bool loaded; /* by what we know of the system */
	bool has_rules;
	bool development; /* no release: `watch` made it, or its key alone signed it */
	enum rules_from rules_from;
	struct drain drain;
	enum ahead ahead;
	struct ahead_failure *failure; /* of AHEAD_FAILED */
	struct group_file rules;
	struct list members;
};

struct group {
	struct list link;
	char name[65];
	struct list releases;
	struct state state;
	bool state_read;
	int problem_code; /* why it could not be brought back; 0: nothing */
	char problem[sizeof(((tsp_error *)0)->text)];
	char problem_hint[300]; /* "": none */
};

enum operation_kind {
	OPERATION_BRING_BACK,
	OPERATION_LOAD,
	OPERATION_REFRESH,
	OPERATION_UNLOAD,
	OPERATION_ROLLBACK,
	OPERATION_STARTED, /* waits for what was queued before it */
	OPERATION_DRAINED, /* AutoUnload of a former version */
};

/*
 * A request whose operation is not at its end is deferred: if this Director dies, it goes back to its
 * sender at once. It is delivered again behind every message, and is known by its sender and body.
 */
struct pending {
	struct list link;
	struct operation *operation; /* NULL: at its end, it has answered */
	tsp_address asker;
	size_t size;
	uint8_t body[];
};

struct operation {
	struct list link;
	struct pending *pending; /* NULL: none */
	enum operation_kind kind;
	tsp_address asker; /* nobody: its own */
	char *subject;	   /* path, group, HASH or GROUP[@VERSION] */
	bool is_passing;   /* the path is a file that came with the request, and goes with it */
	char *hash;	   /* of rollback and drained; NULL: none */
	tsp_address loader; /* of LoadSource: who is to hear what is loaded; nobody: it has */
	char *wanted;	   /* of LoadSource: the group that it must be; NULL: any */
	int step;	   /* how far it is */
	bool is_path;
	char required[65]; /* of load: the group that is loaded first, at this moment; "": none */
	bool flag;     /* allow_downgrade, release, force */
	int64_t confirm_ms;  /* of load: the former version comes back after it; 0: never */
	uint8_t *check; /* of load: a message, encoded; NULL: none */
	size_t check_size;
	char why[160]; /* for the history, of a way back (confirm.c); "": somebody asked for it */
	char **groups; /* of refresh */
	size_t group_count;
	size_t group_next;
	struct folder_list packages; /* of refresh and started, as they were at the first step */
	tsp_builder *results; /* entries of a list, begun at the start */
	tsp_error err;	      /* first failure */
	char shown[200];      /* how errors call the subject */
	char hint[300];
	char *output; /* compiler's lines of the first failure */
};

enum phase {
	PHASE_IDLE,
	PHASE_LOADING,
	PHASE_TAKING,
	PHASE_STARTING,
	PHASE_CHECKING,
	PHASE_SETTLING,
	PHASE_GIVING,
	PHASE_UNLOADING,
};

enum activation_kind {
	ACTIVATE_LOAD,	     /* raises the mark, ends a hold */
	ACTIVATE_DOWNGRADE,  /* ends a hold, leaves the mark */
	ACTIVATE_ROLLBACK,   /* goes back in the history, begins a hold */
	ACTIVATE_DEVELOPMENT, /* as a downgrade, and takes the place of another one in the history */
	ACTIVATE_BRING_BACK, /* as the state file says */
};

/* What is under way; one at a time. */
struct activation {
	enum phase phase;
	enum activation_kind kind;
	uint64_t number;  /* in its deadline's wake-up */
	int64_t limit_ms; /* from its beginning to the deadline */
	struct release *target;
	struct release *former;	  /* active before; NULL: none, or the same */
	struct package_file file; /* path NULL: the folder has it */
	bool loaded_now;
	bool was_active;
	bool unloaded;	/* PHASE_UNLOADING: the system has said so */
	size_t pending; /* members whose OnLoad is not handled */
	size_t started; /* members that were made */
	tsp_error err;
	char *output;
};

struct director {
	char *folder;
	bool ready; /* the children of an earlier life are known */
	struct list groups;
	struct list queue;
	struct list pendings;
	size_t queued;
	size_t bring_backs; /* groups that were queued to come back since the queue was empty */
	struct operation *current;
	struct activation activation;
	char **owned; /* names that are ours to give */
	size_t owned_count;
	uint64_t next_id;
	tsp_address *watchers; /* RequestNotification */
	size_t watcher_count;
	struct list askers; /* as long as it matters who asks */
	size_t asker_count;
	struct list provings; /* requests that wait for the system's status */
	size_t proving_count;
};

/* ---- groups.c: the tables ------------------------------------------------------------------- */

struct group *groups_find(struct director *director, const char *name);
/* Finds or makes; reads its state file. NULL with err. */
struct group *groups_open(struct director *director, const char *name, tsp_error *err);
void group_note_problem(struct group *group, const tsp_error *err, const char *hint);
struct release *group_release(struct group *group, const char *hash);
struct release *group_active(struct group *group);
struct release *release_open(
	struct group *group, const char *hash, const char *version, tsp_error *err);
/* Frees the release if nothing is left of it: not loaded, no members. */
void release_drop_if_empty(struct director *director, struct release *release);
struct member *release_member(
	struct release *release, const char *class_name); /* living, or NULL */
const struct group_actor *release_rule(const struct release *release, const char *class_name);
/* Reads the rules that count for a package. */
int release_read_rules(struct director *director, struct release *release,
	const struct package *package, tsp_error *err);
struct member *member_new(
	struct director *director, struct release *release, const struct group_actor *rule);
void member_free(struct member *member);
struct member *member_find(struct director *director, tsp_address address);
struct member *member_by_id(struct director *director, uint64_t id);
bool member_lives(const struct member *member);
void groups_clear(struct director *director);
/* The release meant by HASH (6 digits at least) or GROUP[@VERSION]; TSP_ENOENT, TSP_EVALUE (ambiguous). */
int groups_resolve(
	struct director *director, const char *what, struct release **ret_release, tsp_error *err);

/* ---- director_actor.c ------------------------------------------------------------------------ */

extern const tsp_class director_class;
extern const tsp_class authority_class;

/* ---- operation.c: the queue, what each request means, answers ------------------------------- */

void operation_fail(tsp_actor *self, const char *subject, const tsp_error *err, const char *hint);
int operation_queue(tsp_actor *self, struct operation *operation);
/* One that was set aside is the next to go on. */
void operation_resume(struct director *director, struct operation *operation);
/* DirectorProgress: how far what is under way is, in groups (total 0: it is about one only). */
void operation_progress(tsp_actor *self, tsp_address asker);
struct operation *operation_new(enum operation_kind kind, tsp_address asker, const char *subject);
void operation_free(struct operation *operation);
/* One group more that the operation goes through, once. TSP_ENOMEM. */
int operation_add_group(struct operation *operation, const char *group);
/* The request that was deferred with this message; NULL: none. */
struct pending *pending_find(const struct director *director, const tsp_message *message);
/* Notes the message as the operation's; NULL: no memory, then it is not to be deferred. */
struct pending *pending_new(
	struct director *director, struct operation *operation, const tsp_message *message);
void pending_free(struct pending *pending); /* takes NULL */
/* Goes on where nothing is under way; called behind every message, so that no step begins within another. */
void operation_pump(tsp_actor *self);
/* The activation (or unload) under way ended: err NULL, or why it failed. Only notes it. */
void operation_activated(tsp_actor *self, struct release *release, const char *action,
	const tsp_error *err, const char *output);
/* A wake-up to this actor: {kind: number}. */
int director_wake(tsp_actor *self, int64_t delay_ms, const char *kind, uint64_t number);

/* ---- replacement.c: one version takes over from another -------------------------------------- */

/* Begins; the file is taken over (path NULL: nothing to load from, target must be loaded). Ends in
 * operation_activated. */
void replacement_begin(tsp_actor *self, struct release *target, enum activation_kind kind,
	struct package_file *file);
/* Each event of the system, as far as it belongs to the activation. */
void replacement_loaded(tsp_actor *self, const char *hash);
void replacement_source_failed(tsp_actor *self, const tsp_message *message);
void replacement_names_taken(tsp_actor *self);
void replacement_names_refused(tsp_actor *self, const tsp_message *message);
void replacement_names_given(tsp_actor *self);
void replacement_handled(tsp_actor *self, struct member *member, bool finished);
/* A member (NULL: one that is gone) did not start, or did not pass the check. */
void replacement_child_failed(tsp_actor *self, struct member *member, const char *why);
/* A wake-up of the activation: its deadline, or the end of a wait for reasons. */
void replacement_due(tsp_actor *self, uint64_t number, bool settled);

/* ---- member.c: one actor -------------------------------------------------------------------- */

void member_exit(tsp_actor *self, struct member *member);
/* Creates a member's actor and sends its OnLoad. */
int member_start(tsp_actor *self, struct member *member);
void member_send(tsp_actor *self, struct member *member, tsp_value message);
/* Sends a message, typed or not, as its sender wrote it; noted: a Handled message with its id follows. */
int member_tell(tsp_actor *self, const struct member *member, tsp_value message, bool noted);

/* ---- retire.c -------------------------------------------------------------------------------- */

/* Exit requests to what was started from it, then the source is unloaded; wait: for their exits, a
 * while. Ends in operation_activated. */
void retire_begin(tsp_actor *self, struct release *release, bool wait);
void retire_unloaded(tsp_actor *self, const char *hash);
/* Ends the unload if all is gone. late: what is left is not waited for. */
void retire_check(tsp_actor *self, bool late);
/* AutoUnload and TLS_Keep_Limit after an activation. */
void retire_former(tsp_actor *self, struct group *group);
/* Queues the unload of a version that AutoUnload wants to go. */
void retire_queue(tsp_actor *self, const struct release *release);
void folder_thin_out(tsp_actor *self, struct group *group);

/* ---- drain.c: actors that finish their work before they go ------------------------------------- */

/* Then unload (NULL: AutoUnload's) goes on; it is set aside meanwhile, so that others have their turn. */
void drain_begin(tsp_actor *self, struct release *release, struct operation *unload);
/* Ends it before its time, if there is one. */
void drain_end(tsp_actor *self, struct release *release);
void drain_due(tsp_actor *self, uint64_t id);
/* An ActorList: how busy they are. */
void drain_seen(tsp_actor *self, const tsp_message *message);

/* All that the activation needs is there: the state file is written, the names are given. */
void replacement_commit(tsp_actor *self);

/* ---- check.c: new actors that must answer before they take over ------------------------------ */

/* All have started: asks each, if the load wants that, else goes on at once. */
void check_begin(tsp_actor *self);
/* What an actor sent: its answer, if it was asked. */
void check_answered(tsp_actor *self, struct member *member);
void check_due(tsp_actor *self, uint64_t number);

/* ---- confirm.c: versions that give way again unless they are confirmed ----------------------- */

/* The state of an activation's group is about to say until when it must be confirmed. */
int64_t confirm_deadline(const struct director *director, const struct state *before);
/* Wakes the Director when the group's time is over. */
void confirm_arm(tsp_actor *self, const struct group *group);
/* Whether the active version was not confirmed in time. */
bool confirm_is_over(const struct group *group);
/* Queues the way back of each group whose time is over; its step asks once more whether it is. */
void confirm_due(tsp_actor *self);
/* DirectorConfirm. */
void confirm_group(tsp_actor *self, const tsp_message *message, tsp_address asker);

/* ---- names.c --------------------------------------------------------------------------------- */

bool names_own(const struct director *director, const char *name);
int names_add(struct director *director, const char *name);
/* Frees names of ours that no living member holds or waits for. */
void names_free_unused(tsp_actor *self);
/* Living member of another group that has the name; NULL: none. */
struct member *names_conflict(
	struct director *director, const struct group *group, const char *name);

/* ---- supervise.c ----------------------------------------------------------------------------- */

void supervise_exited(tsp_actor *self, struct member *member, const char *why);
void supervise_due(tsp_actor *self, uint64_t id);
void supervise_started(tsp_actor *self, struct member *member);
/* Takes a member that does not live out of its release. */
void supervise_forget(tsp_actor *self, struct member *member);

/* ---- adopt.c: a Director's beginning --------------------------------------------------------- */

/* Takes over the children of an earlier life, then queues what the state files say. */
void adopt_children(tsp_actor *self, tsp_value children);
/* Queues once more what could not be brought back. */
void adopt_again(tsp_actor *self);
/* Role text of a member: "GROUP@VERSION ROLE"; free() it. */
char *member_role_text(const struct member *member);

/* ---- inventory.c: answers about what is there ------------------------------------------------ */

void put_member(tsp_actor *self, tsp_builder *builder, const struct member *member);
void put_result(
	tsp_actor *self, tsp_builder *builder, const struct release *release, const char *action);
void inventory_list(tsp_actor *self, const tsp_message *message, tsp_address asker);
void inventory_role(tsp_actor *self, const tsp_message *message, tsp_address asker);
void inventory_status(tsp_actor *self, const tsp_message *message, tsp_address asker);
void inventory_put_text(tsp_builder *builder, const char *key, const char *text); /* "": null */
/* Member "groups"; only: of this group, "": of all. */
void put_groups(tsp_actor *self, tsp_builder *builder, tsp_text only);
/* Sends and frees it; type NULL: a plain value. */
void inventory_send(tsp_actor *self, tsp_address asker, const char *type, tsp_builder *builder);
/* First living actor of an active version in the role; only: of this group. NULL: none. */
const struct member *inventory_find_role(
	const struct director *director, tsp_text role, tsp_text only);
tsp_address inventory_role_address(tsp_actor *self, const struct member *member);
/* Answers code, error, hint alone. */
void answer_error(tsp_actor *self, tsp_address asker, const tsp_error *err, const char *hint);

/* ---- original.c: the original's messages ------------------------------------------------------- */

/* As a handler: TSP_DEFER where it must wait. */
int original_request(tsp_actor *self, const tsp_message *message, tsp_address asker);
/* Tells those who asked for it, once, that something has changed. */
void original_notify(tsp_actor *self);
/* {DirectorResponse, Success, Group, SourceHash (hash not NULL), Error}; err NULL: success. */
void original_answer(tsp_actor *self, tsp_address asker, const char *response, const char *group,
	const char *hash, const tsp_error *err);
/* Tells who sent LoadSource, once, which source is being loaded, or why none is. */
void original_loading(tsp_actor *self, struct operation *operation, const char *group,
	const char *hash, const tsp_error *err);

/* ---- declare.c: group files by message --------------------------------------------------------- */

/* DefineGroup; as a handler. */
int declare_group(tsp_actor *self, const tsp_message *message, tsp_address sender);

/* ---- askers.c: who it is that asks --------------------------------------------------------------- */

struct asker {
	struct list link;
	tsp_address address;
	int64_t since; /* of clock_read */
	bool foreign; /* of another system */
	bool here;    /* the systems have answered: this one, */
	bool there;   /* its own */
	bool outside; /* a caller that no actor has started, as its own system says */
	bool member;  /* of a system that is linked with this one, */
	bool leader;  /* which leads it */
};

/* Asks the systems where that was not done. NULL: too many wait. */
struct asker *asker_get(tsp_actor *self, tsp_address address);
/* False: who asks is to be deferred. */
bool asker_known(const struct asker *asker);
void asker_forget(struct director *director, struct asker *asker);
/* Resolved. */
void asker_resolved(tsp_actor *self, const tsp_message *message);
void askers_clear(struct director *director);

/* ---- orders.c: what another system's operator asks for ------------------------------------------- */

#define ORDER_ANSWERED (-1)
/* As a handler, of a request that came from another system: TSP_DEFER; ORDER_ANSWERED: refused; TSP_OK: it may
 * be done. */
int order_judge(tsp_actor *self, const tsp_message *message, tsp_address sender);
/* The package that came with a load, as a file that is removed with the operation. */
int order_unpack(tsp_actor *self, const tsp_message *message, struct operation *operation, tsp_error *err);

/* ---- prove_request.c: what the system here runs, signed -------------------------------------------- */

/* As order_judge, of a request that came from this system. */
int proving_judge(tsp_actor *self, tsp_address sender);
/* DirectorProve; it is answered when the status is there. */
void proving_request(tsp_actor *self, const tsp_message *message, tsp_address sender);
/* Thespian_SystemStatus. */
void proving_status(tsp_actor *self, const tsp_message *status);
void provings_clear(struct director *director);

#endif
