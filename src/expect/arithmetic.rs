//! The value of an expression, given its figures, with a bound of its rounding error; and the comparison of two values, tolerant
//! of that error.

use std::cmp::Ordering;

use super::Unit;
use taskmix_engine::metric::{Kind, Metric};
use taskmix_engine::scenario::{Condition, Dimension, Expr, ExprKind, Figure, Measure, Operator};

const NS_PER_S: f64 = 1e9;

/// Whole numbers up to this one, 2⁵³, are exact.
const MOST_EXACT: f64 = 9_007_199_254_740_992.0;

/// A number, and how far the true value may be from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Value {
    /// The number.
    pub(super) number: f64,
    /// The bound of its rounding error, from 0: exact. Infinity if nothing is known of the true value.
    error: f64,
}

impl Value {
    /// A number that an earlier operation or the reading of decimals has rounded, besides an error that it had before.
    fn rounded(number: f64, error: f64) -> Self {
        // Twice the error of one rounding: it covers the errors of computing the bounds too.
        Self { number, error: error + number.abs() * f64::EPSILON }
    }

    /// The result of an operation: exact if its operands are and it is whole.
    fn result(number: f64, error: f64) -> Self {
        let is_exact = error <= 0.0 && number.fract() == 0.0 && number.abs() <= MOST_EXACT;
        if is_exact { Self { number, error: 0.0 } } else { Self::rounded(number, error) }
    }

    /// A constant as it is written: exact if it is whole.
    fn constant(number: f64) -> Self {
        Self::result(number, 0.0)
    }

    /// A figure in the unit of its column.
    fn figure(measure: &Measure, number: f64) -> Self {
        // The times of steps are whole nanoseconds.
        Self { number, error: measure.of_instances().map_or(0.0, stored_rounding) }
    }

    /// Multiplied by a constant that is no whole number.
    fn scaled(self, factor: f64) -> Self {
        Self::rounded(self.number * factor, self.error * factor.abs())
    }

    /// Whether anything is known of it.
    pub(super) fn is_known(self) -> bool {
        self.number.is_finite() && self.error.is_finite()
    }

    fn combine(self, operator: Operator, right: Self) -> Self {
        let (one, other) = (self.number, right.number);
        match operator {
            Operator::Add => Self::result(one + other, self.error + right.error),
            Operator::Subtract => Self::result(one - other, self.error + right.error),
            Operator::Multiply => {
                let error = one.abs() * right.error + other.abs() * self.error + self.error * right.error;
                Self::result(one * other, error)
            }
            Operator::Divide => self.over(right),
        }
    }

    /// A divisor that may be 0 leaves nothing known.
    fn over(self, divisor: Self) -> Self {
        let quotient = self.number / divisor.number;
        let least_divisor = divisor.number.abs() - divisor.error;
        if least_divisor <= 0.0 {
            return Self { number: quotient, error: f64::INFINITY };
        }
        let error = (self.error + quotient.abs() * divisor.error) / least_divisor;
        // A quotient that only looks whole, as of 2⁵³ − 1 and 2, has been rounded.
        let is_exact = error <= 0.0 && self.number % divisor.number == 0.0;
        if is_exact { Self::result(quotient, 0.0) } else { Self::rounded(quotient, error) }
    }
}

/// Half a unit of the last decimal to which `samples.csv` rounds a figure; 0 for figures that are whole.
pub(crate) fn stored_rounding(metric: Metric) -> f64 {
    match metric.kind() {
        Kind::Share => 0.000_05,
        Kind::Rate => 0.000_5,
        Kind::Time if metric.name().ends_with("_mean") => 0.000_5,
        Kind::Count | Kind::Time | Kind::Bytes => 0.0,
    }
}

/// The unit of the times within a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    /// Nanoseconds: sums of whole nanoseconds are exact.
    Nanoseconds,
    /// Seconds, if the condition has a rate: rates are per second and may be compared with plain numbers.
    Seconds,
}

impl Times {
    /// The unit for the times of a condition.
    pub(super) fn of(condition: &Condition) -> Self {
        if has_rate(&condition.left) || has_rate(&condition.right) { Self::Seconds } else { Self::Nanoseconds }
    }

    /// A time in nanoseconds, in this unit.
    fn of_ns(self, value: Value) -> Value {
        match self {
            Self::Nanoseconds => value,
            Self::Seconds => value.scaled(1.0 / NS_PER_S),
        }
    }

