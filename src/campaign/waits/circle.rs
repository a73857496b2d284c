//! Instances that wait for each other's mutexes: more threads would not help them.

use super::{Group, holds, name};
use taskmix_engine::plan::{CellPlan, Op};

/// Such as ``` `ab` #0 and `ba` #0 wait for each other: a deadlock, with any number of threads```. Only instances that are alone
/// at their step are considered: of several it is not certain which holds what.
pub(super) fn sentences(plan: &CellPlan, at_steps: &[(Op, &Group)]) -> Option<String> {
    let circle = at_steps.iter().find_map(|(_, from)| circle(plan, at_steps, from))?;
    let instances: Vec<String> =
        circle.iter().map(|group| format!("`{}` #{}", name(plan, group), group.instance)).collect();
    let (last, others) = instances.split_last()?;
    Some(format!("{} and {last} wait for each other: a deadlock, with any number of threads", others.join(", ")))
}

/// The cycle of instances through which `from` waits for itself.
fn circle<'a>(plan: &CellPlan, at_steps: &[(Op, &'a Group)], from: &'a Group) -> Option<Vec<&'a Group>> {
    let mut circle = vec![from];
    loop {
        let next = holder(plan, at_steps, circle.last()?)?;
        if next == from {
            return (circle.len() > 1).then_some(circle);
        }
        if circle.contains(&next) {
            return None;
        }
        circle.push(next);
    }
}

/// The holder of the mutex that `group` waits for, if it is a single instance.
fn holder<'a>(plan: &CellPlan, at_steps: &[(Op, &'a Group)], group: &Group) -> Option<&'a Group> {
    let (op, _) = at_steps.iter().find(|(_, other)| *other == group)?;
    let Op::Lock { object } = *op else { return None };
    let mut holders = at_steps.iter().map(|(_, other)| *other).filter(|other| holds(plan, other, object));
    holders.next().filter(|holder| holder.count == 1 && holders.next().is_none())
}
