//! Rows of a file that may have millions of them, formatted without the CSV writer's work for each field.
//!
//! Text goes through that writer once, for its quotes; numbers need none. The bytes equal those of [`Row`](super::row::Row).

use std::io::{self, Write};

use super::{Row, key, writer};
use taskmix_engine::plan::CellKey;

/// Text as it stands in a file, with quotes if it needs them.
pub(super) struct Quoted(Vec<u8>);

impl Quoted {
    /// Quotes what a row has written.
    fn of(row: impl FnOnce(&mut Row<'_, &mut Vec<u8>>) -> ::csv::Result<()>) -> ::csv::Result<Self> {
        let mut bytes = Vec::new();
        let mut out = writer(&mut bytes);
        let mut fields = Row::begin(&mut out);
        row(&mut fields)?;
        fields.end()?;
        drop(out);
        bytes.pop(); // the end of the line
        Ok(Self(bytes))
    }

    /// Quotes each of these texts.
    pub(super) fn all(texts: &[String]) -> ::csv::Result<Vec<Self>> {
        texts.iter().map(|text| Self::of(|row| row.text(text).map(|_| ()))).collect()
    }
}

/// The current row of a cell, which begins with its key.
pub(super) struct Line {
    bytes: Vec<u8>,
    /// How many of them are the key.
    key: usize,
}

impl Line {
    /// Rows of the cell `key`.
    pub(super) fn of(key: &CellKey) -> ::csv::Result<Self> {
        let Quoted(bytes) = Quoted::of(|row| key::write(row, key))?;
        Ok(Self { key: bytes.len(), bytes })
    }

    /// Begins a row after its key.
    pub(super) fn begin(&mut self) -> &mut Self {
        self.bytes.truncate(self.key);
        self
    }

    /// A name that needs no quotes, or nothing.
    pub(super) fn name(&mut self, name: &str) -> &mut Self {
        self.field(name.as_bytes())
    }

    /// Text, or nothing.
    pub(super) fn text(&mut self, text: Option<&Quoted>) -> &mut Self {
        self.field(text.map_or(&[], |Quoted(bytes)| bytes))
    }

    /// A whole number.
    pub(super) fn whole(&mut self, number: impl Into<u64>) -> &mut Self {
        self.field(itoa::Buffer::new().format(number.into()).as_bytes())
    }

    /// A whole number, or nothing.
    pub(super) fn whole_if_any(&mut self, number: Option<impl Into<u64>>) -> &mut Self {
        match number {
            Some(number) => self.whole(number),
            None => self.field(&[]),
        }
    }

    /// Ends the row.
    pub(super) fn end(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.bytes.push(b'\n');
        out.write_all(&self.bytes)
    }

    fn field(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.push(b',');
        self.bytes.extend_from_slice(bytes);
        self
    }
}
