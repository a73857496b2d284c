//! The timeline.

use std::fmt::Write as _;

use super::*;

/// A loop that one blocked call stalls, and a second engine at two points, with two numbers of workers and two repeats.
const TASKS: &str = "\
scenario,param_hold_ns,engine,workers,repeat,task,instance,state,scheduled_ns,started_ns,finished_ns,busy_ns,max_poll_ns
mix,1000000,smol-local,1,1,visitor,0,done,0,1000,3000000,80000,50000
mix,2000000,smol-local,1,1,blocker,0,done,0,10000,2010000,2000000,2000000
mix,2000000,smol-local,1,1,visitor,0,done,100000,2010000,4000000,80000,50000
mix,2000000,smol-local,1,1,visitor,1,cancelled,500000,2060000,3000000,40000,40000
mix,2000000,smol-local,1,1,visitor,2,stalled,900000,,,,
mix,2000000,smol-local,1,2,visitor,0,done,0,1000,2000000,80000,50000
mix,2000000,async-executor,1,1,visitor,0,done,0,1000,2000000,80000,50000
mix,2000000,async-executor,2,1,visitor,0,done,0,1000,2500000,80000,50000
";

const SPANS: &str = "\
scenario,param_hold_ns,engine,workers,repeat,task,instance,worker,start_ns,end_ns,kind
mix,2000000,smol-local,1,1,blocker,0,0,10000,30000,run
mix,2000000,smol-local,1,1,blocker,0,0,30000,2010000,block
mix,2000000,smol-local,1,1,visitor,0,0,2010000,2050000,run
mix,2000000,smol-local,1,1,visitor,0,,2100000,3500000,offload
mix,2000000,smol-local,1,1,visitor,0,0,3950000,4000000,run
mix,2000000,smol-local,1,1,visitor,1,0,2060000,2100000,run
";

fn traced() -> Files {
    Files::new().with("tasks.csv", TASKS).with("spans.csv", SPANS)
}

fn timeline(files: &Files) -> Timeline {
    let plots = plots(&files.folder(), Some(PlotKind::Timeline), None).expect("there is something to draw");
    plots.timeline.expect("it is the timeline")
}

#[test]
fn a_timeline_is_drawn_so() {
    let drawn = draw_plot(&timeline(&traced()).picture, PlotForm::Svg).unwrap();
    let svg = String::from_utf8(drawn[0].bytes.clone()).unwrap();
    sound("timeline", &svg);
    snapbox::assert_data_eq!(svg, snapbox::file!["../golden/timeline.svg"].raw());
}

#[test]
fn a_timeline_on_a_terminal_is_drawn_so() {
    let drawn = draw_plot(&timeline(&traced()).picture, PlotForm::Terminal { columns: 72 }).unwrap();
    let plain = anstream::adapter::strip_str(std::str::from_utf8(&drawn[0].bytes).unwrap()).to_string();
    snapbox::assert_data_eq!(plain, snapbox::file!["../golden/timeline.txt"].raw());
}

#[test]
fn the_last_point_and_the_most_workers_are_shown_and_named_in_the_caption() {
    let caption = timeline(&traced()).picture.caption();
    for text in ["Repeat 1 of each cell.", "The last of 2 points.", "The most workers of each engine."] {
        assert!(caption.contains(text), "{text}: {caption}");
    }
    let svg = &svgs(&plots(&traced().folder(), Some(PlotKind::Timeline), None).unwrap())[0].1;
    let texts = texts(svg);
    assert!(texts.contains(&"hold = 2ms") && texts.contains(&"async-executor ×2"), "{texts:?}");
    assert!(!texts.contains(&"async-executor ×1"), "{texts:?}");
}

#[test]
fn a_repeat_that_failed_is_not_shown_if_another_ended_well() {
    let samples = "scenario,param_hold_ns,engine,workers,repeat,task,exit\nmix,2000000,smol-local,1,1,*,timeout\n";
    let caption = |files: &Files| timeline(files).picture.caption();
    let files = Files::new().with("tasks.csv", TASKS).with("samples.csv", samples);
    assert!(caption(&files).contains("The first repeat of each cell that ended well."), "{}", caption(&files));
    // Only the first repeat was recorded: then it is shown, with how it ended.
    let files = traced().with("samples.csv", samples);
    assert!(caption(&files).contains("smol-local, hold = 2ms: repeat 1 ended with timeout"), "{}", caption(&files));
}

#[test]
fn without_spans_a_line_says_how_to_get_them() {
    let remedy = "`taskmix run --trace` records both.";
    let caption = timeline(&traced()).picture.caption();
    assert!(caption.contains("async-executor ×2: running and waiting are not told apart"), "{caption}");
    let files = Files::new().with("tasks.csv", TASKS);
    let caption = timeline(&files).picture.caption();
    assert!(caption.contains("Running and waiting are not told apart") && caption.contains(remedy), "{caption}");
    let svg = &svgs(&plots(&files.folder(), Some(PlotKind::Timeline), None).unwrap())[0].1;
    let texts = texts(svg);
    assert!(texts.contains(&"started, not ended") && !texts.contains(&"waiting"), "{texts:?}");
    assert!(!texts.contains(&"worker 0"), "{texts:?}");
}

#[test]
fn ten_thousand_instances_make_a_small_picture_and_small_data() {
    let mut text = TASKS.lines().next().unwrap().to_owned() + "\n";
    for engine in ["smol-local", "rayon"] {
        for at in 0..5_000_u64 {
            let (from, length) = (at * 7_919, 1_000 * (at % 997) + 1);
            let (start, end) = (from + length, from + 3 * length);
            writeln!(text, "mix,1,{engine},1,1,t,{at},done,{from},{start},{end},{length},{length}").expect("memory");
        }
    }
    let found = timeline(&Files::new().with("tasks.csv", &text));
    let bytes = draw_plot(&found.picture, PlotForm::Svg).unwrap()[0].bytes.len();
    assert!(bytes < 500_000, "{bytes}");
    let json = found.data.expect("it fits a page").json;
    assert!(json.len() < 10_000 * 30, "{}", json.len());
    assert!(found.picture.caption().contains("Each row is "), "{}", found.picture.caption());
}

#[test]
fn a_file_for_another_picture_has_no_timeline_unless_it_is_asked_for() {
    let text = "engine,task,state,scheduled_ns,finished_ns\nrayon,t,done,0,3000000\nrayon,t,done,500,4000500\n";
    let files = Files::new().with("tasks.csv", text);
    assert!(plots(&files.folder(), None, None).unwrap().timeline.is_none());
    let error = plots(&files.folder(), Some(PlotKind::Timeline), None).unwrap_err();
    assert_eq!(files.said(&error).0, "`tasks.csv`: there is no column `started_ns`");
    let error = plots(&traced().folder(), Some(PlotKind::Timeline), Some(metric("wait_p90"))).unwrap_err();
    assert_eq!(error.to_string(), "this kind of picture does not show `wait_p90`");
    let empty = Files::new().with("tasks.csv", TASKS.lines().next().unwrap());
    let error = plots(&empty.folder(), Some(PlotKind::Timeline), None).unwrap_err();
    assert_eq!(error.to_string(), "there is nothing to draw timeline from");
    assert!(error.remedy().contains("--tasks always"));
}
