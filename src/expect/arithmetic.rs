//! The value of an expression, given its figures; and the comparison of two values, tolerant of rounding.

use std::cmp::Ordering;

use super::Unit;
use taskmix_engine::metric::Kind;
use taskmix_engine::scenario::{Condition, Dimension, Expr, ExprKind, Figure, Operator};

const NS_PER_S: f64 = 1e9;

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

    const fn per_ns(self) -> f64 {
        match self {
            Self::Nanoseconds => 1.0,
            Self::Seconds => 1.0 / NS_PER_S,
        }
    }

    /// The value of an expression. `read` gives each figure in the unit of its column. A division by zero gives infinity or NaN.
    pub(super) fn value<E>(self, expr: &Expr, read: &impl Fn(&Figure) -> Result<f64, E>) -> Result<f64, E> {
        Ok(match &expr.kind {
            ExprKind::Number(value) | ExprKind::Bytes(value) => *value,
            ExprKind::Time(time) => time.as_nanos() as f64 * self.per_ns(),
            ExprKind::Figure(figure) => {
                let value = read(figure)?;
                if figure.metric.kind() == Kind::Time { value * self.per_ns() } else { value }
            }
            ExprKind::Binary { operator, left, right } => {
                let (left, right) = (self.value(left, read)?, self.value(right, read)?);
                match operator {
                    Operator::Add => left + right,
                    Operator::Subtract => left - right,
                    Operator::Multiply => left * right,
                    Operator::Divide => left / right,
                }
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
        let value = Times::Nanoseconds.value(expr, &no_figure).ok()?;
        (expr.dimension() == Dimension::NUMBER && value.is_finite() && value > 0.0).then_some(value)
    };
    match (operator, plain_number(left), plain_number(right)) {
        (Operator::Multiply, Some(constant), None) => constant * factor(right),
        (Operator::Multiply, None, Some(constant)) => constant * factor(left),
        (Operator::Divide, None, Some(constant)) => factor(left) / constant,
        _ => 1.0,
    }
}

/// The order of two values; a difference within rounding counts as equal. `None` if one is NaN.
pub(super) fn order(left: f64, right: f64) -> Option<Ordering> {
    // A few roundings, as in `7% * 100`. Counts are exact far beyond any count of a cell.
    let rounding = 4.0 * f64::EPSILON * left.abs().max(right.abs());
    if (left - right).abs() <= rounding { Some(Ordering::Equal) } else { left.partial_cmp(&right) }
}
