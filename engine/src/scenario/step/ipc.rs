//! `{ ipc = "pipe", rounds = 100, bytes = 64, peers = 2 }`

use std::ops::RangeInclusive;

use super::{Nest, StepKind, StepTable, Steps};
use crate::scenario::parse::{Kind, Value};
use crate::scenario::{Ipc, Mechanism, Peers, Verb};

pub(super) const KIND: StepKind =
    StepKind { verb: "ipc", modifiers: &["rounds", "bytes", "peers", "wait", "cpus"], in_offload: false, read };

/// The values of `ipc`.
const NAMES: [&str; 8] = ["pipe", "fifo", "unix", "tcp", "mqueue", "signal", SHM, "semaphore"];

/// The value for which there are several ways to wait.
const SHM: &str = "shm";

const MOST_ROUNDS: u64 = 1_000_000;
const MOST_BYTES: u64 = 1 << 20;
const MOST_PEERS: u64 = 64;

const DEFAULT_BYTES: u32 = 64;

/// The size of the integer that a signal carries.
const SIGNAL_BYTES: u32 = 4;

fn read(steps: &mut Steps<'_>, step: &StepTable<'_>, _: Nest) -> Option<Verb> {
    let mechanism = mechanism(steps, step);
    let rounds = number(steps, step, "rounds", 1..=MOST_ROUNDS, 1);
    let bytes = bytes(steps, step, mechanism);
    let count = number(steps, step, "peers", 1..=MOST_PEERS, 1);
    let cpus = step.table.get("cpus").map_or(Some(Vec::new()), |raw| steps.walk.cpus(raw).map(|cpus| cpus.numbers));
    let peers = Peers { mechanism: mechanism?, bytes: bytes?, count: count?, cpus: cpus? };
    Some(Verb::Ipc(Ipc { peers, rounds: rounds? }))
}

fn mechanism(steps: &mut Steps<'_>, step: &StepTable<'_>) -> Option<Mechanism> {
    let value = steps.walk.plain_value(step.value, "a mechanism")?;
    let wrong = match value.kind {
        Kind::Text(SHM) => return shm(steps, step),
        Kind::Text(name) if NAMES.contains(&name) => {
            no_choice(steps, step, name)?;
            return Mechanism::from_name(name);
        }
        Kind::Text(name) => {
            let error = value.place.error(format!("unknown mechanism `{}`", name.escape_debug()));
            error.help_among(name, "mechanisms", NAMES)
        }
        _ => value.unexpected("the name of a mechanism such as \"pipe\""),
    };
    steps.walk.refuse(wrong)
}

/// The mechanism of shared memory, by its way of waiting.
fn shm(steps: &mut Steps<'_>, step: &StepTable<'_>) -> Option<Mechanism> {
    let Some(raw) = step.table.get("wait") else { return Some(Mechanism::ShmFutex) };
    let value = steps.walk.plain_value(raw, "`wait`")?;
    let wrong = match value.kind {
        Kind::Text("futex") => return Some(Mechanism::ShmFutex),
        Kind::Text("spin") => return Some(Mechanism::ShmSpin),
        Kind::Text(wait) => value.place.error(format!("unknown way to wait `{}`", wait.escape_debug())),
        _ => value.unexpected("a way to wait"),
    };
    steps.walk.refuse(wrong.help("\"futex\": the kernel wakes the waiting side; \"spin\": it polls in a loop"))
}

/// Refuses `wait` beside a mechanism that has only one way to wait.
fn no_choice(steps: &mut Steps<'_>, step: &StepTable<'_>, name: &str) -> Option<()> {
    let Some(raw) = step.table.get("wait") else { return Some(()) };
    let error = Value::literal(raw).place.error(format!("`ipc = \"{name}\"` has one way to wait"));
    steps.walk.refuse(error.help("`wait` goes with `ipc = \"shm\"`: take it out"))
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
fn bytes(steps: &mut Steps<'_>, step: &StepTable<'_>, mechanism: Option<Mechanism>) -> Option<u32> {
    let is_signal = mechanism == Some(Mechanism::Signal);
    let Some(raw) = step.table.get("bytes") else {
        return Some(if is_signal { SIGNAL_BYTES } else { DEFAULT_BYTES });
    };
    let value = steps.walk.value(raw)?;
    let place = value.place.clone();
    let value = match value.kind {
        Kind::Text(_) => Value { kind: Kind::Integer(Some(steps.walk.size(&value)?.into())), ..value },
        _ => value,
    };
    let bytes = steps.walk.integer(&value, "bytes", 1..=MOST_BYTES)? as u32;
    if is_signal && bytes != SIGNAL_BYTES {
        let error = place.error(format!("a signal carries one integer, which is {SIGNAL_BYTES} bytes, not {bytes}"));
        return steps.walk.refuse(error.help("take `bytes` out, or another mechanism"));
    }
    Some(bytes)
}
