//! Why a round has no value, and how several such rounds are summed up in words.

use super::places::text_of;
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::Figure;

/// More repeats than this are counted instead of listed.
pub(super) const MOST_LISTED: usize = 4;

/// The end of a reason that needs no repeats if it is that of all of them.
const NEVER_EXECUTED: &str = "never executed";

/// Why a side of a comparison has no reliable value in a round; the text is followed by `in repeat …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap(String);

impl Gap {
    /// A cell was not run in that round, though other cells were.
    pub(super) fn not_measured(cell: &CellKey) -> Self {
        Self(format!("{} was not measured", cell_text(cell)))
    }

    /// A cell failed.
    pub(super) fn failed(cell: &CellKey, exit: &str) -> Self {
        Self(format!("{} failed ({exit})", cell_text(cell)))
    }

    /// A cell has no such figure.
    pub(super) fn empty(figure: &Figure) -> Self {
        Self(format!("`{figure}` is empty"))
    }

    /// No instance has begun a named step.
    pub(super) fn never_executed(step: &str) -> Self {
        Self(format!("`{step}` was {NEVER_EXECUTED}"))
    }

    /// A side divides by zero.
    pub(super) fn no_number() -> Self {
        Self("a side is no number".to_owned())
    }
}

fn cell_text(key: &CellKey) -> String {
    let probed = if key.is_probed() { " with a probe" } else { "" };
    match text_of(&key.params, None) {
        params if params.is_empty() => format!("{}{probed}", key.engine),
        params => format!("{}{probed} at {params}", key.engine),
    }
}

/// The gaps of some of `rounds` repeats in words: the first kind of gap with all its repeats, and the number of other gaps.
pub(super) fn describe(gaps: &[(u32, &Gap)], rounds: usize) -> String {
    let Some((_, first)) = gaps.first() else { return String::new() };
    let same: Vec<u32> = gaps.iter().filter(|(_, gap)| gap == first).map(|(repeat, _)| *repeat).collect();
    let is_said = same.len() == rounds && first.0.ends_with(NEVER_EXECUTED);
    let text = if is_said { first.0.clone() } else { format!("{} {}", first.0, in_repeats(&same, rounds)) };
    match gaps.len() - same.len() {
        0 => text,
        others => format!("{text}, and {others} other {} without a value", if others == 1 { "is" } else { "are" }),
    }
}

/// `in repeat 2`, `in repeats 2, 5`, `in 12 of 20 repeats`, `in every repeat`.
pub(super) fn in_repeats(repeats: &[u32], rounds: usize) -> String {
    match repeats {
        all if all.len() == rounds && rounds > 1 => "in every repeat".to_owned(),
        [only] => format!("in repeat {only}"),
        few if few.len() <= MOST_LISTED => {
            let listed: Vec<String> = few.iter().map(u32::to_string).collect();
            format!("in repeats {}", listed.join(", "))
        }
        many => format!("in {} of {rounds} repeats", many.len()),
    }
}
