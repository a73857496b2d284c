//! The tokens of expectations.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::scenario::{Comparison, Operator};

/// A token; a `Number` includes the unit right after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token<'a> {
    Name(&'a str),
    Number { digits: &'a str, unit: &'a str },
    Comparison(Comparison),
    Operator(Operator),
    Open,
    Close,
    OpenSelect,
    CloseSelect,
    Comma,
    Equals,
    Dot,
}

/// A token with its place, in bytes of the text.
pub(super) type Located<'a> = (Token<'a>, Range<usize>);

/// Splits a text into tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Located<'_>>, Diagnostic> {
    let mut tokens = Vec::new();
    let mut start = 0;
    loop {
        start += length(&text[start..], char::is_ascii_whitespace);
        if start == text.len() {
            return Ok(tokens);
        }
        let Some((token, length)) = token(&text[start..]) else { return Err(stray(text, start)) };
        tokens.push((token, start..start + length));
        start += length;
    }
}

/// The token with which a text begins, and its length in bytes.
fn token(text: &str) -> Option<(Token<'_>, usize)> {
    let first = text.chars().next()?;
    if first.is_ascii_alphabetic() || first == '_' {
        // A `-` within a name belongs to the name.
        let length = length(text, |char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-'));
        return Some((Token::Name(&text[..length]), length));
    }
    if first.is_ascii_digit() {
        return Some(number(text));
    }
    SIGNS.into_iter().find(|(sign, _)| text.starts_with(sign)).map(|(sign, token)| (token, sign.len()))
}

fn number(text: &str) -> (Token<'_>, usize) {
    let whole = length(text, |char| char.is_ascii_digit() || *char == '_');
    let fraction = text[whole..].strip_prefix('.').map_or(0, |rest| length(rest, char::is_ascii_digit));
    let digits = if fraction > 0 { whole + 1 + fraction } else { whole };
    let unit = length(&text[digits..], |char| char.is_alphabetic() || *char == '%');
    let (digits, unit) = (&text[..digits], &text[digits..digits + unit]);
    (Token::Number { digits, unit }, digits.len() + unit.len())
}

/// The length, in bytes, of the longest prefix whose characters all satisfy `is_part`.
fn length(text: &str, is_part: impl Fn(&char) -> bool) -> usize {
    text.find(|char| !is_part(&char)).unwrap_or(text.len())
}

/// The tokens of one or two signs. A longer sign stands before its prefix, such as `>=` before `>`.
const SIGNS: [(&str, Token<'static>); 17] = [
    (">=", Token::Comparison(Comparison::AtLeast)),
    ("<=", Token::Comparison(Comparison::AtMost)),
    ("==", Token::Comparison(Comparison::Equal)),
    ("!=", Token::Comparison(Comparison::Unequal)),
    (">", Token::Comparison(Comparison::Above)),
    ("<", Token::Comparison(Comparison::Below)),
    ("+", Token::Operator(Operator::Add)),
    ("-", Token::Operator(Operator::Subtract)),
    ("*", Token::Operator(Operator::Multiply)),
    ("/", Token::Operator(Operator::Divide)),
    ("(", Token::Open),
    (")", Token::Close),
    ("[", Token::OpenSelect),
    ("]", Token::CloseSelect),
    (",", Token::Comma),
    ("=", Token::Equals),
    (".", Token::Dot),
];

fn stray(text: &str, start: usize) -> Diagnostic {
    let char = text[start..].chars().next().unwrap_or_default();
    let diagnostic = Diagnostic::error(format!("`{}` means nothing in an expectation", char.escape_debug()))
        .at(start..start + char.len_utf8());
    match char {
        '≥' | '≤' | '≠' | '×' | '÷' => diagnostic.help("write `>=`, `<=`, `!=`, `*` or `/`"),
        '$' => diagnostic.help("select a parameter's value behind a figure: `rayon.latency_p99[hold=20ms]`"),
        '&' | '|' => diagnostic.help("an expectation is one comparison: write an `[[expect]]` for each"),
        _ => diagnostic,
    }
}
