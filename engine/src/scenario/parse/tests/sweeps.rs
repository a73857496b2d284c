//! Parameters, settings from the command line, and tasks whose `count` is only a maximum.

use std::num::NonZeroU32;
use std::time::Duration;

use proptest::prelude::*;

use super::super::parse_with;
use super::{WHOLE, good, minimal};
use crate::diagnostic::render;
use crate::scenario::{Arrival, ParamValue, Point, Setting, Step, Until, Verb};

/// The places where a parameter is allowed, which `docs/scenario-file.md` marks with *$*: the top, the task, two values.
const PLACES: [(&str, &str, &str, &str); 30] = [
    ("workers = \"$x\"", "", "1", "2"),
    ("workers = [9, \"$x\"]", "", "1", "2"),
    ("blocking_threads = \"$x\"", "", "1", "2"),
    ("cpu_threads = \"$x\"", "", "1", "2"),
    ("", "count = \"$x\"", "1", "2"),
    ("", "arrival = { every = \"$x\" }", "\"1ms\"", "\"2ms\""),
    ("", "arrival = { poisson = \"$x\" }", "0.5", "2"),
    ("", "count = 9\narrival = { clients = \"$x\" }", "1", "2"),
    ("", "arrival = { clients = 1, think = \"$x\" }", "\"0s\"", "\"2ms\""),
    ("", "arrival = { clients = 1, think = { exp = \"$x\" } }", "\"1ms\"", "\"2ms\""),
    ("", "arrival = { clients = 1, think = { uniform = [\"$x\", \"5ms\"] } }", "\"0s\"", "\"2ms\""),
    ("", "count = 9\narrival = { clients = 1, until = \"$x\" }", "\"1s\"", "\"2s\""),
    ("", "cancel = { after = \"$x\" }", "\"1ms\"", "\"2ms\""),
    ("", "cancel = { at = \"$x\" }", "\"1ms\"", "\"2ms\""),
    ("", "cancel = { at = \"1ms\", share = \"$x\" }", "1", "0.5"),
    ("", "steps = [{ cpu = \"$x\" }]", "\"1ms\"", "\"2ms\""),
    ("", "steps = [{ cpu = \"1s\", yield_every = \"$x\" }]", "\"1ms\"", "\"2ms\""),
    ("", "steps = [{ sleep = \"$x\" }]", "\"1ms\"", "\"2ms\""),
    ("", "steps = [{ block = \"$x\" }]", "\"1ms\"", "\"2ms\""),
    ("", "steps = [{ ipc = \"pipe\", bytes = \"$x\" }]", "\"1KiB\"", "\"64KiB\""),
    ("", "steps = [{ loop = \"$x\", steps = [{ yield = true }] }]", "1", "2"),
    ("", "steps = [{ offload = \"blocking\", steps = [{ block = \"$x\" }] }]", "\"1ms\"", "\"2ms\""),
    ("", "steps = [{ offload = \"cpu\", steps = [{ cpu = \"$x\" }] }]", "\"1ms\"", "\"2ms\""),
    ("", "steps = [{ loop = 2, steps = [{ sleep = \"$x\" }] }]", "\"1ms\"", "\"2ms\""),
    ("", "steps = [{ cpu = { exp = \"$x\" } }]", "\"1ms\"", "\"2ms\""),
    ("", "steps = [{ sleep = { uniform = [\"$x\", \"9ms\"] } }]", "\"1ms\"", "\"2ms\""),
    ("", "steps = [{ sleep = { uniform = [\"0s\", \"$x\"] } }]", "\"1ms\"", "\"2ms\""),
    ("", "steps = [{ block = { normal = [\"$x\", \"1ms\"] } }]", "\"1ms\"", "\"2ms\""),
    ("", "steps = [{ block = { normal = [\"1ms\", \"$x\"] } }]", "\"1ms\"", "\"2ms\""),
    ("", "background = true\ncount = \"$x\"\n[[task]]\nname = \"b\"\nsteps = []", "1", "2"),
];

