//! The words of the language of expectations.

use std::ops::Range;

use winnow::ascii::{digit1, multispace0};
use winnow::combinator::{alt, opt};
use winnow::prelude::*;
use winnow::stream::LocatingSlice;
use winnow::token::{one_of, take_while};

use crate::diagnostic::Diagnostic;
use crate::scenario::{Comparison, Operator};

/// A word; `Number` has what is written right behind it.
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

/// A word with its place, in bytes of the text.
pub(super) type Located<'a> = (Token<'a>, Range<usize>);

/// Splits a text into words.
pub(super) fn tokens(text: &str) -> Result<Vec<Located<'_>>, Diagnostic> {
    let mut input = LocatingSlice::new(text);
    let mut tokens = Vec::new();
    loop {
        let _: winnow::Result<&str> = multispace0.parse_next(&mut input);
        let start = text.len() - input.eof_offset();
        if start == text.len() {
            return Ok(tokens);
        }
        match token.with_span().parse_next(&mut input) {
            Ok(token) => tokens.push(token),
            Err(_) => return Err(stray(text, start)),
        }
    }
}

fn token<'a>(input: &mut LocatingSlice<&'a str>) -> winnow::Result<Token<'a>> {
    alt((name, number, comparison, operator, mark)).parse_next(input)
}

/// Greedy: a `-` within a name is the name's.
fn name<'a>(input: &mut LocatingSlice<&'a str>) -> winnow::Result<Token<'a>> {
    let letters = take_while(0.., |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-'));
    (one_of(|char: char| char.is_ascii_alphabetic() || char == '_'), letters).take().map(Token::Name).parse_next(input)
}

fn number<'a>(input: &mut LocatingSlice<&'a str>) -> winnow::Result<Token<'a>> {
    let whole = (one_of('0'..='9'), take_while(0.., ('0'..='9', '_')));
    let digits = (whole, opt(('.', digit1))).take();
    let unit = take_while(0.., |char: char| char.is_alphabetic() || char == '%');
    (digits, unit).map(|(digits, unit)| Token::Number { digits, unit }).parse_next(input)
}

fn comparison<'a>(input: &mut LocatingSlice<&'a str>) -> winnow::Result<Token<'a>> {
    alt((
        ">=".value(Comparison::AtLeast),
        "<=".value(Comparison::AtMost),
        "==".value(Comparison::Equal),
        "!=".value(Comparison::Unequal),
        ">".value(Comparison::Above),
        "<".value(Comparison::Below),
    ))
    .map(Token::Comparison)
    .parse_next(input)
}

fn operator<'a>(input: &mut LocatingSlice<&'a str>) -> winnow::Result<Token<'a>> {
    alt((
        '+'.value(Operator::Add),
        '-'.value(Operator::Subtract),
        '*'.value(Operator::Multiply),
        '/'.value(Operator::Divide),
    ))
    .map(Token::Operator)
    .parse_next(input)
}

fn mark<'a>(input: &mut LocatingSlice<&'a str>) -> winnow::Result<Token<'a>> {
    alt((
        '('.value(Token::Open),
        ')'.value(Token::Close),
        '['.value(Token::OpenSelect),
        ']'.value(Token::CloseSelect),
        ','.value(Token::Comma),
        '='.value(Token::Equals),
        '.'.value(Token::Dot),
    ))
    .parse_next(input)
}

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
