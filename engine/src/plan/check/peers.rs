//! Whether the system allows the peer processes and the resources of their mechanisms.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::host::Ceiling;
use crate::plan::limits::Limits;
use crate::plan::support::processes;
use crate::scenario::{Ipc, Mechanism, Peers, Point, Scenario, Step, Verb};
use crate::units::format_count;

/// The threads of a peer: one answers, one watches the processes for which the peer exists.
const PEER_THREADS: u64 = 2;

/// How many messages each queue of a peer holds, and about how many bytes the kernel adds for each.
const MESSAGES: u64 = 2;
const MESSAGE_BYTES: u64 = 96;

/// How many signals of a peer may be queued at once: one in each direction, and one that reports its end.
const SIGNALS: u64 = 3;

const FEWER: &str = "take fewer `peers`";
const FEWER_OR_SMALLER: &str = "take fewer `peers` or smaller messages";

/// The need of one peer for a resource.
type Need = fn(&Peers) -> u64;

/// Peers of a task, and the place of the first step that uses them.
struct Group {
    peers: Peers,
    at: Range<usize>,
}

/// Reports more peers, or bigger messages, than the system allows.
pub(super) fn check_peers(scenario: &Scenario, point: &Point, limits: &Limits, found: &mut Vec<Diagnostic>) {
    let groups: Vec<Group> = point.tasks.iter().flat_map(|task| groups(&task.steps)).collect();
    for group in &groups {
        check_message(group, limits, found);
    }
    // In an engine of several processes each process has peers of its own.
    let workers = point.workers.iter().map(|workers| workers.map_or(limits.cores, std::num::NonZeroU32::get)).max();
    let times =
        scenario.engines.iter().map(|engine| processes(*engine, workers.unwrap_or(1)).max(1)).max().unwrap_or(1);
    let threads = limits.threads.threads.iter().min_by_key(|limit| limit.free);
    let (queues, signals) = (&limits.queues, &limits.signals);
    let needs: [(Need, u32, _, _, _); 5] = [
        (|_| PEER_THREADS, times, "threads in all", threads, FEWER),
        (|peers| 2 * uses(Mechanism::Mqueue, peers), times, "message queues in all", queues.queues.as_ref(), FEWER),
        (queue_bytes, times, "bytes of message queues in all", queues.bytes.as_ref(), FEWER_OR_SMALLER),
        (
            |peers| uses(Mechanism::Signal, peers),
            1,
            "signals of their own in a process",
            signals.numbers.as_ref(),
            FEWER,
        ),
        (
            |peers| SIGNALS * uses(Mechanism::Signal, peers),
            times,
            "queued signals in all",
            signals.queued.as_ref(),
            FEWER,
        ),
    ];
    for (each, times, what, limit, fewer) in needs {
        let all = |group: &Group| each(&group.peers).saturating_mul(group.peers.count.into());
        let needed = groups.iter().map(all).fold(0, u64::saturating_add).saturating_mul(times.into());
        let Some(Ceiling { name, value, remedy, .. }) = limit.filter(|limit| limit.free < needed) else { continue };
        let Some(most) = groups.iter().max_by_key(|group| all(group)) else { continue };
        let [needed, value] = [needed, *value].map(format_count);
        let problem = Diagnostic::error(format!("the peers need {needed} {what}, and `{name}` is {value}"));
        let problem = problem.at(most.at.clone()).label("most of them are here");
        found.push(problem.help(fewer).help(format!("or {remedy}")));
    }
}

/// 1 if the peers use `mechanism`, else 0.
fn uses(mechanism: Mechanism, peers: &Peers) -> u64 {
    (peers.mechanism == mechanism).into()
}

/// The bytes of a peer's queues.
fn queue_bytes(peers: &Peers) -> u64 {
    uses(Mechanism::Mqueue, peers) * 2 * MESSAGES * (u64::from(peers.bytes) + MESSAGE_BYTES)
}

fn check_message(Group { peers, at }: &Group, limits: &Limits, found: &mut Vec<Diagnostic>) {
    let Some(limit) = limits.queues.message.as_ref().filter(|_| peers.mechanism == Mechanism::Mqueue) else { return };
    if u64::from(peers.bytes) > limit.free {
        let [bytes, most] = [peers.bytes.into(), limit.value].map(format_count);
        let message = format!("a message of {bytes} bytes is too long: `{}` is {most}", limit.name);
        let problem = Diagnostic::error(message).at(at.clone());
        found.push(problem.help("lower `bytes`").help(format!("or {}", limit.remedy)));
    }
}

