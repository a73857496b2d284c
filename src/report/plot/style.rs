//! Sizes, in pixels of 1/96 inch: for a column of a paper, and for a terminal.

use super::canvas;

/// The sizes of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    /// The width of one column of panels.
    pub(super) column: f64,
    /// The room between two columns.
    pub(super) gutter: f64,
    /// A picture of one column that is higher is laid out in two; `None` for never.
    pub(super) fold: Option<f64>,
    /// A column is at most so high; the rest goes to another page.
    pub(super) page: f64,
    /// From one line of text to the next.
    pub(super) line: f64,
    /// The size of text: at 96 pixels an inch 10 are 7.5 points.
    pub(super) text: u32,
    /// The size of the title.
    pub(super) title: u32,
    /// From one row of bars to the next.
    pub(super) row: f64,
    /// The thickness of a bar.
    pub(super) bar: f64,
    /// The height of a panel.
    pub(super) tall: f64,
    /// The height of a panel that is one of many.
    pub(super) strip: f64,
    /// The room between panels.
    pub(super) gap: f64,
    /// The length of a mark on an axis.
    pub(super) tick: f64,
    /// The radius of a marker.
    pub(super) marker: f64,
    /// The width of lines that show data.
    pub(super) stroke: f64,
    /// The height that the lanes of all panels share, and the least and the greatest height of one panel.
    pub(super) lanes: (f64, f64, f64),
    /// The least and the greatest thickness of a lane with a row of its own.
    pub(super) lane: (f64, f64),
    /// The least height of lanes with a name beside them.
    pub(super) section: f64,
    /// The size of the area with one mixed colour, where there are too many lanes.
    pub(super) mixed: (f64, f64),
    /// The size of a character, where the picture is made of them.
    pub(super) character: Option<(f64, f64)>,
}

impl Style {
    /// A column of a paper: 3.3 inches, no text below 7 points.
    pub(super) const fn page() -> Self {
        Self {
            column: 320.0,
            gutter: 20.0,
            fold: Some(560.0),
            page: 860.0,
            line: 13.0,
            text: 10,
            title: 12,
            row: 14.0,
            bar: 9.0,
            tall: 100.0,
            strip: 46.0,
            gap: 7.0,
            tick: 3.0,
            marker: 2.8,
            stroke: 1.2,
            lanes: (360.0, 50.0, 120.0),
            lane: (0.4, 8.0),
            section: 10.0,
            mixed: (1.5, 1.5),
            character: None,
        }
    }

    /// A terminal of so many columns: a character is 4 pixels wide and 8 high.
    pub(super) fn terminal(columns: u16) -> Self {
        let (width, height) = (4.0, 8.0);
        Self {
            column: f64::from(columns.clamp(40, 160)) * width,
            gutter: 0.0,
            fold: None,
            page: f64::INFINITY,
            line: height,
            text: height as u32,
            title: height as u32,
            row: height,
            bar: height - 2.0,
            tall: 14.0 * height,
            strip: 6.0 * height,
            gap: height,
            tick: 0.0,
            marker: 2.0,
            stroke: 1.0,
            lanes: (30.0 * height, 4.0 * height, 10.0 * height),
            lane: (height, height),
            section: height,
            mixed: (width, height),
            character: Some((width, height)),
        }
    }

    /// How wide text is.
    pub(super) fn width(&self, text: &str) -> f64 {
        match self.character {
            Some((width, _)) => text.chars().count() as f64 * width,
            None => canvas::text_width(text, self.text),
        }
    }

    /// Text cut to a width, with an ellipsis where it was.
    pub(super) fn cut(&self, text: &str, width: f64) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let mut kept: String = text.to_owned();
        while !kept.is_empty() && self.width(&kept) + self.width("…") > width {
            kept.pop();
        }
        kept + "…"
    }

    /// Text in lines of at most a width, broken between words; a word that is longer is cut.
    pub(super) fn wrap(&self, text: &str, size: u32, width: f64) -> Vec<String> {
        let width = width * f64::from(self.text) / f64::from(size);
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            let word = self.cut(word, width);
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}")) <= width => {
                    line.push(' ');
                    line.push_str(&word);
                }
                _ => lines.push(word),
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_between_words_and_cut_within_them() {
        let style = Style::terminal(80);
        assert_eq!(style.wrap("one two three", 8, 7.0 * 4.0), ["one two", "three"]);
        assert_eq!(style.wrap("onetwothree", 8, 7.0 * 4.0), ["onetwo…"]);
        assert_eq!(style.wrap("", 8, 100.0), Vec::<String>::new());
        assert_eq!(style.cut("smol-local", 40.0), "smol-local");
    }

    #[test]
    fn printed_on_a_column_no_text_is_below_seven_points() {
        let style = Style::page();
        let points = f64::from(style.text) * 72.0 * 3.3 / style.column;
        assert!(points >= 7.0 && style.title >= style.text, "{points}");
    }
}
