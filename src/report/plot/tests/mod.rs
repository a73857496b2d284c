//! Pictures from CSV files that were made by hand.

mod figures;
mod over_time;
mod properties;
mod selection;
mod timeline;

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::ink::{Colour, look};
use super::*;

/// A folder of CSV files.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    fn with(self, name: &str, text: &str) -> Self {
        fs::write(self.path().join(name), text).expect("a file");
        self
    }

    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    fn folder(&self) -> PlotSource {
        PlotSource::Folder(self.path())
    }

    fn file(&self, name: &str) -> PlotSource {
        PlotSource::File(self.path().join(name))
    }

    /// The message and the remedy of an error, without the folder's name.
    fn said(&self, error: &PlotError) -> (String, String) {
        let folder = format!("{}/", self.path().display());
        (error.to_string().replace(&folder, ""), error.remedy().to_owned())
    }
}

fn metric(name: &str) -> PlotMetric {
    PlotMetric::from_name(name).expect("a name")
}

/// The pictures of a file called `x.csv`.
fn drawn(text: &str, kind: PlotKind, metric: Option<PlotMetric>) -> Vec<(String, String)> {
    let files = Files::new().with("x.csv", text);
    svgs(&plots(&files.file("x.csv"), Some(kind), metric).expect("there is something to draw"))
}

/// Names and texts.
fn svgs(plots: &Plots) -> Vec<(String, String)> {
    let files = plots.all().flat_map(|picture| draw_plot(picture, PlotForm::Svg).expect("SVG can't fail"));
    let text = |file: PlotFile| (file.name, String::from_utf8(file.bytes).expect("UTF-8"));
    files.map(text).inspect(|(name, svg)| sound(name, svg)).collect()
}

/// The one picture.
fn one(text: &str, kind: PlotKind, metric: Option<PlotMetric>) -> String {
    let mut drawn = drawn(text, kind, metric);
    assert_eq!(drawn.len(), 1, "{:?}", drawn.iter().map(|(name, _)| name).collect::<Vec<_>>());
    drawn.remove(0).1
}

/// Checks that hold for every picture.
fn sound(name: &str, svg: &str) {
    assert!(
        svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>") && svg.contains(" viewBox=\"0 0 "),
        "{name}"
    );
    assert!(svg.contains("<title>") && svg.contains("<desc>") && svg.contains("sans-serif"), "{name}");
    for line in svg.lines().filter(|line| !line.contains("<title>") && !line.contains("<desc>")) {
        let tag = line.split('>').next().unwrap_or_default();
        for value in tag.split('"').skip(1).step_by(2).filter(|value| !value.starts_with('#')) {
            let is_number = value.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | 'M'));
            let is_sound = value.chars().all(|c| c.is_ascii_digit() || " .-MLHVZ%".contains(c));
            assert!(!is_number || is_sound, "{name}: `{value}` in {line}");
            assert!(!value.contains("NaN") && value != "inf", "{name}: {line}");
        }
    }
}

/// As the files have it.
fn hex(Colour(red, green, blue): Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// How many bars are of an engine.
fn bars_of(svg: &str, engine: &str) -> usize {
    let fill = format!("fill=\"{}\"", hex(look(engine).colour));
    svg.lines().filter(|line| line.trim_start().starts_with("<rect") && line.contains(&fill)).count()
}

fn texts(svg: &str) -> Vec<&str> {
    let text = |line: &'_ str| -> Option<usize> { line.trim_start().starts_with("<text").then_some(0) };
    let lines = svg.lines().filter(|line| text(line).is_some());
    lines.filter_map(|line| Some(line.split_once('>')?.1.trim_end_matches("</text>"))).collect()
}

const SUMMARY: &str = "\
scenario,param_hold_ns,engine,workers,repeats,task,latency_p99_ns,latency_p99_lo_ns,latency_p99_hi_ns,repeats_ok
blocking,1000000,smol-local,1,6,bystander,3033087,2918399,3397631,6
blocking,1000000,rayon,2,6,bystander,7798783,7667711,7880000,6
blocking,20000000,smol-local,1,6,bystander,22000000,21990000,22100000,6
blocking,20000000,rayon,2,6,bystander,11300000,11000000,11500000,6
";

#[test]
fn bars_are_drawn_so() {
    snapbox::assert_data_eq!(one(SUMMARY, PlotKind::Bars, None), snapbox::file!["golden/bars.svg"].raw());
}

#[test]
fn bars_on_a_terminal_are_drawn_so() {
    let files = Files::new().with("x.csv", SUMMARY);
    let plots = plots(&files.file("x.csv"), Some(PlotKind::Bars), None).unwrap();
    let drawn = draw_plot(&plots.pictures[0], PlotForm::Terminal { columns: 72 }).unwrap();
    let plain = anstream::adapter::strip_str(std::str::from_utf8(&drawn[0].bytes).unwrap()).to_string();
    snapbox::assert_data_eq!(plain, snapbox::file!["golden/bars.txt"].raw());
}

#[test]
fn a_distribution_is_drawn_so() {
    let text = "engine,task,state,scheduled_ns,finished_ns\n\
                smol-local,t,done,0,1000000\nsmol-local,t,done,0,2000000\nsmol-local,t,stalled,0,\n\
                rayon,t,done,0,3000000\nrayon,t,done,500,4000500\nrayon,t,cancelled,0,1\n";
    snapbox::assert_data_eq!(one(text, PlotKind::Ecdf, None), snapbox::file!["golden/ecdf.svg"].raw());
}
