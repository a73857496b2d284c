//! Made-up samples of a small scenario, and every rule of their judgement.

mod expected_stalls;
mod invariants;
mod places;
mod properties;
mod rounding;
mod timings;
mod undecidable;

use super::*;
use crate::stats::{Figures, WHOLE_MIX};
use taskmix_engine::metric::Metric;
use taskmix_engine::plan::Campaign;
use taskmix_engine::scenario::{EngineName, ParamValue, parse};

/// The figures measured in a cell: `None` is an empty field.
type Figure<'a> = dyn Fn(&CellKey, Metric) -> Option<f64> + 'a;

/// A scenario with made-up samples.
struct World {
    scenario: Scenario,
    settings: Vec<CellKey>,
    samples: Vec<Sample>,
}

impl World {
    /// Two tasks at `hold` 1 ms and 20 ms on four engines; each figure is 1, and every cell succeeded.
    fn new(that: &str) -> Self {
        Self::of("workers = 2", that)
    }

    /// The same with `head` among the top-level keys.
    fn of(head: &str, that: &str) -> Self {
        Self::bare(head, that).each(&|_, _| Some(1.0))
    }

    /// The same without any samples.
    fn bare(head: &str, that: &str) -> Self {
        let text = format!(
            r#"
question = "?"
engines = ["smol-local", "async-executor", "rayon", "threads"]
repeats = 6
{head}
[[task]]
name = "guest"
count = 100
steps = [{{ block = "$hold" }}]
cancel = {{ at = "1ms" }}
[[task]]
name = "host"
count = 100
steps = []
cancel = {{ at = "1ms" }}
[matrix]
hold = ["1ms", "20ms"]
[[expect]]
claim = "it is so"
that = "{that}"
"#
        );
        let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        let settings = Campaign::new(&scenario, 2).unwrap().settings.into_iter().map(|cell| cell.key).collect();
        Self { scenario, settings, samples: Vec::new() }
    }

    /// Replaces all samples by this many rounds.
    fn rounds(mut self, rounds: u32, figure: &Figure<'_>) -> Self {
        self.samples.clear();
        for repeat in 1..=rounds {
            self.add_round(repeat, figure);
        }
        self
    }

    /// Six rounds.
    fn each(self, figure: &Figure<'_>) -> Self {
        self.rounds(6, figure)
    }

    fn add_round(&mut self, repeat: u32, figure: &Figure<'_>) {
        for key in &self.settings {
            let key = CellKey { repeat, ..key.clone() };
            for task in ["guest", "host", WHOLE_MIX] {
                let mut figures = Figures::default();
                for &metric in Metric::ALL {
                    figures.set(metric, figure(&key, metric));
                }
                let exit = (task == WHOLE_MIX).then(|| "ok".to_owned());
                self.samples.push(Sample {
                    key: key.clone(),
                    task: task.to_owned(),
                    figures,
                    exit,
                    surroundings: None,
                    spans_dropped: None,
                    waits: Vec::new(),
                    steps: Vec::new(),
                });
            }
        }
    }

    /// Changes the exit of the cells that `is` selects.
    fn ended(mut self, exit: &str, is: impl Fn(&CellKey) -> bool) -> Self {
        for sample in self.samples.iter_mut().filter(|sample| is(&sample.key) && sample.exit.is_some()) {
            sample.exit = Some(exit.to_owned());
        }
        self
    }

    /// Takes all rows of some cells away.
    fn without(mut self, is: impl Fn(&CellKey) -> bool) -> Self {
        self.samples.retain(|sample| !is(&sample.key));
        self
    }

    /// Removes an engine, as if it had not been chosen with `--engine`.
    fn without_engine(mut self, engine: EngineName) -> Self {
        self.settings.retain(|key| key.engine != engine);
        self.without(|key| key.engine == engine)
    }

    fn judged(&self) -> Judged {
        evaluate(&self.scenario, &self.settings, &self.samples).remove(0)
    }

    fn verdict(&self) -> Verdict {
        self.judged().verdict
    }

    /// The verdict with the reason of the worst point.
    fn said(&self) -> (Verdict, String) {
        let judged = self.judged();
        (judged.verdict, judged.worst().expect("there is a point").reason.clone())
    }

    /// Place and verdict of each point.
    fn points(&self) -> Vec<(String, Verdict)> {
        self.judged().points.into_iter().map(|point| (point.place, point.verdict)).collect()
    }
}

/// The value of `hold`, in milliseconds.
fn hold(key: &CellKey) -> f64 {
    match key.params[0].value {
        ParamValue::Duration(hold) => hold.as_secs_f64() * 1e3,
        ParamValue::Integer(_) | ParamValue::Float(_) => unreachable!("it is a duration"),
    }
}

fn said(verdict: Verdict, reason: &str) -> (Verdict, String) {
    (verdict, reason.to_owned())
}
