//! The timeline of a big run: made-up files are read, drawn and packed for a page.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use taskmix::report::{PlotForm, PlotKind, PlotSource, draw_plot, plots};

/// Instances of each engine.
const INSTANCES: u64 = 100_000;

const ENGINES: [(&str, u64); 3] = [("smol-local", 1), ("async-executor", 2), ("rayon", 2)];

const KEY: &str = "scenario,param_hold_ns,engine,workers,repeat,task,instance";

/// The cost of a timeline.
pub(crate) struct Pictured {
    /// From the files to the picture and its data, seconds.
    pub(crate) seconds: f64,
    /// The size of the picture.
    pub(crate) svg_bytes: usize,
    /// The size of the picture and its data: all that a page holds of it.
    pub(crate) page_bytes: usize,
}

/// Writes the files into a folder of their own, and draws them.
pub(crate) fn pictured() -> Pictured {
    let folder = tempfile::tempdir().expect("room for a folder");
    write(folder.path()).expect("room for the files");
    let begun = Instant::now();
    let source = PlotSource::Folder(folder.path().to_owned());
    let timeline = plots(&source, Some(PlotKind::Timeline), None).expect("sound files").timeline.expect("instances");
    let drawn = draw_plot(&timeline.picture, PlotForm::Svg).expect("SVG can't fail");
    let seconds = begun.elapsed().as_secs_f64();
    let svg_bytes = drawn.iter().map(|file| file.bytes.len()).sum();
    let data = timeline.data.expect("it fits a page").json.len();
    Pictured { seconds, svg_bytes, page_bytes: svg_bytes + data }
}

/// The first of each thousand instances blocks. Each instance waits up to 67 ms for its start and has two spans.
fn write(folder: &Path) -> std::io::Result<()> {
    let file = |name: &str| File::create(folder.join(name)).map(BufWriter::new);
    let (mut tasks, mut spans) = (file("tasks.csv")?, file("spans.csv")?);
    writeln!(tasks, "{KEY},state,scheduled_ns,started_ns,finished_ns,busy_ns,max_poll_ns")?;
    writeln!(spans, "{KEY},worker,start_ns,end_ns,kind")?;
    let mut state = 42_u64;
    let mut chance = |bits: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> (64 - bits)
    };
    for (engine, workers) in ENGINES {
        for at in 0..INSTANCES {
            let (task, kind) = if at % 1_000 == 0 { ("offender", "block") } else { ("bystander", "run") };
            let key = format!("made_up,20000000,{engine},{workers},1,{task},{at}");
            let ended = if at % 97 == 0 { "cancelled" } else { "done" };
            let scheduled = at * 100_000 + chance(16);
            let bits = 10 + chance(4);
            let start = scheduled + chance(bits);
            let end = start + 2_000_000 + chance(21);
            writeln!(tasks, "{key},{ended},{scheduled},{start},{end},{},{}", 60_000 + chance(9), 50_000 + chance(8))?;
            let (worker, first, last) = (at % workers, start + 5_000, end - 60_000);
            writeln!(spans, "{key},{worker},{start},{first},run\n{key},{worker},{last},{end},{kind}")?;
        }
    }
    tasks.flush()?;
    spans.flush()
}
