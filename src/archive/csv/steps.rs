//! `steps.csv`: a row per step that has an `as`.

use std::io::{Read, Write};

use super::samples::SamplesError;
use super::{Row, key};
use crate::stats::{Sample, StepSample, StepTimes};
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::Axis;

const OWN: &[&str] = &[
    "task",
    "step",
    "count",
    "wait_p50_ns",
    "wait_p99_ns",
    "wait_max_ns",
    "hold_p50_ns",
    "hold_p99_ns",
    "hold_max_ns",
    "total_p50_ns",
    "total_p99_ns",
    "total_max_ns",
    "same_core_share",
    "failed",
    "cancelled",
];

/// How many of them every version has: all up to the total times.
const FIRST: usize = 12;

/// The columns, in order.
pub fn columns(axes: &[Axis]) -> Vec<String> {
    key::columns_with(axes, OWN)
}

/// Writes a row per named step of a cell.
pub fn write<'a, W: Write>(
    out: &mut ::csv::Writer<W>,
    cell: &CellKey,
    steps: impl IntoIterator<Item = &'a StepSample>,
) -> ::csv::Result<()> {
    for step in steps {
        let mut row = Row::begin(out);
        key::write(&mut row, cell)?;
        row.text(&step.task)?.text(&step.step)?.whole(step.count)?;
        for part in [step.wait, step.hold, step.total] {
            row.whole_if_any(part.p50_ns)?.whole_if_any(part.p99_ns)?.whole_if_any(part.max_ns)?;
        }
        row.decimal_if_any(step.same_core_share, 4)?.whole(step.failed)?.whole(step.cancelled)?;
        row.end()?;
    }
    Ok(())
}

/// Reads the rows back, for the axes of the same scenario, and adds each to the sample of its task; a row of a cell without
/// samples is skipped. A column that an earlier version did not have counts as empty.
pub fn read_into(source: impl Read, axes: &[Axis], samples: &mut [Sample]) -> Result<(), SamplesError> {
    let mut reader = ::csv::Reader::from_reader(source);
    let header = reader.headers()?.clone();
    let needed = key::columns_with(axes, &OWN[..FIRST]);
    for (place, expected) in needed.iter().enumerate() {
        let found = header.get(place).unwrap_or_default();
        if found != expected {
            return Err(SamplesError::Columns { place, found: found.to_owned(), expected: expected.clone() });
        }
    }
    let later = OWN[FIRST..].iter().map(|column| header.iter().position(|name| name == *column));
    let later: Vec<Option<usize>> = later.collect();
    // Rows are in the order of the samples, so that the search begins where the last one ended.
    let mut last = 0;
    for record in reader.records() {
        let record = record?;
        let (cell, step) = step(&record, axes, &later)?;
        let is_of = |sample: &Sample| sample.task == step.task && sample.key == cell;
        let place = (last..samples.len()).chain(0..last).find(|place| is_of(&samples[*place]));
        if let Some(place) = place {
            last = place;
            samples[place].steps.push(step);
        }
    }
    Ok(())
}

