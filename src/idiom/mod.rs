//! idiom
