//! The cases on async-executor.

use super::Case;

pub(crate) const CASES: &[Case] = &[];
