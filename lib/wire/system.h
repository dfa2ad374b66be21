/* SPDX-License-Identifier: MIT */
/*
 * The typed messages between actors, callers, hosts and the admin: names once, fields beside them.
 * All values are maps. "Requests" go to the admin's address {system, 0}; answers and notices come
 * from it with FRAME_SYSTEM set.
 */
#ifndef TSP_WIRE_SYSTEM_H
#define TSP_WIRE_SYSTEM_H

#include <thespian.h>

/*
 * X(constant, name). Requests to the admin; core/gate.c has a row for each.
 *
 * Create        number: uint (from the sender's lease), class, source?: hash prefix | module?: name,
 *               name?, role?, argument?: encoded, requirements?: encoded, host: int (tsp_host),
 *               local: bool (a shared host made the actor itself already). A caller's is answered:
 *               Created{address} or CreateFailed{code, reason, detail}
 * Exited        (from a host: from = {system, 0}) number, reason: "exited" | "failed" | "unfit" (for
 *               its system) | "exit request", detail, code, recursive: bool (false: its children stay)
 * Lease         (from a host: to = {system, 0}, from = {system, 0}) answered LeaseGranted{lease}
 * LogRecord     level, text, logger?, places?: int (1 internal log, 2 the normal one, which it is
 *               where the member is absent). Never answered
 * SetLogging    address?: an actor, whose host is meant (else the system), threshold?: level,
 *               useLogging?: bool, useFile?: bool | int (bytes); answered Updated{} | RequestFailed
 * LoadSource    data: bytes, info: text; answered LoadedSource or SourceFailed
 * UnloadSource  hash: prefix; answered UnloadedSource or RequestFailed (TSP_ESOURCE)
 * ValidatedSource sourceHash, sourceZip: bytes | null, code?, reason?  (from the authority)
 * RegisterSourceAuthority  answered Registered{} or RequestFailed{code, reason}
 * HandleDeadLetters, NotifyOnSourceAvailability   enable: bool
 * UpdateCapability  name, value (null removes); answered Updated{} | RequestFailed
 * SystemShutdown    answered ShutdownCompleted{killed: int} when nothing is left but the admin
 * TakeNames     names: [text]; NamesTaken{names} | NamesRefused{name, holder, code}
 * GiveNames     names, targets: [address]; NamesGiven{names} | NamesRefused
 * KeepNames     names, keep_ms; FreeNames names   (both NamesKept / NamesFreed | NamesRefused)
 * ListChildren  answered Children{children: [{address, class, source, role, name, since_ms}]}
 * EndChildren   children: [uint], numbers of the asker's children; each gets an exit request. Never answered
 * Resolve       name; answered Resolved{holder: address, name: address} | RequestFailed{TSP_ENOENT}. Or
 *               address; answered Resolved{address, outside: bool, member: bool, leader: bool}: a caller's that
 *               no actor started, at another system of the convention, at one that leads this one
 * Kill          address, grace_ms, others: bool; answered Killed{address, sharing} | RequestFailed{.., sharing}
 * ReportExit    parent, child: addresses; answered ExitReported{} | RequestFailed (TSP_EDEAD: no such parent;
 *               TSP_EEXIST: the child is alive)
 * Restart       address, grace_ms, others: bool (as of Kill); answered Created{address}, when the system has
 *               created it again; Killed{address, sharing} at once where another sees to that; CreateFailed |
 *               RequestFailed{.., sharing?}
 * ListMorgue    shelf: int (enum tsp_morgue); answered Morgue{shelf, entries: [{..}], bytes, fallen}
 * ShowMorgue    shelf, id: uint; answered MorgueEntry{.., body: encoded | null} | RequestFailed (TSP_ENOENT)
 * SendMorgue    shelf, id, to?: address, as_sender: bool; the message goes out, noted, from the asker's address,
 *               or as from its sender: then answered MorgueSent{id}. RequestFailed
 * DropMorgue    shelf, id (0: all); answered MorgueDropped{count} | RequestFailed (TSP_ENOENT)
 * Poisoned      (from a host, of what its own actors sent to each other) from, to: addresses, message?: encoded
 *               | type, size: uint (of one past 256 KiB), code, outcome, details: as of PoisonMessage. Never
 *               answered
 * ListActors    source?: full hash; answered ActorList{actors: [...], source?}
 * ListWaits     answered WaitList{waits: [...], waitCount}
 * FollowLog     address: an actor's, or the system's for its own words, | class: text; level?: the lowest,
 *               absent: no more. Answered Updated{} | RequestFailed; LoggedRecords come to the caller's own
 *               address until its connection ends, or follows something else
 * CancelAsk     number: reply address's number whose waiting message may be dropped
 * NotifyOnSystemRegistrationChanges  enable: bool; PreRegisterRemoteSystem  remote: "HOST:PORT",
 *               capabilities: map; DeregisterRemoteSystem  remote: text | address. Not answered, but by
 *               RequestFailed
 * Trace         events: uint (number of the caller's own address that Traced and TraceEnded go to), actor?:
 *               address, class?, type?, limit?, rate?, duration_ms?, body_limit?: uint; answered
 *               TraceStarted{actors: uint (that it is about now)} | RequestFailed (TSP_EEXIST: one runs on this
 *               connection; TSP_ELIMIT: eight do in the system; TSP_EDEAD, TSP_EVALUE)
 * TraceEnd      TraceEnded goes out, then answered Updated{} | RequestFailed (TSP_ENOENT: none runs)
 * Thespian_StatusReq  answered Thespian_SystemStatus (to an actor's address: Thespian_ActorStatus); about?:
 *               "convention": of that alone, with all its systems
 */
