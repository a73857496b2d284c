//! The axes of `[matrix]`, and their values.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::units::duration_text;

/// One name of `[matrix]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The name, without `$`.
    pub name: String,
    /// The kind of its values.
    pub kind: AxisKind,
    /// Its values, at least one, in the file's order.
    pub values: Vec<ParamValue>,
}

/// The kind of the values of an axis; all values of one axis are of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AxisKind {
    /// Durations: CSV columns carry `_ns`.
    Duration,
    /// Whole numbers or fractions.
    Number,
}

/// One value of an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParamValue {
    /// A duration.
    Duration(Duration),
    /// A whole number.
    Integer(u64),
    /// A fraction.
    Float(f64),
}

impl ParamValue {
    /// Whether both are the same value: 2 and 2.0 are.
    pub fn is_same_as(self, other: Self) -> bool {
        match (self, other) {
            (Self::Integer(integer), Self::Float(float)) | (Self::Float(float), Self::Integer(integer)) => {
                (integer as f64).total_cmp(&float).is_eq()
            }
            _ => self == other,
        }
    }
}

/// The spelling in a scenario: `20ms`, `4`, `0.5`.
impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duration(duration) => f.write_str(&duration_text(*duration)),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
        }
    }
}

/// The value of one axis at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// The axis' name.
    pub name: String,
    /// The value.
    pub value: ParamValue,
}
