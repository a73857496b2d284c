//! A mistake as it is reported to the user: text, place, remedy.
//!
//! A message is a lowercase fragment, with values in backticks and no full stop. This module must not know what it is about.

mod render;
mod suggest;

use std::ops::Range;

pub use render::render;
pub use suggest::suggest;

/// How bad a mistake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The scenario is not run.
    Error,
    /// The scenario runs, but perhaps not as its author expects.
    Warning,
}

/// A second place that belongs to a mistake.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Annotation {
    /// Where, in bytes of the source.
    pub span: Range<usize>,
    /// The text beside it.
    pub label: String,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where, in bytes of the source; absent if the mistake has no place in it.
    pub span: Option<Range<usize>>,
    /// The text beside the carets; may be empty.
    pub label: String,
    /// Other places that belong to the mistake.
    pub annotations: Vec<Annotation>,
    /// Why it is wrong, where the message does not say so.
    pub notes: Vec<String>,
    /// What to do about it.
    pub helps: Vec<String>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            span: None,
            label: String::new(),
            annotations: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
        }
    }

    /// A warning without a place.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// Points at a place.
    #[must_use]
    pub fn at(self, span: Range<usize>) -> Self {
        Self { span: Some(span), ..self }
    }

    /// Sets the text beside the carets.
    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    /// Points at a second place.
    #[must_use]
    pub fn also(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.annotations.push(Annotation { span, label: label.into() });
        self
    }

    /// Adds a reason.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.helps.push(help.into());
        self
    }

    /// Adds ``did you mean `…`?`` if a candidate is similar to `unknown`, else lists the candidates.
    #[must_use]
    pub fn help_among<'a>(self, unknown: &str, what: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        let candidates: Vec<&str> = candidates.into_iter().collect();
        if let Some(near) = suggest(unknown, candidates.iter().copied()) {
            return self.help(format!("did you mean `{near}`?"));
        }
        match candidates.as_slice() {
            [] => self,
            [only] => self.help(format!("{what}: only `{only}`")),
            several => self.help(format!("{what}: {}", listed(several))),
        }
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Names in a sentence, such as `` `a`, `b` and `c` ``.
pub fn listed(names: &[impl AsRef<str>]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