#define SYSTEM_REQUESTS(X)                                   \
	X(REQUEST_CREATE, "Create")                          \
	X(REQUEST_EXITED, "Exited")                          \
	X(REQUEST_LEASE, "Lease")                            \
	X(REQUEST_LOG, "LogRecord")                          \
	X(REQUEST_SET_LOGGING, "SetLogging")                 \
	X(REQUEST_LOAD, "LoadSource")                        \
	X(REQUEST_UNLOAD, "UnloadSource")                    \
	X(REQUEST_VALIDATED, "ValidatedSource")              \
	X(REQUEST_AUTHORITY, "RegisterSourceAuthority")      \
	X(REQUEST_DEAD_LETTERS, "HandleDeadLetters")         \
	X(REQUEST_NOTIFY_SOURCES, "NotifyOnSourceAvailability") \
	X(REQUEST_CAPABILITY, "UpdateCapability")            \
	X(REQUEST_SHUTDOWN, "SystemShutdown")                \
	X(REQUEST_TAKE, "TakeNames")                         \
	X(REQUEST_GIVE, "GiveNames")                         \
	X(REQUEST_KEEP, "KeepNames")                         \
	X(REQUEST_FREE, "FreeNames")                         \
	X(REQUEST_CHILDREN, "ListChildren")                  \
	X(REQUEST_END_CHILDREN, "EndChildren")               \
	X(REQUEST_RESOLVE, "Resolve")                        \
	X(REQUEST_KILL, "Kill")                              \
	X(REQUEST_REPORT_EXIT, "ReportExit")                 \
	X(REQUEST_RESTART, "Restart")                        \
	X(REQUEST_MORGUE_LIST, "ListMorgue")                 \
	X(REQUEST_MORGUE_SHOW, "ShowMorgue")                 \
	X(REQUEST_MORGUE_SEND, "SendMorgue")                 \
	X(REQUEST_MORGUE_DROP, "DropMorgue")                 \
	X(REQUEST_POISONED, "Poisoned")                      \
	X(REQUEST_ACTORS, "ListActors")                      \
	X(REQUEST_WAITS, "ListWaits")                        \
	X(REQUEST_FOLLOW_LOG, "FollowLog")                   \
	X(REQUEST_CANCEL, "CancelAsk")                       \
	X(REQUEST_NOTIFY_SYSTEMS, "NotifyOnSystemRegistrationChanges") \
	X(REQUEST_PRE_REGISTER, "PreRegisterRemoteSystem")   \
	X(REQUEST_DEREGISTER, "DeregisterRemoteSystem")      \
	X(REQUEST_TRACE, "Trace")                            \
	X(REQUEST_TRACE_END, "TraceEnd")                     \
	X(REQUEST_STATUS, "Thespian_StatusReq")

