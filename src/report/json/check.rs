//! `taskmix check --format json`: `taskmix.check/1`.

use serde::Serialize;

use taskmix_engine::diagnostic::{Diagnostic, Severity};

/// All files that were checked.
#[derive(Debug, Serialize)]
pub struct CheckDocument {
    schema: &'static str,
    taskmix_version: &'static str,
    /// Whether no file has an error.
    ok: bool,
    files: Vec<CheckedFile>,
}

/// One file and what is wrong with it.
#[derive(Debug, Serialize)]
pub struct CheckedFile {
    path: String,
    ok: bool,
    diagnostics: Vec<DiagnosticShape>,
}

/// One error or warning.
#[derive(Debug, Serialize)]
struct DiagnosticShape {
    /// `error` or `warning`.
    severity: &'static str,
    message: String,
    /// `null` if it has no place.
    place: Option<SpanShape>,
    /// Why it is wrong, where that is not obvious.
    notes: Vec<String>,
    /// What to do.
    helps: Vec<String>,
}

/// A place in the file: lines and columns from 1, columns in characters; the end is after the last character.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct SpanShape {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

impl CheckDocument {
    /// The document of these files.
    pub fn new(files: Vec<CheckedFile>) -> Self {
        let ok = files.iter().all(|file| file.ok);
        Self { schema: "taskmix.check/1", taskmix_version: env!("CARGO_PKG_VERSION"), ok, files }
    }
}

impl CheckedFile {
    /// A file with its `text`, empty if it can't be read.
    pub fn new(path: String, text: &str, diagnostics: &[Diagnostic]) -> Self {
        let ok = !diagnostics.iter().any(Diagnostic::is_error);
        Self { path, ok, diagnostics: diagnostics.iter().map(|diagnostic| shape(diagnostic, text)).collect() }
    }
}

fn shape(diagnostic: &Diagnostic, text: &str) -> DiagnosticShape {
    DiagnosticShape {
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: diagnostic.message.clone(),
        place: diagnostic.span.as_ref().map(|span| {
            let ((line, column), (end_line, end_column)) = (position(text, span.start), position(text, span.end));
            SpanShape { line, column, end_line, end_column }
        }),
        notes: diagnostic.notes.clone(),
        helps: diagnostic.helps.clone(),
    }
}

/// Line and column of a byte, from 1.
fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(byte)];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before[start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let text = "é = 1\nab = ü\n";
        for (byte, place) in [(0, (1, 1)), (2, (1, 2)), (7, (2, 1)), (12, (2, 6)), (14, (2, 7)), (99, (3, 1))] {
            assert_eq!(position(text, byte), place, "byte {byte}");
        }
    }
}
