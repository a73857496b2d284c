//! Whether as many round trips were done as planned, and no peer was lost.

use super::message_balance::Ends;
use taskmix_engine::plan::{PointPlan, TaskPlan};
use taskmix_engine::record::PeersCount;

/// How the lost peers ended; nothing if none was lost.
pub(super) fn lost(counts: &[PeersCount]) -> Option<String> {
    let mut lost = counts.iter().flat_map(|count| &count.lost);
    let first = lost.next()?;
    Some(match lost.count() {
        0 => first.clone(),
        more => format!("{first}, and {more} more"),
    })
}

/// Says why `counts` can't be those of `point`; nothing if they can. `ends` has an entry for each task.
pub(super) fn miscount(point: &PointPlan, ends: &[Ends], counts: &[PeersCount]) -> Option<String> {
    let tasks = point.tasks.iter().zip(ends).zip(0..);
    let groups = tasks
        .flat_map(|((task, ends), index)| (0..task.program.peers.len()).map(move |group| (task, ends, index, group)));
    groups.into_iter().find_map(|(task, ends, index, group)| group_miscount(task, *ends, index, group as u16, counts))
}

fn group_miscount(task: &TaskPlan, ends: Ends, index: u16, group: u16, counts: &[PeersCount]) -> Option<String> {
    let (name, mechanism) = (&task.name, task.program.peers[usize::from(group)].mechanism.as_str());
    let Some(count) = counts.iter().find(|count| (count.task, count.peers) == (index, group)) else {
        return Some(format!("`end` has no count of the peers of `{name}` ({mechanism})"));
    };
    // Unknown if messages decide it.
    let each = task.program.rounds_with(group)?;
    let [at_least, at_most] = [ends.done, ends.released].map(|instances| instances.saturating_mul(each));
    if (at_least..=at_most).contains(&count.rounds) {
        return None;
    }
    let planned = if at_least == at_most { at_most.to_string() } else { format!("{at_least} to {at_most}") };
    Some(format!("`{name}` did {} rounds by {mechanism}, not the planned {planned}", count.rounds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use taskmix_engine::scenario::parse;

    fn count(peers: u16, rounds: u64) -> PeersCount {
        PeersCount { task: 0, peers, rounds, lost: Vec::new() }
    }

    fn found(done: u64, counts: &[PeersCount]) -> Option<String> {
        let text = "question = \"?\"\nengines = [\"rayon\"]\n[[task]]\nname = \"a\"\ncount = 5\n\
            steps = [{ loop = 2, steps = [{ ipc = \"pipe\", rounds = 3 }] }, { ipc = \"pipe\", rounds = 4 }, { ipc = \"tcp\" }]\n";
        let scenario = parse("mix", text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        let point = PointPlan::new(&scenario.points[0].tasks, 1).unwrap();
        miscount(&point, &[Ends { released: 5, done }], counts)
    }

    #[test]
    fn rounds_that_were_not_done_or_done_twice_are_noticed() {
        assert_eq!(found(5, &[count(0, 50), count(1, 5)]), None, "equal steps share their peers");
        assert_eq!(found(4, &[count(0, 43), count(1, 4)]), None, "a stopped instance has done some");
        for (done, counts, expected) in [
            (5, [count(0, 49), count(1, 5)], "`a` did 49 rounds by pipe, not the planned 50"),
            (4, [count(0, 39), count(1, 5)], "`a` did 39 rounds by pipe, not the planned 40 to 50"),
            (5, [count(0, 50), count(1, 6)], "`a` did 6 rounds by tcp, not the planned 5"),
            (5, [count(0, 50), count(2, 5)], "`end` has no count of the peers of `a` (tcp)"),
        ] {
            assert_eq!(found(done, &counts).as_deref(), Some(expected));
        }
    }

    #[test]
    fn the_first_lost_peer_is_named_and_the_others_are_counted() {
        let left =
            |names: &[&str]| PeersCount { lost: names.iter().map(|name| (*name).to_owned()).collect(), ..count(0, 1) };
        assert_eq!(lost(&[count(0, 1)]), None);
        assert_eq!(lost(&[count(0, 1), left(&["x left"])]).as_deref(), Some("x left"));
        assert_eq!(lost(&[left(&["x left", "y left"]), left(&["z left"])]).as_deref(), Some("x left, and 2 more"));
    }
}
