//! The claims: for each expectation its verdict, and at each point both sides with their ratio.

use maud::{Markup, html};

use super::top::Status;
use super::{PageContent, Part, prose, scroll_box};
use crate::expect::{Judged, JudgedPoint, Nature, Verdict};
use crate::report::verdicts::{count, decisive, digits, quantity, three_digits};
use crate::stats::Interval;

pub(super) fn part(told: &PageContent<'_>) -> Option<Part> {
    let judged = &told.judged;
    let body = html! {
        p { (count(judged)) "." }
        @for (index, expectation) in judged.iter().enumerate() { "\n" (claim(expectation, index + 1)) }
        "\n" p class="legend" { (legend(judged)) }
    };
    (!judged.is_empty()).then_some(Part { id: "claims", heading: "Claims", body })
}

fn claim(judged: &Judged, number: usize) -> Markup {
    let id = format!("claim-{number}");
    html! {
        article class=(format!("claim {}", judged.verdict.as_str())) aria-labelledby=(id) {
            "\n" h3 id=(id) { (Status::from(judged.verdict).badge(judged.verdict.as_str())) " " (judged.claim) }
            "\n" p class="that" { code { (judged.that) } }
            @for line in &decisive(judged) { "\n" p { (prose(line)) } }
            "\n" (scroll_box(&id, &points(judged)))
        }
    }
}

/// Both sides and their ratio, at each point.
fn points(judged: &Judged) -> Markup {
    let columns = Columns::of(judged);
    html! {
        table {
            "\n" caption class="unseen" { "Both sides of the claim and their ratio" }
            "\n" thead { tr {
                @if columns.place { th scope="col" { "at" } }
                th scope="col" class="number" { "left" }
                th scope="col" class="number" { "right" }
                th scope="col" class="number" { "left ÷ right" }
                th scope="col" class="number" { "claimed" }
                th scope="col" class="number" { "rounds" }
                @if counts_repeats(judged) { th scope="col" class="number" { "so in" } }
                @if columns.verdict { th scope="col" { "verdict" } }
                @if columns.reason { th scope="col" { "reason" } }
            } }
            "\n" tbody { @for point in &judged.points { "\n" (row(judged, point, &columns)) } "\n" }
        }
    }
}

/// Which columns have any content.
struct Columns {
    place: bool,
    /// Not for a single point: it has the verdict of the whole.
    verdict: bool,
    reason: bool,
}

impl Columns {
    fn of(judged: &Judged) -> Self {
        Self {
            place: judged.points.iter().any(|point| !point.place.is_empty()),
            verdict: judged.points.len() > 1,
            reason: judged.points.iter().any(|point| !point.reason.is_empty()),
        }
    }
}

fn row(judged: &Judged, point: &JudgedPoint, columns: &Columns) -> Markup {
    let side = |side: Option<Interval>| side.map(|side| quantity(side, judged.unit));
    html! {
        tr {
            @if columns.place { th scope="row" { (point.place) } }
            (figure(side(point.left)))
            (figure(side(point.right)))
            (figure(point.ratio.map(ratio)))
            td class="number" { (claimed(judged)) }
            td class="number" { (point.rounds) }
            @if counts_repeats(judged) { td class="number" { (point.satisfying.map_or("–".to_owned(), |so| so.to_string())) } }
            @if columns.verdict { td { (Status::from(point.verdict).badge(point.verdict.as_str())) } }
            @if columns.reason { td class="prose" { (point.reason) } }
        }
    }
}

/// A median with its interval below it.
fn figure(text: Option<String>) -> Markup {
    let text = text.unwrap_or_else(|| "–".to_owned());
    let (median, ends) = text.split_once(" [").map_or((text.as_str(), None), |(median, ends)| (median, Some(ends)));
    html! {
        td class="number" { (median) @if let Some(ends) = ends { " " span class="interval" { "[" (ends) } } }
    }
}

fn ratio(Interval { median, bounds }: Interval) -> String {
    let ends = bounds.map(|(low, high)| format!(" [{}, {}]", three_digits(low), three_digits(high)));
    format!("{}\u{a0}×{}", three_digits(median), ends.unwrap_or_default())
}

/// Whether each repeat decides by itself, so that those in which the claim is true can be counted.
fn counts_repeats(judged: &Judged) -> bool {
    judged.nature == Nature::Invariant
}

/// The comparison and what the ratio is compared with: `>= 3 ×`.
fn claimed(judged: &Judged) -> String {
    format!("{}\u{a0}{}\u{a0}×", judged.comparison.as_str(), digits(judged.claimed_ratio()))
}

fn legend(judged: &[Judged]) -> String {
    let is = |nature| judged.iter().any(|judged| judged.nature == nature);
    let on = |nature, text| is(nature).then_some(text);
    let is_inconclusive = judged.iter().any(|judged| judged.verdict == Verdict::Inconclusive);
    let parts = [
        on(
            Nature::Timing,
            "Times, rates and sizes are judged by the interval of the median over the rounds: [ ] is where that median \
             lies, with 95 % confidence at least. A claim holds, or fails, if the whole interval does.",
        ),
        on(Nature::Invariant, "Counts are exact and judged repeat by repeat: there [ ] is the least and the greatest."),
        is_inconclusive.then_some("Inconclusive: the figures don't decide it."),
    ];
    let sides = "In the tables both sides are without the constant factors of the claim, which stand under claimed: left ÷ right is held against it.";
    [sides].into_iter().chain(parts.into_iter().flatten()).collect::<Vec<_>>().join(" ")
}
