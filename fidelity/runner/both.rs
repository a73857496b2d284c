//! Runs both sides of a case, round by round, and collects their figures.

use std::env;
use std::process::Command;

use crate::cell;
use crate::judge::plain_figure;
use crate::plain::measure::{Measured, SPEED_VARIABLE};
use crate::table::{Case, Figure};

/// Runs both sides. The order alternates from round to round.
pub(crate) struct Sides {
    /// Iterations of the `cpu` kernel a second, as in the last cell.
    speed: f64,
    /// The number of rounds so far. Its parity decides which side runs first.
    rounds: usize,
}

/// The figures of both sides, round by round.
#[derive(Debug, Default)]
pub(crate) struct Rounds {
    /// For each round and each figure of the case: the values of the plain program and of the cell. All other data are dropped,
    /// since a million instances of ten rounds don't fit in memory.
    pub(crate) figures: Vec<Vec<[Option<f64>; 2]>>,
    /// How the failed cells ended.
    pub(crate) failures: Vec<String>,
}

impl Sides {
    /// Measures the speed of the `cpu` kernel first.
    pub(crate) fn new() -> Self {
        Self { speed: cell::speed(), rounds: 0 }
    }

    /// Measures both sides of a case `rounds` times.
    pub(crate) fn measure(&mut self, case: &Case, engine: &str, rounds: usize) -> Rounds {
        let mut measured = Rounds::default();
        for _ in 0..rounds {
            self.rounds += 1;
            let (plain, cell) = if self.rounds.is_multiple_of(2) {
                let plain = self.plain(case, engine);
                (plain, cell::run(case, engine))
            } else {
                let cell = cell::run(case, engine);
                self.speed = cell.speed.unwrap_or(self.speed);
                (self.plain(case, engine), cell)
            };
            if let Some(failure) = &cell.failure {
                measured.failures.push(failure.clone());
            }
            let both_values = |figure: &Figure| [plain_figure(&plain, figure.name), cell.figure(figure.name)];
            measured.figures.push(case.figures.iter().map(both_values).collect());
        }
        measured
    }

    /// Runs the plain program in a process of its own.
    fn plain(&self, case: &Case, engine: &str) -> Measured {
        let program = env::current_exe().expect("this program's file");
        let mut command = Command::new(program);
        command.args(["plain", case.name, engine]).env(SPEED_VARIABLE, self.speed.to_string());
        let output = command.output().expect("a plain program that starts");
        let text = String::from_utf8_lossy(&output.stdout);
        let error = String::from_utf8_lossy(&output.stderr);
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("plain {} on {engine} says: {text}{error}", case.name))
    }
}
