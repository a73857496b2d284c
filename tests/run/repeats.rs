//! `repeats = "auto"` ends by precision or by its budget, and says which. A disturbed cell is measured again.

use crate::support::{Finished, Lab};

fn mix(repeats: &str) -> String {
    format!(
        r#"
question = "How often is enough?"
engines = ["smol-local", "rayon"]
repeats = {repeats}

[[task]]
name = "one"
count = 3
steps = [{{ sleep = "2ms" }}]
"#
    )
}

/// The number of rounds, each of which has every cell.
fn rounds(run: &Finished) -> u64 {
    let samples = run.rows("samples.csv");
    let rounds = samples.iter().map(|row| row.whole("repeat")).max().expect("a row");
    assert_eq!(samples.len() as u64, rounds * 2 * 2, "two engines, each with a task and the mix");
    assert_eq!(run.facts()["resolved"]["repeats"].as_integer(), Some(rounds.cast_signed()));
    rounds
}

fn ended_by(run: &Finished) -> String {
    run.facts()["resolved"]["auto"]["ended_by"].as_str().expect("a text").to_owned()
}

#[test]
fn a_figure_that_never_varies_takes_as_many_rounds_as_an_interval_needs() {
    // All instances are done in every repeat: the interval has no width.
    let run = Lab::new().run(&mix("{ auto = \"done\", within = 0.01, budget = \"2m\" }"), &[]).ok();
    assert_eq!((rounds(&run), ended_by(&run).as_str()), (6, "precise"));
    assert!(run.stderr.contains("note: precise enough after 6 rounds"), "{}", run.stderr);
}

#[test]
fn a_budget_ends_a_run_that_is_never_precise_enough() {
    // Makespans differ by more than one part in a million.
    let run = Lab::new().run(&mix("{ auto = \"makespan\", within = 0.000001, budget = \"700ms\" }"), &[]).ok();
    assert_eq!(ended_by(&run), "budget");
    assert!(run.stderr.contains(&format!("the budget was spent after {} rounds", rounds(&run))), "{}", run.stderr);
}

#[test]
fn a_budget_of_next_to_nothing_is_one_round_and_no_interval() {
    let run = Lab::new().run(&mix("{ auto = \"makespan\", budget = \"1ms\" }"), &[]).ok();
    assert_eq!((rounds(&run), ended_by(&run).as_str()), (1, "budget"));
    assert!(run.stderr.contains("has no interval yet"), "{}", run.stderr);
}

#[test]
fn a_number_on_the_command_line_overrides_auto_and_auto_a_number() {
    let run = Lab::new().run(&mix("\"auto\""), &["--repeats", "2"]).ok();
    assert_eq!(rounds(&run), 2);
    let auto = Lab::new().run(&mix("2").replace("2ms", "1us"), &["--repeats", "auto", "--engine", "rayon"]);
    assert!(auto.facts()["resolved"]["auto"]["budget_ns"].as_integer() == Some(120_000_000_000), "{}", auto.stderr);
}

#[test]
fn each_cell_says_whether_the_machine_was_disturbed() {
    let run = Lab::new().run(&mix("2"), &[]).ok();
    for row in run.rows("samples.csv") {
        if row.text("task") == "*" {
            let by = row.text("disturbed_by");
            assert_eq!(row.text("disturbed"), if by.is_empty() { "false" } else { "true" });
            assert_eq!(row.whole("attempt"), 1);
            assert!((0.0..=1.5).contains(&row.number("foreign_share")) && row.number("steal_share") >= 0.0, "{row:?}");
        } else {
            assert!(["disturbed", "disturbed_by", "steal_share", "attempt"].iter().all(|&column| row.is_empty(column)));
        }
    }
    let host = &run.facts()["host"];
    for fact in ["cpu", "cores", "processors", "kernel", "affinity", "timer_slack_ns", "load_1min"] {
        assert!(host.get(fact).is_some(), "{fact}: {host}");
    }
}

#[test]
fn a_disturbed_cell_is_measured_again_and_only_its_last_attempt_counts() {
    // A busy loop on every core disturbs the whole run.
    let stop = std::sync::atomic::AtomicBool::new(false);
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let run = std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    std::hint::black_box(());
                }
            });
        }
        let slow = mix("1").replace("2ms", "300ms");
        let run = Lab::new().run(&slow, &["--retry-disturbed", "2"]);
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        run.ok()
    });
    assert_eq!(rounds(&run), 1);
    for row in run.rows("samples.csv").iter().filter(|row| row.text("task") == "*") {
        assert_eq!((row.whole("attempt"), row.text("disturbed")), (3, "true"), "{row:?}");
        assert!(row.text("disturbed_by").contains("foreign load"), "{row:?}");
    }
    assert_eq!(run.stderr.matches("measured again").count(), 4, "two retries of each cell: {}", run.stderr);
    assert!(run.stderr.contains("warning: the machine was disturbed during 2 of 2 cells"), "{}", run.stderr);
}
