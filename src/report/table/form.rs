//! Which columns a table has, and how the parts of a cell stand in it.
//!
//! It must not know what a figure is.

use crate::report::readable::NO_BREAK;

/// The columns; a space is where a tall table breaks a line.
const HEADER: [&str; 10] =
    ["engine", "task", "makespan", "latency p50", "latency p99", CANCEL, "lag p99", "cpu", "peak memory", "instances"];

/// The column that is there only if instances were cancelled, and there is room.
const CANCEL: &str = "cancel max";

/// Where the parts of a cell stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Side by side.
    Wide,
    /// One below the other.
    Tall,
    /// One below the other, tasks below their engine.
    Nested,
    /// As nested, without intervals.
    Narrow,
}

impl Layout {
    /// All layouts, the widest first.
    pub(super) const ALL: [Self; 4] = [Self::Wide, Self::Tall, Self::Nested, Self::Narrow];

    /// The separator of two parts.
    pub(super) const fn separator(self) -> char {
        match self {
            Self::Wide => NO_BREAK,
            Self::Tall | Self::Nested | Self::Narrow => '\n',
        }
    }

    /// Whether tasks stand below their engine, in its column.
    pub(super) const fn nests_tasks(self) -> bool {
        match self {
            Self::Wide | Self::Tall => false,
            Self::Nested | Self::Narrow => true,
        }
    }
}

/// The layout, and which columns there are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    pub(super) layout: Layout,
    /// Whether cancel times are shown.
    pub(super) cancels: bool,
}

impl Form {
    /// The columns, in their order.
    pub(super) fn header(self) -> impl Iterator<Item = &'static str> {
        HEADER.into_iter().filter(move |name| match *name {
            "task" => !self.layout.nests_tasks(),
            CANCEL => self.cancels,
            _ => true,
        })
    }
}
