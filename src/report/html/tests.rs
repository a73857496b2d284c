use std::fs;
use std::num::NonZeroU64;
use std::path::Path;

use roxmltree::{Document, Node};

use super::*;
use crate::archive::{AutoFacts, AxisFacts, ScenarioFacts};
use crate::campaign::{Disturbance, Surroundings};
use crate::compare::testing::{RunBuilder, STEADY};
use crate::stats::{Sample, WHOLE_MIX};
use taskmix_engine::metric::Metric;
use taskmix_engine::scenario::EngineName::{Rayon, SmolLocal};

const MS: f64 = 1e6;

/// Untrusted text that may be anywhere.
const HOSTILE: [&str; 5] = [
    "</script><img src=x onerror=alert(1)>",
    "]]></style></title><svg onload=alert(2)>",
    "\"'><svg onload=\"alert(3)\">",
    "&lt;b&gt; &#60;script&#62; <!-- --> {{7*7}} ${7*7}",
    "javascript:alert(4)",
];

/// A scenario with this question and this claim on a loop.
fn text(question: &str, claim: &str) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    format!(
        "question = {}\nengines = [\"smol-local\", \"rayon\"]\nworkers = 2\nrepeats = 6\n[[task]]\nname = \"bystander\"\ncount = 8\n\
         steps = [{{ block = \"$hold\" }}]\n[matrix]\nhold = [\"1ms\", \"20ms\"]\n\
         [[expect]]\nclaim = {}\nthat = \"smol-local.bystander.latency_p50[hold=20ms] >= 3 * rayon.bystander.latency_p50[hold=20ms]\"\n\
         [[expect]]\nclaim = \"all are done\"\nthat = \"rayon.bystander.done == 8\"\n\
         [[expect]]\nclaim = \"a loop is fast\"\nthat = \"smol-local.bystander.latency_p50 <= 5ms\"\n",
        quoted(question),
        quoted(claim)
    )
}

/// A run of two engines at two points with some of everything: claims that hold, fail and are inconclusive, a failed cell, a
/// disturbed cell.
fn run(text: &str) -> RunArchive {
    let cell = |builder: RunBuilder, engine, hold, p50: f64| {
        builder
            .at(engine, hold)
            .figure("bystander", Metric::Released, 8.0, &[1.0; 6])
            .figure("bystander", Metric::Done, 8.0, &[1.0; 6])
            .figure("bystander", Metric::LatencyP50, p50 * MS, &STEADY)
            .figure(WHOLE_MIX, Metric::LatencyP50, p50 * MS, &STEADY)
            .figure(WHOLE_MIX, Metric::Done, 8.0, &[1.0; 6])
            .figure(WHOLE_MIX, Metric::LagP99, 2.0 * MS, &STEADY)
            .figure(WHOLE_MIX, Metric::CpuUtilisation, 0.11, &STEADY)
            .figure(WHOLE_MIX, Metric::PeakRss, 4.5 * 1024.0 * 1024.0, &STEADY)
    };
    // In the order of measuring, not of the scenario.
    let builder = cell(RunBuilder::new("2026-11-23T03-40-12Z"), Rayon, 20, 4.0);
    let builder = cell(cell(cell(builder, SmolLocal, 1, 3.0), Rayon, 1, 3.5), SmolLocal, 20, 22.0);
    let mut run = builder.at(Rayon, 1).failed(4).run();
    let facts = &mut run.facts;
    facts.scenario = ScenarioFacts::new("mix", text);
    facts.resolved.engines = vec!["smol-local".to_owned(), "rayon".to_owned()];
    facts.resolved.cells_a_round = 8;
    facts.resolved.probe_ns = NonZeroU64::new(1_000_000);
    facts.resolved.axes = Some(run.axes.iter().map(AxisFacts::new).collect());
    facts.host.insert("memory_bytes".to_owned(), 25_274_793_984_i64.into());
    facts.build.insert("profile".to_owned(), "release".into());
    facts.cells.order = vec!["rayon, 2 workers, hold = 20ms, repeat 1".to_owned()];
    let steal = Surroundings {
        steal_share: Some(0.031),
        foreign_share: Some(0.0),
        disturbed_by: vec![Disturbance::Steal],
        attempt: 2,
    };
    let mix = run.samples.iter_mut().rfind(|sample| sample.task == WHOLE_MIX).expect("there is one");
    mix.surroundings = Some(steal);
    let broken = run.samples.iter().find(|sample| sample.exit.as_deref() == Some("timeout"));
    let broken = broken.expect("there is one").key.clone();
    for sample in run.samples.iter_mut().filter(|sample| sample.key == broken && sample.task != WHOLE_MIX) {
        for (metric, count) in
            [(Metric::Done, 5.0), (Metric::Stalled, 3.0), (Metric::StalledPending, 1.0), (Metric::StalledRunning, 2.0)]
        {
            sample.figures.set(metric, count);
        }
    }
    // As in the file: the whole mix after its tasks.
    run.samples.sort_by_key(|sample| sample.task == WHOLE_MIX);
    run
}

