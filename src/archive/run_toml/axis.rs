//! The matrix in `run.toml`: each name with the values of the run.

use serde::{Deserialize, Serialize};

use taskmix_engine::scenario::{Axis, AxisKind, ParamValue};
use taskmix_engine::units::{duration_text, parse_duration};

/// One name of the matrix, its values as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AxisFacts {
    /// The name, without `$`.
    pub name: String,
    /// What its values are: `duration` or `number`.
    pub kind: AxisKind,
    /// Its values, in order: `20ms`, `8` or `0.5`; a fraction has a point or an exponent.
    pub values: Vec<String>,
}

impl AxisFacts {
    /// An axis as it was run.
    pub fn new(axis: &Axis) -> Self {
        Self { name: axis.name.clone(), kind: axis.kind, values: axis.values.iter().copied().map(text).collect() }
    }

    /// The axis again; the text of the first value that can't be read is the error.
    pub fn axis(&self) -> Result<Axis, String> {
        let values = self.values.iter().map(|text| value(self.kind, text).ok_or_else(|| text.clone()));
        Ok(Axis { name: self.name.clone(), kind: self.kind, values: values.collect::<Result<_, _>>()? })
    }
}

fn text(value: ParamValue) -> String {
    match value {
        ParamValue::Duration(duration) => duration_text(duration),
        ParamValue::Integer(number) => number.to_string(),
        // In this form 2.0 keeps its point: it stays a fraction.
        ParamValue::Float(number) => format!("{number:?}"),
    }
}

fn value(kind: AxisKind, text: &str) -> Option<ParamValue> {
    match kind {
        AxisKind::Duration => parse_duration(text).ok().map(ParamValue::Duration),
        AxisKind::Number => match text.parse() {
            Ok(number) => Some(ParamValue::Integer(number)),
            Err(_) => text.parse().ok().filter(|number: &f64| number.is_finite()).map(ParamValue::Float),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_invalid_value_is_named() {
        for (kind, text) in [(AxisKind::Duration, "5"), (AxisKind::Number, "5ms"), (AxisKind::Number, "inf")] {
            let facts = AxisFacts { name: "hold".to_owned(), kind, values: vec![text.to_owned()] };
            assert_eq!(facts.axis(), Err(text.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn an_axis_is_read_back_as_it_was(
            durations in prop::collection::vec(0..=86_400_000_000_000_u64, 1..4),
            numbers in prop::collection::vec(any::<u64>(), 1..4),
            fractions in prop::collection::vec(prop_oneof![0.0..1e300_f64, (0..99_u32).prop_map(f64::from)], 1..4),
        ) {
            let duration = |nanos: &u64| ParamValue::Duration(Duration::from_nanos(*nanos));
            let axes = [
                (AxisKind::Duration, durations.iter().map(duration).collect::<Vec<_>>()),
                (AxisKind::Number, numbers.iter().copied().map(ParamValue::Integer).collect()),
                (AxisKind::Number, fractions.iter().copied().map(ParamValue::Float).collect()),
            ];
            for (kind, values) in axes {
                let axis = Axis { name: "a".to_owned(), kind, values };
                prop_assert_eq!(AxisFacts::new(&axis).axis(), Ok(axis));
            }
        }
    }
}
