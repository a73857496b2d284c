//! A table and its keys.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{SCALAR_KEYS, belongs_above};
use super::walk::{Kind, Value, Walk};
use crate::diagnostic::{Diagnostic, suggest};

/// A table with its place.
#[derive(Debug, Clone)]
pub(crate) struct TomlTable<'a> {
    pub(crate) entries: &'a DeTable<'a>,
    /// The place of the header, or of the whole inline table.
    pub(crate) span: Range<usize>,
    /// Its description for messages: ``a `[[task]]` ``.
    pub(crate) what: String,
}

impl<'a> TomlTable<'a> {
    /// The value as a table; if it is none, an error with what was `expected`.
    pub(crate) fn of(walk: &mut Walk, value: &Value<'a>, what: &str, expected: &str) -> Option<Self> {
        match value.kind {
            Kind::Table(entries) => Some(Self { entries, span: value.place.span.clone(), what: what.to_owned() }),
            _ => walk.refuse(value.unexpected(expected)),
        }
    }

    /// The value of a key, if it is there.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.entries.get(key)
    }

    /// Where a key stands; if the table has no such key, the table's place.
    pub(crate) fn key_span(&self, key: &str) -> Range<usize> {
        self.entries.get_key_value(key).map_or(self.span.clone(), |(key, _)| key.span())
    }

    /// The keys with their places, in the order of the text.
    pub(crate) fn keys(&self) -> Vec<(&'a str, Range<usize>)> {
        let mut keys: Vec<(&str, Range<usize>)> =
            self.entries.keys().map(|key| (key.get_ref().as_ref(), key.span())).collect();
        keys.sort_by_key(|(_, span)| span.start);
        keys
    }

    /// The value of a required key; `example` is a line for the help.
    pub(crate) fn required(&self, walk: &mut Walk, key: &str, example: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        let value = self.get(key);
        // A similar key was probably meant to be this one, and is reported already.
        let is_mistyped = || self.keys().iter().any(|(other, _)| suggest(other, [key]).is_some());
        if value.is_none() && !is_mistyped() {
            walk.missing::<()>(
                Diagnostic::error(format!("{} needs `{key}`", self.what))
                    .at(self.span.clone())
                    .help(format!("add it, as in `{example}`")),
            );
        }
        value
    }

    /// Reports all keys that are not `known`.
    pub(crate) fn only(&self, walk: &mut Walk, known: &[&str]) {
        for (key, span) in self.keys() {
            if !known.contains(&key) {
                walk.report(self.unknown_key(key, known).at(span));
            }
        }
    }

    fn unknown_key(&self, key: &str, known: &[&str]) -> Diagnostic {
        if SCALAR_KEYS.contains(&key) {
            return belongs_above(key, &self.what);
        }
        Diagnostic::error(format!("unknown key `{}` in {}", key.escape_debug(), self.what)).help_among(
            key,
            "known keys",
            known.iter().copied(),
        )
    }

    /// The only key of `choices` that the table has. Besides, only the keys of `others` are allowed.
    pub(crate) fn one_of(
        &self,
        walk: &mut Walk,
        choices: &[&'static str],
        others: &[&'static str],
    ) -> Option<&'static str> {
        let known = [choices, others].concat();
        self.only(walk, &known);
        let mut present: Vec<(&'static str, Range<usize>)> =
            choices.iter().filter_map(|&choice| Some((choice, self.entries.get_key_value(choice)?.0.span()))).collect();
        present.sort_by_key(|(_, span)| span.start);
        match present.as_slice() {
            // An unknown key was probably meant to be the choice, and is reported already.
            [] if self.keys().iter().any(|(key, _)| !known.contains(key)) => None,
            [] => {
                let one_of = if choices.len() == 1 { "" } else { "one of " };
                let needs = format!("{} needs {one_of}`{}`", self.what, choices.join("`, `"));
                walk.missing(Diagnostic::error(needs).at(self.span.clone()))
            }
            [(only, _)] => Some(only),
            [(first, first_span), (second, second_span), ..] => walk.refuse(
                Diagnostic::error(format!("{} can't have both `{first}` and `{second}`", self.what))
                    .at(second_span.clone())
                    .also(first_span.clone(), "the first one"),
            ),
        }
    }
}
