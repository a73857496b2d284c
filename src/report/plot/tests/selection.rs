//! Which pictures there are, and the errors where there are none.

use super::*;

fn names(plots: &Plots) -> Vec<&str> {
    plots.pictures.iter().map(Picture::name).collect()
}

const TASKS: &str = "engine,state,scheduled_ns,started_ns,finished_ns\nrayon,done,0,1,5\n";
const STATES: &str = "engine,t_ns,running\nrayon,1,5\nrayon,2,0\n";
const PROBE: &str = "engine,written_ns,lag_ns\nrayon,1,5000\nrayon,2,7000\n";

#[test]
fn without_a_kind_all_that_suit_are_drawn_and_no_other_file_is_needed() {
    let files = Files::new().with("summary.csv", SUMMARY).with("tasks.csv", TASKS);
    let files = files.with("states.csv", STATES).with("probe.csv", PROBE).with("run.toml", "broken [");
    let all = plots(&files.folder(), None, None).unwrap();
    // Two values of `hold` are no sweep unless it is asked for.
    assert_eq!(names(&all), ["latency-p99", "ecdf-latency", "states", "lag"]);
    assert_eq!(all.notes, Vec::<String>::new());
    let swept = plots(&files.folder(), Some(PlotKind::Sweep), None).unwrap();
    assert_eq!(names(&swept), ["sweep-hold-latency-p99"]);
}

#[test]
fn a_figure_picks_the_kinds_that_show_it() {
    let files = Files::new().with("summary.csv", SUMMARY).with("tasks.csv", TASKS).with("probe.csv", PROBE);
    let plots_of = |name: &str| plots(&files.folder(), None, Some(metric(name)));
    assert_eq!(names(&plots_of("latency").unwrap()), ["latency-p99", "ecdf-latency"]);
    assert_eq!(names(&plots_of("latency_p99").unwrap()), ["latency-p99"]);
    assert_eq!(names(&plots_of("wait").unwrap()), ["ecdf-wait"]);
    assert_eq!(names(&plots_of("lag").unwrap()), ["lag"]);
    assert_eq!(plots_of("makespan").unwrap_err().to_string(), "there is no `makespan` to draw");
}

#[test]
fn the_kind_of_a_single_file_follows_from_its_columns() {
    for (text, picture) in [(SUMMARY, "latency-p99"), (TASKS, "ecdf-latency"), (STATES, "states"), (PROBE, "lag")] {
        let files = Files::new().with("merged.csv", text);
        assert_eq!(names(&plots(&files.file("merged.csv"), None, None).unwrap()), [picture]);
    }
    let files = Files::new().with("merged.csv", STATES).with("odd.csv", "engine,colour\nrayon,red\n");
    let wrong = plots(&files.file("merged.csv"), Some(PlotKind::Bars), None).unwrap_err();
    assert_eq!(files.said(&wrong).0, "`merged.csv`: its columns are those of `states.csv`, not of `summary.csv`");
    let odd = plots(&files.file("odd.csv"), None, None).unwrap_err();
    assert_eq!(files.said(&odd).0, "`odd.csv`: no picture is drawn from these columns");
}

#[test]
fn a_file_of_other_figures_has_bars_of_these() {
    let files = Files::new().with("x.csv", "engine,wait_p50_ns,involuntary_switches\nrayon,5,7\n");
    assert_eq!(names(&plots(&files.file("x.csv"), None, None).unwrap()), ["wait-p50", "involuntary-switches"]);
}

#[test]
fn missing_rows_are_named_with_their_remedy() {
    let files = Files::new().with("states.csv", STATES).with("tasks.csv", "engine,state,scheduled_ns,finished_ns\n");
    let refusal = |kind, metric| files.said(&plots(&files.folder(), kind, metric).unwrap_err());
    let (what, remedy) = refusal(Some(PlotKind::Bars), None);
    assert_eq!(what, "there is no `summary.csv`");
    assert!(remedy.contains("--resume"), "{remedy}");
    let (what, remedy) = refusal(Some(PlotKind::Ecdf), None);
    assert_eq!(what, "there is nothing to draw ecdf from");
    assert!(remedy.contains("--tasks always"), "{remedy}");
    let (what, _) = refusal(Some(PlotKind::Ecdf), Some(metric("makespan")));
    assert_eq!(what, "`makespan` has no distribution over the instances");
    let (what, _) = refusal(Some(PlotKind::States), Some(metric("latency")));
    assert_eq!(what, "this kind of picture does not show `latency`");
    let rest = plots(&files.folder(), None, None).unwrap();
    assert_eq!((names(&rest), rest.notes.len()), (vec!["states"], 2));
    let empty = Files::new().with("summary.csv", "engine,done\n");
    let error = plots(&empty.folder(), None, None).unwrap_err();
    assert_eq!(error.to_string(), "there is nothing to draw: no file has a row with a figure");
}

#[test]
fn a_malformed_file_is_an_error_though_others_could_be_drawn() {
    let files = Files::new().with("summary.csv", SUMMARY).with("probe.csv", "engine,written_ns,lag_ns\nrayon,1,soon\n");
    let error = plots(&files.folder(), None, None).unwrap_err();
    assert_eq!(
        files.said(&error).0,
        "`probe.csv`, line 2, column `lag_ns`: expected a number from 0 to 1e18, or nothing, found `soon`"
    );
}
