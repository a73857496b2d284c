//! `taskmix plan` foretells how long a cell takes: held against the reference runs and against real runs.

use std::fs;
use std::path::Path;

use taskmix::archive::RunArchive;
use taskmix::stats::WHOLE_MIX;
use taskmix_engine::metric::Metric;
use taskmix_engine::plan::{Campaign, CellKey, Engines, Estimate, estimates, nanoseconds};
use taskmix_engine::scenario::parse;

use crate::support::{ENGINES, Lab, text_of};

/// By how much a foretold time may differ from a measured one: the larger of a share of it and a time, nanoseconds.
const WITHIN: f64 = 0.2;
const WITHIN_NS: f64 = 20e6;

/// The cells of the reference runs that are foretold otherwise, with the reason.
const EXCEPTIONS: [(&str, &str); 1] = [(
    "cancellation async-executor 2 hold=100ms",
    "some of its rounds take 140 ms and others 240 ms: it depends on which worker steals the blocked instances",
)];

fn is_near(foretold: f64, measured: f64) -> bool {
    (foretold - measured).abs() <= (WITHIN * measured).max(WITHIN_NS)
}

/// What a cell is called in this test, without its repeat.
fn name(key: &CellKey) -> String {
    let params = key.params.iter().map(|param| format!("{}={}", param.name, param.value));
    let setting = [key.scenario.clone(), key.engine.to_string(), key.workers.to_string()];
    setting.into_iter().chain(params).collect::<Vec<_>>().join(" ")
}

/// What `taskmix plan` says of each cell of a run without a probe, on the machine of the run.
fn foretold(run: &RunArchive) -> (Vec<(CellKey, Estimate)>, u64) {
    let scenario = parse(&run.facts.scenario.name, &run.facts.scenario.text).expect("a good scenario").scenario;
    let cores = run.facts.host["cores"].as_integer().expect("the number of cores") as u32;
    let timeout = nanoseconds(scenario.timeout);
    let campaign = Campaign::new(&scenario, cores).expect("a campaign");
    let needs = estimates(&Engines::default(), &campaign.points, &campaign.settings, cores, timeout);
    let keys = campaign.settings.into_iter().map(|cell| cell.key);
    (keys.zip(needs).filter(|(key, _)| !key.is_probed()).collect(), timeout)
}

/// The median makespan of a cell, or the timeout if it was cut off, nanoseconds.
fn measured(run: &RunArchive, key: &CellKey, timeout: u64) -> f64 {
    let rows = run.samples.iter().filter(|sample| sample.key.is_repeat_of(key) && sample.task == WHOLE_MIX);
    let mut spans: Vec<f64> = rows
        .map(|row| match (row.exit.as_deref(), row.figures.get(Metric::Makespan)) {
            (Some("timeout"), _) | (_, None) => timeout as f64,
            (_, Some(ns)) => ns,
        })
        .collect();
    assert!(!spans.is_empty(), "{} was measured", name(key));
    spans.sort_by(f64::total_cmp);
    f64::midpoint(spans[(spans.len() - 1) / 2], spans[spans.len() / 2])
}

#[test]
fn the_time_of_every_cell_of_the_reference_runs_is_foretold() {
    let runs = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference");
    let mut wrong = Vec::new();
    let mut cells = 0;
    for folder in fs::read_dir(runs).expect("the reference runs") {
        let run = RunArchive::open(&folder.expect("a run").path().join("latest")).expect("a readable run");
        let (foretold, timeout) = foretold(&run);
        let (mut planned_ns, mut measured_ns) = (0.0, 0.0);
        for (key, needs) in &foretold {
            let (name, measured) = (name(key), measured(&run, key, timeout));
            let planned = needs.span_ns as f64;
            let is_exception = EXCEPTIONS.iter().any(|(exception, _)| *exception == name);
            if is_near(planned, measured) == is_exception {
                wrong.push(format!("{name}: {:.1} ms foretold, {:.1} ms measured", planned / 1e6, measured / 1e6));
            }
            (planned_ns, measured_ns, cells) = (planned_ns + planned, measured_ns + measured, cells + 1);
        }
        assert!(
            is_near(planned_ns, measured_ns),
            "{}: {planned_ns} foretold, {measured_ns} measured in a round",
            run.facts.scenario.name
        );
    }
    assert!(wrong.is_empty(), "foretold wrongly, or an exception that is none any more: {wrong:#?}");
    assert!(cells > 100, "{cells} cells");
}

/// The span of each engine's cell in nanoseconds, foretold by `taskmix plan` and then measured.
fn planned_and_measured(text: &str) -> Vec<(&'static str, f64, f64)> {
    let head = format!("question = \"?\"\nengines = {ENGINES:?}\nworkers = 2\nrepeats = 1\n");
    let text = head + text;
    let lab = Lab::new();
    lab.write("mix.toml", &text);
    let plan = text_of(lab.output(&["plan", "mix.toml", "--format", "json"]).stdout);
    let plan: serde_json::Value = serde_json::from_str(&plan).expect("JSON");
    let cells = plan["scenarios"][0]["cells"].as_array().expect("cells");
    let run = lab.run(&text, &["--quiet"]).ok();
    let of_engine = |engine: &'static str| {
        let cell = cells.iter().find(|cell| cell["engine"] == engine).expect("a cell of each engine");
        let planned = cell["span_ns"].as_f64().expect("a time");
        (engine, planned, run.sample(engine, "*").number("makespan_ns"))
    };
    ENGINES.into_iter().map(of_engine).collect()
}

#[test]
fn a_plan_knows_the_size_of_the_pool_for_blocking_calls() {
    let calls = |name: &str, count: u32, ms: u32| {
        let steps = format!("steps = [{{ offload = \"blocking\", steps = [{{ block = \"{ms}ms\" }}] }}]");
        format!("[[task]]\nname = \"{name}\"\ncount = {count}\n{steps}\n")
    };
    let text = ["blocking_threads = 2\n".to_owned(), calls("long", 2, 900), calls("short", 5, 150)].concat();
    for (engine, planned, measured) in planned_and_measured(&text) {
        assert!(is_near(planned, measured), "{engine}: {planned} foretold, {measured} measured");
        if !["threads", "processes"].contains(&engine) {
            assert!(planned >= 1.275e9, "{engine}: two threads can't do 2.55 s of calls in {planned} ns");
        }
    }
}

#[test]
fn a_plan_knows_the_whole_milliseconds_of_tokio() {
    let text = "[[task]]\nname = \"nap\"\nsteps = [{ loop = 1000, steps = [{ sleep = \"200us\" }] }]\n";
    for (engine, planned, measured) in planned_and_measured(text) {
        let least = if engine.starts_with("tokio") { 1.0e9 } else { 0.2e9 };
        assert!(planned >= least && measured >= least, "{engine}: {planned} foretold, {measured} measured");
        // Other work on the machine makes short sleeps longer, not shorter.
        assert!(planned <= measured * 1.2, "{engine}: {planned} foretold, {measured} measured");
        assert!(planned <= 2.0 * least, "{engine}: {planned} foretold");
    }
}
