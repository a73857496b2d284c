//! Quantities as people write and read them: durations, rates, sizes, counts.
//!
//! Text becomes integers, and integers text. This module must not know what a quantity is for.

mod duration;
mod figures;
mod size;

pub use duration::{DurationError, LONGEST, duration_text, parse_duration};
pub use figures::{format_bytes, format_count, format_duration, format_duration_beside, format_rate};
pub use size::{SizeError, parse_size, size_text};
