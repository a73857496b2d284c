//! `{ drain = "jobs", steps = […] }`

use std::ops::Range;

use super::{Nest, StepKind, StepTable, Steps};
use crate::diagnostic::Diagnostic;
use crate::scenario::parse::Section;
use crate::scenario::parse::Walk;
use crate::scenario::parse::objects::target;
use crate::scenario::{Length, Verb};

pub(super) const KIND: StepKind = StepKind { verb: "drain", modifiers: &["steps"], in_offload: false, read };

fn read(steps: &mut Steps<'_>, step: &StepTable<'_>, nest: Nest) -> Option<Verb> {
    let channel = target(steps.walk, step.value, Section::Channel);
    let span = step.table.key_span(KIND.verb);
    let inner = step.inner(steps, Nest { drain: nest.drain.or(Some((span.start, span.end))), ..nest });
    Some(Verb::Drain { channel: channel?, steps: inner? })
}

/// Reports steps that a `drain` can't contain. All random durations are drawn before the run, and all children get their slots
/// then. How many messages an instance will receive is not known by then.
pub(super) fn check_within(walk: &mut Walk, verb: &Verb, at: Range<usize>, nest: Nest) {
    if let (Verb::Spawn(_), Some((start, end))) = (verb, nest.drain) {
        let error = Diagnostic::error("`spawn` can't stand within a `drain`").at(at.clone());
        walk.report(
            error
                .also(start..end, "the `drain` around it")
                .help("how many messages an instance gets is known only at run time: `recv` in a `loop` instead"),
        );
    }
    let (Verb::Cpu { work: length, .. } | Verb::Sleep(length) | Verb::Block(length)) = verb else { return };
    let Some((start, end)) = nest.drain.filter(|_| !matches!(length, Length::Fixed(_))) else { return };
    walk.report(
        Diagnostic::error(format!("the duration of a `{}` within a `drain` can't be drawn", verb.as_str()))
            .at(at)
            .also(start..end, "the `drain` around it")
            .help("how many messages an instance gets is known only at run time: take a fixed duration, or `recv` in a `loop`"),
    );
}
