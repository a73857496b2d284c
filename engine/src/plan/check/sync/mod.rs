//! Whether instances can synchronise at each channel, lock and barrier of a scenario.
//!
//! With a mistake that is found here, a cell can't end, or instances fail, on every engine.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::plan::program::{Op, Program};
use crate::scenario::{Object, ObjectKind, Point, Step, Task, Verb};
use crate::units::format_count;

/// A task that uses an object.
struct User<'a> {
    task: &'a Task,
    /// The place of the first step that uses it.
    at: Range<usize>,
    /// How often each instance uses it; absent if that depends on messages.
    times: Option<u64>,
}

impl User<'_> {
    /// Whether all instances arrive, and run all of their steps unless they fail.
    fn is_certain(&self) -> bool {
        !self.task.is_bounded() && self.task.cancel.is_none()
    }

    /// How often all instances together use it.
    fn in_all(&self) -> Option<u64> {
        Some(self.times?.saturating_mul(u64::from(self.task.count)))
    }
}

/// Reports every mistake in the synchronisation of the tasks of `point`.
pub(super) fn check(point: &Point, found: &mut Vec<Diagnostic>) {
    for (object, index) in point.objects.iter().zip(0_u16..) {
        match object.kind {
            ObjectKind::Channel { .. } => check_channel(point, object, index, found),
            ObjectKind::Barrier { parties } => check_barrier(point, object, index, u64::from(parties.get()), found),
            ObjectKind::Mutex { .. } | ObjectKind::Semaphore { .. } => {}
        }
    }
    for task in &point.tasks {
        check_spawned(task, found);
        check_nested(point, &task.steps, &mut Vec::new(), found);
    }
}

/// The tasks with a step on the object number `index` for which `does` holds; `op` picks its operations.
fn users(point: &Point, index: u16, does: impl Fn(&Verb) -> bool + Copy, op: impl Fn(Op) -> bool) -> Vec<User<'_>> {
    let is_it = |step: &Step| does(&step.verb) && step.verb.target().is_some_and(|target| target.index == index);
    let users = point.tasks.iter().filter_map(|task| {
        let at = first(&task.steps, &is_it)?.origin.clone();
        // A program that is too big is reported elsewhere.
        let times = Program::new(&task.steps).ok().and_then(|program| program.times(&op));
        Some(User { task, at, times })
    });
    users.collect()
}

fn first<'a>(steps: &'a [Step], is_it: &impl Fn(&Step) -> bool) -> Option<&'a Step> {
    steps.iter().find_map(|step| if is_it(step) { Some(step) } else { first(step.verb.steps(), is_it) })
}

fn check_channel(point: &Point, Object { name, .. }: &Object, index: u16, found: &mut Vec<Diagnostic>) {
    let senders = users(point, index, |verb| matches!(verb, Verb::Send(_)), |op| op.sends_to() == Some(index));
    let receivers = users(point, index, |verb| matches!(verb, Verb::Recv(_)), |op| op == Op::Recv { object: index });
    let drainers = users(point, index, |verb| matches!(verb, Verb::Drain { .. }), |_| false);
    let error = |message: String, at: &Range<usize>| Diagnostic::error(message).at(at.clone());
    match (senders.first(), receivers.first().or(drainers.first())) {
        (Some(sender), None) => {
            let problem = error(format!("channel `{name}` has no receiver"), &sender.at);
            return found.push(
                problem.help(format!("add a task that receives from it: `{{ recv = \"{name}\" }}`, or `drain`")),
            );
        }
        (None, Some(receiver)) => {
            let problem = error(format!("channel `{name}` has no sender"), &receiver.at);
            return found.push(problem.help(format!("add a task that sends to it: `{{ send = \"{name}\" }}`")));
        }
        _ => {}
    }
    if let Some((sent, received)) = totals(&senders, &receivers).filter(|(sent, received)| received > sent) {
        let [sent, received] = [sent, received].map(format_count);
        let message = format!("{received} messages are to be received from `{name}`, and at most {sent} are sent");
        let help = format!(
            "a `recv` without a message fails; to receive all messages: `{{ drain = \"{name}\", steps = […] }}`"
        );
        found.push(error(message, &receivers[0].at).help(help));
    }
    for drainer in drainers.iter().filter(|drainer| !drainer.task.background) {
        if let Some(sender) = senders.iter().find(|sender| sender.task.background) {
            let message = format!("`{}` drains `{name}` for ever", drainer.task.name);
            let problem = error(message, &drainer.at).also(sender.at.clone(), "sent to in the background");
            found.push(
                problem.help("background tasks end when the foreground has ended: drain in the background, or `recv`"),
            );
        } else if let Some(sender) = senders.iter().find(|sender| waits_for(point, sender.task, drainer.task)) {
            let message = format!("`{}` drains `{name}` for ever: a sender waits for it", drainer.task.name);
            let problem = error(message, &drainer.at).also(sender.at.clone(), "sent to here");
            found.push(
                problem.help(
                    "a channel is closed when the last sender has ended: `recv` a fixed number of messages instead",
                ),
            );
        }
    }
}

