use super::*;
use crate::report::finding::finding;
use crate::report::testing::SummaryBuilder;
use taskmix_engine::scenario::EngineName::{self, AsyncExecutor, Rayon, SmolLocal};
use taskmix_engine::scenario::parse;

const MS: f64 = 1e6;

/// A block of three engines: one that is slow beside a blocking call, one that is not, one that failed twice.
fn point(ms: u64) -> Vec<Summary> {
    block_of(ms, |builder| {
        builder.bare(Metric::Cancelled, 2.0).bare(Metric::Unstopped, 1.0).within(Metric::CancelMax, 1.5 * MS, 0.1)
    })
}

/// The same without cancellations.
fn uncancelled(ms: u64) -> Vec<Summary> {
    block_of(ms, |builder| builder)
}

/// A block whose offender, and so whose mix, is as `offend` makes it.
fn block_of(ms: u64, offend: impl Fn(SummaryBuilder) -> SummaryBuilder) -> Vec<Summary> {
    let hold = ms as f64 * MS;
    let rows = |engine: EngineName, p99: f64, ok: u32| {
        let task = |name: &str, count: f64| {
            SummaryBuilder::task(engine, name)
                .hold_ms(ms)
                .repeats(6, ok)
                .within(Metric::Makespan, 500.0 * MS, 0.02)
                .within(Metric::LatencyP50, 2.34 * MS, 0.05)
                .bare(Metric::Done, count)
        };
        [
            task("bystander", 500.0).within(Metric::LatencyP99, p99, 0.03).summary(),
            offend(task("offender", 7.5)).summary(),
            offend(task(WHOLE_MIX, 507.5))
                .within(Metric::LatencyP99, p99, 0.03)
                .within(Metric::CpuUtilisation, 0.974, 0.01)
                .within(Metric::PeakRss, 12.4 * 1024.0 * 1024.0, 0.01)
                .summary(),
            SummaryBuilder::probed(engine)
                .hold_ms(ms)
                .repeats(6, ok)
                .within(Metric::LagP99, p99 / 2.0, 0.04)
                .bare(Metric::Done, 510.5)
                .summary(),
        ]
    };
    let failed =
        SummaryBuilder::mix(Rayon).hold_ms(ms).repeats(6, 4).bare(Metric::Done, 500.0).bare(Metric::Stalled, 8.0);
    [rows(SmolLocal, hold, 6).to_vec(), rows(AsyncExecutor, 2.5 * MS, 6).to_vec(), vec![failed.summary()]].concat()
}

fn shown(summaries: &[Summary], width: u16, colour: bool, arrivals: &[String]) -> String {
    let mut bytes = Vec::new();
    table(&mut bytes, summaries, &TableOptions { width, colour, arrivals, finding: &finding(summaries, None) })
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_wide_terminal_has_intervals_beside_their_medians() {
    let text = shown(&[point(1), point(20)].concat(), 220, false, &[]);
    snapbox::assert_data_eq!(text, snapbox::file!["../golden/table-wide.txt"]);
}

#[test]
fn a_narrower_terminal_has_intervals_below_their_medians() {
    let text = shown(
        &uncancelled(20),
        120,
        false,
        &["`bystander`: closed loop: no claim about coordinated omission.".to_owned()],
    );
    snapbox::assert_data_eq!(text, snapbox::file!["../golden/table-tall.txt"]);
}

#[test]
fn where_that_is_too_wide_tasks_are_nested_below_their_engine() {
    let text = shown(&point(20), 120, false, &[]);
    snapbox::assert_data_eq!(text, snapbox::file!["../golden/table-nested.txt"]);
}

#[test]
fn cancel_times_and_unstopped_instances_are_shown_only_where_there_are_some() {
    let cancel_parts = |summaries: &[Summary]| {
        let text = shown(summaries, 220, false, &[]);
        ["cancel max", "cancel: ", "unstopped: "].map(|part| text.contains(part))
    };
    assert_eq!(cancel_parts(&uncancelled(20)), [false; 3]);
    assert_eq!(cancel_parts(&point(20)), [true; 3]);
    assert_eq!(cancel_parts(&block_of(20, |builder| builder.bare(Metric::Unstopped, 1.0))), [false, false, true]);
    assert_eq!(cancel_parts(&block_of(20, |builder| builder.bare(Metric::Cancelled, 1.0))), [true, true, false]);
}

#[test]
fn a_terminal_of_80_columns_has_neither_intervals_nor_cancel_times() {
    let text = shown(&point(20), 80, false, &[]);
    snapbox::assert_data_eq!(text, snapbox::file!["../golden/table-narrow.txt"]);
}

#[test]
fn the_table_fits_the_width_that_the_caller_gives() {
    for width in [60, 80, 100, 110, 120, 150, 200] {
        let text = shown(&point(20), width, false, &[]);
        let table = text.lines().take_while(|line| !line.starts_with("At "));
        let widest = table.map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= usize::from(width), "{widest} > {width}\n{text}");
    }
}

