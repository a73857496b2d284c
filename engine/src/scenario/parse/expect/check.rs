//! Checks the names and units of an expectation.

use std::num::NonZeroU32;
use std::ops::Range;

use super::Names;
use super::grammar::{Comparing, Constant, Name, Path};
use super::{data, steps};
use crate::diagnostic::{Diagnostic, suggest};
use crate::metric::Metric;
use crate::scenario::parse::engine::{known_engine, unknown_engine};
use crate::scenario::{
    Axis, AxisKind, Condition, Dimension, EngineName, Expr, ExprKind, Figure, Measure, Operator, Param, ParamValue,
    Quantifier, WorkerRule,
};

/// The state while one expectation is checked; places are bytes of its own text.
pub(super) struct Check<'a> {
    pub(super) names: &'a Names<'a>,
    pub(super) found: Vec<Diagnostic>,
}

impl Check<'_> {
    /// The condition, if all names are known and the units agree.
    pub(super) fn condition(&mut self, comparing: Comparing<'_>) -> Option<Condition> {
        let span = comparing.left.span.start..comparing.right.span.end;
        let (left, right) = (self.expr(comparing.left), self.expr(comparing.right));
        let (left, right) = (left?, right?);
        let written = comparing.quantifier;
        if left.is_constant() && right.is_constant() {
            let error = Diagnostic::error("an expectation without a figure").at(span);
            return self.refuse(error.help("name one, as in `rayon.latency_p99` or `rayon.TASK.latency_p99`"));
        }
        self.agree(&left, &right, "compares")?;
        let quantifier = written.as_ref().map_or_else(Quantifier::default, |(quantifier, _)| *quantifier);
        let condition = Condition { left, comparison: comparing.comparison, right, quantifier };
        match written {
            Some((_, span)) if !condition.is_invariant() => self.refuse(quantified_timing(quantifier, span)),
            _ => Some(condition),
        }
    }

    fn refuse<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.found.push(diagnostic);
        None
    }

    fn expr(&mut self, expr: Expr<Path<'_>>) -> Option<Expr> {
        let kind = match expr.kind {
            ExprKind::Number(number) => ExprKind::Number(number),
            ExprKind::Time(time) => ExprKind::Time(time),
            ExprKind::Bytes(bytes) => ExprKind::Bytes(bytes),
            ExprKind::Figure(path) => ExprKind::Figure(self.figure(&path)?),
            ExprKind::Binary { operator, left, right } => {
                let (left, right) = (self.expr(*left), self.expr(*right));
                let (left, right) = (left?, right?);
                if matches!(operator, Operator::Add | Operator::Subtract) {
                    self.agree(&left, &right, "adds")?;
                }
                ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) }
            }
        };
        Some(Expr { kind, span: expr.span })
    }

    /// Refuses a comparison or a sum of different dimensions. A rate may be compared with a plain constant.
    fn agree(&mut self, left: &Expr, right: &Expr, verb: &str) -> Option<()> {
        let (left_is, right_is) = (left.dimension(), right.dimension());
        if left_is == right_is {
            return Some(());
        }
        for (constant, dimension, other) in [(left, left_is, right_is), (right, right_is, left_is)] {
            if !constant.is_constant() || dimension != Dimension::NUMBER {
                continue;
            }
            return match other {
                Dimension::RATE => Some(()),
                Dimension::TIME => self.refuse(needs_unit(constant, "a time needs a unit, as in `20ms`")),
                Dimension::BYTES => self.refuse(needs_unit(constant, "a size needs a unit, as in `64MiB`")),
                _ => break,
            };
        }
        self.refuse(
            Diagnostic::error(format!("{verb} {left_is} and {right_is}"))
                .at(right.span.clone())
                .label(right_is.to_string())
                .also(left.span.clone(), left_is.to_string()),
        )
    }

    fn figure(&mut self, path: &Path<'_>) -> Option<Figure> {
        let (engine, task, step, metric) = match path.names.as_slice() {
            [engine, metric] => (engine, None, None, metric),
            [engine, task, metric] => (engine, Some(task), None, metric),
            [engine, task, step, metric] => (engine, Some(task), Some(step), metric),
            names => {
                let (first, last) = (names.first()?, names.last()?);
                let error = Diagnostic::error("a figure is `ENGINE.TASK.METRIC`, or `ENGINE.METRIC` of the whole mix");
                let error = error.help("of a step with an `as`: `ENGINE.TASK.STEP.METRIC`");
                return self.refuse(error.at(first.1.start..last.1.end));
            }
        };
        let engine_name = engine.0;
        let engine = self.engine(engine);
        let task = match task {
            Some(task) => self.task(task).map(Some),
            None => Some(None),
        };
        let metric = match step {
            Some(step) => self.step_measure((engine_name, task.as_ref()?.as_deref()?), step, metric),
            None => self.metric(metric, task.as_ref().is_some_and(Option::is_some)).map(Measure::Instances),
        };
        let (mut params, mut workers) = (Vec::new(), None);
        let mut is_whole = true;
        for (index, (name, constant)) in path.selectors.iter().enumerate() {
            if path.selectors[..index].iter().any(|((other, _), _)| *other == name.0) {
                self.found.push(Diagnostic::error(format!("`{}` is selected twice", name.0)).at(name.1.clone()));
            } else if name.0 == "workers" {
                workers = self.workers(engine, constant);
                is_whole &= workers.is_some();
            } else {
                let param = self.param(name, constant);
                is_whole &= param.is_some();
                params.extend(param);
            }
        }
        is_whole.then_some(())?;
        let figure = Figure { engine: engine?, task: task?, metric: metric?, params, workers };
        let (_, metric_span) = path.names.last()?;
        // Reported besides a wrong unit.
        let points = self.names.points.unwrap_or_default();
        self.found.extend(data::check(&figure, points, metric_span));
        self.found.extend(steps::check(&figure, points, metric_span));
        Some(figure)
    }

    fn step_measure(&mut self, of: (&str, &str), step: &Name<'_>, figure: &Name<'_>) -> Option<Measure> {
        match steps::measure(self.names, of, step, figure) {
            Ok(measure) => Some(measure),
            Err(mistake) => {
                self.found.extend(mistake);
                None
            }
        }
    }

    fn engine(&mut self, (name, span): &Name<'_>) -> Option<EngineName> {
        if self.names.engines.iter().any(|engine| engine == name) {
            // An unknown engine was reported at `engines`.
            return known_engine(name, &self.names.custom);
        }
        if self.names.is_task(name) {
            let error = Diagnostic::error(format!("expected an engine, found the task `{name}`")).at(span.clone());
            return self.refuse(match self.names.engines.first() {
                Some(engine) => error.help(format!("name the engine first: `{engine}.{name}.METRIC`")),
                None => error,
            });
        }
        let listed = self.names.engines.iter().map(String::as_str);
        if let Some(near) = suggest(name, listed) {
            let error = Diagnostic::error(format!("unknown engine `{name}`")).at(span.clone());
            return self.refuse(error.help(format!("did you mean `{near}`?")));
        }
        match known_engine(name, &self.names.custom) {
            Some(_) if self.names.engines.is_empty() => None,
            Some(_) => self.refuse(
                Diagnostic::error(format!("the scenario does not run `{name}`"))
                    .at(span.clone())
                    .help("add it to `engines`, or compare others"),
            ),
            None => self.refuse(unknown_engine(name, &self.names.custom).at(span.clone())),
        }
    }

    fn task(&mut self, (name, span): &Name<'_>) -> Option<String> {
        let tasks = self.names.tasks.as_ref()?;
        if tasks.iter().any(|task| task == name) {
            return Some((*name).to_owned());
        }
        let error = Diagnostic::error(format!("unknown task `{name}`")).at(span.clone());
        if let Some(task) = steps::task_of(self.names, name) {
            return self.refuse(error.help(format!("it is a step of `{task}`: write `ENGINE.{task}.{name}.FIGURE`")));
        }
        self.refuse(error.help_among(name, "tasks", tasks.iter().map(String::as_str)))
    }

    fn metric(&mut self, (name, span): &Name<'_>, is_of_task: bool) -> Option<Metric> {
        let Some(metric) = Metric::from_name(name) else {
            let error = match steps::task_of(self.names, name) {
                Some(task) => Diagnostic::error(format!("expected a figure, found the step `{name}`"))
                    .help(format!("say which of its figures, as in `ENGINE.{task}.{name}.total_p50`")),
                None => unknown_metric(name, self.names.is_task(name)),
            };
            return self.refuse(error.at(span.clone()));
        };
        if metric.is_of_the_mix() && is_of_task {
            let error = Diagnostic::error(format!("`{name}` is a figure of the whole mix, not of a task"));
            return self.refuse(error.at(span.clone()).help(format!("write `ENGINE.{name}`, without a task")));
        }
        Some(metric)
    }

    fn workers(&mut self, engine: Option<EngineName>, constant: &Constant) -> Option<NonZeroU32> {
        let count = match constant.kind {
            ExprKind::Number(number) if number.fract() == 0.0 && (1.0..=1_024.0).contains(&number) => number as u32,
            _ => {
                let error = Diagnostic::error("`workers` is a whole number from 1 to 1,024");
                return self.refuse(error.at(constant.span.clone()));
            }
        };
        let count = NonZeroU32::new(count)?;
        match engine.map(|engine| (engine, engine.worker_rule())) {
            Some((engine, WorkerRule::One)) if count.get() > 1 => {
                let error = Diagnostic::error(format!("`{engine}` has one worker")).at(constant.span.clone());
                return self.refuse(error.help("write `workers=1`, or leave it out"));
            }
            Some((engine, WorkerRule::Cores)) => {
                let error = Diagnostic::error(format!("`{engine}` has a worker a core, whatever `workers` says"));
                return self.refuse(error.at(constant.span.clone()).help("leave `workers` out"));
            }
            Some((_, WorkerRule::One)) => return Some(count),
            Some((_, WorkerRule::AsAsked)) | None => {}
        }
        let counts = self.names.workers.as_ref()?;
        // The number of workers of "all" depends on the machine.
        if counts.contains(&Some(count)) || counts.contains(&None) {
            return Some(count);
        }
        let mut counts: Vec<NonZeroU32> = counts.iter().copied().flatten().collect();
        counts.sort_unstable();
        counts.dedup();
        let counts: Vec<String> = counts.iter().map(|count| format!("`{count}`")).collect();
        let error = Diagnostic::error(format!("no cell has {count} workers")).at(constant.span.clone());
        self.refuse(error.help(format!("`workers` is {}", counts.join(", "))))
    }

    fn param(&mut self, (name, span): &Name<'_>, constant: &Constant) -> Option<Param> {
        let all = self.names.axes.as_ref()?;
        let Some(axis) = all.iter().find(|axis| axis.name == *name) else {
            let known = all.iter().map(|axis| axis.name.as_str()).chain(["workers"]);
            let error = Diagnostic::error(format!("unknown parameter `{name}`")).at(span.clone());
            return self.refuse(error.help_among(name, "one can select", known));
        };
        if axis.kind == AxisKind::Duration && matches!(constant.kind, ExprKind::Number(_)) {
            let error = Diagnostic::error(format!("`{name}` needs a unit")).at(constant.span.clone());
            return self.refuse(error.help(format!("its values are {}", values_text(axis))));
        }
        let value = axis.values.iter().copied().find(|value| is_value(*value, &constant.kind));
        let Some(value) = value else {
            let error = Diagnostic::error(format!("`{name}` never has this value")).at(constant.span.clone());
            return self.refuse(error.help(format!("its values are {}", values_text(axis))));
        };
        Some(Param { name: axis.name.clone(), value })
    }
}