/// The groups of one task; equal peers are one group.
fn groups(steps: &[Step]) -> Vec<Group> {
    let mut groups = Vec::new();
    gather(steps, &mut groups);
    groups
}

fn gather(steps: &[Step], groups: &mut Vec<Group>) {
    for step in steps {
        match &step.verb {
            Verb::Ipc(Ipc { peers, .. }) if groups.iter().all(|group| group.peers != *peers) => {
                groups.push(Group { peers: peers.clone(), at: step.origin.clone() });
            }
            other => gather(other.steps(), groups),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{QueueRoom, SignalRoom, ThreadRoom};
    use crate::plan::{Engines, check};
    use crate::scenario::parse;

    /// The messages on a machine with 2 cores that allows 100 threads, 20 queues of 100,000 bytes in all, messages of 8,192
    /// bytes, 31 signal numbers and 120 queued signals.
    fn messages(engines: &str, steps: &str) -> Vec<String> {
        let limit = |name: &str, free| Ceiling { name: name.to_owned(), value: free, free, remedy: "raise it" };
        let threads = ThreadRoom { threads: vec![limit("pids.max", 100)], ..ThreadRoom::default() };
        let queues = QueueRoom {
            message: Some(limit("msgsize_max", 8_192)),
            queues: Some(limit("queues_max", 20)),
            bytes: Some(limit("ulimit -q", 100_000)),
        };
        let signals = SignalRoom { numbers: Some(limit("numbers", 31)), queued: Some(limit("ulimit -i", 120)) };
        let limits = Limits { cores: 2, threads, queues, signals, ..Limits::default() };
        let text = format!("question = \"?\"\nengines = [{engines}]\n[[task]]\nname = \"a\"\nsteps = [{steps}]\n");
        let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        check(&scenario, &[], &limits, &Engines::default()).into_iter().map(|found| found.message).collect()
    }

    #[test]
    fn a_message_too_long_for_a_queue_is_refused_for_queues_only() {
        let step = |by: &str, bytes: u32| format!("{{ ipc = \"{by}\", bytes = {bytes} }}");
        assert_eq!(messages("\"rayon\"", &step("mqueue", 8_192)), [""; 0]);
        assert_eq!(messages("\"rayon\"", &step("unix", 8_193)), [""; 0]);
        let refused = "a message of 8,193 bytes is too long: `msgsize_max` is 8,192";
        assert_eq!(messages("\"rayon\"", &step("mqueue", 8_193)), [refused]);
    }

    #[test]
    fn too_many_peers_are_refused_and_equal_peers_count_once() {
        let step = |by: &str, peers: u32| format!("{{ ipc = \"{by}\", peers = {peers} }}");
        let twice = format!("{0}, {{ loop = 3, steps = [{0}] }}", step("pipe", 50));
        assert_eq!(messages("\"rayon\"", &twice), [""; 0]);
        let refused = "the peers need 200 threads in all, and `pids.max` is 100";
        assert_eq!(messages("\"rayon\", \"processes\"", &twice), [refused], "each process has its own peers");
        assert_eq!(messages("\"rayon\"", &format!("{}, {}", step("pipe", 50), step("tcp", 50))), [refused]);
        assert_eq!(messages("\"rayon\"", &step("mqueue", 10)), [""; 0]);
        let refused = "the peers need 22 message queues in all, and `queues_max` is 20";
        assert_eq!(messages("\"rayon\"", &step("mqueue", 11)), [refused]);
        let refused = "the peers need 130,176 bytes of message queues in all, and `ulimit -q` is 100,000";
        assert_eq!(
            messages("\"rayon\"", "{ ipc = \"mqueue\", peers = 4, bytes = \"8000B\" }, { ipc = \"mqueue\" }"),
            [refused]
        );
    }

    #[test]
    fn more_signals_than_numbers_in_a_process_are_refused() {
        let step = |peers: u32| format!("{{ ipc = \"signal\", peers = {peers} }}");
        let both = |peers: u32| format!("{}, {{ ipc = \"tcp\", peers = 5 }}, {}", step(20), step(peers));
        assert_eq!(messages("\"rayon\"", &both(11)), [""; 0]);
        let refused = "the peers need 32 signals of their own in a process, and `numbers` is 31";
        assert_eq!(messages("\"rayon\"", &both(12)), [refused]);
        assert_eq!(messages("\"processes\"", &step(20)), [""; 0], "20 in each process");
        let refused = "the peers need 126 queued signals in all, and `ulimit -i` is 120";
        assert_eq!(messages("\"processes\"", &step(21)), [refused]);
    }
}
