//! `probe.csv`: a row per probe.

use std::io::Write;

use super::{Row, key};
use crate::campaign::CellOutcome;
use taskmix_engine::scenario::Axis;

const OWN: &[&str] = &["written_ns", "lag_ns", "late_ns"];

/// The columns, in order.
pub fn columns(axes: &[Axis]) -> Vec<String> {
    key::columns_with(axes, OWN)
}

/// Writes a row per probe of a cell; an unanswered one has neither lag nor lateness.
pub fn write<W: Write>(out: &mut ::csv::Writer<W>, outcome: &CellOutcome) -> ::csv::Result<()> {
    for probe in &outcome.probes {
        let lag = probe.handled_ns.map(|handled| handled.saturating_sub(probe.written_ns));
        let mut row = Row::begin(out);
        key::write(&mut row, &outcome.key)?;
        row.whole(probe.written_ns)?.whole_if_any(lag)?.whole_if_any(probe.handled_ns.map(|_| probe.late_ns))?;
        row.end()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;
    use crate::stats::OutcomeBuilder;

    #[test]
    fn an_unanswered_probe_has_no_lag() {
        let outcome = OutcomeBuilder::new().probe(1_000, Some(0)).probe(2_000, None).outcome();
        let written = text(|out| write(out, &outcome));
        assert_eq!(written, "mix,smol-local,1,1,1000,0,10\nmix,smol-local,1,1,2000,,\n");
    }
}
