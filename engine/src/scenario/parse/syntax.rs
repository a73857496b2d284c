//! Syntax errors of TOML, and the legible part of a text that has some.

use std::borrow::Cow;
use std::ops::Range;

use toml::de::DeTable;

use super::brackets;
use crate::diagnostic::Diagnostic;

/// How often a text is parsed again for more syntax errors.
const MOST_LOOKS: usize = 20;

/// The maximum of syntax errors that are reported.
const MOST_PROBLEMS: usize = 100;

/// The syntax errors, and the text with its illegible parts replaced by spaces. All other bytes keep their places.
pub(super) fn check(text: &str) -> (Vec<Problem>, Cow<'_, str>) {
    if DeTable::parse(text).is_ok() {
        return (Vec::new(), Cow::Borrowed(text));
    }
    let mut problems = Vec::new();
    let mut legible = text.to_owned();
    for (error, illegible) in brackets::unclosed(text).into_iter().take(MOST_PROBLEMS) {
        legible = blank(&legible, &illegible);
        problems.push(Problem { error, illegible });
    }
    // After some errors the parser gives up on the rest: parse again without their lines.
    for _ in 0..MOST_LOOKS {
        let found = look(text, &legible, &problems);
        if found.is_empty() {
            break;
        }
        for problem in found {
            legible = blank(&legible, &problem.illegible);
            problems.push(problem);
        }
    }
    // If no error was located, the first one that the parser reports is kept: a text that is not TOML must not pass.
    if problems.is_empty() {
        let error = DeTable::parse(text).err().map(|error| explain(text, &error));
        problems.extend(error.map(|error| Problem { illegible: illegible(text, &error), error }));
    }
    (problems, Cow::Owned(legible))
}

/// The syntax errors of the legible text, one per line: further errors of a line mostly follow from its first.
fn look(text: &str, legible: &str, known: &[Problem]) -> Vec<Problem> {
    let mut found: Vec<Problem> = Vec::new();
    for error in DeTable::parse_recoverable(legible).1 {
        let error = explain(text, &error);
        let illegible = illegible(text, &error);
        let overlaps = |other: &Problem| illegible.start < other.illegible.end && other.illegible.start < illegible.end;
        if known.len() + found.len() == MOST_PROBLEMS {
            break;
        }
        if !illegible.is_empty() && !known.iter().chain(&found).any(overlaps) {
            found.push(Problem { error, illegible });
        }
    }
    found
}

/// A syntax error, and the part of the text that it makes illegible.
pub(super) struct Problem {
    error: Diagnostic,
    illegible: Range<usize>,
}

/// Syntax errors and other mistakes in the order of the text, without those that a syntax error may have caused.
pub(super) fn merge(problems: Vec<Problem>, mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.retain(|diagnostic| {
        let span = diagnostic.span.clone().unwrap_or(0..0);
        !problems
            .iter()
            .any(|problem| span.start < problem.illegible.end && problem.illegible.start < span.end.max(span.start + 1))
    });
    found.extend(problems.into_iter().map(|problem| problem.error));
    found.sort_by_key(|diagnostic| diagnostic.span.as_ref().map_or(0, |span| span.start));
    found
}

fn explain(text: &str, error: &toml::de::Error) -> Diagnostic {
    let span = error.span().unwrap_or(text.len()..text.len());
    let (message, expected) = error.message().split_once(", expected ").unwrap_or((error.message(), ""));
    if span.is_empty() && message == "string values must be quoted" {
        return Diagnostic::error("bad TOML: a value is missing").at(span);
    }
    let diagnostic = Diagnostic::error(format!("bad TOML: {message}")).at(span);
    let diagnostic = match expected {
        "nothing" => diagnostic.label("expected nothing here"),
        // These add nothing to the message.
        "" | "literal string" => diagnostic,
        expected => diagnostic.label(format!("expected {}", expected.replace(", ", " or "))),
    };
    match message {
        "duplicate key" => diagnostic.help("delete one of the two"),
        "string values must be quoted" => diagnostic.help("texts and durations stand in quotes, as in \"5ms\""),
        _ => diagnostic,
    }
}

/// The lines that an error makes illegible: its own, and for a header also the lines below it.
fn illegible(text: &str, error: &Diagnostic) -> Range<usize> {
    let span = error.span.clone().unwrap_or(0..0);
    let from = text.floor_char_boundary(span.start);
    let to = text.ceil_char_boundary(span.end.clamp(from, text.len()));
    let start = text[..from].rfind('\n').map_or(0, |newline| newline + 1);
    let mut end = text[to..].find('\n').map_or(text.len(), |newline| to + newline);
    if text[start..end].trim_start().starts_with('[') {
        let begins = |at: &usize| text[at + 1..].trim_start_matches([' ', '\t']).starts_with('[');
        let newlines = text[end..].match_indices('\n').map(|(at, _)| end + at);
        end = newlines.into_iter().find(begins).unwrap_or(text.len());
    }
    start..end
}

/// The text with a range replaced by spaces, except for its newlines.
fn blank(text: &str, range: &Range<usize>) -> String {
    let mut blanked = String::with_capacity(text.len());
    blanked.push_str(&text[..range.start]);
    blanked.extend(text[range.clone()].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
    blanked.push_str(&text[range.end..]);
    blanked
}
