//! Quantities as people write and read them: durations, rates, bytes, counts.
//!
//! Text in, integers out, and back. It must not know what a quantity is for.
