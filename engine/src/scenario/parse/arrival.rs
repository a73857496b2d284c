//! `arrival`: the rule by which instances arrive.

use std::num::NonZeroU32;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::length;
use super::scalar::HOUR;
use super::table::TomlTable;
use super::walk::{Kind, Walk};
use crate::diagnostic::Diagnostic;
use crate::scenario::{Arrival, Length, Until};

const EXAMPLES: &str =
    "arrivals: \"burst\", { every = \"1ms\" }, { poisson = 1000 } and { clients = 8, think = \"1ms\" }";

/// A task's `count`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cap {
    /// `None` if it can't be read.
    pub(crate) count: Option<u32>,
    /// Whether the task has a `count`.
    pub(crate) is_given: bool,
}

/// Reads the value of `arrival`.
pub(crate) fn read<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>, cap: Cap) -> Option<Arrival> {
    const CHOICES: [&str; 3] = ["every", "poisson", "clients"];
    let value = walk.plain_value(raw, "an arrival")?;
    match value.kind {
        Kind::Text("burst") => return Some(Arrival::Burst),
        Kind::Text(text) => {
            let unknown = value.place.error(format!("unknown arrival `{}`", text.escape_debug()));
            return walk.refuse(unknown.help(EXAMPLES));
        }
        _ => {}
    }
    let table = TomlTable::of(walk, &value, "an `arrival`", "an arrival such as \"burst\" or { every = \"1ms\" }")?;
    let choice = table.one_of(walk, &CHOICES, &["think", "until"])?;
    if let Some(think) = table.get("think").filter(|_| choice != "clients") {
        let stray = walk.value(think)?.place.error(format!("`think` does not go with `{choice}`"));
        walk.report(stray.help("only `clients` think: { clients = 8, think = \"1ms\" }"));
    }
    if table.get("until").is_some() && choice != "clients" {
        let stray = Diagnostic::error(format!("`until` does not go with `{choice}`")).at(table.key_span("until"));
        walk.report(stray.help(match choice {
            "every" => "the last instance arrives at (`count` - 1) × the period: lower `count`",
            _ => "the last instance arrives at about `count` ÷ the rate: lower `count`",
        }));
    }
    let raw = table.get(choice)?;
    match choice {
        "every" => {
            let value = walk.value(raw)?;
            walk.duration(&value, HOUR).map(Arrival::Every)
        }
        "poisson" => poisson(walk, raw),
        _ => closed(walk, &table, raw, cap),
    }
}

fn poisson<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<Arrival> {
    let value = walk.value(raw)?;
    if matches!(value.kind, Kind::Text(_) | Kind::Duration(_)) {
        let wrong = value.unexpected("a rate: a number of instances per second");
        return walk.refuse(wrong.help("1000 is one a millisecond on average"));
    }
    let per_second = walk.number(&value, "poisson")?;
    if per_second <= 0.0 {
        return walk.refuse(value.place.error(format!("a rate must be above zero, found `{per_second}`")));
    }
    if per_second > 1e9 {
        return walk.refuse(value.place.error("a rate can't be above 1e9 per second"));
    }
    Some(Arrival::Poisson { per_second })
}

fn closed<'a>(walk: &mut Walk, table: &TomlTable<'a>, raw: &'a Spanned<DeValue<'a>>, cap: Cap) -> Option<Arrival> {
    let think = table.get("think");
    let think = think.map_or(Some(Length::Fixed(Duration::ZERO)), |raw| length::read_or_zero(walk, raw));
    let until = match table.get("until") {
        Some(raw) => until(walk, raw, think, cap).map(Some),
        None => Some(None),
    };
    let value = walk.value(raw)?;
    let clients = walk.integer(&value, "clients", 1..=1_000_000)? as u32;
    let is_reported = table.get("until").is_some() && !cap.is_given;
    if !is_reported && cap.count.is_some_and(|count| clients > count) {
        walk.report(
            value
                .place
                .warning("more clients than instances: some will have nothing to do")
                .help("raise the task's `count`: each request of a client is one instance"),
        );
    }
    Some(Arrival::Closed { clients: NonZeroU32::new(clients)?, think: think?, until: until? })
}

fn until<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>, think: Option<Length>, cap: Cap) -> Option<Until> {
    let value = walk.value(raw)?;
    if !cap.is_given {
        let error = value.place.error("`until` needs a `count` beside it");
        walk.missing::<()>(error.help("add the most instances that the task may have, as in `count = 100000`"));
    }
    let time = walk.duration(&value, HOUR)?;
    let shortest = match think {
        Some(Length::Fixed(think) | Length::Uniform { low: think, .. }) => think,
        _ => Duration::ZERO,
    };
    if shortest >= time {
        let error = value.place.error("no client ever releases an instance: each thinks first, for at least `until`");
        return walk.refuse(error.help("raise `until`, or shorten `think`"));
    }
    Some(Until { time, origin: raw.span() })
}
