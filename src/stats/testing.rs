//! Hand-made outcomes for tests: two tasks, `alpha` (0) and `beta` (1), on `smol-local`.

use std::num::NonZeroU64;
use std::time::Duration;

use crate::campaign::{CellOutcome, Exit, Surroundings};
use taskmix_engine::plan::CellKey;
use taskmix_engine::record::{InstanceRecord, Probe, Records, State, Usage};
use taskmix_engine::scenario::{EngineName, Param, ParamValue};

/// Builds one outcome; instances are added in order of release.
pub(crate) struct OutcomeBuilder {
    outcome: CellOutcome,
    records: Vec<InstanceRecord>,
}

impl OutcomeBuilder {
    pub(crate) fn new() -> Self {
        let key = CellKey {
            scenario: "mix".to_owned(),
            params: Vec::new(),
            engine: EngineName::SmolLocal,
            workers: 1,
            repeat: 1,
            probe_ns: None,
        };
        let outcome = CellOutcome {
            key,
            tasks: vec!["alpha".to_owned(), "beta".to_owned()],
            is_open: vec![true, true],
            steps: vec![vec!["1 sleep".to_owned(), "2 cpu".to_owned()], vec!["1 block".to_owned()]],
            exit: Exit::Ok,
            records: Records::default(),
            span_ns: None,
            usage: None,
            probes: Vec::new(),
            trace: None,
            names: vec![Vec::new(); 2],
            named_steps: Vec::new(),
            seen: Vec::new(),
            waits: Vec::new(),
            stderr: String::new(),
            surroundings: Surroundings { attempt: 1, ..Surroundings::default() },
        };
        Self { outcome, records: Vec::new() }
    }

    pub(crate) fn engine(mut self, engine: EngineName) -> Self {
        self.outcome.key.engine = engine;
        self
    }

    pub(crate) fn workers(mut self, workers: u32) -> Self {
        self.outcome.key.workers = workers;
        self
    }

    pub(crate) fn repeat(mut self, repeat: u32) -> Self {
        self.outcome.key.repeat = repeat;
        self
    }

    pub(crate) fn duration(mut self, name: &str, value: Duration) -> Self {
        self.outcome.key.params.push(Param { name: name.to_owned(), value: ParamValue::Duration(value) });
        self
    }

    pub(crate) fn record(mut self, mut record: InstanceRecord) -> Self {
        record.instance = self.records.iter().filter(|other| other.task == record.task).count() as u32;
        self.records.push(record);
        self
    }

    pub(crate) fn done(self, task: u16, scheduled: u64, started: u64, finished: u64) -> Self {
        self.record(InstanceRecord {
            task,
            state: State::Done,
            scheduled_ns: scheduled,
            started_ns: Some(started),
            finished_ns: Some(finished),
            ..InstanceRecord::blank()
        })
    }

    /// `count` instances released at 0, started at 0 and done at `finished`.
    pub(crate) fn burst_done(self, task: u16, count: usize, finished: u64) -> Self {
        (0..count).fold(self, |builder, _| builder.done(task, 0, 0, finished))
    }

    /// Cancelled; started only if `started` says when.
    pub(crate) fn cancelled(
        self,
        task: u16,
        scheduled: u64,
        started: Option<u64>,
        requested: u64,
        stopped: u64,
    ) -> Self {
        self.record(InstanceRecord {
            task,
            state: State::Cancelled,
            scheduled_ns: scheduled,
            started_ns: started,
            finished_ns: Some(stopped),
            cancel_requested_ns: Some(requested),
            state_at_cancel: Some(if started.is_some() { State::Running } else { State::Pending }),
            ..InstanceRecord::blank()
        })
    }

    /// Failed at `finished`; started at its release.
    pub(crate) fn failed(self, task: u16, scheduled: u64, finished: u64) -> Self {
        self.record(InstanceRecord {
            task,
            state: State::Failed,
            scheduled_ns: scheduled,
            started_ns: Some(scheduled),
            finished_ns: Some(finished),
            ..InstanceRecord::blank()
        })
    }

    pub(crate) fn stalled(self, task: u16, scheduled: u64, started: Option<u64>) -> Self {
        self.record(InstanceRecord { task, scheduled_ns: scheduled, started_ns: started, ..InstanceRecord::blank() })
    }

    pub(crate) fn span(mut self, ns: u64) -> Self {
        self.outcome.span_ns = Some(ns);
        self
    }

    pub(crate) fn exit(mut self, exit: Exit) -> Self {
        self.outcome.exit = exit;
        self
    }

    pub(crate) fn usage(mut self, usage: Usage) -> Self {
        self.outcome.usage = Some(usage);
        self
    }

    /// A probe written at `written` and handled `lag` later, or never.
    pub(crate) fn probe(mut self, written: u64, lag: Option<u64>) -> Self {
        let handled_ns = lag.map(|lag| written + lag);
        self.outcome.key.probe_ns = NonZeroU64::new(1_000_000);
        self.outcome.probes.push(Probe { written_ns: written, handled_ns, late_ns: written / 100 });
        self
    }

    pub(crate) fn outcome(mut self) -> CellOutcome {
        self.outcome.records = Records::from(self.records);
        self.outcome
    }
}
