//! The steps as scenarios write them: one file per verb, and one line in [`KINDS`].

mod barrier;
mod block;
mod cpu;
mod drain;
mod ipc;
mod lock;
mod r#loop;
mod offload;
mod permit;
mod recv;
mod send;
mod sleep;
mod spawn;
mod r#yield;

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::parse::{Kind, TomlTable, Value, Walk};
use super::{Step, Verb};
use crate::diagnostic::Diagnostic;

/// Every verb of the language, in the order of lists.
const KINDS: [&StepKind; 14] = [
    &cpu::KIND,
    &sleep::KIND,
    &block::KIND,
    &r#yield::KIND,
    &offload::KIND,
    &r#loop::KIND,
    &send::KIND,
    &recv::KIND,
    &drain::KIND,
    &lock::KIND,
    &permit::KIND,
    &barrier::KIND,
    &spawn::KIND,
    &ipc::KIND,
];

/// Planned verbs of the language.
const FUTURE_VERBS: [&str; 1] = ["http"];

const DEEPEST: u32 = 16;
const MOST_STEPS: usize = 10_000;
/// The maximum for all tasks at all combinations of the matrix together.
const MOST_STEPS_IN_ALL: usize = 1_000_000;

/// A verb of the language.
struct StepKind {
    verb: &'static str,
    /// The keys that may stand beside it, apart from `as`.
    modifiers: &'static [&'static str],
    /// Whether it may stand within an `offload`.
    in_offload: bool,
    read: for<'a> fn(&mut Steps<'_>, &StepTable<'a>, Nest) -> Option<Verb>,
}

/// The steps of one task while they are read.
pub(super) struct Steps<'w> {
    walk: &'w mut Walk,
    names: Vec<(String, Range<usize>)>,
    count: usize,
}

impl<'w> Steps<'w> {
    /// The state before the first step of a task is read.
    pub(super) fn of(walk: &'w mut Walk) -> Self {
        Self { walk, names: Vec::new(), count: 0 }
    }
}

/// The context of a list of steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nest {
    depth: u32,
    /// Where the `offload` around it stands: start and end.
    offload: Option<(usize, usize)>,
    /// Where the `drain` around it stands: start and end.
    drain: Option<(usize, usize)>,
    /// The product of the loops around it.
    rounds: u64,
}

impl Nest {
    /// The task's own list.
    pub(super) const TOP: Self = Self { depth: 1, offload: None, drain: None, rounds: 1 };

    const fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

/// The table of one step, and the value of its verb.
struct StepTable<'a> {
    table: TomlTable<'a>,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> StepTable<'a> {
    /// The steps that stand within this one; at least one.
    fn inner(&self, steps: &mut Steps<'_>, nest: Nest) -> Option<Vec<Step>> {
        let raw: &'a _ = self.table.required(steps.walk, "steps", "steps = [{ cpu = \"50us\" }]")?;
        let inner = read_list(steps, raw, nest.deeper())?;
        if inner.is_empty() {
            return steps
                .walk
                .refuse(Value::literal(raw).place.error(format!("{} needs a step in `steps`", self.table.what)));
        }
        Some(inner)
    }
}

/// Reads a list of steps.
pub(super) fn read_list<'a>(steps: &mut Steps<'_>, raw: &'a Spanned<DeValue<'a>>, nest: Nest) -> Option<Vec<Step>> {
    let value = Value::literal(raw);
    let Kind::List(list) = value.kind else {
        let wrong = value.unexpected("a list of steps");
        return steps.walk.refuse(wrong.help("write them in brackets: `[{ sleep = \"2ms\" }, { cpu = \"50us\" }]`"));
    };
    if nest.depth > DEEPEST {
        return steps.walk.refuse(value.place.error(format!("steps are nested more than {DEEPEST} deep")));
    }
    steps.count += list.len();
    if steps.count > MOST_STEPS {
        let many = value.place.error(format!("a task has more than {MOST_STEPS} steps"));
        return steps.walk.refuse(many.help("repeat steps with `{ loop = 1000, steps = […] }`"));
    }
    let walk = &mut *steps.walk;
    if walk.steps > MOST_STEPS_IN_ALL {
        return None;
    }
    walk.steps += list.len();
    if walk.steps > MOST_STEPS_IN_ALL {
        let many = value.place.error("more than 1,000,000 steps, all combinations of the matrix together");
        return walk.refuse(many.help("shorten the matrix, or repeat steps with `loop`"));
    }
    let read: Vec<Option<Step>> = list.iter().map(|raw| self::read(steps, raw, nest)).collect();
    read.into_iter().collect()
}

