//! Whether the messages of the channels add up: none lost, none doubled, and as many as planned.

use taskmix_engine::plan::{ObjectPlan, Op, PointPlan, Shape};
use taskmix_engine::record::ChannelCount;

/// How the instances of a task ended.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ends {
    /// How many were released.
    pub(super) released: u64,
    /// How many did all of their steps.
    pub(super) done: u64,
}

/// Says why `counts` can't be those of `point`; nothing if they can. `ends` has an entry for each task.
pub(super) fn miscount(point: &PointPlan, ends: &[Ends], counts: &[ChannelCount]) -> Option<String> {
    let channels =
        point.objects.iter().zip(0_u16..).filter(|(object, _)| matches!(object.shape, Shape::Channel { .. }));
    channels.into_iter().find_map(|(channel, index)| channel_miscount(channel, index, point, ends, counts))
}

fn channel_miscount(
    ObjectPlan { name, .. }: &ObjectPlan,
    index: u16,
    point: &PointPlan,
    ends: &[Ends],
    counts: &[ChannelCount],
) -> Option<String> {
    let Some(count) = counts.iter().find(|count| count.channel == *name) else {
        return Some(format!("`end` has no counts of the channel `{name}`"));
    };
    let ChannelCount { sent, received, left, sent_sum, received_sum, left_sum, .. } = *count;
    if received.checked_add(left) != Some(sent) {
        return Some(format!("{sent} messages were sent to `{name}`, {received} received, and {left} left"));
    }
    if received_sum.wrapping_add(left_sum) != sent_sum {
        return Some(format!("the messages received from `{name}` are not those that were sent to it"));
    }
    let [at_least, at_most] = bounds(point, ends, |op| op.sends_to() == Some(index))?;
    if !(at_least..=at_most).contains(&sent) {
        let planned = if at_least == at_most { at_most.to_string() } else { format!("{at_least} to {at_most}") };
        return Some(format!("{sent} messages were sent to `{name}`, not the planned {planned}"));
    }
    None
}

/// How often all instances together did such operations. The lower bound counts the done instances, the upper bound all released
/// ones. Unknown if messages decide it.
fn bounds(point: &PointPlan, ends: &[Ends], which: impl Fn(Op) -> bool) -> Option<[u64; 2]> {
    point.tasks.iter().zip(ends).try_fold([0_u64; 2], |[least, most], (task, ends)| {
        let each = task.program.times(&which)?;
        let operations = |instances: u64| instances.saturating_mul(each);
        Some([least.saturating_add(operations(ends.done)), most.saturating_add(operations(ends.released))])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use taskmix_engine::scenario::parse;

    fn found(done: u64, count: [u64; 3], sums: [u64; 3]) -> Option<String> {
        let text = "question = \"?\"\nengines = [\"rayon\"]\n[channel.jobs]\ncapacity = 3\n\
            [[task]]\nname = \"a\"\ncount = 5\nsteps = [{ loop = 4, steps = [{ send = \"jobs\" }] }]\n\
            [[task]]\nname = \"b\"\nsteps = [{ drain = \"jobs\", steps = [{ cpu = \"1us\" }] }]\n";
        let scenario = parse("mix", text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        let point = &scenario.points[0];
        let point = PointPlan::new(&point.tasks, 1).unwrap().with_objects(&point.objects);
        let ([sent, received, left], [sent_sum, received_sum, left_sum]) = (count, sums);
        let count = ChannelCount { channel: "jobs".to_owned(), sent, received, left, sent_sum, received_sum, left_sum };
        miscount(&point, &[Ends { released: 5, done }, Ends { released: 1, done: 1 }], &[count])
    }

    #[test]
    fn lost_doubled_and_changed_messages_are_noticed() {
        assert_eq!(found(5, [20, 19, 1], [100, 93, 7]), None);
        assert_eq!(found(4, [17, 17, 0], [1, 1, 0]), None, "a stopped instance has sent some");
        assert_eq!(found(5, [20, 0, 20], [u64::MAX, 1, u64::MAX - 1]), None);
        for (done, count, sums, expected) in [
            (5, [20, 18, 1], [7, 7, 0], "20 messages were sent to `jobs`, 18 received, and 1 left"),
            (
                5,
                [20, u64::MAX, 21],
                [7, 7, 0],
                "20 messages were sent to `jobs`, 18446744073709551615 received, and 21 left",
            ),
            (5, [20, 19, 1], [7, 7, 1], "the messages received from `jobs` are not those that were sent to it"),
            (5, [19, 19, 0], [7, 7, 0], "19 messages were sent to `jobs`, not the planned 20"),
            (4, [15, 15, 0], [7, 7, 0], "15 messages were sent to `jobs`, not the planned 16 to 20"),
            (4, [21, 21, 0], [7, 7, 0], "21 messages were sent to `jobs`, not the planned 16 to 20"),
        ] {
            assert_eq!(found(done, count, sums).as_deref(), Some(expected));
        }
    }
}
