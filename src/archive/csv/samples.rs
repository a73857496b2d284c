//! `samples.csv`: a row per task of a cell, and one of its whole mix.

use std::io::{Read, Write};
use std::num::NonZeroU64;

use super::{Row, key};
use crate::campaign::{Disturbance, Surroundings};
use crate::stats::{Figures, Sample};
use taskmix_engine::metric::{Kind, Metric};
use taskmix_engine::scenario::{Axis, Scenario};

/// The columns of [`Surroundings`].
const ABOUT_THE_MACHINE: [&str; 5] = ["steal_share", "foreign_share", "disturbed", "disturbed_by", "attempt"];

/// Of a traced cell, how many spans its record had no room for.
const SPANS_DROPPED: &str = "spans_dropped";

/// Of a cell that ran into its timeout, which instance waits for which.
const WAITS: &str = "waits_for";

/// Of a cell that measures lag, the period of its probe: a part of the key that was added later than the others.
pub(crate) const PROBE: &str = "probe_ns";

/// The separator of causes of a disturbance, and of sentences.
const SEPARATOR: &str = "; ";

/// The column that says how a cell ended.
const EXIT: &str = "exit";

/// The columns, in order.
pub fn columns(axes: &[Axis]) -> Vec<String> {
    let mut columns = key::columns_with(axes, &["task"]);
    columns.extend(Metric::ALL.iter().map(|metric| metric.column()));
    columns.push(EXIT.to_owned());
    columns.extend(ABOUT_THE_MACHINE.map(str::to_owned));
    columns.push(SPANS_DROPPED.to_owned());
    columns.push(WAITS.to_owned());
    columns.push(PROBE.to_owned());
    columns
}

/// Writes a row per sample.
pub fn write<W: Write>(out: &mut ::csv::Writer<W>, samples: &[Sample]) -> ::csv::Result<()> {
    for sample in samples {
        let mut row = Row::begin(out);
        key::write(&mut row, &sample.key)?;
        row.text(&sample.task)?;
        for &metric in Metric::ALL {
            row.decimal_if_any(sample.figures.get(metric), decimals(metric.kind()))?;
        }
        row.text_if_any(sample.exit.as_deref())?;
        surroundings(&mut row, sample.surroundings.as_ref())?;
        row.whole_if_any(sample.spans_dropped)?;
        row.text(&sample.waits.join(SEPARATOR))?;
        row.whole_if_any(sample.key.probe_ns.map(NonZeroU64::get))?;
        row.end()?;
    }
    Ok(())
}

/// Other work of the machine, on the row of the whole mix.
fn surroundings<W: Write>(row: &mut Row<'_, W>, surroundings: Option<&Surroundings>) -> ::csv::Result<()> {
    let causes = surroundings.map_or(&[][..], |around| &around.disturbed_by);
    let by = causes.iter().map(ToString::to_string).collect::<Vec<_>>().join(SEPARATOR);
    row.decimal_if_any(surroundings.and_then(|around| around.steal_share), 4)?
        .decimal_if_any(surroundings.and_then(|around| around.foreign_share), 4)?
        .text_if_any(surroundings.map(|around| if around.disturbed_by.is_empty() { "false" } else { "true" }))?
        .text(&by)?
        .whole_if_any(surroundings.map(|around| around.attempt))?;
    Ok(())
}

/// Reads the columns of [`surroundings`] back; `Err` names the column that is not readable. A file of an earlier version,
/// which lacks them, has none.
fn read_surroundings<'a>(mut fields: impl Iterator<Item = &'a str>) -> Result<Option<Surroundings>, &'static str> {
    let mut share = |column| {
        let field = fields.next().unwrap_or_default();
        if field.is_empty() { Ok(None) } else { field.parse::<f64>().map(Some).map_err(|_| column) }
    };
    let (steal_share, foreign_share) = (share("`steal_share`")?, share("`foreign_share`")?);
    let _disturbed = fields.next();
    let by = fields.next().unwrap_or_default();
    let cause = |text: &str| Disturbance::ALL.into_iter().find(|cause| cause.to_string() == text);
    let causes = by.split(SEPARATOR).filter(|text| !text.is_empty()).map(cause);
    let disturbed_by = causes.collect::<Option<Vec<_>>>().ok_or("`disturbed_by`")?;
    let Some(attempt) = fields.next().filter(|field| !field.is_empty()) else { return Ok(None) };
    let attempt = attempt.parse().map_err(|_| "`attempt`")?;
    Ok(Some(Surroundings { steal_share, foreign_share, disturbed_by, attempt }))
}

