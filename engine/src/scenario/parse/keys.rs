//! The keys at the top of a file.

use crate::diagnostic::Diagnostic;

/// The keys that must stand above all tables.
pub(super) const SCALAR_KEYS: [&str; 11] = [
    "question",
    "engines",
    "workers",
    "repeats",
    "seed",
    "timeout",
    "probe",
    "blocking_threads",
    "cpu_threads",
    "cpus",
    "stack_size",
];

/// The error of a top-level key that stands in a table.
pub(super) fn belongs_above(key: &str, what: &str) -> Diagnostic {
    Diagnostic::error(format!("`{key}` belongs above the first `[[task]]`, not in {what}"))
        .help("in TOML a key belongs to the last header above it: move the line to the top of the file")
}
