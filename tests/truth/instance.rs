//! A row of `tasks.csv` as numbers: the times of one instance, nanoseconds since the start of the span.

use crate::support::Row;

/// One instance.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) task: String,
    /// Its number within its task.
    pub(crate) number: u64,
    pub(crate) state: String,
    /// Its intended release.
    pub(crate) scheduled: u64,
    /// Its start; absent if it never had one.
    pub(crate) start: Option<u64>,
    /// Its end; absent if it never had one.
    pub(crate) end: Option<u64>,
    /// The intended time of its cancellation, if that was before its end.
    pub(crate) cancel: Option<u64>,
    /// Time on a thread.
    pub(crate) busy: u64,
    /// The worker on which it ended, if that is recorded.
    pub(crate) worker: Option<u64>,
}

impl Instance {
    /// Reads a row.
    pub(crate) fn read(row: &Row) -> Self {
        let time = |column| (!row.is_empty(column)).then(|| row.whole(column));
        Self {
            task: row.text("task").to_owned(),
            number: row.whole("instance"),
            state: row.text("state").to_owned(),
            scheduled: row.whole("scheduled_ns"),
            start: time("started_ns"),
            end: time("finished_ns"),
            cancel: time("cancel_requested_ns"),
            busy: time("busy_ns").unwrap_or(0),
            worker: time("worker"),
        }
    }

    /// The start; panics if there is none.
    pub(crate) fn started(&self) -> u64 {
        self.start.unwrap_or_else(|| panic!("it never started: {self:?}"))
    }

    /// The end; panics if there is none.
    pub(crate) fn finished(&self) -> u64 {
        self.end.unwrap_or_else(|| panic!("it never ended: {self:?}"))
    }

    /// From the intended release to the end.
    pub(crate) fn latency(&self) -> u64 {
        self.finished() - self.scheduled
    }

    /// From the intended release to the start. A start before the release is a bug, and underflows.
    pub(crate) fn wait(&self) -> u64 {
        self.started() - self.scheduled
    }

    /// From the start to the end.
    pub(crate) fn service(&self) -> u64 {
        self.finished() - self.started()
    }
}
