//! What was claimed and what came of it: for each expectation its verdict, and at each point both sides with their ratio.

use maud::{Markup, html};

use super::top::Mood;
use super::{Part, Told, scroll_box};
use crate::expect::{Judged, JudgedPoint, Nature, Verdict};
use crate::report::verdicts::{count, decisive, quantity, three_digits};
use crate::stats::Interval;

pub(super) fn part(told: &Told<'_>) -> Option<Part> {
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
            "\n" h3 id=(id) { (Mood::from(judged.verdict).badge(judged.verdict.as_str())) " " (judged.claim) }
            "\n" p { code { (judged.that) } }
            @for line in decisive(judged) { "\n" p { (line) } }
            "\n" (scroll_box(&id, &points(judged)))
        }
    }
}

fn points(judged: &Judged) -> Markup {
    let (left, right) = sides(judged);
    let has_places = judged.points.iter().any(|point| !point.place.is_empty());
    html! {
        table {
            "\n" thead { tr {
                @if has_places { th scope="col" { "at" } }
                th scope="col" class="number" { code { (left) } }
                th scope="col" class="number" { code { (right) } }
                th scope="col" class="number" { "left ÷ right" }
                th scope="col" class="number" { "rounds" }
                th scope="col" { "verdict" }
                th scope="col" { "reason" }
            } }
            "\n" tbody { @for point in &judged.points { "\n" (row(judged, point, has_places)) } "\n" }
        }
    }
}

fn row(judged: &Judged, point: &JudgedPoint, has_places: bool) -> Markup {
    let side = |side: Option<Interval>| side.map_or_else(|| "–".to_owned(), |side| quantity(side, judged.unit));
    html! {
        tr {
            @if has_places { th scope="row" { (point.place) } }
            td class="number" { (side(point.left)) }
            td class="number" { (side(point.right)) }
            td class="number" { (ratio(point.ratio)) }
            td class="number" { (point.rounds) }
            td { (Mood::from(point.verdict).badge(point.verdict.as_str())) }
            td class="prose" { (point.reason) }
        }
    }
}

fn ratio(ratio: Option<Interval>) -> String {
    let Some(Interval { median, bounds }) = ratio else { return "–".to_owned() };
    let ends = bounds.map(|(low, high)| format!(" [{}, {}]", three_digits(low), three_digits(high)));
    format!("{}\u{a0}×{}", three_digits(median), ends.unwrap_or_default())
}

/// The texts of both sides.
fn sides(judged: &Judged) -> (&str, &str) {
    let sides = judged.that.split_once(judged.comparison.as_str());
    sides.map_or(("left side", "right side"), |(left, right)| (left.trim(), right.trim()))
}

fn legend(judged: &[Judged]) -> String {
    let is = |nature| judged.iter().any(|judged| judged.nature == nature);
    let of = |nature, text| is(nature).then_some(text);
    let is_inconclusive = judged.iter().any(|judged| judged.verdict == Verdict::Inconclusive);
    let parts = [
        of(
            Nature::Timing,
            "Times, rates and sizes are judged by the interval of the median over the rounds: [ ] is where that median \
             lies, with 95 % confidence at least. A claim holds, or fails, if the whole interval does.",
        ),
        of(Nature::Invariant, "Counts are exact and judged in every repeat: there [ ] is the least and the greatest."),
        is_inconclusive.then_some("Inconclusive: it can't be told."),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