#[test]
fn colour_is_added_only_where_it_is_asked_for_and_changes_nothing_else() {
    let plain = shown(&point(20), 120, false, &[]);
    assert!(!plain.contains('\u{1b}'));
    let coloured = shown(&point(20), 120, true, &[]);
    assert!(coloured.contains('\u{1b}'));
    let mut stripped = String::new();
    let mut inside = false;
    for letter in coloured.chars() {
        match (inside, letter) {
            (_, '\u{1b}') => inside = true,
            (true, 'm') => inside = false,
            (true, _) => {}
            (false, letter) => stripped.push(letter),
        }
    }
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&stripped), trimmed(&plain));
}

#[test]
fn closed_loops_and_spawned_tasks_are_named() {
    let notes = |tasks: &str| {
        let text = format!("question = \"?\"\nengines = [\"rayon\"]\n{tasks}");
        arrival_notes(&parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario)
    };
    assert_eq!(notes("[[task]]\nname = \"a\"\nsteps = []"), [""; 0]);
    let tasks = "[[task]]\nname = \"b\"\ncount = 2\narrival = { clients = 2 }\nsteps = [{ spawn = \"c\" }]\n\
                 [[task]]\nname = \"a\"\ncount = 2\narrival = { clients = 2 }\nsteps = []\n\
                 [[task]]\nname = \"c\"\nsteps = []";
    let expected =
        ["`a`, `b`: closed loop: no claim about coordinated omission.", "`c`: spawned: latency counts from the spawn."];
    assert_eq!(notes(tasks), expected);
    let shown = shown(&point(1), 120, false, &notes(tasks));
    assert!(expected.iter().all(|note| shown.lines().any(|line| line == *note)), "{shown}");
}

#[test]
fn rows_of_an_engine_stand_together_in_any_order_of_the_summaries() {
    let mut mixed = point(1);
    mixed.swap(1, 3);
    let text = shown(&mixed, 170, false, &[]);
    for engine in ["smol-local", "async-executor", "rayon"] {
        assert_eq!(text.lines().filter(|line| line.starts_with(engine)).count(), 1, "{engine}\n{text}");
    }
}

#[test]
fn a_row_of_disturbed_repeats_has_a_mark_that_the_legend_explains() {
    let rows = |disturbed: u32| {
        let row = |builder: SummaryBuilder| builder.bare(Metric::Done, 4.0).disturbed(disturbed).summary();
        [row(SummaryBuilder::task(SmolLocal, "sleeper")), row(SummaryBuilder::mix(SmolLocal))]
    };
    let marked = shown(&rows(3), 200, false, &[]);
    for text in ["sleeper*", "whole mix*", "4 done, 3 of 6 disturbed", "*: the machine was disturbed"] {
        assert!(marked.contains(text), "{text}: {marked}");
    }
    let plain = shown(&rows(0), 200, false, &[]);
    assert!(!plain.contains('*') && !plain.contains("disturbed"), "{plain}");
}

#[test]
fn named_steps_stand_below_their_task_at_every_width() {
    use taskmix_engine::metric::StepMetric::{Executions, TotalP50, TotalP99, WaitP50, WaitP99};
    let rows = |engine: EngineName| {
        let row = |task: &str| SummaryBuilder::task(engine, task).within(Metric::LatencyP50, 9.0 * MS, 0.1);
        let waits =
            [(Executions, 400.0), (WaitP50, 0.2 * MS), (WaitP99, 3.1 * MS), (TotalP50, MS), (TotalP99, 4.0 * MS)];
        let few = [(Executions, 20.0), (WaitP50, 0.7 * MS), (TotalP50, 0.9 * MS)];
        let api = row("api").step("cache", &waits).step("query", &few).step("reply", &[(Executions, 0.0)]);
        [api.bare(Metric::Done, 20.0).summary(), row(WHOLE_MIX).bare(Metric::Done, 20.0).summary()]
    };
    let summaries = [rows(SmolLocal), rows(AsyncExecutor)].concat();
    let texts = [200, 120, 90, 78].map(|width| format!("{width}:\n{}", shown(&summaries, width, false, &[])));
    snapbox::assert_data_eq!(texts.join("\n"), snapbox::file!["../golden/table-steps.txt"].raw());
}

#[test]
fn outcomes_that_differ_between_repeats_are_no_medians() {
    let raced =
        SummaryBuilder::mix(Rayon).count_of(Metric::Done, (8.0, 12.0), 6).count_of(Metric::Stalled, (0.0, 4.0), 3);
    let raced = raced.count_of(Metric::Cancelled, (0.0, 0.0), 0).count_of(Metric::Failed, (2.0, 2.0), 6).summary();
    let text = shown(&[raced], 160, false, &[]);
    assert!(text.contains(" 8–12 done, 2 failed, stalled in 3 of 6 repeats\n"), "{text}");
}
