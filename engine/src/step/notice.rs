//! The notices that a run receives when its instances have ended, whichever process ended the last of them.

/// Sent once in a span, by the thread that counts the last end; every dispatcher of the cell receives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The foreground is over, and there is a background to cut off.
    ForegroundOver,
    /// The span is over.
    Over,
}

impl Notice {
    /// Its number in a mailbox, where other numbers are slots.
    pub const fn number(self) -> u32 {
        match self {
            Self::ForegroundOver => u32::MAX - 1,
            Self::Over => u32::MAX,
        }
    }

    /// The notice with this number in a mailbox; `None` if the number is a slot.
    pub const fn of(number: u32) -> Option<Self> {
        match number {
            u32::MAX => Some(Self::Over),
            number if number == Self::ForegroundOver.number() => Some(Self::ForegroundOver),
            _ => None,
        }
    }
}
