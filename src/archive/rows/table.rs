//! A CSV file as rows whose fields are found by name; errors have their line and column.

use std::io::{self, Read};

use crate::archive::ReadError;
use crate::archive::csv::BUFFER;
use taskmix_engine::record::State;

/// The greatest number that is read: more than the nanoseconds of 30 years, and too small for any drawing to overflow.
const GREATEST: f64 = 1e18;

/// A CSV file that is being read.
pub(crate) struct CsvTable<R> {
    file: String,
    header: Vec<String>,
    reader: ::csv::Reader<R>,
}

/// Where a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column(usize);

impl<R: Read> CsvTable<R> {
    /// Reads the header. `file` is its name in messages.
    pub(crate) fn read(file: &str, source: R) -> Result<Self, ReadError> {
        let mut reader = ::csv::ReaderBuilder::new().buffer_capacity(BUFFER).from_reader(source);
        let header = reader.headers().map_err(|error| wrong(file, error))?;
        let header: Vec<String> = header.iter().map(str::to_owned).collect();
        let broken = |what: String| {
            let remedy = "the first line names the columns, as in results/README.md".to_owned();
            ReadError::File { file: file.to_owned(), what, remedy }
        };
        if header.iter().all(String::is_empty) {
            return Err(broken("there is no header".to_owned()));
        }
        for (place, name) in header.iter().enumerate() {
            if !name.is_empty() && header[..place].contains(name) {
                return Err(broken(format!("the column `{name}` is there twice")));
            }
        }
        Ok(Self { file: file.to_owned(), header, reader })
    }

    /// Its name in messages.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// The columns' names.
    pub(crate) fn header(&self) -> impl Iterator<Item = (Column, &str)> {
        self.header.iter().enumerate().map(|(place, name)| (Column(place), name.as_str()))
    }

    /// A column, if there is one of that name.
    pub(crate) fn column(&self, name: &str) -> Option<Column> {
        self.header.iter().position(|column| column == name).map(Column)
    }

    /// A column that must be there.
    pub(crate) fn need(&self, name: &str) -> Result<Column, ReadError> {
        self.column(name).ok_or_else(|| ReadError::File {
            file: self.file.clone(),
            what: format!("there is no column `{name}`"),
            remedy: "columns are found by their names in the first line, which are those of results/README.md"
                .to_owned(),
        })
    }

    /// Calls `take` with each row, and returns the number of rows.
    pub(crate) fn each(&mut self, mut take: impl FnMut(&Row<'_>) -> Result<(), ReadError>) -> Result<u64, ReadError> {
        let mut record = ::csv::StringRecord::new();
        let mut rows = 0;
        while self.reader.read_record(&mut record).map_err(|error| wrong(&self.file, error))? {
            take(&Row { file: &self.file, header: &self.header, record: &record })?;
            rows += 1;
        }
        Ok(rows)
    }
}

/// One row.
pub(crate) struct Row<'a> {
    file: &'a str,
    header: &'a [String],
    record: &'a ::csv::StringRecord,
}

impl Row<'_> {
    /// Its line, from 1: the header's.
    pub(crate) fn line(&self) -> u64 {
        self.record.position().map_or(0, ::csv::Position::line)
    }

    /// A field as it stands, possibly empty.
    pub(crate) fn text(&self, Column(place): Column) -> &str {
        self.record.get(place).unwrap_or_default()
    }

    /// A number that is not negative; `None` if the field is empty.
    pub(crate) fn number(&self, column: Column) -> Result<Option<f64>, ReadError> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse().ok().filter(|number| (0.0..=GREATEST).contains(number));
        number.map(Some).ok_or_else(|| self.wrong(column, "a number from 0 to 1e18, or nothing"))
    }

    /// A number that must be there.
    pub(crate) fn needed(&self, column: Column) -> Result<f64, ReadError> {
        self.number(column)?.ok_or_else(|| self.wrong(column, "a number from 0 to 1e18"))
    }

    /// A whole number of at least 1; `None` if the field is empty.
    pub(crate) fn ordinal(&self, column: Column) -> Result<Option<u32>, ReadError> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse().ok().filter(|&number: &u32| number >= 1);
        number.map(Some).ok_or_else(|| self.wrong(column, "a whole number of at least 1"))
    }

    /// A state in which an instance can end.
    pub(crate) fn ended(&self, column: Column) -> Result<State, ReadError> {
        let state = State::ALL.into_iter().find(|state| state.as_str() == self.text(column));
        state
            .filter(|state| !matches!(state, State::Pending | State::Running))
            .ok_or_else(|| self.wrong(column, "`done`, `cancelled`, `failed` or `stalled`"))
    }

    /// The error that says what should stand in a field.
    pub(crate) fn wrong(&self, column: Column, expected: &'static str) -> ReadError {
        ReadError::Field {
            file: self.file.to_owned(),
            line: self.line(),
            column: self.header[column.0].clone(),
            expected,
            found: self.text(column).to_owned(),
        }
    }

    /// The error of a row as a whole.
    pub(crate) fn broken(&self, what: String) -> ReadError {
        ReadError::Row { file: self.file.to_owned(), line: self.line(), what }
    }
}

