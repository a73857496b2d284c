//! The terminal's verdicts: for each expectation its claim, and below it the measured figures.
//!
//! Of several points the decisive one is shown. Lines are broken to fit the caller's width.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, TableStyle};

use super::readable::{NO_BREAK, format_count, format_interval};
use super::table::{BOLD, styled};
use crate::expect::{Judged, JudgedPoint, Nature, Unit, Verdict};
use crate::stats::Interval;
use taskmix_engine::scenario::Quantifier;
use taskmix_engine::units::{self, format_bytes, format_rate};

/// Writes the verdicts and a line that counts them; nothing without expectations.
pub fn verdicts(out: &mut impl Write, judged: &[Judged], width: u16, colour: bool) -> io::Result<()> {
    if judged.is_empty() {
        return Ok(());
    }
    let mut table = Table::new();
    // The caller decides whether to colour, not the terminal.
    table.force_no_tty();
    if colour {
        table.enforce_styling();
    }
    table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    for expectation in judged {
        let colour = match expectation.verdict {
            Verdict::Holds => Color::Green,
            Verdict::Inconclusive => Color::Yellow,
            Verdict::Fails => Color::Red,
        };
        let verdict = Cell::new(expectation.verdict.as_str()).fg(colour).add_attribute(Attribute::Bold);
        let mut lines = [vec![expectation.claim.clone()], decisive(expectation)].concat();
        // A failed claim is followed by its expression, as written.
        if expectation.verdict == Verdict::Fails {
            lines.push(expectation.that.clone());
        }
        table.add_row([verdict, Cell::new(lines.join("\n"))]);
    }
    for (column, space) in table.column_iter_mut().zip([2, 0]) {
        column.set_padding((0, space));
    }
    if let Some(column) = table.column_mut(0) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    writeln!(out, "{}", table.trim_fmt().replace(NO_BREAK, " "))?;
    writeln!(out, "{}", styled(&count(judged), BOLD, colour))
}

/// One line on an expectation that does not hold, such as
/// `inconclusive: one loop uses one core: at slice=4ms: rayon was not run`.
pub fn verdict_line(judged: &Judged) -> String {
    let point = judged.worst();
    let at =
        point.map(|point| point.place.clone()).filter(|place| !place.is_empty()).map(|place| format!("at {place}"));
    let reason = point.map(|point| point.reason.clone()).filter(|reason| !reason.is_empty());
    let measured = match judged.verdict {
        Verdict::Inconclusive => None,
        Verdict::Holds | Verdict::Fails => point.and_then(|point| measured(judged, point)),
    };
    let start = [judged.verdict.as_str().to_owned(), judged.claim.clone()];
    let parts: Vec<String> = start.into_iter().chain([at, measured, reason].into_iter().flatten()).collect();
    parts.join(": ").replace(NO_BREAK, " ")
}

/// `3 expectations: 1 holds, 2 inconclusive`.
pub(super) fn count(judged: &[Judged]) -> String {
    let things = if judged.len() == 1 { "expectation" } else { "expectations" };
    let count_of = |verdict| judged.iter().filter(|judged| judged.verdict == verdict).count();
    let parts: Vec<String> = [(Verdict::Holds, "hold"), (Verdict::Fails, "fail"), (Verdict::Inconclusive, "")]
        .into_iter()
        .map(|(verdict, word)| (count_of(verdict), verdict, word))
        .filter(|(number, ..)| *number > 0)
        .map(|(number, verdict, word)| {
            let word = if number == 1 || word.is_empty() { verdict.as_str() } else { word };
            format!("{number} {word}")
        })
        .collect();
    format!("{} {things}: {}", judged.len(), parts.join(", "))
}

/// Lines on the decisive point: the measured values, and the reason of a verdict that the values alone don't explain.
pub(super) fn decisive(judged: &Judged) -> Vec<String> {
    let Some(point) = judged.worst() else { return Vec::new() };
    let (place, points) = (unbroken(&point.place), judged.points.len());
    let worst = format!("at {place}, the worst of {points} points");
    let at = match (judged.holding(), points) {
        _ if place.is_empty() => String::new(),
        (_, 1) => format!("at {place}: "),
        (holding, points) if holding == points => format!("{worst}, all of which hold: "),
        (0, _) => format!("{worst}, of which none holds: "),
        (1, _) => format!("{worst}, of which 1 holds: "),
        (holding, _) => format!("{worst}, of which {holding} hold: "),
    };
    let measured = measured(judged, point);
    let reason = Some(point.reason.clone()).filter(|reason| !reason.is_empty());
    let lines: Vec<String> = [measured, reason].into_iter().flatten().collect();
    let first = lines.first().map(|first| format!("{at}{first}"));
    first.into_iter().chain(lines.into_iter().skip(1)).collect()
}

