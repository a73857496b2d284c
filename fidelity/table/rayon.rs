//! The cases on rayon.

use super::Case;

pub(crate) const CASES: &[Case] = &[];