/// A point without its places in the text.
fn without_places(point: &Point) -> Point {
    fn strip(steps: &mut [Step]) {
        for step in steps {
            step.origin = 0..0;
            if let Verb::Loop { steps, .. } | Verb::Offload { steps, .. } = &mut step.verb {
                strip(steps);
            }
        }
    }
    let mut point = Point { params: Vec::new(), ..point.clone() };
    for task in &mut point.tasks {
        task.origin = 0..0;
        strip(&mut task.steps);
        if let Arrival::Closed { until: Some(until), .. } = &mut task.arrival {
            until.origin = 0..0;
        }
    }
    point
}

#[test]
fn every_place_that_is_documented_to_take_a_parameter_takes_each_of_its_values() {
    for (head, task, one, two) in PLACES {
        let steps = if task.contains("steps = [{") { "" } else { "steps = []\n" };
        let text = |head: &str, task: &str, matrix: &str| {
            format!("question = \"?\"\nengines = [\"rayon\"]\n{head}\n[[task]]\nname = \"a\"\n{steps}{task}\n{matrix}")
        };
        let swept = good(&text(head, task, &format!("[matrix]\nx = [{one}, {two}]\n")));
        let written = [one, two].map(|value| {
            let put = |text: &str| text.replace("\"$x\"", value);
            good(&text(&put(head), &put(task), ""))
        });
        assert_eq!(swept.points.len(), 2, "{head}{task}");
        assert_ne!(written[0].points, written[1].points, "{head}{task}");
        for (point, written) in swept.points.iter().zip(&written) {
            assert_eq!(without_places(point), without_places(&written.points[0]), "{head}{task}");
        }
    }
}

fn set(texts: &[&str]) -> Vec<Setting> {
    texts.iter().map(|text| text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))).collect()
}

#[test]
fn a_setting_replaces_the_values_of_its_axis_and_of_no_other() {
    let text = WHOLE.replace("hold=20ms", "hold=1ms");
    let parsed = parse_with("whole", &text, &set(&["hold=1ms,3ms,5ms"]), &[]).unwrap();
    let plain = good(&text);
    assert_eq!(parsed.scenario.axes[0], plain.axes[0]);
    let millis = |n| ParamValue::Duration(Duration::from_millis(n));
    assert_eq!(parsed.scenario.axes[1].values, [millis(1), millis(3), millis(5)]);
    assert_eq!(parsed.scenario.points.len(), 6);
    assert_eq!(parsed.scenario.points[4].params[1].value, millis(3));
    assert_eq!(parsed.scenario.text, text, "the text is the file's");
}

#[test]
fn an_expectation_may_select_values_of_the_file_or_of_a_setting_and_no_others() {
    // `WHOLE` selects hold=20ms and workers=4.
    let workers = WHOLE.replace("[1, 4]", "\"$count\"").replace("[matrix]", "[matrix]\ncount = [1, 4]");
    let parsed = parse_with("whole", &workers, &set(&["hold=3ms", "count=2"]), &[]).unwrap();
    assert_eq!(parsed.scenario.points.len(), 2);
    assert!(parsed.scenario.points.iter().all(|point| point.workers == [NonZeroU32::new(2)]));
    for (text, setting) in [(WHOLE.replace("hold=20ms", "hold=7ms"), "hold=7ms"), (workers, "count=2,4")] {
        assert!(parse_with("whole", &text, &set(&[setting]), &[]).is_ok(), "{setting}");
    }
    let text = WHOLE.replace("hold=20ms", "hold=7ms");
    let found = parse_with("whole", &text, &set(&["hold=8ms"]), &[]).unwrap_err();
    assert_eq!(found[0].message, "`hold` never has this value");
    assert_eq!(found[0].helps, ["its values are `8ms`, `1ms`, `20ms`"]);
}

