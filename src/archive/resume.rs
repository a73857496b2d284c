//! Resumes a run that was cut short: keeps the rows of whole cells, and lets the files grow again.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use ::csv::{ByteRecord, ReaderBuilder};

use super::growing::Growing;
use super::place::LATEST;
use super::{ArchiveError, run_archive};
use crate::archive::csv::samples::PROBE;
use crate::archive::csv::writer;
use crate::archive::run_toml::RunFacts;
use crate::stats::WHOLE_MIX;

/// The newest run of a scenario, as it was left.
#[derive(Debug)]
pub struct LastRun {
    /// Its folder.
    pub path: PathBuf,
    /// Its `run.toml`.
    pub facts: RunFacts,
}

/// Why there is no run to resume.
#[derive(Debug, thiserror::Error)]
pub enum LastRunError {
    /// No run was ever begun there.
    #[error("there is no run in `{}`; run without `--resume`, or say with `--out` where it is", .0.display())]
    None(PathBuf),
    /// Its `run.toml` can't be read.
    #[error(transparent)]
    Unreadable(#[from] ArchiveError),
}

impl LastRun {
    /// The run that `latest` points to.
    pub fn find(out: &Path, scenario: &str) -> Result<Self, LastRunError> {
        let runs = out.join(scenario);
        let id = fs::read_link(runs.join(LATEST)).map_err(|_| LastRunError::None(runs.clone()))?;
        let path = runs.join(id);
        let facts = run_archive::facts(&path.join("run.toml"))?;
        Ok(Self { path, facts })
    }
}

/// The kinds of cells of which a file has rows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rows {
    /// Cells without a probe.
    Measured,
    /// Cells that measure lag.
    Probed,
    /// Both; a column says which.
    Both,
}

/// The cells whose rows stay, as the fields of their keys in the CSV files.
#[derive(Debug)]
pub(super) struct Kept {
    /// How many fields a key has.
    width: usize,
    keys: HashSet<Key>,
}

/// The fields, and whether the cell measures lag.
type Key = (Vec<Vec<u8>>, bool);

impl Kept {
    /// The cells in `samples.csv`. If the run did not record how it ended, its last cell is not kept: the rows in the other
    /// files may be missing.
    pub(super) fn in_samples(path: &Path, width: usize, ended_by_itself: bool) -> io::Result<Self> {
        let mut rows = ReaderBuilder::new().flexible(true).from_path(path).map_err(io::Error::other)?;
        let probe = rows.headers().map_err(io::Error::other)?.iter().position(|column| column == PROBE);
        let mut keys: Vec<Key> = Vec::new();
        for row in rows.byte_records() {
            let row = row.map_err(io::Error::other)?;
            if row.get(width) == Some(WHOLE_MIX.as_bytes()) {
                keys.push((key(&row, width), is_probed(&row, probe)));
            }
        }
        if !ended_by_itself {
            keys.pop();
        }
        Ok(Self { width, keys: keys.into_iter().collect() })
    }

    fn has(&self, row: &ByteRecord, is_probed: bool) -> bool {
        self.keys.contains(&(key(row, self.width), is_probed))
    }
}

fn is_probed(row: &ByteRecord, column: Option<usize>) -> bool {
    column.and_then(|place| row.get(place)).is_some_and(|period| !period.is_empty())
}

fn key(row: &ByteRecord, width: usize) -> Vec<Vec<u8>> {
    row.iter().take(width).map(<[u8]>::to_vec).collect()
}

/// Reopens a growing file under `path`, from what the cut run has left of it: the file itself or the one under `other`.
/// Rows of cells that are not kept, and half a row at the end, are dropped.
pub(super) fn reopen(
    path: &Path,
    other: &Path,
    columns: &[String],
    rows: Rows,
    kept: &Kept,
) -> io::Result<Growing<File>> {
    let source = if path.exists() { path } else { other };
    let beside = path.with_extension("resumed");
    copy(source, &beside, columns, rows, kept)?;
    fs::rename(&beside, path)?;
    if source != path {
        fs::remove_file(source)?;
    }
    Growing::open(path)
}

fn copy(source: &Path, to: &Path, columns: &[String], kind: Rows, kept: &Kept) -> io::Result<()> {
    let probe = columns.iter().position(|column| column == PROBE);
    let mut out = writer(File::create(to)?);
    out.write_record(columns)?;
    let mut rows = ReaderBuilder::new().flexible(true).from_reader(BufReader::new(File::open(source)?));
    let mut row = ByteRecord::new();
    while rows.read_byte_record(&mut row)? {
        let is_probed = match kind {
            Rows::Measured => false,
            Rows::Probed => true,
            Rows::Both => is_probed(&row, probe),
        };
        if row.len() == columns.len() && kept.has(&row, is_probed) {
            out.write_byte_record(&row)?;
        }
    }
    out.flush()?;
    let mut file = out.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    file.flush()?;
    file.sync_all()
}