/// The reader's error in words, with its place.
fn wrong(file: &str, error: ::csv::Error) -> ReadError {
    let line = error.position().map_or(1, ::csv::Position::line);
    let file = file.to_owned();
    match error.into_kind() {
        ::csv::ErrorKind::Io(source) => ReadError::Unreadable { file, source },
        ::csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let what = format!("expected {expected_len} fields, as in the header, found {len}");
            ReadError::Row { file, line, what }
        }
        ::csv::ErrorKind::Utf8 { err, .. } => {
            let what = format!("field {} is no text in UTF-8", err.field() + 1);
            ReadError::Row { file, line, what }
        }
        other => ReadError::Unreadable { file, source: io::Error::other(format!("{other:?}")) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &[u8]) -> String {
        let read = || -> Result<(), ReadError> {
            let mut table = CsvTable::read("x.csv", text)?;
            let (size, rank) = (table.need("size")?, table.need("rank")?);
            table.each(|row| row.number(size).and(row.ordinal(rank)).map(|_| ())).map(|_| ())
        };
        read().unwrap_err().to_string()
    }

    #[test]
    fn columns_are_found_by_name_in_any_order_and_others_are_skipped() {
        let text = "rank,colour,size\n3,red,1.5\n,,\n";
        let mut table = CsvTable::read("x.csv", text.as_bytes()).unwrap();
        let (size, rank) = (table.need("size").unwrap(), table.need("rank").unwrap());
        let mut seen = Vec::new();
        let rows = table.each(|row| {
            seen.push((row.number(size)?, row.ordinal(rank)?));
            Ok(())
        });
        assert_eq!(rows.unwrap(), 2);
        assert_eq!(seen, [(Some(1.5), Some(3)), (None, None)]);
    }

    #[test]
    fn each_kind_of_mistake_names_its_line_and_what_was_expected() {
        for (text, message) in [
            (&b""[..], "`x.csv`: there is no header"),
            (b"size\n", "`x.csv`: there is no column `rank`"),
            (b"size,rank,size\n", "`x.csv`: the column `size` is there twice"),
            (
                b"size,rank\n1,1\nbig,1\n",
                "`x.csv`, line 3, column `size`: expected a number from 0 to 1e18, or nothing, found `big`",
            ),
            (
                b"size,rank\n-1,1\n",
                "`x.csv`, line 2, column `size`: expected a number from 0 to 1e18, or nothing, found `-1`",
            ),
            (
                b"size,rank\nNaN,1\n",
                "`x.csv`, line 2, column `size`: expected a number from 0 to 1e18, or nothing, found `NaN`",
            ),
            (
                b"size,rank\n1e99,1\n",
                "`x.csv`, line 2, column `size`: expected a number from 0 to 1e18, or nothing, found `1e99`",
            ),
            (b"size,rank\n1,0\n", "`x.csv`, line 2, column `rank`: expected a whole number of at least 1, found `0`"),
            (
                b"size,rank\n1,1.5\n",
                "`x.csv`, line 2, column `rank`: expected a whole number of at least 1, found `1.5`",
            ),
            (b"size,rank\n1,1\n1\n", "`x.csv`, line 3: expected 2 fields, as in the header, found 1"),
            (b"size,rank\n1,\xff\n", "`x.csv`, line 2: field 2 is no text in UTF-8"),
        ] {
            assert_eq!(error(text), message);
        }
    }
}
