//! `[[expect]]`: claims and their conditions.

mod check;
mod data;
#[expect(clippy::result_large_err, reason = "an error ends an expectation: at most one is built")]
mod grammar;
#[expect(clippy::result_large_err, reason = "as above")]
mod quantifier;
#[expect(clippy::result_large_err, reason = "as above")]
mod steps;
#[expect(clippy::result_large_err, reason = "as above")]
mod token;

use std::num::NonZeroU32;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use self::check::Check;
use super::table::TomlTable;
use super::walk::{Kind, Value, Walk};
use crate::diagnostic::Diagnostic;
use crate::scenario::{Axis, Condition, CustomName, Expectation, Expr, ExprKind, Point};

/// The names that expectations may use.
pub(super) struct Names<'a> {
    /// The registered names of programs that are engines.
    pub(super) custom: Vec<CustomName>,
    /// The names under `engines`, known or not.
    pub(super) engines: Vec<String>,
    /// The names of the tasks; `None` if one can't be read.
    pub(super) tasks: Option<Vec<String>>,
    /// The axes; `None` if one can't be read.
    pub(super) axes: Option<Vec<Axis>>,
    /// The worker counts of all points; `None` if one can't be read.
    pub(super) workers: Option<Vec<Option<NonZeroU32>>>,
    /// The points that will be run; `None` if one can't be read.
    pub(super) points: Option<&'a [Point]>,
}

impl Names<'_> {
    fn is_task(&self, name: &str) -> bool {
        self.tasks.iter().flatten().any(|task| task == name)
    }
}

/// Reads the value of `expect`: all `[[expect]]` of the file.
pub(super) fn read_all<'a>(
    walk: &mut Walk,
    raw: &'a Spanned<DeValue<'a>>,
    text: &str,
    names: &Names<'_>,
) -> Option<Vec<Expectation>> {
    let value = Value::literal(raw);
    let Kind::List(list) = value.kind else {
        let wrong = value.unexpected("`[[expect]]`");
        return walk.refuse(wrong.help("an expectation's header has two brackets: `[[expect]]`"));
    };
    let read: Vec<Option<Expectation>> = list.iter().map(|raw| read(walk, raw, text, names)).collect();
    read.into_iter().collect()
}

fn read<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>, text: &str, names: &Names<'_>) -> Option<Expectation> {
    let table = TomlTable::of(walk, &Value::literal(raw), "an `[[expect]]`", "a table")?;
    table.only(walk, &["claim", "that"]);
    let claim = table.required(walk, "claim", "claim = \"one blocked call stalls a whole 1:N loop\"");
    let claim = claim.and_then(|raw| walk.text(raw, "claim"));
    let raw = table.required(walk, "that", "that = \"rayon.done == 100\"")?;
    let that = walk.text(raw, "that")?;
    let condition = condition(walk, that, &Source::new(text, &raw.span(), that), names)?;
    Some(Expectation { claim: claim?.trim().to_owned(), that: that.to_owned(), condition, origin: raw.span() })
}

fn condition(walk: &mut Walk, that: &str, source: &Source, names: &Names<'_>) -> Option<Condition> {
    let comparing = match grammar::parse(that) {
        Ok(comparing) => comparing,
        Err(error) => return walk.refuse(source.place(error)),
    };
    // In a text with syntax errors, an unknown name may be declared in an illegible line.
    let mut check = Check { names, found: Vec::new() };
    let condition = check.condition(comparing);
    for error in check.found {
        walk.missing::<()>(source.place(error));
    }
    let mut condition = condition?;
    source.place_expr(&mut condition.left);
    source.place_expr(&mut condition.right);
    Some(condition)
}

/// Where the text of `that` stands in the file.
struct Source {
    /// Its first byte, if the file has the text without escapes.
    start: Option<usize>,
    whole: Range<usize>,
}

impl Source {
    fn new(text: &str, whole: &Range<usize>, that: &str) -> Self {
        let quoted = text.get(whole.clone()).unwrap_or_default();
        Self { start: quoted.find(that).map(|start| whole.start + start), whole: whole.clone() }
    }

    fn span(&self, span: &Range<usize>) -> Range<usize> {
        self.start.map_or(self.whole.clone(), |start| start + span.start..start + span.end)
    }

    fn place(&self, mut error: Diagnostic) -> Diagnostic {
        error.span = Some(error.span.map_or(self.whole.clone(), |span| self.span(&span)));
        for annotation in &mut error.annotations {
            annotation.span = self.span(&annotation.span);
        }
        error
    }

    fn place_expr(&self, expr: &mut Expr) {
        expr.span = self.span(&expr.span);
        if let ExprKind::Binary { left, right, .. } = &mut expr.kind {
            self.place_expr(left);
            self.place_expr(right);
        }
    }
}
