//! The head of the page: the question, the run's name, its status and the contents.

use maud::{Markup, html};

use super::{PageContent, Part};
use crate::expect::Verdict;
use crate::report::verdicts::count;
use crate::report::{failed, whole_mixes};
use taskmix_engine::units::format_count;

/// How good something is: a mark of its own and a colour.
#[derive(Clone, Copy)]
pub(super) enum Status {
    Good,
    Doubtful,
    /// There are warnings.
    Warned,
    Bad,
}

impl From<Verdict> for Status {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Holds => Self::Good,
            Verdict::Inconclusive => Self::Doubtful,
            Verdict::Fails => Self::Bad,
        }
    }
}

impl Status {
    /// A short text with a mark before it: its colour is not the only sign.
    pub(super) fn badge(self, text: &str) -> Markup {
        let (class, mark) = match self {
            Self::Good => ("badge good", "✓"),
            Self::Doubtful => ("badge doubtful", "?"),
            Self::Warned => ("badge doubtful", "!"),
            Self::Bad => ("badge bad", "✗"),
        };
        html! { span class=(class) { span aria-hidden="true" { (mark) " " } (text) } }
    }
}

/// The question and the run's status.
pub(super) fn header(told: &PageContent<'_>) -> Markup {
    let facts = &told.run.facts;
    html! {
        header {
            "\n" h1 { (told.title()) }
            "\n" p class="run" {
                "Scenario " code { (facts.scenario.name) } ", run " code { (facts.run_id) } " (UTC)"
            }
            "\n" ul class="status" {
                @for (status, text, part) in status(told) {
                    "\n" li {
                        @match part {
                            Some(part) => a href=(format!("#{part}")) { (status.badge(&text)) },
                            None => (status.badge(&text)),
                        }
                    }
                }
            }
        }
    }
}

/// The run's status: texts, each with the part of the page that has the details.
fn status(told: &PageContent<'_>) -> Vec<(Status, String, Option<&'static str>)> {
    let samples = &told.run.samples;
    let cells = match whole_mixes(samples).count() as u64 {
        1 => "1 cell".to_owned(),
        cells => format!("{} cells", format_count(cells)),
    };
    let ended = if told.run.facts.complete {
        (Status::Good, format!("complete: {cells}"), None)
    } else {
        (Status::Bad, format!("not complete: {cells}"), Some("warnings"))
    };
    let mut status = vec![ended];
    let worst = told.judged.iter().map(|judged| judged.verdict).max();
    status.extend(worst.map(|worst| (Status::from(worst), count(&told.judged), Some("claims"))));
    status.push(match failed(samples).count() {
        0 => (Status::Good, "no cell failed".to_owned(), None),
        1 => (Status::Bad, "1 cell failed".to_owned(), Some("failed")),
        cells => (Status::Bad, format!("{} cells failed", format_count(cells as u64)), Some("failed")),
    });
    status.push(match told.warnings.len() {
        0 => (Status::Good, "no warnings".to_owned(), None),
        1 => (Status::Warned, "1 warning".to_owned(), Some("warnings")),
        warnings => (Status::Warned, format!("{warnings} warnings"), Some("warnings")),
    });
    status
}

/// Links to the parts.
pub(super) fn contents(parts: &[Part]) -> Markup {
    html! {
        nav aria-label="Contents" {
            ul {
                @for part in parts {
                    "\n" li { a href=(format!("#{}", part.id)) { (part.heading) } }
                }
            }
        }
    }
}
