//! Plain programs on rayon.

use super::measure::Sheet;

/// Runs the program of a case. False if there is none.
pub(super) fn run(_case: &str, _sheet: &'static Sheet) -> bool {
    false
}
