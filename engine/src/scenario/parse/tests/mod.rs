//! Scenarios that are read; `tests/messages` holds the messages for bad ones.

mod any_text;
mod sweeps;

use std::num::NonZeroU32;
use std::time::Duration;

use super::parse;
use crate::diagnostic::render;
use crate::metric::Metric;
use crate::scenario::{
    Arrival, Axis, AxisKind, Cancel, CancelTime, Comparison, Dimension, EngineName, ExprKind, Length, OffloadPool,
    Param, ParamValue, Precision, Repeats, Scenario, Step, Verb,
};

const WHOLE: &str = r#"
question = "What does a blocking call cost the tasks that share its thread?"
engines  = ["smol-local", "async-executor", "rayon"]
workers  = [1, 4]
repeats  = 6
seed     = 7
timeout  = "90s"
blocking_threads = "$threads"
cpu_threads = 3

[[task]]
name    = "bystander"
count   = 500
arrival = { poisson = 1000 }
steps   = [{ sleep = "2ms" }, { cpu = "50us", yield_every = "10us", as = "work" }]

[[task]]
name    = "offender"
count   = 8
arrival = { every = "60ms" }
steps   = [{ block = "$hold" }, { loop = 3, steps = [{ yield = true }, { offload = "blocking", steps = [{ cpu = { exp = "1ms" } }] }] }]
cancel  = { after = "10ms", share = 0.5 }

[[task]]
name    = "browser"
count   = 100
arrival = { clients = 8, think = { uniform = ["0s", "2ms"] } }
steps   = []

[matrix]
threads = [4, 16]
hold = ["1ms", "20ms"]

[[expect]]
claim = "one blocked call stalls a whole 1:N loop"
that  = "smol-local.bystander.latency_p99[hold=20ms] >= 3 * async-executor.bystander.latency_p99[hold=20ms, workers=4]"
"#;

fn good(text: &str) -> Scenario {
    match parse("whole", text) {
        Ok(parsed) => parsed.scenario,
        Err(diagnostics) => panic!("{}", render(&diagnostics, "whole.toml", text, false)),
    }
}

fn minimal(steps: &str) -> String {
    format!("question = \"why?\"\nengines = [\"rayon\"]\n[[task]]\nname = \"a\"\nsteps = {steps}\n")
}

fn verbs(steps: &[Step]) -> Vec<&Verb> {
    steps.iter().map(|step| &step.verb).collect()
}

#[test]
fn the_top_of_a_scenario_is_read() {
    let scenario = good(WHOLE);
    assert_eq!(scenario.name, "whole");
    assert_eq!(scenario.engines, [EngineName::SmolLocal, EngineName::AsyncExecutor, EngineName::Rayon]);
    assert_eq!((scenario.repeats, scenario.seed, scenario.timeout), (Repeats::Fixed(6), 7, Duration::from_secs(90)));
    assert_eq!(scenario.points[0].workers, [NonZeroU32::new(1), NonZeroU32::new(4)]);
    assert_eq!(scenario.text, WHOLE);
}

#[test]
fn a_key_that_is_left_out_has_its_default() {
    let scenario = good(&minimal("[]"));
    assert_eq!((scenario.repeats, scenario.seed, scenario.timeout), (Repeats::Fixed(10), 42, Duration::from_secs(30)));
    let [point] = scenario.points.as_slice() else { panic!("one point without a matrix") };
    assert_eq!((&point.params, &point.workers, point.blocking_threads), (&vec![], &vec![None], None));
    assert_eq!(point.cpu_threads, None);
    let task = &point.tasks[0];
    assert_eq!((task.count, &task.arrival, &task.cancel), (1, &Arrival::Burst, &None));
}

#[test]
fn repeats_may_be_automatic() {
    let repeats =
        |text: &str| good(&minimal("[]").replacen("engines", &format!("repeats = {text}\nengines"), 1)).repeats;
    assert_eq!(repeats("\"auto\""), Repeats::Auto(Precision::default()));
    let all = Precision { headline: Metric::LagMax, within: 0.1, budget: Duration::from_secs(20) };
    assert_eq!(repeats("{ auto = \"lag_max\", within = 0.1, budget = \"20s\" }"), Repeats::Auto(all));
}

