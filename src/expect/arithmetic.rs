//! What an expression comes to, given its figures; and how two values compare, whatever rounding did to them.

use std::cmp::Ordering;

use super::Unit;
use crate::metric::Kind;
use crate::scenario::{Condition, Dimension, Expr, ExprKind, Figure, Operator};

const NS_PER_S: f64 = 1e9;

/// What the times within a condition are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    /// Nanoseconds: sums of whole ones are exact.
    Nanoseconds,
    /// Seconds: as soon as there is a rate, which counts per second and is compared with plain numbers.
    Seconds,
}

impl Times {
    /// What those of a condition must be in.
    pub(super) fn of(condition: &Condition) -> Self {
        if has_rate(&condition.left) || has_rate(&condition.right) { Self::Seconds } else { Self::Nanoseconds }
    }

    const fn per_ns(self) -> f64 {
        match self {
            Self::Nanoseconds => 1.0,
            Self::Seconds => 1.0 / NS_PER_S,
        }
    }

    /// The value of an expression; each figure is read as its column has it. Dividing by zero makes it infinite or no number.
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

    /// The value of a side in the unit in which it is told.
    pub(super) fn told(self, value: f64, unit: Unit) -> f64 {
        match (self, unit) {
            (Self::Seconds, Unit::Time) => value * NS_PER_S,
            (Self::Nanoseconds, Unit::Other(dimension)) => value / NS_PER_S.powi(dimension.time.into()),
            (_, Unit::Number | Unit::Share | Unit::Time | Unit::Bytes | Unit::Rate | Unit::Other(_)) => value,
        }
    }
}

/// Whether anything in it counts per time.
fn has_rate(expr: &Expr) -> bool {
    let below = match &expr.kind {
        ExprKind::Number(_) | ExprKind::Time(_) | ExprKind::Bytes(_) | ExprKind::Figure(_) => false,
        ExprKind::Binary { left, right, .. } => has_rate(left) || has_rate(right),
    };
    below || expr.dimension().time < 0
}

/// What both sides of a condition are told in.
pub(super) fn unit(condition: &Condition) -> Unit {
    let (left, right) = (condition.left.dimension(), condition.right.dimension());
    // Only a rate is ever compared with something else: with a plain number.
    match if left == Dimension::NUMBER { right } else { left } {
        Dimension::NUMBER if is_share(condition) => Unit::Share,
        Dimension::NUMBER => Unit::Number,
        Dimension::TIME => Unit::Time,
        Dimension::BYTES => Unit::Bytes,
        Dimension::RATE => Unit::Rate,
        other => Unit::Other(other),
    }
}

/// Whether its figures are shares, and stay so.
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

/// The constant factor of a side, above 0: 3 of `3 * x`; 1 where there is none, and of a constant.
pub(super) fn factor(expr: &Expr) -> f64 {
    let ExprKind::Binary { operator, left, right } = &expr.kind else { return 1.0 };
    if expr.is_constant() {
        return 1.0;
    }
    let plain = |expr: &Expr| {
        let none = |_: &Figure| Err(());
        let value = Times::Nanoseconds.value(expr, &none).ok()?;
        (expr.dimension() == Dimension::NUMBER && value.is_finite() && value > 0.0).then_some(value)
    };
    match (operator, plain(left), plain(right)) {
        (Operator::Multiply, Some(constant), None) => constant * factor(right),
        (Operator::Multiply, None, Some(constant)) => constant * factor(left),
        (Operator::Divide, None, Some(constant)) => factor(left) / constant,
        _ => 1.0,
    }
}

/// How two values compare; those that differ by no more than rounding does are equal. `None` if one is no number.
pub(super) fn order(left: f64, right: f64) -> Option<Ordering> {
    // A few roundings, as of `7% * 100`; counts are exact to far beyond what a cell can count.
    let rounding = 4.0 * f64::EPSILON * left.abs().max(right.abs());
    if (left - right).abs() <= rounding { Some(Ordering::Equal) } else { left.partial_cmp(&right) }
}
