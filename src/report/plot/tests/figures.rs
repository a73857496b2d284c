//! Pictures of figures: bars, sweeps, distributions, and their texts.

use std::fmt::Write as _;

use super::*;
use taskmix_engine::metric::Metric;

#[test]
fn each_engine_has_a_bar_of_its_colour_at_each_point_with_its_interval_and_its_unit() {
    let svg = one(SUMMARY, PlotKind::Bars, None);
    assert_eq!((bars_of(&svg, "smol-local"), bars_of(&svg, "rayon"), bars_of(&svg, "tokio")), (2, 2, 0));
    // A whisker is a line and a stroke at each end.
    assert_eq!(svg.matches("stroke=\"#000000\"").count(), 4 * 3);
    let texts = texts(&svg);
    for text in [
        "blocking: p99 latency of bystander",
        "hold = 1ms",
        "hold = 20ms",
        "p99 latency, ms",
        "22.0 ms",
        "3.03 ms",
        "0",
        "20",
    ] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
    assert!(texts.contains(&"Medians of 6 repeats, with 95 % intervals."));
}

#[test]
fn a_single_repeat_has_no_whiskers_and_says_so() {
    let svg = one(
        "engine,repeats,repeats_ok,makespan_ns,makespan_lo_ns,makespan_hi_ns\nrayon,1,1,5e6,,\n",
        PlotKind::Bars,
        None,
    );
    assert_eq!((bars_of(&svg, "rayon"), svg.matches("stroke=\"#000000\"").count()), (1, 0));
    assert!(texts(&svg).contains(&"One repeat: no intervals."));
    let few = one("engine,repeats,makespan_ns\nrayon,3,5e6\n", PlotKind::Bars, None);
    assert!(texts(&few).contains(&"Medians of 3 repeats, without intervals."));
}

#[test]
fn a_cell_without_a_figure_keeps_its_row_and_failed_repeats_are_named() {
    let text = "engine,repeats,repeats_ok,makespan_ns\nsmol-local,6,6,5e6\nrayon,6,2,\n";
    let svg = one(text, PlotKind::Bars, None);
    let texts = texts(&svg);
    assert_eq!((bars_of(&svg, "smol-local"), bars_of(&svg, "rayon")), (1, 0));
    for text in ["rayon", "–", "–: not known, too few values, or too many failed.", "rayon: 4 of 6 repeats failed"]
    {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
}

#[test]
fn figures_far_apart_are_points_on_a_logarithmic_axis_but_never_with_a_zero() {
    let far = one("engine,lag_p99_ns\nsmol-local,1000000\nrayon,900000000\n", PlotKind::Bars, None);
    assert_eq!((bars_of(&far, "smol-local"), bars_of(&far, "rayon")), (0, 0));
    assert!(texts(&far).iter().any(|text| text.contains("Logarithmic axis")) && far.contains("<circle"));
    let zero = one("engine,failed\nsmol-local,0\nrayon,900\n", PlotKind::Bars, Some(metric("failed")));
    assert_eq!((bars_of(&zero, "rayon"), texts(&zero).contains(&"instances failed")), (1, true));
}

#[test]
fn one_engine_and_twelve_are_drawn_and_every_name_stands_there() {
    assert_eq!(bars_of(&one("engine,done\ngo,7\n", PlotKind::Bars, None), "go"), 1);
    let names = [
        "smol-local",
        "async-executor",
        "rayon",
        "tokio",
        "tokio-local",
        "threads",
        "processes",
        "go",
        "asyncio",
        "mine",
        "yours",
        "theirs",
    ];
    let rows: Vec<String> = names.iter().rev().map(|name| format!("{name},5\n")).collect();
    let svg = one(&format!("engine,done\n{}", rows.concat()), PlotKind::Bars, None);
    let shown: Vec<&str> = texts(&svg).into_iter().filter(|text| names.contains(text)).collect();
    // The built-in ones in their order, then the others by name.
    assert_eq!(shown[..9], names[..9]);
    assert_eq!(shown[9..], ["mine", "theirs", "yours"]);
}

#[test]
fn any_name_is_text_and_a_name_that_is_too_long_is_cut() {
    let long = "x".repeat(500);
    let text = format!("engine,task,done\n\"<b>&\"\"$a$\u{1b}[31m\",{long},3\n");
    let svg = one(&text, PlotKind::Bars, Some(metric("done")));
    assert!(svg.contains("&lt;b&gt;&amp;&quot;$a$\u{fffd}[31m"), "{svg}");
    // The title for readers who can't see the picture has room.
    assert!(svg.lines().any(|line| line.contains("<title>") && line.contains(&long)));
    let cut: Vec<&str> = texts(&svg).into_iter().filter(|text| text.contains("xxx")).collect();
    assert!(!cut.is_empty() && cut.iter().all(|text| text.len() < 60 && text.ends_with('…')), "{cut:?}");
}

#[test]
fn a_matrix_of_three_axes_goes_to_several_pages_and_nothing_is_lost() {
    let mut text = "engine,param_a,param_b_ns,param_c,latency_p50_ns\n".to_owned();
    for (a, b, c) in (0..4).flat_map(|a| (0..4).flat_map(move |b| (0..4).map(move |c| (a, b, c)))) {
        for engine in ["smol-local", "async-executor", "rayon"] {
            writeln!(text, "{engine},{a},{},{c},{}", (b + 1) * 1_000_000, 1_000_000 + a + b + c).expect("text");
        }
    }
    let pages = drawn(&text, PlotKind::Bars, None);
    let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["latency-p50.svg", "latency-p50-2.svg", "latency-p50-3.svg"]);
    assert_eq!(pages.iter().map(|(_, svg)| bars_of(svg, "rayon")).sum::<usize>(), 64);
    let headings = pages.iter().flat_map(|(_, svg)| texts(svg)).filter(|text| text.starts_with("a = ")).count();
    assert_eq!(headings, 64);
}

