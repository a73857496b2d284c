//! Pictures made of characters, drawn by the library, with two exceptions: text has the terminal's own colour, and the library
//! has no coloured characters.

use std::fmt::Write as _;

use kuva::TerminalBackend;
use kuva::render::render::Scene;

use crate::report::plot::ink::{BLACK, Colour};

/// The colour in which the library writes text here, so that it can be found: nothing else is drawn in it.
const TEXT: Colour = Colour(1, 2, 3);

/// Back to the terminal's own colour.
const DEFAULT: &str = "\x1b[39m";

/// The characters that Unicode leaves to private use.
const PRIVATE: std::ops::RangeInclusive<u32> = 0xe000..=0xf8ff;

/// Whether a character may stand for another.
pub(super) fn is_private(c: char) -> bool {
    PRIVATE.contains(&(c as u32))
}

/// Characters with colours of their own. Until the picture is drawn, a character of private use stands for each.
#[derive(Debug, Default)]
pub(super) struct Glyphs(Vec<(char, Colour)>);

impl Glyphs {
    /// The character that stands for this one.
    pub(super) fn stand_in(&mut self, glyph: (char, Colour)) -> char {
        let place = self.0.iter().position(|other| *other == glyph);
        let number = place.unwrap_or_else(|| {
            self.0.push(glyph);
            self.0.len() - 1
        });
        char::from_u32(PRIVATE.start() + number as u32).filter(|c| is_private(*c)).unwrap_or('·')
    }

    fn of(&self, c: char) -> Option<(char, Colour)> {
        let number = (c as u32).checked_sub(*PRIVATE.start())?;
        self.0.get(number as usize).copied()
    }
}

/// Draws a scene.
pub(super) fn render(scene: &mut Scene, glyphs: &Glyphs, columns: usize, rows: usize) -> String {
    let Colour(red, green, blue) = TEXT;
    scene.text_color = Some(format!("rgb({red},{green},{blue})"));
    let text = TerminalBackend::new(columns, rows).render_scene(scene);
    let text = text.replace(&escape(TEXT), DEFAULT);
    let mut out = String::with_capacity(text.len());
    for line in text.trim_end_matches("\x1b[0m").lines() {
        for c in line.trim_end_matches(' ').chars() {
            match glyphs.of(c) {
                None => out.push(c),
                Some((glyph, colour)) => {
                    let _ = write!(out, "{}{glyph}{DEFAULT}", escape(colour));
                }
            }
        }
        out.push('\n');
    }
    // Black is the terminal's own colour: on most it would not be seen.
    out.replace(&escape(BLACK), DEFAULT)
}

fn escape(Colour(red, green, blue): Colour) -> String {
    format!("\x1b[38;2;{red};{green};{blue}m")
}