/// A row with its cell; `later` are the places of the columns that not every version has.
fn step(
    record: &::csv::StringRecord,
    axes: &[Axis],
    later: &[Option<usize>],
) -> Result<(CellKey, StepSample), SamplesError> {
    let line = record.position().map_or(0, ::csv::Position::line);
    let unreadable = |column: &str| SamplesError::Field { line, column: column.to_owned() };
    let mut fields = record.iter();
    let cell = key::read(&mut fields, axes).ok_or_else(|| unreadable("the key"))?;
    // There are as many fields as columns: the reader checks it.
    let mut text = || fields.next().unwrap_or_default();
    let (task, step) = (text().to_owned(), text().to_owned());
    let mut columns = OWN[2..].iter();
    let mut whole = |field: &str| {
        let column = columns.next().copied().unwrap_or_default();
        let number = (!field.is_empty()).then(|| field.parse::<u64>()).transpose();
        number.map_err(|_| unreadable(&format!("`{column}`")))
    };
    let count = whole(text())?.unwrap_or_default();
    let mut times =
        || Ok::<_, SamplesError>(StepTimes { p50_ns: whole(text())?, p99_ns: whole(text())?, max_ns: whole(text())? });
    let (wait, hold, total) = (times()?, times()?, times()?);
    let field = |place: usize| later[place].map_or("", |place| &record[place]);
    let same_core_share = Some(field(0)).filter(|field| !field.is_empty()).map(str::parse).transpose();
    let number = |place: usize| match field(place) {
        "" => Ok(0),
        text => text.parse().map_err(|_| unreadable(&format!("`{}`", OWN[FIRST + place]))),
    };
    let sample = StepSample {
        task,
        step,
        count,
        wait,
        hold,
        total,
        same_core_share: same_core_share.map_err(|_| unreadable("`same_core_share`"))?,
        failed: number(1)?,
        cancelled: number(2)?,
    };
    Ok((cell, sample))
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;
    use crate::stats::{OutcomeBuilder, samples};

    fn step() -> StepSample {
        let times = |from: u64| StepTimes { p50_ns: Some(from), p99_ns: None, max_ns: Some(from + 2) };
        StepSample {
            task: "alpha".to_owned(),
            step: "fetch".to_owned(),
            count: 5,
            wait: times(10),
            hold: StepTimes::default(),
            total: times(30),
            same_core_share: Some(0.6667),
            failed: 3,
            cancelled: 1,
        }
    }

    /// The file with one row, without its last `fewer` columns.
    fn file(fewer: usize) -> String {
        let written = text(|out| {
            out.write_record(columns(&[]))?;
            write(out, &OutcomeBuilder::new().outcome().key, &[step()])
        });
        let cut = |line: &str| line.rsplitn(fewer + 1, ',').last().unwrap_or_default().to_owned() + "\n";
        written.lines().map(cut).collect()
    }

    fn read(text: &str) -> Result<Vec<Sample>, SamplesError> {
        let mut samples = samples(&OutcomeBuilder::new().done(0, 0, 0, 5).span(5).outcome());
        read_into(text.as_bytes(), &[], &mut samples)?;
        Ok(samples)
    }

    #[test]
    fn parts_stand_in_the_order_wait_hold_total() {
        let file = file(0);
        let (_, row) = file.split_once('\n').unwrap();
        assert_eq!(row, "mix,smol-local,1,1,alpha,fetch,5,10,,12,,,,30,,32,0.6667,3,1\n");
    }

    #[test]
    fn what_was_written_is_read_back_and_stands_with_its_task() {
        let steps =
            |samples: Vec<Sample>| -> Vec<Vec<StepSample>> { samples.into_iter().map(|sample| sample.steps).collect() };
        assert_eq!(steps(read(&file(0)).unwrap()), [vec![step()], vec![], vec![]]);
        let earlier = StepSample { same_core_share: None, failed: 0, cancelled: 0, ..step() };
        assert_eq!(steps(read(&file(3)).unwrap()), [vec![earlier], vec![], vec![]]);
        let other = file(0).replace(",alpha,", ",gamma,");
        assert!(steps(read(&other).unwrap()).iter().all(Vec::is_empty), "no such task");
    }

    #[test]
    fn a_broken_field_is_an_error_that_says_where() {
        let error = |from: &str, to: &str| read(&file(0).replacen(from, to, 1)).unwrap_err().to_string();
        assert_eq!(error(",fetch,5,10,", ",fetch,5,x,"), "line 2: `wait_p50_ns` is not readable");
        assert_eq!(error(",32,0.6667,3", ",-,0.6667,3"), "line 2: `total_max_ns` is not readable");
        assert_eq!(error(",3,1\n", ",3,y\n"), "line 2: `cancelled` is not readable");
        assert_eq!(error("smol-local", "Small"), "line 2: the key is not readable");
    }
}
