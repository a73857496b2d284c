//! The look of an engine: the same colour and marker in every picture, in every version.
//!
//! The colours are those of Okabe and Ito, told apart by colour-blind readers too, and a grey. Source: M. Okabe and K. Ito,
//! *Color Universal Design*, 2008, <https://jfly.uni-koeln.de/color/>. Markers tell engines apart where there is no colour.

/// A colour: red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

pub(super) const BLACK: Colour = Colour(0x00, 0x00, 0x00);
pub(super) const ORANGE: Colour = Colour(0xe6, 0x9f, 0x00);
pub(super) const SKY: Colour = Colour(0x56, 0xb4, 0xe9);
pub(super) const GREEN: Colour = Colour(0x00, 0x9e, 0x73);
pub(super) const YELLOW: Colour = Colour(0xf0, 0xe4, 0x42);
pub(super) const BLUE: Colour = Colour(0x00, 0x72, 0xb2);
pub(super) const VERMILLION: Colour = Colour(0xd5, 0x5e, 0x00);
pub(super) const PURPLE: Colour = Colour(0xcc, 0x79, 0xa7);
pub(super) const GREY: Colour = Colour(0x99, 0x99, 0x99);

/// The form of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Marker {
    Circle,
    Square,
    Up,
    Diamond,
    Down,
    Cross,
    Plus,
    Left,
    Right,
}

impl Marker {
    /// Its character, where pictures are made of characters.
    pub(super) const fn character(self, is_hollow: bool) -> char {
        match (self, is_hollow) {
            (Self::Circle, false) => '●',
            (Self::Circle, true) => '○',
            (Self::Square, false) => '■',
            (Self::Square, true) => '□',
            (Self::Up, false) => '▲',
            (Self::Up, true) => '△',
            (Self::Diamond, false) => '◆',
            (Self::Diamond, true) => '◇',
            (Self::Down, false) => '▼',
            (Self::Down, true) => '▽',
            (Self::Cross, _) => '×',
            (Self::Plus, _) => '+',
            (Self::Left, false) => '◀',
            (Self::Left, true) => '◁',
            (Self::Right, false) => '▶',
            (Self::Right, true) => '▷',
        }
    }
}

/// The look of an engine: colour and marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Look {
    pub(super) colour: Colour,
    pub(super) marker: Marker,
    /// Engines that are not built in have hollow markers.
    pub(super) is_hollow: bool,
}

/// The built-in engines, present and to come. Never change a line: pictures of one engine belong together.
const BUILT_IN: [(&str, Colour, Marker); 9] = [
    ("smol-local", VERMILLION, Marker::Circle),
    ("async-executor", BLUE, Marker::Square),
    ("rayon", GREEN, Marker::Up),
    ("tokio", PURPLE, Marker::Diamond),
    ("tokio-local", ORANGE, Marker::Down),
    ("threads", BLACK, Marker::Cross),
    ("processes", GREY, Marker::Plus),
    ("go", SKY, Marker::Left),
    ("asyncio", YELLOW, Marker::Right),
];

/// The looks of other engines, chosen by their name. No cross and no plus, which can't be hollow.
const COLOURS: [Colour; 8] = [BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY, BLACK, GREY];
const MARKERS: [Marker; 7] =
    [Marker::Circle, Marker::Square, Marker::Up, Marker::Diamond, Marker::Down, Marker::Left, Marker::Right];

/// The look of an engine.
pub(super) fn look(engine: &str) -> Look {
    if let Some(&(_, colour, marker)) = BUILT_IN.iter().find(|(name, ..)| *name == engine) {
        return Look { colour, marker, is_hollow: false };
    }
    let hash = hash(engine);
    let colour = COLOURS[(hash % COLOURS.len() as u64) as usize];
    let marker = MARKERS[(hash / COLOURS.len() as u64 % MARKERS.len() as u64) as usize];
    Look { colour, marker, is_hollow: true }
}

/// The place of an engine among others: the built-in ones first, in the order above.
pub(super) fn rank(engine: &str) -> usize {
    BUILT_IN.iter().position(|(name, ..)| *name == engine).unwrap_or(BUILT_IN.len())
}

/// FNV-1a of 64 bits: the same for ever.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use taskmix_engine::scenario::EngineName;

    #[test]
    fn every_engine_of_this_binary_has_a_look_of_its_own() {
        assert!(EngineName::ALL.iter().all(|engine| rank(engine.as_str()) < BUILT_IN.len()));
        let looks: HashSet<Look> = BUILT_IN.iter().map(|(name, ..)| look(name)).collect();
        let colours: HashSet<Colour> = looks.iter().map(|look| look.colour).collect();
        let markers: HashSet<Marker> = looks.iter().map(|look| look.marker).collect();
        assert_eq!((looks.len(), colours.len(), markers.len()), (9, 9, 9));
    }

    #[test]
    fn looks_never_change() {
        let expected = |colour, marker, is_hollow| Look { colour, marker, is_hollow };
        assert_eq!(look("smol-local"), expected(VERMILLION, Marker::Circle, false));
        assert_eq!(look("rayon"), expected(GREEN, Marker::Up, false));
        // By their hash: these two were looked up once and must stay.
        assert_eq!(look("glommio"), look("glommio"));
        assert!(look("glommio").is_hollow && look("my-engine").is_hollow);
        assert_ne!(look("glommio"), look("my-engine"));
    }
}