#[test]
fn axes_keep_the_order_of_the_file_and_the_last_varies_fastest() {
    let scenario = good(WHOLE);
    let (millis, integer) = (|n| ParamValue::Duration(Duration::from_millis(n)), ParamValue::Integer);
    assert_eq!(
        scenario.axes,
        [
            Axis { name: "threads".into(), kind: AxisKind::Number, values: vec![integer(4), integer(16)] },
            Axis { name: "hold".into(), kind: AxisKind::Duration, values: vec![millis(1), millis(20)] },
        ]
    );
    let values: Vec<_> =
        scenario.points.iter().map(|point| point.params.iter().map(|param| param.value).collect::<Vec<_>>()).collect();
    assert_eq!(
        values,
        [[integer(4), millis(1)], [integer(4), millis(20)], [integer(16), millis(1)], [integer(16), millis(20)]]
    );
    for point in &scenario.points {
        let [threads, hold] = point.params.as_slice() else { panic!("two parameters") };
        assert_eq!(ParamValue::Integer(point.blocking_threads.map_or(0, |n| n.get().into())), threads.value);
        assert_eq!(point.cpu_threads, NonZeroU32::new(3));
        let Verb::Block(Length::Fixed(block)) = point.tasks[1].steps[0].verb else { panic!("a block") };
        assert_eq!(ParamValue::Duration(block), hold.value);
    }
}

#[test]
fn tasks_have_arrivals_steps_and_cancellations() {
    let scenario = good(WHOLE);
    let [bystander, offender, browser] = scenario.points[0].tasks.as_slice() else { panic!("three tasks") };
    assert_eq!(bystander.arrival, Arrival::Poisson { per_second: 1_000.0 });
    assert_eq!(offender.arrival, Arrival::Every(Duration::from_millis(60)));
    let think = Length::Uniform { low: Duration::ZERO, high: Duration::from_millis(2) };
    assert_eq!(browser.arrival, Arrival::Closed { clients: NonZeroU32::new(8).unwrap(), think, until: None });
    assert_eq!(offender.cancel, Some(Cancel { when: CancelTime::After(Duration::from_millis(10)), share: 0.5 }));
    let work = Length::Fixed(Duration::from_micros(50));
    assert_eq!(
        verbs(&bystander.steps),
        [
            &Verb::Sleep(Length::Fixed(Duration::from_millis(2))),
            &Verb::Cpu { work, yield_every: Some(Duration::from_micros(10)) }
        ]
    );
    assert_eq!(bystander.steps[1].name.as_deref(), Some("work"));
    let Verb::Loop { times: 3, steps } = &offender.steps[1].verb else { panic!("a loop") };
    let [Verb::Yield, Verb::Offload { pool: OffloadPool::Blocking, steps }] = verbs(steps)[..] else { panic!("two") };
    let exponential = Length::Exp { mean: Duration::from_millis(1) };
    assert_eq!(verbs(steps), [&Verb::Cpu { work: exponential, yield_every: None }]);
    assert!(browser.steps.is_empty());
}

#[test]
fn origins_point_into_the_text() {
    let scenario = good(WHOLE);
    let task = &scenario.points[0].tasks[0];
    assert_eq!(&WHOLE[task.origin.clone()], "500");
    assert_eq!(&WHOLE[task.steps[0].origin.clone()], "{ sleep = \"2ms\" }");
    let plain = minimal("[]");
    assert_eq!(&plain[good(&plain).points[0].tasks[0].origin.clone()], "[[task]]");
}

#[test]
fn an_expectation_knows_its_figures() {
    let scenario = good(WHOLE);
    let [expectation] = scenario.expectations.as_slice() else { panic!("one expectation") };
    let condition = &expectation.condition;
    assert_eq!(condition.comparison, Comparison::AtLeast);
    assert_eq!(condition.left.dimension(), Dimension::TIME);
    let ExprKind::Figure(left) = &condition.left.kind else { panic!("a figure") };
    assert_eq!((left.engine, left.task.as_deref()), (EngineName::SmolLocal, Some("bystander")));
    assert_eq!((left.metric.of_instances(), left.workers), (Some(Metric::LatencyP99), None));
    let hold = Param { name: "hold".into(), value: ParamValue::Duration(Duration::from_millis(20)) };
    assert_eq!(left.params, [hold]);
    let ExprKind::Binary { right, .. } = &condition.right.kind else { panic!("a product") };
    let place = "async-executor.bystander.latency_p99[hold=20ms, workers=4]";
    assert_eq!(&WHOLE[right.span.clone()], place);
}

