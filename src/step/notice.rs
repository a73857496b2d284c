//! What a run is told when its instances have ended, whichever process ended the last of them.

/// Told once in a span by whoever brings it about, and heard by every dispatcher of the cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The foreground is over, and there is a background to cut off.
    ForegroundOver,
    /// The span is over.
    Over,
}

impl Notice {
    /// How it stands in a mailbox, instead of a slot.
    pub const fn number(self) -> u32 {
        match self {
            Self::ForegroundOver => u32::MAX - 1,
            Self::Over => u32::MAX,
        }
    }

    /// The notice of this number in a mailbox.
    pub const fn of(number: u32) -> Option<Self> {
        match number {
            u32::MAX => Some(Self::Over),
            number if number == Self::ForegroundOver.number() => Some(Self::ForegroundOver),
            _ => None,
        }
    }
}
