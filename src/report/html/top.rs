//! The head of the page: the question, which run it is, how it ended at a glance, and where what stands.

use maud::{Markup, html};

use super::{Part, Told};
use crate::expect::Verdict;
use crate::report::verdicts::count;
use crate::report::{failed, whole_mixes};
use crate::units::format_count;

/// How good something is: a mark of its own and a colour.
#[derive(Clone, Copy)]
pub(super) enum Mood {
    Good,
    Doubtful,
    /// Something to know before one reads on.
    Warned,
    Bad,
}

impl From<Verdict> for Mood {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Holds => Self::Good,
            Verdict::Inconclusive => Self::Doubtful,
            Verdict::Fails => Self::Bad,
        }
    }
}

impl Mood {
    /// A word or a few, told apart by the mark in front of them as well as by their colour.
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

/// The question, and what became of it.
pub(super) fn header(told: &Told<'_>) -> Markup {
    let facts = &told.run.facts;
    html! {
        header {
            "\n" h1 { (told.title()) }
            "\n" p class="run" {
                "Scenario " code { (facts.scenario.name) } ", run " code { (facts.run_id) } " (UTC)"
            }
            "\n" ul class="status" {
                @for (mood, text, part) in status(told) {
                    "\n" li {
                        @match part {
                            Some(part) => a href=(format!("#{part}")) { (mood.badge(&text)) },
                            None => (mood.badge(&text)),
                        }
                    }
                }
            }
        }
    }
}

/// What became of the run, each with the part of the page that tells more.
fn status(told: &Told<'_>) -> Vec<(Mood, String, Option<&'static str>)> {
    let samples = &told.run.samples;
    let cells = match whole_mixes(samples).count() as u64 {
        1 => "1 cell".to_owned(),
        cells => format!("{} cells", format_count(cells)),
    };
    let ended = if told.run.facts.complete {
        (Mood::Good, format!("complete: {cells}"), None)
    } else {
        (Mood::Bad, format!("not complete: {cells}"), Some("warnings"))
    };
    let mut status = vec![ended];
    let worst = told.judged.iter().map(|judged| judged.verdict).max();
    status.extend(worst.map(|worst| (Mood::from(worst), count(&told.judged), Some("claims"))));
    status.push(match failed(samples).count() {
        0 => (Mood::Good, "no cell failed".to_owned(), None),
        1 => (Mood::Bad, "1 cell failed".to_owned(), Some("failed")),
        cells => (Mood::Bad, format!("{} cells failed", format_count(cells as u64)), Some("failed")),
    });
    status.push(match told.warnings.len() {
        0 => (Mood::Good, "no warnings".to_owned(), None),
        1 => (Mood::Warned, "1 warning".to_owned(), Some("warnings")),
        warnings => (Mood::Warned, format!("{warnings} warnings"), Some("warnings")),
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