fn quantified_timing(quantifier: Quantifier, span: Range<usize>) -> Diagnostic {
    let error = format!("`{}` is for claims about counts alone, and this is a timing", quantifier.as_str());
    Diagnostic::error(error)
        .at(span)
        .help("leave it out: a timing is judged over all repeats, by the interval of its median")
}

fn needs_unit(constant: &Expr, message: &str) -> Diagnostic {
    Diagnostic::error(message).at(constant.span.clone())
}

fn is_value(value: ParamValue, constant: &ExprKind) -> bool {
    match (value, constant) {
        (ParamValue::Duration(duration), ExprKind::Time(time)) => duration == *time,
        // A size is its number of bytes.
        (ParamValue::Integer(integer), ExprKind::Number(number) | ExprKind::Bytes(number)) => {
            (integer as f64).total_cmp(number).is_eq()
        }
        (ParamValue::Float(float), ExprKind::Number(number)) => float.total_cmp(number).is_eq(),
        _ => false,
    }
}

fn values_text(axis: &Axis) -> String {
    let values: Vec<String> = axis.values.iter().map(|value| format!("`{value}`")).collect();
    values.join(", ")
}

fn unknown_metric(name: &str, is_task: bool) -> Diagnostic {
    let error = Diagnostic::error(format!("unknown figure `{name}`"));
    if is_task {
        return Diagnostic::error(format!("expected a figure, found the task `{name}`"))
            .help(format!("say which of its figures, as in `ENGINE.{name}.latency_p99`"));
    }
    if let Some(metric) = Metric::ALL.iter().find(|metric| metric.column() == name) {
        return error.help(format!("figures are named without their unit: `{}`", metric.name()));
    }
    if let Some((metric, _)) = name.split_once('-').filter(|(metric, _)| Metric::from_name(metric).is_some()) {
        return error.help(format!("a `-` belongs to a name: put spaces around a minus, as in `{metric} - …`"));
    }
    if let Some(near) = suggest(name, Metric::ALL.iter().map(|metric| metric.name())) {
        return error.help(format!("did you mean `{near}`?"));
    }
    error.help(format!("figures: {}\nof the whole mix only: {}", families(false), families(true)))
}

/// The figures of tasks, or those of the mix only, grouped by family: `latency_{mean,p50,…}`.
fn families(is_of_the_mix: bool) -> String {
    const PARTS: [&str; 6] = ["mean", "p50", "p90", "p99", "p999", "max"];
    let mut texts: Vec<String> = Vec::new();
    for metric in Metric::ALL.iter().filter(|metric| metric.is_of_the_mix() == is_of_the_mix) {
        let text = match metric.name().rsplit_once('_') {
            Some((family, part)) if PARTS.contains(&part) && has_all_parts(family, &PARTS) => {
                format!("`{family}_{{{}}}`", PARTS.join(","))
            }
            _ => format!("`{}`", metric.name()),
        };
        if texts.last() != Some(&text) {
            texts.push(text);
        }
    }
    texts.join(", ")
}

fn has_all_parts(family: &str, parts: &[&str]) -> bool {
    parts.iter().all(|part| Metric::from_name(&format!("{family}_{part}")).is_some())
}
