//! The cases on smol.

use super::Case;

pub(crate) const CASES: &[Case] = &[];