/*
 * From the system to actors, callers and hosts; reserved for it. Fields stand in thespian.h, but for:
 *
 * CreateActor   (to a host, to.number is the new actor) class, source?: full hash, module?, parent:
 *               address, name?, role?, argument?: encoded, requirements?: encoded
 * TroupeWork    (from a leader to its worker) sender: address, message: encoded
 * TroupeDone    (back) code: int (0: it is done), text, leaving: bool
 * PoisonMessage is also how an undeliverable ask ends: code is TSP_EDEAD, TSP_EBACKLOG, ..
 * ForceExit     (to a host, to.number 0) every actor of the host is to exit in order
 * NewCapabilities (to a host, to.number 0) capabilities: map
 * LogSettings   (to a host, to.number 0) least: lowest level wanted of actors, normal: of these by the log
 *               itself (below it: by who follows it), own_least: of the host's own
 *               in the internal log, places: where the latter go (bits as of LogRecord), file?: the
 *               internal log, for SIGUSR1
 */
#define SYSTEM_NOTICES(X)                                \
	X(NOTICE_CREATE_ACTOR, "CreateActor")            \
	X(NOTICE_CREATED, "Created")                     \
	X(NOTICE_CREATE_FAILED, "CreateFailed")          \
	X(NOTICE_LEASE, "LeaseGranted")                  \
	X(NOTICE_CHILD_EXITED, "ChildActorExited")       \
	X(NOTICE_POISON, "PoisonMessage")                \
	X(NOTICE_WAKEUP, "WakeupMessage")                \
	X(NOTICE_WATCH, "WatchMessage")                  \
	X(NOTICE_DEAD, "DeadEnvelope")                   \
	X(NOTICE_LOADED, "LoadedSource")                 \
	X(NOTICE_UNLOADED, "UnloadedSource")             \
	X(NOTICE_SOURCE_FAILED, "SourceFailed")          \
	X(NOTICE_VALIDATE, "ValidateSource")             \
	X(NOTICE_HANDLED, "Handled")                     \
	X(NOTICE_NAMES_TAKEN, "NamesTaken")              \
	X(NOTICE_NAMES_REFUSED, "NamesRefused")          \
	X(NOTICE_NAMES_GIVEN, "NamesGiven")              \
	X(NOTICE_NAMES_KEPT, "NamesKept")                \
	X(NOTICE_NAMES_FREED, "NamesFreed")              \
	X(NOTICE_CHILDREN, "Children")                   \
	X(NOTICE_RESOLVED, "Resolved")                   \
	X(NOTICE_KILLED, "Killed")                       \
	X(NOTICE_EXIT_REPORTED, "ExitReported")          \
	X(NOTICE_MORGUE, "Morgue")                       \
	X(NOTICE_MORGUE_ENTRY, "MorgueEntry")            \
	X(NOTICE_MORGUE_SENT, "MorgueSent")              \
	X(NOTICE_MORGUE_DROPPED, "MorgueDropped")        \
	X(NOTICE_ACTORS, "ActorList")                    \
	X(NOTICE_TRACE_STARTED, "TraceStarted")          \
	X(NOTICE_TRACED, "Traced")                       \
	X(NOTICE_TRACE_ENDED, "TraceEnded")              \
	X(NOTICE_WAITS, "WaitList")                      \
	X(NOTICE_LOGGED, "LoggedRecord")                 \
	X(NOTICE_REGISTERED, "Registered")               \
	X(NOTICE_UPDATED, "Updated")                     \
	X(NOTICE_REQUEST_FAILED, "RequestFailed")        \
	X(NOTICE_SHUTDOWN, "ShutdownCompleted")          \
	X(NOTICE_SYSTEM_STATUS, "Thespian_SystemStatus") \
	X(NOTICE_ACTOR_STATUS, "Thespian_ActorStatus")   \
	X(NOTICE_FORCE_EXIT, "ForceExit")                \
	X(NOTICE_TROUPE_WORK, "TroupeWork")              \
	X(NOTICE_TROUPE_DONE, "TroupeDone")              \
	X(NOTICE_CAPABILITIES, "NewCapabilities")        \
	X(NOTICE_LOG_SETTINGS, "LogSettings")            \
	X(NOTICE_CONVENTION, "ActorSystemConventionUpdate")

