//! The cases on threads.

use super::Case;

pub(crate) const CASES: &[Case] = &[];
