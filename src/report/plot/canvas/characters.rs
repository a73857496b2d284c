//! Pictures made of characters: the library's, but for the colour of text, which is the terminal's own, and for markers.

use std::fmt::Write as _;

use kuva::TerminalBackend;
use kuva::render::render::Scene;

use crate::report::plot::ink::{self, Colour, Look, Marker};

/// The colour in which the library writes text here, so that it can be found: nothing else is drawn in it.
const TEXT: Colour = Colour(1, 2, 3);

/// Back to the terminal's own colour.
const DEFAULT: &str = "\x1b[39m";

/// All markers, in the order in which they are numbered.
const MARKERS: [Marker; 9] = [
    Marker::Circle,
    Marker::Square,
    Marker::Up,
    Marker::Diamond,
    Marker::Down,
    Marker::Cross,
    Marker::Plus,
    Marker::Left,
    Marker::Right,
];

/// All colours of engines, likewise.
const COLOURS: [Colour; 9] = [
    ink::BLACK,
    ink::ORANGE,
    ink::SKY,
    ink::GREEN,
    ink::YELLOW,
    ink::BLUE,
    ink::VERMILLION,
    ink::PURPLE,
    ink::GREY,
];

/// The first character of those that Unicode leaves to private use.
const PRIVATE: u32 = 0xe000;

/// What stands for a marker until the picture is drawn: the library writes all text in one colour.
pub(super) fn mark(look: Look) -> char {
    let place = |found: Option<usize>| found.unwrap_or_default() as u32;
    let marker = place(MARKERS.iter().position(|marker| *marker == look.marker));
    let colour = place(COLOURS.iter().position(|colour| *colour == look.colour));
    let number = (marker * COLOURS.len() as u32 + colour) * 2 + u32::from(look.is_hollow);
    char::from_u32(PRIVATE + number).unwrap_or('·')
}

/// The marker that a character stands for.
fn marked(c: char) -> Option<Look> {
    let number = (c as u32).checked_sub(PRIVATE)? as usize;
    let marker = *MARKERS.get(number / 2 / COLOURS.len())?;
    Some(Look { marker, colour: COLOURS[number / 2 % COLOURS.len()], is_hollow: number % 2 == 1 })
}

/// Draws a scene.
pub(super) fn render(scene: &mut Scene, columns: usize, rows: usize) -> String {
    let Colour(red, green, blue) = TEXT;
    scene.text_color = Some(format!("rgb({red},{green},{blue})"));
    let text = TerminalBackend::new(columns, rows).render_scene(scene);
    let text = text.replace(&format!("\x1b[38;2;{red};{green};{blue}m"), DEFAULT);
    let mut out = String::with_capacity(text.len());
    for line in text.trim_end_matches("\x1b[0m").lines() {
        for c in line.trim_end_matches(' ').chars() {
            match marked(c) {
                None => out.push(c),
                Some(Look { colour: Colour(red, green, blue), marker, is_hollow }) => {
                    let glyph = marker.character(is_hollow);
                    // Black is the terminal's own colour: on most it would not be seen.
                    let _ = match (red, green, blue) {
                        (0, 0, 0) => write!(out, "{DEFAULT}{glyph}"),
                        _ => write!(out, "\x1b[38;2;{red};{green};{blue}m{glyph}{DEFAULT}"),
                    };
                }
            }
        }
        out.push('\n');
    }
    out.replace("\x1b[38;2;0;0;0m", DEFAULT)
}
