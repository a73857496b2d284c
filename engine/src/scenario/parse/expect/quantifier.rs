//! The quantifier of an expectation: `in any repeat` or `in every repeat`.

use std::ops::Range;

use super::token::{Located, Token};
use crate::diagnostic::Diagnostic;
use crate::scenario::Quantifier;

/// How many tokens a quantifier has.
pub(super) const TOKENS: usize = 3;

/// The quantifier with which these tokens begin, with its place. `None` if they begin with another token than `in`, or with a
/// word that means nothing like it.
pub(super) fn read(tokens: &[Located<'_>]) -> Result<Option<(Quantifier, Range<usize>)>, Diagnostic> {
    // Other words than the quantifier's own are read too: then the whole phrase is marked.
    let words = tokens.iter().map_while(|(token, span)| match token {
        Token::Name(name) => Some((*name, span)),
        _ => None,
    });
    let words: Vec<(&str, &Range<usize>)> = words.take(TOKENS).collect();
    let (Some((_, start)), Some((_, end))) = (words.first(), words.last()) else { return Ok(None) };
    let span = start.start..end.end;
    let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
    match *names {
        ["in", "any", "repeat"] => return Ok(Some((Quantifier::AnyRepeat, span))),
        ["in", "every", "repeat"] => return Ok(Some((Quantifier::EveryRepeat, span))),
        _ => {}
    }
    let lower: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    let meant = lower.iter().find_map(|name| meant(name));
    let is_like_one = ["in", "at", "for"].contains(&lower[0].as_str()) || meant.is_some();
    if !is_like_one {
        return Ok(None);
    }
    let phrase = names.join(" ");
    let error = Diagnostic::error(format!("`{phrase}` is no quantifier")).at(span);
    Err(match meant {
        Some(quantifier) => error.help(format!("did you mean `{}`?", quantifier.as_str())),
        None => error.help("write `in any repeat` or `in every repeat`, or leave it out: it is `in every repeat` then"),
    })
}

/// The quantifier that a word stands for in plain English.
fn meant(word: &str) -> Option<Quantifier> {
    match word {
        "any" | "some" | "a" | "one" | "once" | "least" | "sometimes" => Some(Quantifier::AnyRepeat),
        "every" | "each" | "all" | "always" => Some(Quantifier::EveryRepeat),
        _ => None,
    }
}
