//! The names that a file declares for use in its other parts: the axes of `[matrix]`, and the objects.

use std::ops::Range;

use crate::scenario::ParamValue;

/// A name of the matrix as it stands in the text.
#[derive(Debug, Clone)]
pub(crate) struct AxisSource {
    pub(crate) name: String,
    pub(crate) span: Range<usize>,
    /// The values; empty if they can't be read.
    pub(crate) values: Vec<ValueSource>,
    pub(crate) is_used: bool,
    /// The setting that replaced the file's values, if one did.
    pub(crate) set: Option<Set>,
}

/// Values from outside the file.
#[derive(Debug, Clone)]
pub(crate) struct Set {
    /// The setting as it was written.
    pub(crate) text: String,
    /// The file's own values.
    pub(crate) replaced: Vec<ParamValue>,
}

/// A value of an axis.
#[derive(Debug, Clone)]
pub(crate) struct ValueSource {
    /// The value; `None` if it can't be read.
    pub(crate) value: Option<ParamValue>,
    /// Where it stands in the text; `None` if it is from outside the file.
    pub(crate) span: Option<Range<usize>>,
}

/// The keys at the top of the file under which objects are declared.
pub(super) const SECTIONS: [&str; 4] = ["channel", "mutex", "semaphore", "barrier"];

/// A kind of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Channel,
    Mutex,
    Semaphore,
    Barrier,
}

impl Section {
    pub(super) const ALL: [Self; 4] = [Self::Channel, Self::Mutex, Self::Semaphore, Self::Barrier];

    pub(super) const fn key(self) -> &'static str {
        SECTIONS[self as usize]
    }

    /// A line for an example.
    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::Channel => "capacity = 16",
            Self::Mutex => "kind = \"async\"",
            Self::Semaphore => "permits = 10",
            Self::Barrier => "parties = 4",
        }
    }

    /// The steps that use such an object.
    pub(super) const fn verbs(self) -> &'static str {
        match self {
            Self::Channel => "`send`, `recv` or `drain`",
            Self::Mutex => "`lock`",
            Self::Semaphore => "`permit`",
            Self::Barrier => "`barrier`",
        }
    }
}

/// An object whose name was read, even if the rest of it is wrong.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(super) section: Section,
    pub(super) name: String,
    pub(super) span: Range<usize>,
    pub(super) is_used: bool,
}
