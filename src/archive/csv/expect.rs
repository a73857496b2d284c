//! `expect.csv`: a row per expectation and point.

use std::io::Write;

use super::Row;
use crate::expect::{Judged, Unit};
use crate::stats::Interval;

/// The columns, in order.
pub const COLUMNS: [&str; 20] = [
    "claim",
    "that",
    "kind",
    "point",
    "rounds",
    "left",
    "left_lo",
    "left_hi",
    "right",
    "right_lo",
    "right_hi",
    "unit",
    "ratio",
    "ratio_lo",
    "ratio_hi",
    "verdict",
    "reason",
    "claimed_ratio",
    "quantifier",
    "repeats_satisfying",
];

/// A value without a unit has at least so many digits, unless they are trailing zeros.
const DIGITS: i32 = 6;

/// Writes a row per point of each expectation.
pub fn write<W: Write>(out: &mut ::csv::Writer<W>, judged: &[Judged]) -> ::csv::Result<()> {
    for expectation in judged {
        for point in &expectation.points {
            let mut row = Row::begin(out);
            row.text(&expectation.claim)?.text(&expectation.that)?.text(expectation.nature.as_str())?;
            row.text(&point.place)?.whole(point.rounds)?;
            interval(&mut row, point.left, expectation.unit)?;
            interval(&mut row, point.right, expectation.unit)?;
            row.text(&expectation.unit.column())?;
            interval(&mut row, point.ratio, Unit::Number)?;
            row.text(point.verdict.as_str())?.text(&point.reason)?;
            let claimed = expectation.claimed_ratio();
            row.decimal_if_any(Some(claimed), decimals(claimed, Unit::Number))?;
            row.text(expectation.quantifier_word().unwrap_or_default())?.whole_if_any(point.satisfying)?;
            row.end()?;
        }
    }
    Ok(())
}

/// The median, then the ends.
fn interval<W: Write>(row: &mut Row<'_, W>, interval: Option<Interval>, unit: Unit) -> ::csv::Result<()> {
    let bounds = interval.and_then(|interval| interval.bounds);
    let values = [interval.map(|interval| interval.median), bounds.map(|ends| ends.0), bounds.map(|ends| ends.1)];
    for value in values {
        row.decimal_if_any(value, value.map_or(0, |value| decimals(value, unit)))?;
    }
    Ok(())
}

/// How many decimals a value has at most: as in `samples.csv`, but a value that may be far below 1 keeps its digits.
fn decimals(value: f64, unit: Unit) -> usize {
    match unit {
        Unit::Time | Unit::Bytes | Unit::Rate => 3,
        Unit::Number | Unit::Share | Unit::Other(_) if value == 0.0 => 0,
        Unit::Number | Unit::Share | Unit::Other(_) => {
            (DIGITS - 1 - value.abs().log10().floor() as i32).max(0) as usize
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;
    use crate::report::testing::{JudgedBuilder, MS};

    #[test]
    fn each_point_of_an_expectation_has_a_row() {
        let stalls = JudgedBuilder::timing("one call, \"blocked\", stalls all")
            .at("hold=1ms")
            .left(9.9 * MS, 0.01)
            .right(3.0 * MS, 0.02)
            .ratio(3.3, 0.03)
            .holds()
            .at("hold=20ms")
            .inconclusive("rayon was not run");
        let counted = JudgedBuilder::invariant("all are done").left_exactly(7.0).right_constant(7.0).holds();
        let raced = JudgedBuilder::invariant("some stall").factors(2.0, 3.0).left_exactly(0.0).in_any(3).holds();
        let judged = [stalls.judged(), counted.judged(), raced.judged()];
        let written = text(|out| {
            out.write_record(COLUMNS)?;
            write(out, &judged)
        });
        snapbox::assert_data_eq!(written, snapbox::file!["../golden/expect.csv"].raw());
    }
}
