//! The condition of an expectation: two expressions over figures, compared. Names and units are checked.
//!
//! Nothing here evaluates: that needs samples.

use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroU32;
use std::ops::Range;
use std::time::Duration;

use super::{EngineName, Param};
use crate::metric::{Better, Kind, Metric, StepMetric};

/// `left CMP right`.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The left side.
    pub left: Expr,
    /// The comparison.
    pub comparison: Comparison,
    /// The right side.
    pub right: Expr,
    /// In which repeats it must be true; of a timing always [`Quantifier::EveryRepeat`].
    pub quantifier: Quantifier,
}

/// In which repeats an invariant must be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quantifier {
    /// In each of them: what an expectation without a quantifier means.
    #[default]
    EveryRepeat,
    /// In one at least: the outcome of a race.
    AnyRepeat,
}

impl Quantifier {
    /// The spelling in expectations, behind the right side.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EveryRepeat => "in every repeat",
            Self::AnyRepeat => "in any repeat",
        }
    }
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `<`
    Below,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
}

impl Comparison {
    /// The spelling in expectations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::Below => "<",
            Self::Equal => "==",
            Self::Unequal => "!=",
        }
    }

    /// Whether it holds for two values whose ordering, left to right, is this.
    pub const fn holds(self, left_to_right: Ordering) -> bool {
        match self {
            Self::AtLeast => left_to_right.is_ge(),
            Self::AtMost => left_to_right.is_le(),
            Self::Above => left_to_right.is_gt(),
            Self::Below => left_to_right.is_lt(),
            Self::Equal => left_to_right.is_eq(),
            Self::Unequal => left_to_right.is_ne(),
        }
    }
}

/// An expression with its place. `F` is the type of a figure: [`Figure`] once names are checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr<F = Figure> {
    /// Its kind.
    pub kind: ExprKind<F>,
    /// Where it stands in the scenario's text, in bytes.
    pub span: Range<usize>,
}

/// The kind of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind<F = Figure> {
    /// A number without unit; `95%` is 0.95.
    Number(f64),
    /// A time.
    Time(Duration),
    /// A size in bytes.
    Bytes(f64),
    /// A figure of a cell.
    Figure(F),
    /// Two expressions, combined.
    Binary {
        /// The operator.
        operator: Operator,
        /// The left one.
        left: Box<Expr<F>>,
        /// The right one.
        right: Box<Expr<F>>,
    },
}

/// An operator between two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`, with spaces around it
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

/// What a figure is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// The instances of a task, or of the whole mix.
    Instances(Metric),
    /// A named step of the figure's task.
    Step {
        /// Its name.
        step: String,
        /// The figure of its executions.
        metric: StepMetric,
    },
}

impl Measure {
    /// The name in expectations: `latency_p99`, or `cache.wait_p99` for a step.
    pub fn name(&self) -> String {
        match self {
            Self::Instances(metric) => metric.name().to_owned(),
            Self::Step { step, metric } => format!("{step}.{}", metric.name()),
        }
    }

    /// What kind of quantity it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Instances(metric) => metric.kind(),
            Self::Step { metric, .. } => metric.kind(),
        }
    }

    /// The name with its unit, as of a column.
    pub fn column(&self) -> String {
        match self {
            Self::Instances(metric) => metric.column(),
            Self::Step { step, metric } => format!("{step}.{}", metric.column()),
        }
    }

    /// Whether lower or higher is better.
    pub const fn better(&self) -> Better {
        match self {
            Self::Instances(metric) => metric.better(),
            Self::Step { metric, .. } => metric.better(),
        }
    }

    /// Whether it counts states of instances, their work or executions of a step: such counts are compared exactly.
    pub fn is_tally(&self) -> bool {
        match self {
            Self::Instances(metric) => metric.is_tally(),
            Self::Step { metric, .. } => matches!(metric.kind(), Kind::Count),
        }
    }

    /// The figure of instances, if it is one.
    pub const fn of_instances(&self) -> Option<Metric> {
        match self {
            Self::Instances(metric) => Some(*metric),
            Self::Step { .. } => None,
        }
    }

    /// Whether only the whole mix has it.
    pub fn is_of_the_mix(&self) -> bool {
        self.of_instances().is_some_and(Metric::is_of_the_mix)
    }

    /// Whether it is measured by the probe.
    pub fn is_of_the_probe(&self) -> bool {
        self.of_instances().is_some_and(Metric::is_of_the_probe)
    }
}

/// `ENGINE.TASK.METRIC[…]`, `ENGINE.METRIC[…]` for the whole mix, or `ENGINE.TASK.STEP.METRIC[…]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The engine, one of the scenario's.
    pub engine: EngineName,
    /// The task, one of the scenario's; `None` is the whole mix.
    pub task: Option<String>,
    /// The figure.
    pub metric: Measure,
    /// The selected parameters; a parameter that is not selected may have any of its values.
    pub params: Vec<Param>,
    /// The worker count that is selected, if one is.
    pub workers: Option<NonZeroU32>,
}