    /// The value of an expression. `read` gives each figure in the unit of its column. After a division by zero nothing is known.
    pub(super) fn value<E>(self, expr: &Expr, read: &impl Fn(&Figure) -> Result<f64, E>) -> Result<Value, E> {
        Ok(match &expr.kind {
            ExprKind::Number(value) | ExprKind::Bytes(value) => Value::constant(*value),
            ExprKind::Time(time) => self.of_ns(Value::constant(time.as_nanos() as f64)),
            ExprKind::Figure(figure) => {
                let value = Value::figure(&figure.metric, read(figure)?);
                if figure.metric.kind() == Kind::Time { self.of_ns(value) } else { value }
            }
            ExprKind::Binary { operator, left, right } => {
                self.value(left, read)?.combine(*operator, self.value(right, read)?)
            }
        })
    }

    /// The value of a side, converted to the unit in which it is reported.
    pub(super) fn told(self, value: f64, unit: Unit) -> f64 {
        match (self, unit) {
            (Self::Seconds, Unit::Time) => value * NS_PER_S,
            (Self::Nanoseconds, Unit::Other(dimension)) => value / NS_PER_S.powi(dimension.time.into()),
            (_, Unit::Number | Unit::Share | Unit::Time | Unit::Bytes | Unit::Rate | Unit::Other(_)) => value,
        }
    }
}

/// Whether any part of an expression has a negative power of time, such as a rate.
fn has_rate(expr: &Expr) -> bool {
    let is_inside = match &expr.kind {
        ExprKind::Number(_) | ExprKind::Time(_) | ExprKind::Bytes(_) | ExprKind::Figure(_) => false,
        ExprKind::Binary { left, right, .. } => has_rate(left) || has_rate(right),
    };
    is_inside || expr.dimension().time < 0
}

/// The unit in which both sides of a condition are reported.
pub(super) fn unit(condition: &Condition) -> Unit {
    let (left, right) = (condition.left.dimension(), condition.right.dimension());
    // Both sides have the same dimension, except that a rate may be compared with a plain number.
    match if left == Dimension::NUMBER { right } else { left } {
        Dimension::NUMBER if is_share(condition) => Unit::Share,
        Dimension::NUMBER => Unit::Number,
        Dimension::TIME => Unit::Time,
        Dimension::BYTES => Unit::Bytes,
        Dimension::RATE => Unit::Rate,
        other => Unit::Other(other),
    }
}

/// Whether all figures of a condition are shares, and none is divided by another.
fn is_share(condition: &Condition) -> bool {
    fn divides(expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Number(_) | ExprKind::Time(_) | ExprKind::Bytes(_) | ExprKind::Figure(_) => false,
            ExprKind::Binary { operator, left, right } => {
                divides(left) || divides(right) || *operator == Operator::Divide && !right.is_constant()
            }
        }
    }
    condition.figures().iter().all(|figure| figure.metric.kind() == Kind::Share)
        && !divides(&condition.left)
        && !divides(&condition.right)
}

/// The constant factor of a side, above 0: 3 for `3 * x`; 1 without a factor, and for a constant.
pub(super) fn factor(expr: &Expr) -> f64 {
    let ExprKind::Binary { operator, left, right } = &expr.kind else { return 1.0 };
    if expr.is_constant() {
        return 1.0;
    }
    let plain_number = |expr: &Expr| {
        let no_figure = |_: &Figure| Err(());
        let value = Times::Nanoseconds.value(expr, &no_figure).ok()?.number;
        (expr.dimension() == Dimension::NUMBER && value.is_finite() && value > 0.0).then_some(value)
    };
    match (operator, plain_number(left), plain_number(right)) {
        (Operator::Multiply, Some(constant), None) => constant * factor(right),
        (Operator::Multiply, None, Some(constant)) => constant * factor(left),
        (Operator::Divide, None, Some(constant)) => factor(left) / constant,
        _ => 1.0,
    }
}

/// The order of two values; a difference that the rounding of their operands explains counts as equal. `None` if one is NaN.
pub(super) fn order(left: Value, right: Value) -> Option<Ordering> {
    let is_equal = (left.number - right.number).abs() <= left.error + right.error;
    if is_equal { Some(Ordering::Equal) } else { left.number.partial_cmp(&right.number) }
}