#[test]
fn two_runs_that_a_column_tells_apart_are_two_points() {
    let text = "engine,param_run,makespan_ns\nrayon,old,5e6\nrayon,new,4e6\n";
    let svg = one(text, PlotKind::Bars, None);
    assert_eq!(bars_of(&svg, "rayon"), 2);
    assert!(texts(&svg).contains(&"run = new") && texts(&svg).contains(&"run = old"));
    let files = Files::new().with("x.csv", "engine,makespan_ns\nrayon,5e6\nrayon,4e6\n");
    let error = plots(&files.file("x.csv"), None, None).unwrap_err();
    assert_eq!(
        files.said(&error).0,
        "`x.csv`, line 3: the same cell and task as line 2; tell them apart by a column of their own, such as `param_run`"
    );
}

#[test]
fn a_sweep_has_a_line_an_engine_with_its_band_and_a_gap_where_a_figure_is_missing() {
    let mut text = "engine,workers,param_clients,throughput_per_s,throughput_lo_per_s,throughput_hi_per_s\n".to_owned();
    for (clients, rate) in [(1, 10.0), (2, 19.0), (4, 30.0), (64, 31.0)] {
        writeln!(text, "smol-local,1,{clients},{rate},{},{}", rate - 1.0, rate + 1.0).expect("text");
        let figure = if clients == 2 { ",,".to_owned() } else { format!("{},,", rate * 2.0) };
        writeln!(text, "rayon,2,{clients},{figure}").expect("text");
    }
    let [(name, svg)] = &drawn(&text, PlotKind::Sweep, None)[..] else { panic!("one picture") };
    assert_eq!(name, "sweep-clients-throughput.svg");
    // The points of each line of an engine.
    let lines_of = |engine: &str| -> Vec<usize> {
        let stroke = format!("stroke=\"{}\" stroke-width=\"1.2\"", hex(look(engine).colour));
        let lines = svg.lines().filter(|line| line.contains("<path") && line.contains(&stroke));
        lines.map(|line| 1 + line.matches("L ").count()).collect()
    };
    // Rayon's line is interrupted: its first point stands alone.
    assert_eq!((lines_of("smol-local"), lines_of("rayon")), (vec![4], vec![2]));
    assert_eq!(svg.matches("fill-opacity=\"0.2\"").count(), 1, "only one has intervals");
    let texts = texts(svg);
    for text in ["1", "2", "4", "64", "clients", "throughput, per s", "throughput over clients"] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
}

#[test]
fn over_workers_an_engine_of_one_count_is_a_level() {
    let mut text = "engine,workers,throughput_per_s\nsmol-local,1,10\n".to_owned();
    for workers in [1, 2, 4] {
        writeln!(text, "rayon,{workers},{}", workers * 9).expect("text");
    }
    let svg = one(&text, PlotKind::Sweep, None);
    assert_eq!(svg.matches("stroke-dasharray").count(), 1);
    assert!(texts(&svg).iter().any(|text| text.contains("Dashed")));
}

#[test]
fn instances_that_never_ended_keep_the_curve_below_its_end() {
    let text = "engine,state,scheduled_ns,finished_ns\nrayon,done,0,5\nrayon,stalled,0,\nrayon,failed,0,9\n";
    let svg = one(text, PlotKind::Ecdf, Some(metric("latency")));
    let note = "rayon, whole mix: 2 of 3 failed or stalled; the curve ends";
    assert!(texts(&svg).iter().any(|text| text.starts_with(note)), "{:?}", texts(&svg));
}

#[test]
fn black_becomes_the_terminal_s_own_colour() {
    let files = Files::new().with("x.csv", "engine,lag_p99_ns\nthreads,1000\nrayon,900000000\n");
    let plots = plots(&files.file("x.csv"), Some(PlotKind::Bars), None).unwrap();
    let drawn = draw_plot(&plots.pictures[0], PlotForm::Terminal { columns: 72 }).unwrap();
    let lines = String::from_utf8(drawn[0].bytes.clone()).unwrap();
    assert!(lines.contains('×') && lines.contains('▲') && lines.contains("\u{1b}[39m"));
    assert!(!lines.contains("38;2;0;0;0m") && !lines.contains("38;2;1;2;3m"), "{lines:?}");
}

#[test]
fn every_picture_is_pixels_too() {
    let files = Files::new().with("x.csv", SUMMARY);
    let plots = plots(&files.file("x.csv"), Some(PlotKind::Bars), Some(metric("latency"))).unwrap();
    let png = draw_plot(&plots.pictures[0], PlotForm::Png).unwrap();
    assert_eq!((png[0].name.as_str(), &png[0].bytes[1..4]), ("latency-p99.png", &b"PNG"[..]));
    // The width stands after the header: three pixels for each of the column's 320.
    assert_eq!(png[0].bytes[16..20], 960_u32.to_be_bytes());
    assert_eq!(PlotMetric::Figure(Metric::LatencyP99).name(), "latency_p99");
}