/// The spelling in expectations: `rayon.bystander.latency_p99[hold=20ms]`.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.engine)?;
        if let Some(task) = &self.task {
            write!(f, "{task}.")?;
        }
        f.write_str(&self.metric.name())?;
        let params = self.params.iter().map(|Param { name, value }| format!("{name}={value}"));
        let selected: Vec<String> = params.chain(self.workers.map(|workers| format!("workers={workers}"))).collect();
        if selected.is_empty() { Ok(()) } else { write!(f, "[{}]", selected.join(", ")) }
    }
}

/// The dimension of a value, as powers of its units. A rate is time⁻¹: divide a count by a time in *seconds*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dimension {
    /// The power of time.
    pub time: i8,
    /// The power of bytes.
    pub bytes: i8,
}

impl Dimension {
    /// A number without unit.
    pub const NUMBER: Self = Self { time: 0, bytes: 0 };
    /// A time.
    pub const TIME: Self = Self { time: 1, bytes: 0 };
    /// A size.
    pub const BYTES: Self = Self { time: 0, bytes: 1 };
    /// Things per time.
    pub const RATE: Self = Self { time: -1, bytes: 0 };

    /// The dimension of a figure of this kind.
    pub const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Count | Kind::Share => Self::NUMBER,
            Kind::Time => Self::TIME,
            Kind::Bytes => Self::BYTES,
            Kind::Rate => Self::RATE,
        }
    }

    const fn times(self, other: Self) -> Self {
        Self { time: self.time.saturating_add(other.time), bytes: self.bytes.saturating_add(other.bytes) }
    }

    const fn over(self, other: Self) -> Self {
        Self { time: self.time.saturating_sub(other.time), bytes: self.bytes.saturating_sub(other.bytes) }
    }
}

/// For messages: `a time`.
impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NUMBER => f.write_str("a number"),
            Self::TIME => f.write_str("a time"),
            Self::BYTES => f.write_str("a size"),
            Self::RATE => f.write_str("a rate"),
            Self { time, bytes: 0 } => write!(f, "a time to the power {time}"),
            Self { time: 0, bytes } => write!(f, "a size to the power {bytes}"),
            Self { time, bytes } => write!(f, "time^{time} × bytes^{bytes}"),
        }
    }
}

impl Condition {
    /// Its figures, from left to right.
    pub fn figures(&self) -> Vec<&Figure> {
        let mut figures = Vec::new();
        self.left.collect_figures(&mut figures);
        self.right.collect_figures(&mut figures);
        figures
    }

    /// Whether it is an invariant: all its figures are exact, and each repeat decides it by itself. Otherwise it is a timing.
    pub fn is_invariant(&self) -> bool {
        self.figures().iter().all(|figure| is_exact(&figure.metric))
    }

    /// Where it stands in the scenario's text, in bytes; without its quantifier.
    pub const fn span(&self) -> Range<usize> {
        self.left.span.start..self.right.span.end
    }
}

/// Counts of instances and units are exact. Context switches are counted too, but by the kernel and for the whole mix.
fn is_exact(metric: &Measure) -> bool {
    metric.kind() == Kind::Count && !metric.is_of_the_mix()
}

impl Expr {
    fn collect_figures<'a>(&'a self, into: &mut Vec<&'a Figure>) {
        match &self.kind {
            ExprKind::Number(_) | ExprKind::Time(_) | ExprKind::Bytes(_) => {}
            ExprKind::Figure(figure) => into.push(figure),
            ExprKind::Binary { left, right, .. } => {
                left.collect_figures(into);
                right.collect_figures(into);
            }
        }
    }

    /// Its dimension. Both sides of a sum have the same one.
    pub fn dimension(&self) -> Dimension {
        match &self.kind {
            ExprKind::Number(_) => Dimension::NUMBER,
            ExprKind::Time(_) => Dimension::TIME,
            ExprKind::Bytes(_) => Dimension::BYTES,
            ExprKind::Figure(figure) => Dimension::of(figure.metric.kind()),
            ExprKind::Binary { operator, left, right } => match operator {
                Operator::Add | Operator::Subtract => left.dimension(),
                Operator::Multiply => left.dimension().times(right.dimension()),
                Operator::Divide => left.dimension().over(right.dimension()),
            },
        }
    }

    /// Whether it contains no figure.
    pub fn is_constant(&self) -> bool {
        match &self.kind {
            ExprKind::Number(_) | ExprKind::Time(_) | ExprKind::Bytes(_) => true,
            ExprKind::Figure(_) => false,
            ExprKind::Binary { left, right, .. } => left.is_constant() && right.is_constant(),
        }
    }
}
