//! Progress on stderr: the campaign, the running cell, its instances, the time left. Only on a terminal.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::campaign::Event;
use crate::report::cell_text;

/// The two progress bars.
#[derive(Debug)]
pub(super) struct Progress {
    all: MultiProgress,
    campaign: ProgressBar,
    cell: ProgressBar,
}

impl Progress {
    /// Bars for this many cells with this expected duration; none if `quiet`.
    pub(super) fn new(cells: usize, expected: Duration, quiet: bool) -> Self {
        // The bars are drawn as often as the cell is watched: five times a second.
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(5) };
        let all = MultiProgress::with_draw_target(target);
        let style =
            |template: &str| ProgressStyle::with_template(template).expect("a valid template").progress_chars("━━─");
        let campaign = all.add(ProgressBar::new(cells as u64));
        campaign.set_style(style("{prefix:>10} {wide_bar} {pos}/{len} cells, {msg}"));
        campaign.set_prefix("campaign");
        campaign.set_message(format!("about {} in all", whole_seconds(expected)));
        let cell = all.add(ProgressBar::new(0));
        cell.set_style(style("{prefix:>10} {wide_bar} {human_pos}/{human_len} instances, {msg}"));
        cell.set_prefix("cell");
        Self { all, campaign, cell }
    }

    /// Counts cells that an earlier part of the run has measured.
    pub(super) fn found(&self, cells: usize) {
        self.campaign.set_position(cells as u64);
    }

    /// Raises the number of cells to at least this.
    pub(super) fn at_least(&self, cells: usize) {
        self.campaign.set_length(self.campaign.length().unwrap_or(0).max(cells as u64));
    }

    /// Draws an event.
    pub(super) fn show(&self, event: &Event<'_>) {
        match event {
            Event::CellStarted { key, instances, .. } => {
                self.cell.set_length(*instances);
                self.cell.set_position(0);
                self.cell.set_message(cell_text(key));
                self.campaign.tick();
            }
            Event::Progress { ended } => self.cell.set_position(*ended),
            Event::CellDisturbed(_) => self.cell.set_position(0),
            Event::CellEnded(_) => {
                self.cell.set_position(self.cell.length().unwrap_or(0));
                self.campaign.inc(1);
                let (done, all) = (self.campaign.position(), self.campaign.length().unwrap_or(0));
                let each = self.campaign.elapsed() / (done as u32).max(1);
                self.campaign.set_message(format!("{} left", whole_seconds(each * (all - done) as u32)));
            }
        }
    }

    /// Prints a line that stays above the bars.
    pub(super) fn say(&self, print: impl FnOnce()) {
        self.all.suspend(print);
    }

    /// Removes the bars.
    pub(super) fn clear(&self) {
        let _ = self.all.clear();
    }
}

fn whole_seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    if seconds < 60 { format!("{seconds} s") } else { format!("{} min {} s", seconds / 60, seconds % 60) }
}