/// Both sides and their comparison: as a ratio if both sides are figures, else as they are.
fn measured(judged: &Judged, point: &JudgedPoint) -> Option<String> {
    let comparison = judged.comparison.as_str();
    let (of_left, of_right) = judged.factors;
    let side = |side: Option<Interval>, factor: f64| {
        side.map_or_else(|| "–".to_owned(), |side| quantity(scaled(side, factor), judged.unit))
    };
    let two_figures = judged.constants == (false, false);
    // Counts are shown as they are, without a ratio.
    let is_ratio = two_figures && judged.nature == Nature::Timing;
    match (point.left, point.right, point.ratio) {
        (None, None, _) => None,
        (left, right, Some(ratio)) if is_ratio => {
            let times = |text: String| format!("{text}{NO_BREAK}×");
            let bounds = ratio.bounds.map(|ends| format!(" {}", bounds_text(ends, three_digits)));
            Some(format!(
                "{}{} {comparison} {}: {} against {}",
                times(three_digits(ratio.median)),
                bounds.unwrap_or_default(),
                times(digits(judged.claimed_ratio())),
                side(left, 1.0),
                side(right, 1.0),
            ))
        }
        // A constant alone says nothing: the figure on the other side is missing.
        (None, _, _) | (_, None, _) if !two_figures => None,
        (left, right, _) => {
            let (left_text, right_text) = (side(left, of_left), side(right, of_right));
            let sides = format!("{left_text} {comparison} {right_text}");
            // Rounded alike, they would look equal.
            let is_unlike = point.verdict == Verdict::Fails && left_text == right_text;
            let difference = left.zip(right).filter(|_| is_unlike).map(|(left, right)| {
                let apart = Interval { median: (left.median * of_left - right.median * of_right).abs(), bounds: None };
                format!("(apart by {})", quantity(apart, judged.unit))
            });
            let parts = [Some(sides), difference, in_repeats(judged, point)];
            Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
        }
    }
}

/// `in 3 of 6 repeats`, of a claim on any of them.
fn in_repeats(judged: &Judged, point: &JudgedPoint) -> Option<String> {
    let satisfying = point.satisfying.filter(|_| judged.quantifier == Quantifier::AnyRepeat)?;
    let repeats = if point.rounds == 1 { "repeat" } else { "repeats" };
    Some(format!("in {satisfying} of {} {repeats}", point.rounds))
}

fn scaled(interval: Interval, factor: f64) -> Interval {
    let bounds = interval.bounds.map(|(low, high)| (low * factor, high * factor));
    Interval { median: interval.median * factor, bounds }
}

/// A median and its bounds in a unit, such as `22.0 ms [22.0, 22.1]`; bounds that equal the median are left out.
pub(super) fn quantity(interval: Interval, unit: Unit) -> String {
    let Interval { median, bounds } = interval;
    let bounds = bounds.filter(|(low, high)| low < high);
    let (text, bounds) = match unit {
        Unit::Time => {
            let (text, bounds) = format_interval(Interval { median, bounds });
            (text, bounds.map(|bounds| unbroken(&bounds)))
        }
        Unit::Number => (digits(median), bounds.map(|ends| bounds_text(ends, digits))),
        Unit::Share => {
            let per_cent = |share: f64| three_digits(share * 100.0);
            (format!("{} %", per_cent(median)), bounds.map(|ends| bounds_text(ends, per_cent)))
        }
        Unit::Bytes => (format_bytes(median), bounds.map(|ends| bounds_text(ends, format_bytes))),
        Unit::Rate => (format_rate(median), bounds.map(|ends| bounds_text(ends, format_rate))),
        Unit::Other(_) => {
            (format!("{} {}", digits(median), unit.column()), bounds.map(|ends| bounds_text(ends, digits)))
        }
    };
    bounds.map_or_else(|| unbroken(&text), |bounds| format!("{} {bounds}", unbroken(&text)))
}

fn bounds_text((low, high): (f64, f64), text: impl Fn(f64) -> String) -> String {
    unbroken(&format!("[{}, {}]", text(low), text(high)))
}

/// A number without unit, whole ones as they are: `3`, `1.2`, `1,234`, `100.5`.
pub(super) fn digits(number: f64) -> String {
    let halves = number * 2.0;
    if number >= 0.0 && halves.fract() == 0.0 {
        return format_count(number);
    }
    let text = three_digits(number);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A number with three digits, however small, or more if it has more before its point: `0.0123`, `9.06`, `36.0`, `1,234`.
pub(super) fn three_digits(number: f64) -> String {
    let magnitude = number.abs();
    // A number that rounds up to one more digit has one decimal less; 0 has as many decimals as 1.
    let step = (magnitude * 1.0005).max(f64::MIN_POSITIVE).log10().floor() as i32;
    match 2 - if magnitude == 0.0 { 0 } else { step } {
        decimals @ 1.. => format!("{number:.*}", decimals as usize),
        _ if number < 0.0 => format!("-{}", units::format_count(magnitude.round() as u64)),
        _ => units::format_count(magnitude.round() as u64),
    }
}

fn unbroken(text: &str) -> String {
    text.replace(' ', &NO_BREAK.to_string())
}

#[cfg(test)]
mod tests;
