//! `{ ipc = "pipe", rounds = 100, bytes = 64, peers = 2 }`

use std::ops::RangeInclusive;

use super::{Nest, StepKind, StepTable, Steps};
use crate::scenario::parse::{Kind, Value};
use crate::scenario::{Ipc, Mechanism, Peers, Verb};

pub(super) const KIND: StepKind =
    StepKind { verb: "ipc", modifiers: &["rounds", "bytes", "peers"], in_offload: false, read };

/// Mechanisms that the language will have.
const FUTURE: [&str; 3] = ["shm", "semaphore", "signal"];

const MOST_ROUNDS: u64 = 1_000_000;
const MOST_BYTES: u64 = 1 << 20;
const MOST_PEERS: u64 = 64;

const DEFAULT_BYTES: u32 = 64;

fn read(steps: &mut Steps<'_>, step: &StepTable<'_>, _: Nest) -> Option<Verb> {
    let mechanism = mechanism(steps, step);
    let rounds = number(steps, step, "rounds", 1..=MOST_ROUNDS, 1);
    let bytes = bytes(steps, step);
    let count = number(steps, step, "peers", 1..=MOST_PEERS, 1);
    let peers = Peers { mechanism: mechanism?, bytes: bytes?, count: count? };
    Some(Verb::Ipc(Ipc { peers, rounds: rounds? }))
}

fn mechanism(steps: &mut Steps<'_>, step: &StepTable<'_>) -> Option<Mechanism> {
    let value = steps.walk.plain_value(step.value, "a mechanism")?;
    let names = || Mechanism::ALL.into_iter().map(Mechanism::as_str);
    let wrong = match value.kind {
        Kind::Text(name) => match Mechanism::from_name(name) {
            Some(mechanism) => return Some(mechanism),
            None if FUTURE.contains(&name) => {
                let known = names().collect::<Vec<_>>().join("`, `");
                let error = value.place.error(format!("`ipc = \"{name}\"` is not supported yet"));
                error.help(format!("mechanisms: `{known}`"))
            }
            None => {
                let error = value.place.error(format!("unknown mechanism `{}`", name.escape_debug()));
                error.help_among(name, "mechanisms", names())
            }
        },
        _ => value.unexpected("the name of a mechanism such as \"pipe\""),
    };
    steps.walk.refuse(wrong)
}

fn number(
    steps: &mut Steps<'_>,
    step: &StepTable<'_>,
    key: &'static str,
    range: RangeInclusive<u64>,
    default: u32,
) -> Option<u32> {
    let Some(raw) = step.table.get(key) else { return Some(default) };
    let value = steps.walk.value(raw)?;
    steps.walk.integer(&value, key, range).map(|number| number as u32)
}

/// A number of bytes, or a size with its unit.
fn bytes(steps: &mut Steps<'_>, step: &StepTable<'_>) -> Option<u32> {
    let Some(raw) = step.table.get("bytes") else { return Some(DEFAULT_BYTES) };
    let value = steps.walk.value(raw)?;
    let value = match value.kind {
        Kind::Text(_) => Value { kind: Kind::Integer(Some(steps.walk.size(&value)?.into())), ..value },
        _ => value,
    };
    steps.walk.integer(&value, "bytes", 1..=MOST_BYTES).map(|bytes| bytes as u32)
}
