//! Whether the processes that instances talk with can be had, and what they are talked with by.

use std::ops::Range;

use super::check::Limits;
use super::support::processes;
use crate::diagnostic::Diagnostic;
use crate::host::Ceiling;
use crate::scenario::{Ipc, Mechanism, Peers, Point, Scenario, Step, Verb};
use crate::units::format_count;

/// The threads of a peer: it gives back, and it watches those for whom it lives.
const PEER_THREADS: u64 = 2;

/// How many messages each queue of a peer holds, and what the kernel counts of each beside its bytes, about.
const MESSAGES: u64 = 2;
const MESSAGE_BYTES: u64 = 96;

/// Peers of a task, and the step that talks with them first.
struct Group {
    peers: Peers,
    at: Range<usize>,
}

/// More peers, or bigger messages, than the system lets there be.
pub(super) fn check_peers(scenario: &Scenario, point: &Point, limits: &Limits, found: &mut Vec<Diagnostic>) {
    let groups: Vec<Group> = point.tasks.iter().flat_map(|task| groups(&task.steps)).collect();
    for group in &groups {
        check_message(group, limits, found);
    }
    // Each process of an engine that has several has peers of its own.
    let workers = point.workers.iter().map(|workers| workers.map_or(limits.cores, std::num::NonZeroU32::get)).max();
    let times =
        scenario.engines.iter().map(|engine| processes(*engine, workers.unwrap_or(1)).max(1)).max().unwrap_or(1);
    let of = |which: fn(Mechanism) -> bool, each: fn(&Peers) -> u64| {
        let counted = groups.iter().filter(|group| which(group.peers.mechanism));
        let all = counted.map(|group| each(&group.peers).saturating_mul(group.peers.count.into()));
        all.fold(0, u64::saturating_add).saturating_mul(times.into())
    };
    let is_queue = |mechanism| mechanism == Mechanism::Mqueue;
    let queue_bytes = |peers: &Peers| 2 * MESSAGES * (u64::from(peers.bytes) + MESSAGE_BYTES);
    let threads = limits.threads.threads.iter().min_by_key(|limit| limit.free);
    let needs = [
        (of(|_| true, |_| PEER_THREADS), "threads", threads),
        (of(is_queue, |_| 2), "message queues", limits.queues.queues.as_ref()),
        (of(is_queue, queue_bytes), "bytes of message queues", limits.queues.bytes.as_ref()),
    ];
    let Some(most) = groups.iter().max_by_key(|group| group.peers.count) else { return };
    for (needed, what, limit) in needs {
        let Some(Ceiling { name, value, remedy, .. }) = limit.filter(|limit| limit.free < needed) else { continue };
        let [needed, value] = [needed, *value].map(format_count);
        let problem = Diagnostic::error(format!("the peers need {needed} {what} in all, and `{name}` is {value}"));
        let problem = problem.at(most.at.clone()).label("most of them are here");
        found.push(problem.help("take fewer `peers` or smaller messages").help(format!("or {remedy}")));
    }
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

/// The groups of one task: equal peers are the same.
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
    use crate::host::{QueueRoom, ThreadRoom};
    use crate::plan::{Engines, check};
    use crate::scenario::parse;

    /// What is said on a machine of 2 cores on which 100 threads may start, and where there may be 20 queues of 100,000 bytes in
    /// all, for messages of 8,192.
    fn said(engines: &str, steps: &str) -> Vec<String> {
        let limit = |name: &str, free| Ceiling { name: name.to_owned(), value: free, free, remedy: "raise it" };
        let threads = ThreadRoom { threads: vec![limit("pids.max", 100)], ..ThreadRoom::default() };
        let queues = QueueRoom {
            message: Some(limit("msgsize_max", 8_192)),
            queues: Some(limit("queues_max", 20)),
            bytes: Some(limit("ulimit -q", 100_000)),
        };
        let limits = Limits { cores: 2, threads, queues, ..Limits::default() };
        let text = format!("question = \"?\"\nengines = [{engines}]\n[[task]]\nname = \"a\"\nsteps = [{steps}]\n");
        let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        check(&scenario, &limits, &Engines::default()).into_iter().map(|found| found.message).collect()
    }

    #[test]
    fn a_message_that_no_queue_takes_is_refused_and_only_there() {
        let step = |by: &str, bytes: u32| format!("{{ ipc = \"{by}\", bytes = {bytes} }}");
        assert_eq!(said("\"rayon\"", &step("mqueue", 8_192)), [""; 0]);
        assert_eq!(said("\"rayon\"", &step("unix", 8_193)), [""; 0]);
        let refused = "a message of 8,193 bytes is too long: `msgsize_max` is 8,192";
        assert_eq!(said("\"rayon\"", &step("mqueue", 8_193)), [refused]);
    }

    #[test]
    fn more_peers_than_may_live_are_refused_and_equal_ones_are_the_same() {
        let step = |by: &str, peers: u32| format!("{{ ipc = \"{by}\", peers = {peers} }}");
        let twice = format!("{0}, {{ loop = 3, steps = [{0}] }}", step("pipe", 50));
        assert_eq!(said("\"rayon\"", &twice), [""; 0]);
        let refused = "the peers need 200 threads in all, and `pids.max` is 100";
        assert_eq!(said("\"rayon\", \"processes\"", &twice), [refused], "each process has its own");
        assert_eq!(said("\"rayon\"", &format!("{}, {}", step("pipe", 50), step("tcp", 50))), [refused]);
        assert_eq!(said("\"rayon\"", &step("mqueue", 10)), [""; 0]);
        let refused = "the peers need 22 message queues in all, and `queues_max` is 20";
        assert_eq!(said("\"rayon\"", &step("mqueue", 11)), [refused]);
        let refused = "the peers need 130,176 bytes of message queues in all, and `ulimit -q` is 100,000";
        assert_eq!(
            said("\"rayon\"", "{ ipc = \"mqueue\", peers = 4, bytes = \"8000B\" }, { ipc = \"mqueue\" }"),
            [refused]
        );
    }
}