#[test]
fn units_of_expectations_may_be_mixed_where_they_make_sense() {
    for that in [
        "rayon.throughput >= 1000",
        "rayon.a.done / rayon.makespan >= 10",
        "rayon.a.done / 2s >= rayon.a.throughput",
        "rayon.peak_rss < 64MiB",
        "rayon.peak_rss / rayon.done < 1.5KiB",
        "rayon.latency_p99 / rayon.latency_p50 <= 4",
        "rayon.cpu_utilisation >= 95%",
        "(rayon.user_cpu + rayon.system_cpu) * 2 != 1_000us - 1ms",
        "rayon.a.stalled[workers=3] == 0",
    ] {
        good(&format!("{}[[expect]]\nclaim = \"c\"\nthat = \"{that}\"\n", minimal("[]\ncount = 100")));
    }
}

#[test]
fn a_parameter_may_stand_wherever_a_value_may() {
    let text = r#"
question = "why?"
engines = ["rayon"]
workers = ["$n", 9]
[[task]]
name = "a"
count = "$n"
arrival = { clients = "$n", think = "$t" }
steps = [{ loop = "$n", steps = [{ cpu = { normal = ["$t", "$t"] }, yield_every = "$t" }] }]
cancel = { at = "$t", share = "$s" }
[[task]]
name = "b"
count = 100
arrival = { poisson = "$r" }
steps = [{ sleep = { uniform = ["1us", "$t"] } }]
[matrix]
n = [2, 3]
t = ["1ms"]
s = [0.5, 1]
r = [0.5]
"#;
    assert_eq!(good(text).points.len(), 4);
}

#[test]
fn warnings_do_not_refuse_a_scenario() {
    let text = minimal("[]") + "arrival = { clients = 2 }\n";
    let parsed = parse("a", &text).expect("only a warning");
    assert_eq!(parsed.warnings.len(), 1);
    assert!(!parsed.warnings[0].is_error());
}

#[test]
fn windows_line_ends_and_multi_line_tables_are_read() {
    assert_eq!(good(&WHOLE.replace('\n', "\r\n")).points.len(), 4);
    good(&minimal("[\n  {\n    cpu = \"1ms\", # work\n  },\n]"));
}

#[test]
fn no_nesting_overflows_the_stack() {
    for (open, close) in [("[", "]"), ("{ loop = 2, steps = [", "] }"), ("{ a = ", " }")] {
        let deep = minimal(&(open.repeat(5_000) + &close.repeat(5_000)));
        assert!(parse("deep", &deep).is_err());
    }
    for deep in ["(".repeat(50_000), "1 + ".repeat(50_000), "rayon.".repeat(50_000)] {
        let text = format!("{}[[expect]]\nclaim = \"c\"\nthat = \"{deep}1 > 0\"\n", minimal("[]"));
        assert!(parse("deep", &text).is_err());
    }
}

#[test]
fn very_many_mistakes_are_reported_in_part() {
    let diagnostics = parse("many", &minimal(&format!("[{}]", "{ cup = 1 },".repeat(500)))).unwrap_err();
    assert_eq!(diagnostics.len(), 101);
    assert_eq!(diagnostics[100].message, "and 400 more mistakes below this one");
    for line in ["a b\n", "[[a\n", "= [\n", "\n", "[a]\n[", "\"\n", "a = [\n"] {
        assert!(parse("many", &line.repeat(200_000 / line.len())).is_err());
    }
    assert!(parse("long", &"#".repeat((1 << 20) + 1)).is_err());
}

#[test]
fn a_matrix_may_not_multiply_steps_without_end() {
    let values: Vec<String> = (1..=999).map(|n| n.to_string()).collect();
    let steps = "{ yield = true },".repeat(2_000);
    let text = minimal(&format!("[{steps}]\ncount = \"$n\"\n[matrix]\nn = [{}]", values.join(", ")));
    let diagnostics = parse("long", &text).unwrap_err();
    assert_eq!(diagnostics.len(), 1);
}

#[test]
fn a_parameter_of_a_mistaken_step_counts_as_used() {
    let text = minimal("[{ blok = \"$hold\" }]\n[matrix]\nhold = [\"1ms\"]");
    assert_eq!(parse("a", &text).unwrap_err().len(), 1);
}