/// The maximum of messages sent, and the minimum of messages received by `recv`; absent if that depends on messages.
fn totals(senders: &[User<'_>], receivers: &[User<'_>]) -> Option<(u64, u64)> {
    let sent = senders.iter().try_fold(0_u64, |sum, user| Some(sum.saturating_add(user.in_all()?)))?;
    let certain = receivers.iter().filter(|user| user.is_certain());
    let received = certain.filter_map(User::in_all).fold(0, u64::saturating_add);
    Some((sent, received))
}

/// Whether the instances of `task` end only after those of `other`: both are one task, or `task` drains, directly or through
/// other tasks, the messages of `other`.
fn waits_for(point: &Point, task: &Task, other: &Task) -> bool {
    let mut reached: Vec<&Task> = vec![task];
    let mut next = 0;
    while let Some(&task) = reached.get(next) {
        if std::ptr::eq(task, other) {
            return true;
        }
        next += 1;
        for sender in &point.tasks {
            let sends_what_it_drains = |index: u16| {
                uses(task, &|verb| matches!(verb, Verb::Drain { channel, .. } if channel.index == index))
                    && uses(sender, &|verb| matches!(verb, Verb::Send(channel) if channel.index == index))
            };
            let is_new = !reached.iter().any(|task| std::ptr::eq(*task, sender));
            if is_new && (0..point.objects.len() as u16).any(sends_what_it_drains) {
                reached.push(sender);
            }
        }
    }
    false
}

fn uses(task: &Task, does: &impl Fn(&Verb) -> bool) -> bool {
    first(&task.steps, &|step: &Step| does(&step.verb)).is_some()
}

fn check_barrier(point: &Point, object: &Object, index: u16, parties: u64, found: &mut Vec<Diagnostic>) {
    let name = &object.name;
    let users = users(point, index, |verb| matches!(verb, Verb::Barrier(_)), |op| op == Op::Barrier { object: index });
    let Some(user) = users.first() else { return };
    let error = |message: String| Diagnostic::error(message).at(user.at.clone());
    let instances: u64 = users.iter().map(|user| u64::from(user.task.count)).sum();
    if instances < parties {
        let (reach, waits) = (format_count(instances), format_count(parties));
        let problem = error(format!("`{name}` waits for {waits} instances, and at most {reach} reach it"));
        return found.push(problem.help("lower `parties`, or raise `count`"));
    }
    let all: Option<u64> = users.iter().map(|user| user.in_all().filter(|_| user.is_certain())).sum();
    if let Some((all, rest)) = all.map(|all| (all, all % parties)).filter(|(_, rest)| *rest > 0) {
        let (all, rest, waits) = (format_count(all), format_count(rest), format_count(parties));
        let problem =
            error(format!("`{name}` releases {waits} instances at a time, and instances reach it {all} times"));
        found.push(problem.label(format!("the last {rest} wait for ever")).help("take a multiple of `parties`"));
    }
    if let Some(user) = users.iter().find(|user| user.task.cancel.is_some()) {
        let message =
            format!("instances of `{}` that are cancelled before `{name}` leave others waiting there", user.task.name);
        let problem = Diagnostic::warning(message).at(user.at.clone());
        found.push(problem.help("an instance that waits at a barrier stalls if too few others reach it"));
    }
}

/// Reports channels of tasks that may not be spawned in full. A channel is closed when all its senders have ended, and an
/// instance that is never spawned never ends.
fn check_spawned(task: &Task, found: &mut Vec<Diagnostic>) {
    if !task.arrival.spawned().is_some_and(|spawned| spawned.bounded) {
        return;
    }
    let uses_channel = |step: &Step| matches!(step.verb, Verb::Send(_) | Verb::Recv(_) | Verb::Drain { .. });
    if let Some(step) = first(&task.steps, &uses_channel) {
        let message =
            format!("some instances of `{}` may never be spawned, and a channel waits for all of them", task.name);
        let problem = Diagnostic::error(message).at(step.origin.clone());
        found.push(problem.help(
            "its parent may end before the `spawn`: by a `cancel`, an `until`, with the background, or at a channel of its own",
        ));
    }
}

/// Reports locks and permits that an instance already holds.
fn check_nested<'a>(point: &Point, steps: &'a [Step], held: &mut Vec<(u16, &'a Step)>, found: &mut Vec<Diagnostic>) {
    for step in steps {
        let (Verb::Lock { mutex: target, .. } | Verb::Permit { semaphore: target, .. }) = &step.verb else {
            check_nested(point, step.verb.steps(), held, found);
            continue;
        };
        let permits = match point.objects[usize::from(target.index)].kind {
            ObjectKind::Semaphore { permits } => permits.get() as usize,
            ObjectKind::Mutex { .. } | ObjectKind::Channel { .. } | ObjectKind::Barrier { .. } => 1,
        };
        let around: Vec<&Step> =
            held.iter().filter(|(index, _)| *index == target.index).map(|(_, step)| *step).collect();
        if around.len() >= permits {
            let name = &target.name;
            let message = if permits == 1 {
                format!("`{name}` is taken while it is held: its instance waits for itself")
            } else {
                format!("`{name}` has {permits} permits, and its instance holds all of them")
            };
            let outer = around[0].origin.start;
            let problem = Diagnostic::error(message).at(step.origin.clone());
            found.push(
                problem.also(outer..outer + 1, "held from here").help("take it once, around all steps that need it"),
            );
        }
        held.push((target.index, step));
        check_nested(point, step.verb.steps(), held, found);
        held.pop();
    }
}

#[cfg(test)]
mod tests;