#[test]
fn a_size_is_the_number_of_its_bytes_and_may_be_selected_as_either() {
    let text = |selected: &str| {
        let steps = "steps = [{ ipc = \"pipe\", bytes = \"$size\" }]\n[matrix]\nsize = [\"1KiB\", \"64KiB\"]";
        let that = format!("rayon.done[size={selected}] == 1");
        format!(
            "question = \"?\"\nengines = [\"rayon\"]\n[[task]]\nname = \"a\"\n{steps}\n[[expect]]\nclaim = \"c\"\nthat = \"{that}\"\n"
        )
    };
    assert_eq!(good(&text("64KiB")).axes[0].values, [1 << 10, 1 << 16].map(ParamValue::Integer));
    assert_eq!(
        good(&text("64KiB")).expectations[0].condition.left,
        good(&text("65536")).expectations[0].condition.left
    );
    assert!(parse_with("a", &text("2KiB"), &[], &[]).is_err());
}

#[test]
fn the_message_for_a_wrong_setting_names_the_setting() {
    let messages = |settings: &[&str]| {
        let found = parse_with("whole", WHOLE, &set(settings), &[]).unwrap_err();
        render(&found, "whole.toml", WHOLE, false)
    };
    let cases = [
        messages(&["hodl=1ms"]),
        messages(&["zzz=1"]),
        messages(&["hold=5"]),
        messages(&["threads=5ms"]),
        messages(&["hold=1ms", "hold=2ms"]),
        messages(&["hold=2h"]),
        messages(&["threads=0"]),
    ];
    snapbox::assert_data_eq!(cases.join("\n"), snapbox::file!["../golden/settings.txt"].raw());
    let text = minimal("[]");
    let found = parse_with("a", &text, &set(&["n=1"]), &[]).unwrap_err();
    assert_eq!(found[0].helps, ["it has no `[matrix]`: only a name under `[matrix]` can be set"]);
}

#[test]
fn too_many_combinations_name_the_settings_that_made_them() {
    let values: Vec<String> = (1..=501).map(|n| n.to_string()).collect();
    let found = parse_with("whole", WHOLE, &set(&[&format!("threads={}", values.join(","))]), &[]).unwrap_err();
    assert_eq!(found[0].message, "the matrix has 1002 combinations, more than 1000");
    assert!(
        found[0].notes[0].starts_with("`$threads` has its values from `--set threads=1,2,"),
        "{:?}",
        found[0].notes
    );
}

#[test]
fn a_task_may_be_bounded_by_a_time_or_by_the_foreground() {
    let text = "question = \"?\"\nengines = [\"rayon\"]\n\
        [[task]]\nname = \"a\"\ncount = 50\narrival = { clients = 5, until = \"2s\" }\nsteps = []\n\
        [[task]]\nname = \"b\"\ncount = 60\nbackground = true\nsteps = []\n\
        [[task]]\nname = \"c\"\nbackground = false\nsteps = []\n";
    let scenario = good(text);
    let [a, b, c] = scenario.points[0].tasks.as_slice() else { panic!("three tasks") };
    let Some(Until { time, origin }) = a.arrival.until() else { panic!("an end") };
    assert_eq!((*time, &text[origin.clone()]), (Duration::from_secs(2), "\"2s\""));
    assert_eq!(
        [a, b, c].map(|task| (task.background, task.is_bounded())),
        [(false, true), (true, true), (false, false)]
    );
}

proptest! {
    #[test]
    fn no_setting_makes_the_parser_panic(name in "(hold|threads|[a-z]{1,3})", values in "[0-9.,msuh]{1,12}") {
        if let Ok(setting) = format!("{name}={values}").parse::<Setting>()
            && let Err(found) = parse_with("whole", WHOLE, &[setting], &[])
        {
            prop_assert!(!render(&found, "whole.toml", WHOLE, false).is_empty());
        }
    }
}