/// A `samples.csv` that can't be read back.
#[derive(Debug, thiserror::Error)]
pub enum SamplesError {
    /// It is no CSV file.
    #[error("cannot read the rows")]
    Csv(#[from] ::csv::Error),
    /// Its columns are those of another scenario or of another schema version.
    #[error("the columns are not those of this scenario: column {} is `{found}`, not `{expected}`", place + 1)]
    Columns {
        /// The first column that differs, from 0.
        place: usize,
        /// What stands there.
        found: String,
        /// What should stand there.
        expected: String,
    },
    /// A field is no value of its column.
    #[error("line {line}: {column} is not readable")]
    Field {
        /// The line, from 1.
        line: u64,
        /// The column, or `the key`.
        column: String,
    },
}

/// Reads the samples back, for the axes of the same scenario. Columns that a later version of the same schema appended are
/// skipped, and a figure that an earlier version did not have is absent. An older version measured lag in every cell: that
/// lag is returned in separate cells. Figures are as they were printed: rates and means to 3 decimals, shares to 4.
pub fn read(source: impl Read, axes: &[Axis]) -> Result<Vec<Sample>, SamplesError> {
    let mut reader = ::csv::Reader::from_reader(source);
    let header = reader.headers()?.clone();
    let first = key::columns_with(axes, &["task"]);
    for (place, expected) in first.iter().enumerate() {
        let found = header.get(place).unwrap_or_default();
        if found != expected {
            return Err(SamplesError::Columns { place, found: found.to_owned(), expected: expected.clone() });
        }
    }
    let place = |column: &str| header.iter().position(|name| name == column);
    let end = header.len();
    let missing = || SamplesError::Columns { place: end, found: String::new(), expected: EXIT.to_owned() };
    let places = Places {
        metrics: Metric::ALL.iter().filter_map(|&metric| Some((metric, place(&metric.column())?))).collect(),
        exit: place(EXIT).ok_or_else(missing)?,
        machine: ABOUT_THE_MACHINE.map(place),
        spans_dropped: place(SPANS_DROPPED),
        waits: place(WAITS),
        probe: place(PROBE),
    };
    let mut samples = Vec::new();
    for record in reader.records() {
        let sample = sample(&record?, axes, &places)?;
        let lag = places.probe.is_none().then(|| lag_apart(&sample)).flatten();
        samples.push(without(sample, |metric| lag.is_some() && metric.is_of_the_probe()));
        samples.extend(lag);
    }
    Ok(samples)
}

/// Lag that an older version measured together with all other figures.
fn lag_apart(sample: &Sample) -> Option<Sample> {
    let has_lag = Metric::ALL.iter().any(|metric| metric.is_of_the_probe() && sample.figures.get(*metric).is_some());
    has_lag.then(|| {
        let mut lag = without(sample.clone(), |metric| !metric.is_of_the_probe() && !metric.is_tally());
        lag.key.probe_ns = NonZeroU64::new(Scenario::DEFAULT_PROBE.as_nanos() as u64);
        lag
    })
}

fn without(mut sample: Sample, is_meant: impl Fn(Metric) -> bool) -> Sample {
    for &metric in Metric::ALL.iter().filter(|metric| is_meant(**metric)) {
        sample.figures.set(metric, None);
    }
    sample
}

/// The columns of a file's figures.
struct Places {
    metrics: Vec<(Metric, usize)>,
    exit: usize,
    /// Absent in a file of an earlier version.
    machine: [Option<usize>; ABOUT_THE_MACHINE.len()],
    /// Likewise.
    spans_dropped: Option<usize>,
    /// Likewise.
    waits: Option<usize>,
    /// Likewise.
    probe: Option<usize>,
}

fn sample(record: &::csv::StringRecord, axes: &[Axis], places: &Places) -> Result<Sample, SamplesError> {
    let line = record.position().map_or(0, ::csv::Position::line);
    let unreadable = |column: String| SamplesError::Field { line, column };
    let mut fields = record.iter();
    let mut key = key::read(&mut fields, axes).ok_or_else(|| unreadable("the key".to_owned()))?;
    let probe = places.probe.map(|place| &record[place]).filter(|period| !period.is_empty());
    key.probe_ns = probe.map(str::parse).transpose().map_err(|_| unreadable(format!("`{PROBE}`")))?;
    // There are as many fields as columns: the reader checks it.
    let task = fields.next().unwrap_or_default().to_owned();
    let mut figures = Figures::default();
    for &(metric, place) in &places.metrics {
        let field = &record[place];
        if !field.is_empty() {
            let figure: f64 = field.parse().map_err(|_| unreadable(format!("`{}`", metric.column())))?;
            figures.set(metric, figure);
        }
    }
    let exit = Some(&record[places.exit]).filter(|exit| !exit.is_empty()).map(str::to_owned);
    let behind = places.machine.iter().map(|place| place.map_or("", |place| &record[place]));
    let surroundings = read_surroundings(behind).map_err(|column| unreadable(column.to_owned()))?;
    let dropped = places.spans_dropped.map(|place| &record[place]).filter(|dropped| !dropped.is_empty());
    let spans_dropped = dropped.map(str::parse).transpose().map_err(|_| unreadable(format!("`{SPANS_DROPPED}`")))?;
    let waits = places.waits.map_or("", |place| &record[place]).split(SEPARATOR);
    let waits = waits.filter(|wait| !wait.is_empty()).map(str::to_owned).collect();
    Ok(Sample { key, task, figures, exit, surroundings, spans_dropped, waits, steps: Vec::new() })
}

/// How many decimals a figure of this kind has at most.
pub(crate) const fn decimals(kind: Kind) -> usize {
    match kind {
        Kind::Share => 4,
        Kind::Count | Kind::Time | Kind::Bytes | Kind::Rate => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{axes, text};
    use super::*;
    use crate::campaign::Exit;
    use crate::expect::stored_rounding;
    use crate::stats::{OutcomeBuilder, samples};
    use taskmix_engine::record::Usage;
    use taskmix_engine::scenario::Param;

    #[test]
    fn verdicts_tolerate_the_rounding_of_these_decimals() {
        for &metric in Metric::ALL {
            let last_decimal = 10_f64.powf(-(decimals(metric.kind()) as f64));
            let tolerated = stored_rounding(metric);
            assert!(tolerated <= 0.0 || (tolerated / last_decimal - 0.5).abs() < 1e-9, "{}", metric.name());
        }
    }

    #[test]
    fn figures_stand_in_their_columns() {
        let usage = Usage {
            user_cpu_ns: 2,
            system_cpu_ns: 0,
            voluntary_switches: 0,
            involuntary_switches: 3,
            peak_rss_bytes: Some(4_096),
        };
        let builder = OutcomeBuilder::new().done(0, 0, 1, 3).done(0, 0, 1, 4).done(0, 0, 2, 3);
        let samples = samples(&builder.usage(usage).span(6).outcome());
        let written = text(|out| {
            out.write_record(columns(&[]))?;
            write(out, &samples)
        });
        let mut reader = ::csv::Reader::from_reader(written.as_bytes());
        let header = reader.headers().unwrap().clone();
        let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let at = |row: usize, column: &str| {
            let place = header.iter().position(|name| name == column).unwrap_or_else(|| panic!("{column}"));
            rows[row][place].to_owned()
        };
        for (row, column, expected) in [
            (0, "task", "alpha"),
            (1, "task", "beta"),
            (2, "task", "*"),
            (0, "released", "3"),
            (1, "released", "0"),
            (1, "latency_mean_ns", ""),
            (0, "latency_mean_ns", "3.333"),
            (0, "latency_max_ns", "4"),
            (0, "latency_p90_ns", ""),
            (0, "user_cpu_ns", ""),
            (0, "exit", ""),
            (2, "makespan_ns", "6"),
            (2, "throughput_per_s", "500000000"),
            (2, "lag_p50_ns", ""),
            (2, "cpu_utilisation", "0.3333"),
            (2, "voluntary_switches", "0"),
            (2, "peak_rss_bytes", "4096"),
            (2, "exit", "ok"),
        ] {
            assert_eq!(at(row, column), expected, "row {row}, {column}");
        }
    }

    #[test]
    fn a_cell_that_measures_lag_has_one_row_with_its_period_and_no_other_figure() {
        let builder = OutcomeBuilder::new().done(0, 0, 1, 3).burst_done(1, 20, 5).probe(0, Some(9)).span(6);
        let samples = samples(&builder.outcome());
        assert_eq!(samples.len(), 1);
        let figures = &samples[0].figures;
        let there = Metric::ALL.iter().filter(|metric| figures.get(**metric).is_some());
        assert!(there.clone().all(|metric| metric.is_tally() || metric.is_of_the_probe()), "{figures:?}");
        assert_eq!((figures.get(Metric::Done), figures.get(Metric::LagP50)), (Some(21.0), Some(9.0)));
        let text = written(&samples, &[]);
        assert!(text.ends_with(",1000000\n"), "{text}");
        assert_eq!(read(text.as_bytes(), &[]).unwrap(), samples);
    }

    #[test]
    fn lag_of_an_older_version_is_read_as_that_of_a_separate_cell() {
        let mut samples = samples(&OutcomeBuilder::new().burst_done(0, 3, 5).span(5).outcome());
        let mix = samples.pop().unwrap();
        let mut with_lag = mix.clone();
        with_lag.figures.set(Metric::LagP99, Some(5.0));
        let all = [samples.clone(), vec![with_lag]].concat();
        let older: String =
            written(&all, &[]).lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n").collect();
        let back = read(older.as_bytes(), &[]).unwrap();
        let (lag, measured) = back.split_last().unwrap();
        assert_eq!(measured, [samples, vec![mix]].concat(), "nothing else has changed");
        assert_eq!((lag.key.is_probed(), lag.figures.get(Metric::LagP99)), (true, Some(5.0)));
        assert_eq!((lag.figures.get(Metric::Makespan), lag.exit.as_deref()), (None, Some("ok")));
    }

    fn written(samples: &[Sample], axes: &[Axis]) -> String {
        text(|out| {
            out.write_record(columns(axes))?;
            write(out, samples)
        })
    }

    #[test]
    fn samples_are_read_back_as_they_were_written() {
        let axes = axes();
        let param = |axis: &Axis| Param { name: axis.name.clone(), value: axis.values[0] };
        let builder = OutcomeBuilder::new().burst_done(0, 12, 300_000).done(1, 5, 9, 200).stalled(1, 0, None);
        let mut outcome = builder.exit(Exit::Miscounted("3, not \"4\"".to_owned())).outcome();
        outcome.key.params = axes.iter().map(param).collect();
        let samples = samples(&outcome);
        assert_eq!(read(written(&samples, &axes).as_bytes(), &axes).unwrap(), samples);
    }

    #[test]
    fn columns_appended_by_a_later_version_are_skipped() {
        let samples = samples(&OutcomeBuilder::new().burst_done(0, 4, 8).span(8).outcome());
        let later: String =
            written(&samples, &[]).lines().map(|line| format!("{line},more\n")).collect::<Vec<_>>().concat();
        assert_eq!(read(later.as_bytes(), &[]).unwrap(), samples);
    }

    #[test]
    fn a_figure_that_an_earlier_version_did_not_have_is_absent() {
        let mut samples = samples(&OutcomeBuilder::new().burst_done(0, 4, 8).span(8).outcome());
        // As if `done` had been added later; no field holds a comma.
        let place = columns(&[]).iter().position(|column| column == "done").unwrap();
        let without = |line: &str| {
            let mut fields: Vec<&str> = line.split(',').collect();
            fields.remove(place);
            fields.join(",") + "\n"
        };
        let earlier = written(&samples, &[]).lines().map(without).collect::<Vec<_>>().concat();
        for sample in &mut samples {
            sample.figures.set(Metric::Done, None);
        }
        assert_eq!(read(earlier.as_bytes(), &[]).unwrap(), samples);
        let error = read(earlier.replacen(",exit,", ",end,", 1).as_bytes(), &[]).unwrap_err();
        assert!(matches!(error, SamplesError::Columns { expected, .. } if expected == EXIT));
    }

    #[test]
    fn a_file_of_another_scenario_or_a_broken_field_is_an_error_that_says_where() {
        let samples = samples(&OutcomeBuilder::new().burst_done(0, 3, 7).span(7).outcome());
        let plain = written(&samples, &[]);
        let error = |text: &str, axes: &[Axis]| read(text.as_bytes(), axes).unwrap_err().to_string();
        assert_eq!(
            error(&plain, &axes()),
            "the columns are not those of this scenario: column 2 is `engine`, not `param_hold_ns`"
        );
        assert_eq!(error(&plain.replacen("alpha,3", "alpha,x", 1), &[]), "line 2: `released` is not readable");
        assert_eq!(error(&plain.replacen("smol-local", "Small", 1), &[]), "line 2: the key is not readable");
        assert_eq!(error(&plain.replacen(",\n", "\n", 1), &[]), "cannot read the rows");
    }
}
