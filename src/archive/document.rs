//! A JSON document as a file or an output has it.

use std::io::{self, Write};

use serde::Serialize;

/// Writes a document and a newline.
pub fn write_json(out: &mut impl Write, document: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)
}