fn extras(run: &RunArchive) -> Extras {
    let stalled = run.samples.iter().find(|sample| sample.figures.get(Metric::Stalled).is_some());
    let stalled = stalled.map(|sample| Stalled {
        key: sample.key.clone(),
        task: sample.task.clone(),
        step: "1 block".to_owned(),
        count: 2,
    });
    Extras { stalled: stalled.into_iter().collect(), ..Extras::default() }
}

/// The page as XML: elements that have no end tag in HTML get one, and the text of styles and scripts is left out.
fn as_xml(page: &str) -> String {
    let page = page.replacen("<!DOCTYPE html>", "", 1);
    let page = page.replacen(&assets::style().into_string(), "<style></style>", 1);
    let page = page.replacen(&assets::script().into_string(), "<script></script>", 1);
    let page = page.replacen(&assets::timeline_script().into_string(), "<script></script>", 1);
    let mut xml = String::new();
    for (index, part) in page.split('<').enumerate() {
        let is_void = ["meta ", "link ", "br>"].iter().any(|name| part.starts_with(name));
        let part = if is_void { part.replacen('>', "/>", 1) } else { part.to_owned() };
        xml.push_str(if index > 0 { "<" } else { "" });
        xml.push_str(&part);
    }
    xml
}

/// Element names with the names of their attributes, in order.
fn skeleton(document: &Document<'_>) -> Vec<String> {
    let element = |node: Node<'_, '_>| {
        let attributes: Vec<&str> = node.attributes().map(|attribute| attribute.name()).collect();
        format!("{} {}", node.tag_name().name(), attributes.join(" "))
    };
    document.descendants().filter(Node::is_element).map(element).collect()
}

fn texts(document: &Document<'_>) -> String {
    document.descendants().filter_map(|node| node.is_text().then(|| node.text()).flatten()).collect()
}

#[test]
fn a_page_looks_like_this() {
    let run = run(&text("Who waits?", "a blocked loop stalls"));
    let page = page(&run, &extras(&run));
    let page = page.replace(&assets::style().into_string(), "<style>…</style>");
    let page = page.replace(&assets::script().into_string(), "<script>…</script>");
    let page = page.replace(&maud::html! { (assets::policy()) }.into_string(), "…");
    snapbox::assert_data_eq!(page, snapbox::file!["../golden/report.html"].raw());
}

#[test]
fn a_page_is_well_formed_and_each_id_is_there_once() {
    let run = run(&text("Who waits?", "a blocked loop stalls"));
    let xml = as_xml(&page(&run, &extras(&run)));
    let document = Document::parse(&xml).unwrap_or_else(|error| panic!("{error}"));
    let all = |name: &'static str| document.descendants().filter_map(move |node| node.attribute(name));
    let ids: Vec<&str> = all("id").collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
    let named = all("aria-labelledby").chain(all("href").filter_map(|link| link.strip_prefix('#')));
    for name in named {
        assert!(ids.contains(&name), "no element has the id {name}");
    }
}

