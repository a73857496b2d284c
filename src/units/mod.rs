//! Quantities as people write and read them: durations, rates, bytes, counts.
//!
//! Text in, integers out, and back. It must not know what a quantity is for.

mod duration;
mod figures;

pub use duration::{DurationError, LONGEST, duration_text, parse_duration};
pub use figures::{format_bytes, format_count, format_duration, format_duration_beside, format_rate};
