//! The text beside a picture.

use super::lanes;
use super::picture::{Frame, Picture};
use super::style::Style;

impl Picture {
    /// The subtitle and the notes: for a caption, and for readers who can't see it.
    pub fn caption(&self) -> String {
        let parts = std::iter::once(self.subtitle.clone()).chain(self.all_notes(&Style::page()));
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// The notes, with the one on rows of lanes at this size.
    pub(super) fn all_notes(&self, style: &Style) -> Vec<String> {
        let frames = self.groups.iter().flat_map(|group| &group.panels).map(|panel| &panel.frame);
        let lanes = frames.filter_map(|frame| if let Frame::Lanes(lanes) = frame { Some(lanes) } else { None });
        lanes::note(lanes, style).into_iter().chain(self.notes.iter().cloned()).collect()
    }
}
