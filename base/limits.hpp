// SPDX-License-Identifier: Apache-2.0
// Every limit of the daemon by name, with its reason. A limit that is reached is an Error or a
// counter, never ignored silently.
#pragma once

#include <cstddef>

namespace slewd::limits {

// Configuration and rule files.
inline constexpr std::size_t kConfigBytes = std::size_t{1} << 20;  // a file of 1 MiB is a mistake
inline constexpr int kJsonDepth = 32;                              // our deepest schema needs 9
inline constexpr std::size_t kConfigProblems = 20;                 // enough to correct in one pass

inline constexpr std::size_t kUrlBytes = 2048;

// Configurations of other daemons (slewctl convert).
inline constexpr std::size_t kConvertBytes = std::size_t{1} << 18;  // of all files together
inline constexpr std::size_t kConvertFiles = 256;                   // of all folders together
inline constexpr std::size_t kConvertDots = 1024;      // in TOML: each can nest a table
inline constexpr std::size_t kConvertNotes = 4096;     // of all lines together
inline constexpr int kConvertDepth = 8;                // of files that name files
inline constexpr std::size_t kConvertLineBytes = 160;  // of a line, as a comment
inline constexpr std::size_t kConvertShownBytes = 40;  // of a word, in a message
inline constexpr std::size_t kConvertTextBytes = std::size_t{1} << 19;  // of what is written

// The model of w32time.
inline constexpr std::size_t kW32timeMoments = 10000;  // of one run; real settings need 20

// Sources.
inline constexpr std::size_t kSources = 32;     // bounds series, packets and selection work
inline constexpr std::size_t kPoolMembers = 8;  // of one pool line
inline constexpr std::size_t kResolvedAddresses = 16;
inline constexpr std::size_t kRememberedBudgets = 256;   // of recently polled addresses
inline constexpr std::size_t kRememberedAddresses = 64;  // of one name, also when given up
inline constexpr std::size_t kNtpPacketBytes = 1232;     // fits the IPv6 minimum MTU
inline constexpr std::size_t kLeapListBytes = 65536;     // tzdata's has 5065
inline constexpr std::size_t kLeapSeconds = 256;         // 28 in the 54 years since 1972

// Operating system.
inline constexpr std::size_t kClientSockets = 64;     // each source has one, reloads overlap
inline constexpr int kSocketErrorsInARow = 16;        // then a socket is not polled: no busy loop
inline constexpr std::size_t kStateFileBytes = 4096;  // the drift file has about 150
inline constexpr std::size_t kNotifyBytes = 4096;     // one message to the service manager
inline constexpr std::size_t kJournalBytes = 16384;   // one entry of the journal
inline constexpr std::size_t kCommandLineBytes = 65536;  // read of a process that may steer
inline constexpr std::size_t kCgroupBytes = 65536;       // 13 hierarchies, paths up to 4096
inline constexpr std::size_t kPauseFileBytes = 16384;    // a reason of which each byte is escaped
inline constexpr std::size_t kPauseReasonBytes = 1024;
inline constexpr int kPauseSeconds = 366 * 86400;      // the longest, but for one without an end
inline constexpr std::size_t kKernelTextBytes = 512;   // read of a small file of /proc or /sys
inline constexpr std::size_t kProcessNameBytes = 128;  // shown of a unit's or container's name

// Programs that set the clock (docs/design/adr/0005-who-set-the-clock.md).
inline constexpr std::size_t kClockCalls = 256;           // remembered; sets replace reads
inline constexpr int kClockCallSeconds = 10;              // for which a call is remembered
inline constexpr std::size_t kTracedProcessors = 256;     // of five descriptors and 48 KiB each
inline constexpr std::size_t kClockCallRingBytes = 8192;  // 100 calls of one processor
inline constexpr std::size_t kExitRingBytes = 32768;      // the last 450 ends on one processor
inline constexpr std::size_t kTracepointFormatBytes = 16384;
inline constexpr std::size_t kTracepointFileBytes = 4096;  // five lines have 150

// Witnesses of the machine.
inline constexpr int kVmclockTries = 200;            // while the hypervisor writes: some 10 us
inline constexpr std::size_t kUeventBytes = 8192;    // the kernel's own bound is half of it
inline constexpr std::size_t kNetlinkBytes = 16384;  // the kernel's largest message has 8192
inline constexpr int kNetlinkAtOnce = 64;   // taken in one go; the rest wakes the loop again
inline constexpr int kUeventsAtOnce = 256;  // taken in one go; the rest waits for the next
inline constexpr int kPtpDevices = 64;      // looked at when the hypervisor's is sought
inline constexpr unsigned kPtpSamples = 5;  // of one reading; the narrowest counts

// The trace file.
inline constexpr std::size_t kTraceBytes = std::size_t{16}
                                           << 20;  // rotated beyond: about 90,000 lines

// Snapshot rings.
inline constexpr std::size_t kJumpRing = 64;  // jumps kept in memory, shown, and not yet on disk
inline constexpr std::size_t kTransitionRing = 64;  // phase changes kept in memory and shown
inline constexpr std::size_t kOffsetRing = 256;     // points of the page's offset plot

// Rules (docs/rules.md).
inline constexpr std::size_t kSourceFiles = 64;  // in one folder of sources
inline constexpr std::size_t kRuleFiles = 100;   // in the folder of rule files
inline constexpr std::size_t kOwnRules = 64;     // of an operator; bounds series: 41 for each rule
inline constexpr std::size_t kRules = kOwnRules + 24;  // with the shipped ones
inline constexpr std::size_t kExpressionBytes = 4096;
inline constexpr std::size_t kExpressionNodes = 256;  // bounds the cost of one evaluation
inline constexpr int kExpressionDepth = 32;
inline constexpr std::size_t kTargets = 88;  // as many as rules
inline constexpr std::size_t kProbesPerTarget = 8;
inline constexpr std::size_t kDecisionRing = 256;  // decisions that wait to be recorded
inline constexpr std::size_t kLogsPerTarget = 8;
inline constexpr std::size_t kActionsPerRule = 8;
inline constexpr std::size_t kBlockersPerRule = 8;
inline constexpr std::size_t kMaintenanceWindows = 16;
inline constexpr std::size_t kFleetLocks = 8;
inline constexpr std::size_t kProtectedUnits = 64;
inline constexpr std::size_t kRuleNameBytes = 64;    // a label of metrics
inline constexpr std::size_t kRuleTextBytes = 1024;  // of a note, a notice, a path, one argument
inline constexpr std::size_t kWindowBuckets = 60;    // of one max_over(): 1 KiB of memory
inline constexpr int kWindowSeconds = 7 * 86400;     // longest window of a condition
inline constexpr std::size_t kRuleTests = 256;       // of one file of rule tests
inline constexpr std::size_t kRuleTestParts = 1024;  // events, expectations, points of one test
inline constexpr int kRuleTestLooks = 20000;         // of one test: five hours, a look each second

// Patterns and log triggers.
inline constexpr std::size_t kPatternBytes = 1024;  // the longest that is shipped has a third
inline constexpr int kPatternSteps =
    1000;  // of its program: 40 ms for the worst line; shipped: 441
inline constexpr std::size_t kPatternMemoryBytes = std::size_t{1} << 20;  // of one, when it works
inline constexpr std::size_t kLogFacts = 64;       // matches of one trigger that rules can see
inline constexpr std::size_t kSpells = 16;         // of one probe or unit, remembered
inline constexpr std::size_t kCursorBytes = 4096;  // the file of the journal's cursor has about 250
inline constexpr std::size_t kLogLineBytes = 4096;  // matched of a line or of an entry
inline constexpr std::size_t kLogShownBytes = 512;  // kept of a line that matched
inline constexpr std::size_t kLogUnitBytes = 256;   // read of an entry's origin; a unit's name fits
inline constexpr int kLogEntriesPerTurn = 256;      // of the journal, then the loop serves others
inline constexpr int kLogTurnMilliseconds = 5;      // the same in time, should lines be costly
inline constexpr int kLogRecentSeconds = 900;       // older lines are ignored
inline constexpr int kLogMatchesPerSecond = 16;     // reported for one trigger; the rest is counted
inline constexpr std::size_t kLogReadBytes = 8192;  // of one file at once
inline constexpr int kLogReadsPerTurn = 16;         // of all files, then the loop serves others
inline constexpr int kLogRestMilliseconds =
    20;  // between turns, so that a flood does not use a whole core
inline constexpr std::size_t kLogTriggers = 64;  // each line is matched with those of its log
inline constexpr std::size_t kLogBacklogBytes = std::size_t{4}
                                                << 20;  // of one file; beyond: skipped

// Remedies.
inline constexpr std::size_t kActionOutputBytes = 4096;  // kept of a child's output
inline constexpr std::size_t kArgvWords = 64;
inline constexpr std::size_t kActionRing = 64;  // actions kept in memory and shown
inline constexpr std::size_t kProbeReplyBytes = 4096;
inline constexpr std::size_t kProbeTlsBytes = 65536;       // of a handshake with a long chain
inline constexpr std::size_t kProbeHttpBytes = 131072;     // read of a page: health pages are short
inline constexpr std::size_t kProbeHttpLineBytes = 16384;  // one header field of a page
inline constexpr std::size_t kProbeTableBytes = 65536;     // that a probe's program prints
inline constexpr std::size_t kProbeTextBytes = 200;        // shown of what a probe has seen
inline constexpr std::size_t kProbeChildren = 4;           // of one probe, killed but not yet gone
inline constexpr std::size_t kLedgerBytes = std::size_t{8} << 20;  // rotated beyond
inline constexpr std::size_t kDecisionLogBytes = std::size_t{4}
                                                 << 20;  // rotated beyond: some 4000 decisions
inline constexpr std::size_t kJumpLedgerBytes = std::size_t{4}
                                                << 20;  // rotated beyond: about 9000 jumps
inline constexpr std::size_t kFormerDecisions = 256;    // more than all budgets of an hour
inline constexpr std::size_t kLedgerLineBytes = 32768;
inline constexpr std::size_t kSecretBytes = 1024;   // of a password file
inline constexpr std::size_t kLingeringPipes = 16;  // held by daemons that actions have started
inline constexpr std::size_t kPendingUndos =
    64;  // of the hooks of one step, and some of earlier ones
inline constexpr std::size_t kUndoLogBytes = std::size_t{1} << 20;

// Units of systemd.
inline constexpr std::size_t kUnitNameBytes = 255;    // systemd's own bound
inline constexpr std::size_t kWatchedUnits = 64;      // two per target
inline constexpr std::size_t kUnitActs = 16;          // under way; more are refused
inline constexpr std::size_t kUnitNeighbours = 1024;  // of one unit, in each direction
inline constexpr std::size_t kUnitDependents = 128;   // that a stop would take along, looked at
inline constexpr std::size_t kUnitAliases = 32;       // names of one unit that are checked
inline constexpr std::size_t kUnitEarlyJobs = 8;      // ends of jobs, kept until the job is known
inline constexpr std::size_t kBusCalls = 256;         // unanswered: three for each unit and act
inline constexpr int kBusMessagesAtOnce = 64;         // handled in one go; the rest waits its turn
inline constexpr std::size_t kBusAnswerBytes = 1024;  // of an error's text

// Requests that we make: to the Kubernetes API and to webhooks.
inline constexpr int kHttpCallWorkers = 4;         // a peer that hangs holds up one of them
inline constexpr std::size_t kHttpCallQueue = 32;  // requests that wait for a worker
inline constexpr std::size_t kHttpCallBodyBytes = 65536;
inline constexpr std::size_t kHttpCallAnswerBytes = 65536;    // of one object; a list says more
inline constexpr std::size_t kHttpCallFramingBytes = 262144;  // received besides: head, TLS, chunks
inline constexpr int kHttpCallSocketBytes = 131072;   // the kernel's buffer, read even after a cut
inline constexpr int kHttpCallLookMilliseconds = 10;  // between checks of the received bytes
inline constexpr std::size_t kKubeListBytes = std::size_t{4} << 20;  // 5000 leases of 700 bytes
inline constexpr std::size_t kKubeTokenBytes = 16384;                // a projected token has 1200
inline constexpr std::size_t kKubeCalls = 64;                        // that wait for their turn
inline constexpr std::size_t kKubeEvents = 64;    // series remembered, to join equal events
inline constexpr std::size_t kWebhookQueue = 64;  // messages that wait, including retries
inline constexpr std::size_t kWebhooksInFlight =
    kHttpCallWorkers - 1;                                // one is left for other requests
inline constexpr std::size_t kWebhookBodyBytes = 16384;  // of a template
inline constexpr int kWebhookTries = 10;                 // at most, of one message
inline constexpr int kCertificateShiftDays = 1;  // backward, at most, when a certificate is judged

// Fleet (docs/rules.md).
inline constexpr int kFleetSlots = 64;              // of one lock; observed one a second
inline constexpr int kLeaseSeconds = 86400;         // with more, a forgotten slot blocks for days
inline constexpr std::size_t kFleetNodes = 10000;   // of one census
inline constexpr std::size_t kLockMarkBytes = 256;  // read of a lock file

// HTTP (docs/security.md). Newcomers have sent no complete request yet: 192 of them outlast a round
// trip of 90 ms while 2000 connections come each second. A client's answer takes memory.
inline constexpr std::size_t kHttpNewcomers = 192;
inline constexpr std::size_t kHttpClients = 64;
inline constexpr std::size_t kLocalConnections = 16;  // in each room, for all local users together
inline constexpr std::size_t kTrustedConnections = 16;  // in each room, for root and slewd's user
// The kernel doubles what is asked for: 64 clients hold 5 MB at most, and a page of 600 series is
// handed over in one go.
inline constexpr int kHttpSendBytes = 24576;
inline constexpr int kHttpReceiveBytes = 8192;
// Of the unix socket, for untrusted users: unread data stays in
// the kernel until they close their end.
inline constexpr int kLocalSendBytes = 8192;
inline constexpr std::size_t kHttpWriteBytes =
    16384;  // in one call; how far a send buffer can overrun
inline constexpr std::size_t kHttpAcceptsAtOnce = 64;  // then the loop serves others
inline constexpr std::size_t kHttpHeadBytes = 16384;
inline constexpr std::size_t kHttpBodyBytes = 16384;
inline constexpr std::size_t kHttpHeaderFields = 64;
inline constexpr std::size_t kHttpMethodBytes = 16;
inline constexpr std::size_t kHttpDrainBytes = std::size_t{1}
                                               << 18;  // read and dropped after a refusal
inline constexpr int kHttpWorkers = 2;

// Symmetric keys and NTS.
inline constexpr std::size_t kKeyFileBytes = 65536;
inline constexpr std::size_t kKeys = 256;
inline constexpr std::size_t kSivBytes = 65536;  // no NTS message is longer

// The process (docs/operate.md). The limits are checked before the clock is changed.
inline constexpr int kThreads = 14;       // of the daemon with everything on
inline constexpr int kDescriptors = 112;  // 32 of its own, 64 of HTTP, 16 of probes and actions
inline constexpr int kDescriptorsAlone =
    72;  // of --single-thread: one for each source, and its own

// Queues between threads.
inline constexpr std::size_t kMailbox = 256;
inline constexpr std::size_t kResolverQueue = 32;  // names that wait for the one helper thread
inline constexpr std::size_t kLogQueue = 8192;

}  // namespace slewd::limits
