use super::*;
use crate::report::testing::{JudgedBuilder, MS};
use taskmix_engine::scenario::{Comparison, Dimension};

fn several() -> Vec<Judged> {
    let stall = JudgedBuilder::timing("one blocked call stalls a whole 1:N loop").factors(1.0, 3.0);
    let stall = stall.left(22.0 * MS, 0.002).right(2.43 * MS, 0.04).ratio(9.06, 0.05).holds();
    let core = JudgedBuilder::timing("a loop is never on more than one core").comparison(Comparison::AtMost);
    let core = core.unit(Unit::Share).at("slice=4ms").left(0.974, 0.01).right_constant(1.05).ratio(0.93, 0.01).holds();
    let core = core.at("slice=200us").left(0.981, 0.01).right_constant(1.05).ratio(0.934, 0.01).holds();
    let lag = JudgedBuilder::timing("yields let other tasks run, less so the longer they work").factors(1.0, 4.0);
    let lag = lag.at("workers=2").left(8.1 * MS, 0.1).right(2.0 * MS, 0.02).ratio(4.05, 0.1);
    let lag = lag.inconclusive("its interval lies on both sides of the claim: more repeats narrow it");
    let lag = lag.at("workers=64").left(9.9 * MS, 0.01).right(1.0 * MS, 0.02).ratio(9.9, 0.03).holds();
    let run = JudgedBuilder::timing("a pool buys waits with threads").at("hold=1ms").inconclusive("rayon was not run");
    let count = JudgedBuilder::invariant("no instance is lost").left(7.0, 0.5).right_constant(7.0);
    let count = count.fails("not so in repeats 2, 5");
    [stall, core, lag, run, count].map(JudgedBuilder::judged).into()
}

fn shown(judged: &[Judged], width: u16, colour: bool) -> String {
    let mut bytes = Vec::new();
    verdicts(&mut bytes, judged, width, colour).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn each_expectation_has_its_verdict_its_claim_and_its_figures() {
    snapbox::assert_data_eq!(shown(&several(), 120, false), snapbox::file!["../golden/verdicts.txt"].raw());
}

#[test]
fn a_narrow_terminal_breaks_lines_between_figures() {
    snapbox::assert_data_eq!(shown(&several(), 60, false), snapbox::file!["../golden/verdicts-narrow.txt"].raw());
    for width in [50, 80, 100, 160] {
        let text = shown(&several(), width, false);
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= usize::from(width), "{widest} > {width}\n{text}");
    }
}

#[test]
fn colour_is_added_only_where_it_is_asked_for() {
    assert!(!shown(&several(), 120, false).contains('\u{1b}'));
    let coloured = shown(&several(), 120, true);
    for colour in ["\u{1b}[38;5;10m", "\u{1b}[38;5;11m", "\u{1b}[38;5;9m"] {
        assert!(coloured.contains(colour), "{coloured:?}");
    }
}

#[test]
fn without_expectations_nothing_is_written() {
    assert_eq!(shown(&[], 120, false), "");
}

#[test]
fn the_last_line_counts_the_verdicts() {
    let [holds, fails, open] = [JudgedBuilder::timing("a"), JudgedBuilder::timing("b"), JudgedBuilder::timing("c")];
    let [holds, fails, open] = [holds.holds(), fails.fails(""), open.inconclusive("?")].map(JudgedBuilder::judged);
    for (judged, line) in [
        (vec![&holds], "1 expectation: 1 holds"),
        (vec![&holds, &holds], "2 expectations: 2 hold"),
        (vec![&fails, &fails, &holds], "3 expectations: 1 holds, 2 fail"),
        (vec![&fails, &open, &open], "3 expectations: 1 fails, 2 inconclusive"),
    ] {
        let judged: Vec<Judged> = judged.into_iter().cloned().collect();
        assert_eq!(shown(&judged, 120, false).lines().last(), Some(line));
    }
}

#[test]
fn each_expectation_that_does_not_hold_has_a_line() {
    let lines: Vec<String> = several().iter().skip(2).map(verdict_line).collect();
    let expected = [
        "inconclusive: yields let other tasks run, less so the longer they work: at workers=2: its interval lies on \
         both sides of the claim: more repeats narrow it",
        "inconclusive: a pool buys waits with threads: at hold=1ms: rayon was not run",
        "fails: no instance is lost: 7 [3.5, 10.5] == 7: not so in repeats 2, 5",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn quantities_are_written_in_their_unit() {
    let text = |unit, median: f64| {
        quantity(Interval { median, bounds: Some((median * 0.9, median * 1.1)) }, unit).replace(NO_BREAK, " ")
    };
    assert_eq!(text(Unit::Time, 22.0 * MS), "22.0 ms [19.8, 24.2]");
    assert_eq!(text(Unit::Share, 0.5), "50.0 % [45.0, 55.0]");
    assert_eq!(text(Unit::Rate, 950.0), "950/s [855/s, 1.04 k/s]");
    assert_eq!(text(Unit::Bytes, 2048.0), "2.00 KiB [1.80 KiB, 2.20 KiB]");
    assert_eq!(text(Unit::Other(Dimension { time: -1, bytes: 1 }), 10.0), "10 bytes^1 s^-1 [9, 11]");
    assert_eq!(quantity(Interval { median: 7.0, bounds: Some((7.0, 7.0)) }, Unit::Number), "7");
}

#[test]
fn numbers_have_three_digits_or_are_whole() {
    for (number, as_it_is, with_three) in [
        (0.0, "0", "0.00"),
        (3.0, "3", "3.00"),
        (1.2, "1.2", "1.20"),
        (9.057, "9.06", "9.06"),
        (9.999, "10", "10.0"),
        (12.34, "12.3", "12.3"),
        (99.96, "100", "100"),
        (100.5, "100.5", "101"),
        (1234.4, "1,234", "1,234"),
        (2_000.0, "2,000", "2,000"),
        (0.951, "0.951", "0.951"),
        (0.012_345, "0.0123", "0.0123"),
        (-2.5, "-2.5", "-2.50"),
        (-1_500.0, "-1,500", "-1,500"),
    ] {
        assert_eq!((digits(number).as_str(), three_digits(number).as_str()), (as_it_is, with_three), "{number}");
    }
}