fn read<'a>(steps: &mut Steps<'_>, raw: &'a Spanned<DeValue<'a>>, nest: Nest) -> Option<Step> {
    let value = Value::literal(raw);
    let mut table = TomlTable::of(steps.walk, &value, "a step", "a step such as { cpu = \"50us\" }")?;
    let kind = kind_of(steps.walk, &table)?;
    table.what = format!("{} `{}` step", if kind.verb.starts_with(['i', 'o']) { "an" } else { "a" }, kind.verb);
    check_keys(steps.walk, &table, kind);
    check_offload(steps.walk, &table, kind, nest);
    let name = match table.get("as") {
        Some(raw) => name(steps, raw).map(Some),
        None => Some(None),
    };
    let value = table.get(kind.verb)?;
    let verb = (kind.read)(steps, &StepTable { table, value }, nest);
    if let Some(verb) = &verb {
        drain::check_within(steps.walk, verb, raw.span(), nest);
    }
    Some(Step { verb: verb?, name: name?, origin: raw.span() })
}

/// The one verb of a step.
fn kind_of(walk: &mut Walk, table: &TomlTable<'_>) -> Option<&'static StepKind> {
    let keys = table.keys();
    if let Some((verb, span)) = keys.iter().find(|(key, _)| FUTURE_VERBS.contains(key)) {
        let error = Diagnostic::error(format!("`{verb}` steps are not supported yet")).at(span.clone());
        return walk.refuse(error.help(format!("steps: `{}`", verbs().join("`, `"))));
    }
    let verbs: Vec<_> = keys.iter().filter_map(|(key, span)| Some((kind_called(key)?, span))).collect();
    match verbs.as_slice() {
        [] => no_verb(walk, table),
        [(kind, _)] => Some(kind),
        [(first, first_span), (second, second_span), ..] => walk.refuse(
            Diagnostic::error(format!("a step has one verb, this one has `{}` and `{}`", first.verb, second.verb))
                .at((*second_span).clone())
                .also((*first_span).clone(), "the first one")
                .help("write two steps, in the order in which they run"),
        ),
    }
}

fn no_verb<T>(walk: &mut Walk, table: &TomlTable<'_>) -> Option<T> {
    let keys = table.keys();
    let unknown: Vec<_> = keys.iter().filter(|(key, _)| !is_modifier(key)).collect();
    for (key, span) in &unknown {
        let error = Diagnostic::error(format!("unknown step `{}`", key.escape_debug())).at(span.clone());
        walk.report(error.help_among(key, "steps", verbs()));
    }
    if unknown.is_empty() {
        let error = Diagnostic::error("a step without a verb").at(table.span.clone());
        walk.missing::<()>(error.help(format!("say what it does: `{}`", verbs().join("`, `"))));
    }
    None
}

fn check_keys(walk: &mut Walk, table: &TomlTable<'_>, kind: &StepKind) {
    let mut known = vec![kind.verb, "as"];
    known.extend(kind.modifiers);
    for (key, span) in table.keys() {
        if known.contains(&key) {
            continue;
        }
        let owners: Vec<&str> =
            KINDS.iter().filter(|kind| kind.modifiers.contains(&key)).map(|kind| kind.verb).collect();
        if owners.is_empty() {
            let error = Diagnostic::error(format!("unknown key `{}` in {}", key.escape_debug(), table.what));
            walk.report(error.at(span).help_among(key, "known keys", known.iter().copied()));
        } else {
            let error = Diagnostic::error(format!("`{key}` does not belong to {}", table.what)).at(span);
            walk.report(error.help(format!("it goes with `{}`", owners.join("` and `"))));
        }
    }
}

fn check_offload(walk: &mut Walk, table: &TomlTable<'_>, kind: &StepKind, nest: Nest) {
    if let Some((start, end)) = nest.offload.filter(|_| !kind.in_offload) {
        let allowed: Vec<&str> = KINDS.iter().filter(|kind| kind.in_offload).map(|kind| kind.verb).collect();
        walk.report(
            Diagnostic::error(format!("`{}` can't stand within an `offload`", kind.verb))
                .at(table.key_span(kind.verb))
                .also(start..end, "the `offload` around it")
                .help(format!("within it: `{}`", allowed.join("`, `"))),
        );
    }
}

fn name<'a>(steps: &mut Steps<'_>, raw: &'a Spanned<DeValue<'a>>) -> Option<String> {
    let name = steps.walk.name(raw, "a step's name")?;
    if let Some((_, first)) = steps.names.iter().find(|(other, _)| other == name) {
        let twice = Value::literal(raw).place.error(format!("two steps of the task are called `{name}`"));
        return steps.walk.refuse(twice.also(first.clone(), "the first one"));
    }
    steps.names.push((name.to_owned(), raw.span()));
    Some(name.to_owned())
}

fn kind_called(verb: &str) -> Option<&'static StepKind> {
    KINDS.into_iter().find(|kind| kind.verb == verb)
}

fn is_modifier(key: &str) -> bool {
    key == "as" || KINDS.iter().any(|kind| kind.modifiers.contains(&key))
}

fn verbs() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.verb).collect()
}
