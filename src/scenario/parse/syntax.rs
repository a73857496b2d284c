//! TOML itself: its syntax errors, and what remains legible of a text that has some.

use std::borrow::Cow;
use std::ops::Range;

use toml::de::DeTable;

use crate::diagnostic::Diagnostic;

/// Every syntax error in the order of the text, and the text with the lines of these errors blank: its bytes keep
/// their places.
pub(super) fn check(text: &str) -> (Vec<Diagnostic>, Cow<'_, str>) {
    let (_, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return (Vec::new(), Cow::Borrowed(text));
    }
    let mut errors: Vec<Diagnostic> = errors.iter().map(|error| explain(text, error)).collect();
    errors.sort_by_key(start);
    errors.dedup();
    let mut legible = text.to_owned();
    for error in &errors {
        legible = blank(&legible, &broken(text, error));
    }
    (errors, Cow::Owned(legible))
}

/// Syntax errors and other mistakes in the order of the text, without those that a syntax error may have caused.
pub(super) fn merge(text: &str, errors: Vec<Diagnostic>, mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let broken: Vec<Range<usize>> = errors.iter().map(|error| broken(text, error)).collect();
    found.retain(|diagnostic| {
        let span = diagnostic.span.clone().unwrap_or(0..0);
        !broken.iter().any(|broken| span.start < broken.end && broken.start < span.end.max(span.start + 1))
    });
    let mut all = errors;
    all.extend(found);
    all.sort_by_key(start);
    all
}

fn start(diagnostic: &Diagnostic) -> usize {
    diagnostic.span.as_ref().map_or(0, |span| span.start)
}

fn explain(text: &str, error: &toml::de::Error) -> Diagnostic {
    let span = error.span().unwrap_or(text.len()..text.len());
    let (message, expected) = error.message().split_once(", expected ").unwrap_or((error.message(), ""));
    let diagnostic = Diagnostic::error(format!("bad TOML: {message}")).at(span);
    let diagnostic = match expected {
        "" => diagnostic,
        "nothing" => diagnostic.label("expected nothing here"),
        expected => diagnostic.label(format!("expected {expected}")),
    };
    match message {
        "duplicate key" => diagnostic.help("delete one of the two"),
        "string values must be quoted" => diagnostic.help("texts and durations stand in quotes, as in \"5ms\""),
        _ => diagnostic,
    }
}

/// The lines that an error makes illegible: its own; of a header also those that stand below it.
fn broken(text: &str, error: &Diagnostic) -> Range<usize> {
    let span = error.span.clone().unwrap_or(0..0);
    let from = text.floor_char_boundary(span.start);
    let to = text.ceil_char_boundary(span.end.clamp(from, text.len()));
    let start = text[..from].rfind('\n').map_or(0, |newline| newline + 1);
    let mut end = text[to..].find('\n').map_or(text.len(), |newline| to + newline);
    if text[start..end].trim_start().starts_with('[') {
        while end < text.len() && !text[end..].trim_start_matches(['\n', '\r']).trim_start_matches(' ').starts_with('[')
        {
            end = text[end + 1..].find('\n').map_or(text.len(), |newline| end + 1 + newline);
        }
    }
    start..end
}

/// The text with spaces in place of all but the newlines of a range.
fn blank(text: &str, range: &Range<usize>) -> String {
    let mut blanked = String::with_capacity(text.len());
    blanked.push_str(&text[..range.start]);
    blanked.extend(text[range.clone()].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
    blanked.push_str(&text[range.end..]);
    blanked
}
