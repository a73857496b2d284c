//! Figures against their limits.

use std::process::ExitCode;

/// Prints figures and counts the broken limits.
#[derive(Default)]
pub(crate) struct Verdicts {
    broken: u32,
}

impl Verdicts {
    /// A figure that must be at most `limit`.
    pub(crate) fn at_most(&mut self, what: &str, figure: f64, limit: f64, note: &str) {
        self.report(what, figure, figure <= limit, &format!("≤ {limit}"), note);
    }

    /// A figure that must be at least `limit`.
    pub(crate) fn at_least(&mut self, what: &str, figure: f64, limit: f64, note: &str) {
        self.report(what, figure, figure >= limit, &format!("≥ {limit}"), note);
    }

    fn report(&mut self, what: &str, figure: f64, holds: bool, limit: &str, note: &str) {
        self.broken += u32::from(!holds);
        let word = if holds { "ok    " } else { "BROKEN" };
        println!("{word} {what:46} {figure:9.3}  {limit:8}  {note}");
    }

    /// 1 if a limit is broken.
    pub(crate) fn exit_code(&self) -> ExitCode {
        println!("{} limits broken", self.broken);
        ExitCode::from(u8::from(self.broken > 0))
    }
}

/// Prints a figure that has no limit.
pub(crate) fn stated(what: &str, figure: f64, note: &str) {
    println!("stated {what:46} {figure:9.3}  {:8}  {note}", "");
}

/// The median.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

/// The least. An executor may run in two modes: two workers that wake each other again and again, or one that does all the work.
/// Then medians compare modes, and the least compares costs.
pub(crate) fn fastest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The least and the greatest, as text.
pub(crate) fn range(values: &[f64]) -> String {
    let least = fastest(values);
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("[{least:.2}, {greatest:.2}]")
}
