//! Errors in the user's input, ready to print.

use std::fmt::Write as _;

/// All errors in the user's input, ready to print.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct BadInput(pub(super) String);

impl BadInput {
    /// An error with its causes and a remedy.
    pub(super) fn new(error: &(dyn std::error::Error + Send + Sync + 'static), help: &str) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let _ = write!(text, ": {error}");
            cause = error.source();
        }
        Self::words(&text, help)
    }

    /// A message with a remedy.
    pub(super) fn words(message: &str, help: &str) -> Self {
        Self(format!("error: {message}\nhelp: {help}\n"))
    }

    /// Joins several errors; `None` if there is none.
    pub(super) fn all(wrong: Vec<Self>) -> Option<Self> {
        let texts: Vec<String> = wrong.into_iter().map(|bad| bad.0).collect();
        (!texts.is_empty()).then(|| Self(texts.join("\n")))
    }

    /// A diagnostic that is already rendered over its source text.
    pub(super) fn drawn(text: String) -> Self {
        Self(text)
    }
}