#[test]
fn the_page_of_every_shipped_scenario_is_well_formed_and_small() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference");
    let runs = fs::read_dir(reference)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path().join("latest"));
    let mut count = 0;
    for path in runs.filter(|path| path.is_dir()) {
        let run = RunArchive::open(&path).unwrap_or_else(|error| panic!("{error}"));
        let beside = Beside::seen_from(&path, &path).unwrap();
        let page = page(&run, &Extras { beside, ..Extras::default() });
        assert!(page.len() < 2_000_000, "{}: {} bytes", path.display(), page.len());
        let xml = as_xml(&page);
        let document = Document::parse(&xml).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let links =
            document.descendants().filter_map(|node| node.attribute("href")).filter(|link| link.contains(".csv"));
        assert!(links.count() >= 6, "{}", path.display());
        assert!(page.contains("id=\"claims\""), "{}: its text can be read", path.display());
        count += 1;
    }
    assert!(count >= 7, "{count}");
}

#[test]
fn a_page_works_with_a_screen_reader_and_the_keyboard() {
    let run = run(&text("Who waits?", "a blocked loop stalls"));
    let xml = as_xml(&page(&run, &extras(&run)));
    let document = Document::parse(&xml).unwrap();
    let elements = || document.descendants().filter(Node::is_element);
    let count = |name: &str| elements().filter(|node| node.has_tag_name(name)).count();
    assert_eq!(document.root_element().attribute("lang"), Some("en"));
    assert_eq!([count("h1"), count("main"), count("header"), count("nav"), count("footer")], [1; 5]);
    let levels = elements().filter_map(|node| node.tag_name().name().strip_prefix('h')?.parse::<u32>().ok());
    levels.fold(0, |above, level| {
        assert!(level <= above + 1, "a heading of level {level} below one of level {above}");
        level
    });
    for head in elements().filter(|node| node.has_tag_name("th")) {
        assert!(matches!(head.attribute("scope"), Some("col" | "row")), "{head:?}");
    }
    for table in elements().filter(|node| node.has_tag_name("table")) {
        let around = table.parent().expect("a table stands in a box");
        assert_eq!(around.attribute("tabindex"), Some("0"), "a box that scrolls can be reached by keyboard");
        assert!(table.children().any(|child| child.has_tag_name("caption")), "{table:?} has a caption");
    }
    assert!(elements().all(|node| node.attribute("style").is_none()), "the policy forbids them");
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    let run = run(&text("Who waits?", "a blocked loop stalls"));
    let page = page(&run, &extras(&run));
    for forbidden in ["http://", "https://", "//", "src=", "@import", "url("] {
        let without_script = page.replace(&assets::script().into_string(), "");
        assert!(!without_script.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn untrusted_text_is_text_wherever_it_stands() {
    let plain = skeleton(&Document::parse(&as_xml(&hostile_page("plain"))).unwrap());
    for hostile in HOSTILE {
        let page = hostile_page(hostile);
        let xml = as_xml(&page);
        let document = Document::parse(&xml).unwrap_or_else(|error| panic!("{hostile}: {error}"));
        assert_eq!(skeleton(&document), plain, "{hostile}");
        let shown = texts(&document).matches(hostile).count();
        assert!(shown > 40, "it is shown as it is: {shown}");
        assert!(document.descendants().any(|node| node.has_tag_name("h1") && node.text() == Some(hostile)));
        let links = document.descendants().filter_map(|node| node.attribute("href"));
        assert!(links.into_iter().all(|link| link.starts_with('#') || link == "data:,"), "{hostile}");
    }
}

/// A page with the same text in every place that can have text.
fn hostile_page(with: &str) -> String {
    let mut run = run(&text(with, with));
    let facts = &mut run.facts;
    let table = || toml::Table::from_iter([(with.to_owned(), with.into()), (format!("{with}_ns"), 7.into())]);
    facts.scenario.name = with.to_owned();
    facts.scenario.text_fnv1a64 = with.to_owned();
    facts.run_id = with.to_owned();
    facts.taskmix_version = with.to_owned();
    facts.resumed = vec![with.to_owned()];
    (facts.complete, facts.interrupted) = (false, true);
    facts.resolved.tasks = with.to_owned();
    facts.resolved.engines.push(with.to_owned());
    facts.resolved.blocking_threads = [(with.to_owned(), 1)].into();
    facts.resolved.cpu_threads = [(with.to_owned(), 1)].into();
    facts.resolved.auto =
        Some(AutoFacts { headline: with.to_owned(), within: 0.05, budget_ns: 1, ended_by: with.to_owned() });
    let other = AxisFacts { values: vec![with.to_owned()], ..AxisFacts::new(&run.axes[0]) };
    facts.resolved.axes.as_mut().expect("they are there").push(AxisFacts { name: with.to_owned(), ..other });
    facts.cells.order = vec![with.to_owned()];
    (facts.host, facts.host_after, facts.versions, facts.build) = (table(), table(), table(), table());
    (facts.calibration.before, facts.calibration.after) = (table(), table());
    for sample in &mut run.samples {
        with.clone_into(&mut sample.key.scenario);
        // A task that no text could have, but a row may.
        if sample.key.engine == SmolLocal && sample.task != WHOLE_MIX {
            with.clone_into(&mut sample.task);
        }
        for exit in sample.exit.iter_mut().filter(|exit| *exit != "ok") {
            with.clone_into(exit);
        }
    }
    let mut strange = run.samples[0].clone();
    strange.key.repeat = 7;
    strange.exit = Some(with.to_owned());
    with.clone_into(&mut strange.task);
    strange.figures.set(Metric::Stalled, 1.0);
    let stalled = Stalled { key: strange.key.clone(), task: with.to_owned(), step: with.to_owned(), count: 1 };
    let mix = Sample { task: WHOLE_MIX.to_owned(), ..strange.clone() };
    run.samples.extend([strange, mix]);
    let picture = Picture { title: with.to_owned(), caption: with.to_owned(), svg: "<svg><g></g></svg>".to_owned() };
    let timeline = Section { title: with.to_owned(), body: html! { p { (with) } } };
    page(
        &run,
        &Extras { stalled: vec![stalled], pictures: vec![picture], timelines: vec![timeline], ..Extras::default() },
    )
}

#[test]
fn an_untrusted_name_of_the_matrix_is_text_too() {
    for hostile in HOSTILE {
        let mut run = run("no TOML = [");
        hostile.clone_into(&mut run.axes[0].name);
        for sample in &mut run.samples {
            hostile.clone_into(&mut sample.key.params[0].name);
        }
        let xml = as_xml(&page(&run, &Extras::default()));
        let document = Document::parse(&xml).unwrap_or_else(|error| panic!("{hostile}: {error}"));
        assert!(texts(&document).contains(&format!("{hostile} = 20ms")));
        assert!(document.descendants().all(|node| !node.has_tag_name("img") && !node.has_tag_name("svg")));
    }
}

#[test]
fn names_between_backticks_stand_out_and_an_odd_one_stays() {
    let markup = |text| prose(text).into_string();
    assert_eq!(markup("run `a <b>` or `c`"), "run <code>a &lt;b&gt;</code> or <code>c</code>");
    assert_eq!(markup("an odd ` and <b>"), "an odd ` and &lt;b&gt;");
    assert_eq!(markup("none"), "none");
}

#[test]
fn a_text_that_this_version_can_not_read_costs_the_verdicts_and_nothing_else() {
    let page = page(&run("engines = [\"of another time\"]"), &Extras::default());
    assert!(page.contains("<h1>mix</h1>") && !page.contains("id=\"claims\""));
    assert!(page.contains("can't read the scenario's text"), "a warning says it");
    assert!(page.contains("id=\"figures\"") && page.contains("hold = 20ms"));
}

#[test]
fn a_run_without_a_cell_has_a_page() {
    let mut run = run(&text("Who waits?", "a blocked loop stalls"));
    run.samples.clear();
    (run.facts.complete, run.facts.interrupted) = (false, true);
    let page = page(&run, &Extras::default());
    assert!(page.contains("No cell was measured."));
    assert!(page.contains("the run was interrupted: 0 of 48 cells were measured"), "{page}");
    assert!(page.contains("no round of it was measured"), "{page}");
}