/*
 * From one system's admin to another's, {system, 0} to {system, 0}, with FRAME_SYSTEM; core/words.c has a
 * reader for each. What one does not know is for later versions. Addresses are those of birth.
 *
 * ConventionRegister   capabilities: map, address: text (where it can be dialled, or ""), actors: uint, role:
 *               "member" (the receiver leads) | "leader" (the answer) | "invite" (the sender leads from now on),
 *               from: text (IP address from which the receiver has dialled, or "")
 * ConventionDeRegister {}; the pair is over
 * WhoIs         system: uint, to a leader. It tells that one MemberComes{system, key: bytes, address: text}, which
 *               answers MemberAgrees{system}; then the leader answers MemberIs{system, known: bool, key?, address?}
 * MemberExpelled key: bytes; from a leader, to all of its members
 * PlaceActor    child, parent: addresses, class, source?: hash | module?, role?, host: int, argument?,
 *               requirements?: encoded, tried: [uint], systems that could not take it
 * ActorPlaced   child
 * PlaceFailed   child, code, reason, detail, final: bool (nobody else knows of a place either)
 * PlacedEnded   child, reason, detail, status: int (as of waitpid, or -1)
 * EndPlaced     child, grace_ms: int
 * MessageReturned  to, from: addresses, message?: encoded, note: uint, reason: text, code: int,
 *               unknown: bool (it may have been handled)
 * ConventionLog record: of a warning or worse, for the leader's log, too
 * PlaceAt       child, system: uint; from a leader that has no place, but knows that member which may have one
 * FetchSource   sourceHash; answered SourcePackage{sourceHash, data: bytes, info} | SourceLacking{sourceHash, reason}
 * SourceUnloaded sourceHash; to who fetched it from the sender
 */
#define SYSTEM_WORDS(X)                              \
	X(WORD_REGISTER, "ConventionRegister")       \
	X(WORD_DEREGISTER, "ConventionDeRegister")   \
	X(WORD_PLACE, "PlaceActor")                  \
	X(WORD_PLACED, "ActorPlaced")                \
	X(WORD_PLACE_FAILED, "PlaceFailed")          \
	X(WORD_PLACED_ENDED, "PlacedEnded")          \
	X(WORD_END_PLACED, "EndPlaced")              \
	X(WORD_RETURNED, "MessageReturned")          \
	X(WORD_FETCH, "FetchSource")                 \
	X(WORD_PACKAGE, "SourcePackage")             \
	X(WORD_LACKING, "SourceLacking")             \
	X(WORD_PLACE_AT, "PlaceAt")                  \
	X(WORD_WHO, "WhoIs")                         \
	X(WORD_COMES, "MemberComes")                 \
	X(WORD_AGREES, "MemberAgrees")               \
	X(WORD_WHO_IS, "MemberIs")                   \
	X(WORD_EXPELLED, "MemberExpelled")           \
	X(WORD_UNLOADED, "SourceUnloaded")           \
	X(WORD_LOG, "ConventionLog")

/* What anybody may send to anybody: an exit request, and a status request. */
#define SYSTEM_EXIT_REQUEST "ActorExitRequest"
#define SYSTEM_STATUS_REQUEST "Thespian_StatusReq"

#define SYSTEM_NAME_MEMBER(constant, text) constant,
enum system_request { SYSTEM_REQUESTS(SYSTEM_NAME_MEMBER) REQUEST_COUNT };
enum system_notice { SYSTEM_NOTICES(SYSTEM_NAME_MEMBER) NOTICE_COUNT };
enum system_word { SYSTEM_WORDS(SYSTEM_NAME_MEMBER) WORD_COUNT };
#undef SYSTEM_NAME_MEMBER

const char *system_request_name(enum system_request request);
const char *system_notice_name(enum system_notice notice);
const char *system_word_name(enum system_word word);
/* -1: not one. */
int system_request_find(tsp_text type);
int system_notice_find(tsp_text type);
int system_word_find(tsp_text type);
/* Whether a type may be sent by the system only. */
bool system_is_reserved(tsp_text type);

#endif
