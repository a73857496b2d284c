//! States and lag: which repeat is shown, and what their axes hold.

use super::*;

const SAMPLES: &str = "\
engine,repeat,task,exit
rayon,1,t,
rayon,1,*,timeout
rayon,2,*,ok
smol-local,1,*,signal SIGKILL
";

fn states(rows: &str) -> Files {
    let head = "engine,repeat,t_ns,pending,running,done,cancelled,failed,stalled";
    Files::new().with("states.csv", &format!("{head}\n{rows}")).with("samples.csv", SAMPLES)
}

fn drawn(files: &Files, kind: PlotKind) -> String {
    let mut svgs = svgs(&plots(&files.folder(), Some(kind), None).expect("there is something"));
    assert_eq!(svgs.len(), 1);
    svgs.remove(0).1
}

#[test]
fn the_first_repeat_that_ended_well_is_shown_and_a_cell_without_one_says_how_it_ended() {
    let files = states(
        "rayon,1,1000,9,0,0,0,0,0\nrayon,1,2000,0,0,0,0,0,9\nrayon,2,1000,9,0,0,0,0,0\nrayon,2,2000,0,0,9,0,0,0\n\
         smol-local,1,1000,9,0,0,0,0,0\nsmol-local,1,2000,0,9,0,0,0,0\n",
    );
    let svg = drawn(&files, PlotKind::States);
    let texts = texts(&svg);
    assert!(!texts.contains(&"stalled"), "the repeat that timed out is not shown: {texts:?}");
    for text in
        ["The first repeat of each cell that ended well.", "smol-local: repeat 1 ended with signal SIGKILL", "done"]
    {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
}

#[test]
fn without_samples_the_first_repeat_is_shown_and_named() {
    let files = Files::new().with("s.csv", "engine,repeat,t_ns,running\nrayon,3,1000,5\nrayon,4,1000,50\n");
    let plots = plots(&files.file("s.csv"), None, None).unwrap();
    let svg = &svgs(&plots)[0].1;
    assert!(texts(svg).contains(&"Repeat 3 of each cell."), "{:?}", texts(svg));
}

#[test]
fn ended_instances_do_not_hide_pending_and_running_ones() {
    let rows: Vec<String> = (1..=100).map(|t| format!("rayon,2,{t}000,1,2,{},0,0,0\n", t * 20)).collect();
    let svg = drawn(&states(&rows.concat()), PlotKind::States);
    let texts = texts(&svg);
    assert!(texts.iter().any(|text| text.starts_with("The axis ends above the pending and running")), "{texts:?}");
    assert!(texts.contains(&"2") && !texts.contains(&"1,000"), "the axis holds pending and running: {texts:?}");
    let few: Vec<String> = (1..=100).map(|t| format!("rayon,2,{t}000,{},2,{t},0,0,0\n", 100 - t)).collect();
    let svg = drawn(&states(&few.concat()), PlotKind::States);
    assert!(!svg.contains("The axis ends") && svg.contains(">100<"));
}

#[test]
fn engines_of_very_different_length_have_time_axes_of_their_own() {
    let lag = |engine: &str, end: u64| format!("{engine},{},5000\n{engine},{end},9000\n", end / 2);
    let head = "engine,written_ns,lag_ns\n";
    for (other, axes) in [(300_000_000, 1), (3_000_000, 2)] {
        let text = format!("{head}{}{}", lag("rayon", 400_000_000), lag("smol-local", other));
        let svg = one(&text, PlotKind::Lag, None);
        assert_eq!(svg.matches(">since the start, ").count(), axes);
        assert_eq!(svg.contains("Each engine has its own time axis."), axes == 2);
    }
}

#[test]
fn probes_that_were_never_handled_are_strokes_at_the_top() {
    let svg = one("engine,written_ns,lag_ns\nrayon,1000,5000\nrayon,2000,\nrayon,3000,\n", PlotKind::Lag, None);
    let shown = texts(&svg).join(" ");
    assert!(shown.contains("Strokes at the top: probes that were never handled, 2 in all."), "{shown}");
    assert_eq!(svg.matches("stroke=\"#000000\"").count(), 2);
    let none = one("engine,written_ns,lag_ns\nrayon,1000,\n", PlotKind::Lag, None);
    assert_eq!(none.matches("stroke=\"#000000\"").count(), 1);
}
