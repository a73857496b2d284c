//! The reading side of a trace: which instance was on which thread and when, in nanoseconds since the start of the span.

use std::sync::atomic::Ordering::Relaxed;

use super::clock::Timeline;
use super::layout::{RunSlice, run_slice};
use super::mapping::Mapping;

/// How an instance was on a thread, or in the queue for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunSliceKind {
    /// It was polled.
    Run,
    /// It waited and blocked the thread of a worker.
    Block,
    /// Its offloaded work was on a pool, for blocking calls or for computing.
    Offload,
    /// Its offloaded work was in the queue of a pool.
    Queue,
}

impl RunSliceKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Run, Self::Block, Self::Offload, Self::Queue];

    /// The name as CSV files spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Block => "block",
            Self::Offload => "offload",
            Self::Queue => "queue",
        }
    }

    fn of(kind: u32) -> Option<Self> {
        match kind {
            run_slice::RUN => Some(Self::Run),
            run_slice::BLOCK => Some(Self::Block),
            run_slice::OFFLOAD => Some(Self::Offload),
            run_slice::QUEUE => Some(Self::Queue),
            _ => None,
        }
    }
}

/// A run slice: a time during which an instance was on a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunSliceRecord {
    /// Index of its task in the scenario.
    pub task: u16,
    /// Its number within the task.
    pub instance: u32,
    /// The worker, or on `threads` the worker line of its thread; absent on a thread without a line.
    pub worker: Option<u16>,
    /// Its start.
    pub start_ns: u64,
    /// Its end, not before its start.
    pub end_ns: u64,
    /// Its kind.
    pub kind: RunSliceKind,
}

/// The trace of one cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunSlices {
    /// Worker by worker, each in order of time and without overlaps; then those of other threads, in order of their starts.
    pub kept: Vec<RunSliceRecord>,
    /// How many run slices are not kept: beyond the room, or impossible.
    pub dropped: u64,
}

impl RunSlices {
    /// The run slices in `mapping`; `None` if the cell was not traced. In a cell that was stopped at `stopped_ns`, run slices
    /// under way end then.
    pub fn read(mapping: &Mapping, stopped_ns: u64) -> Option<Self> {
        let common = mapping.run_slice_lines().len().checked_sub(1)?;
        let header = mapping.header();
        let timeline = Timeline::new(header.start_tick.load(Relaxed), header.ticks_per_second.load(Relaxed));
        let reader = Reader { mapping, timeline };
        let mut all = Self::default();
        if header.start_tick.load(Relaxed) == 0 {
            return Some(all);
        }
        for worker in 0..common {
            reader.worker(worker, stopped_ns, &mut all);
        }
        reader.common(common, &mut all);
        Some(all)
    }
}

struct Reader<'a> {
    mapping: &'a Mapping,
    timeline: Timeline,
}

impl Reader<'_> {
    fn worker(&self, worker: usize, stopped_ns: u64, all: &mut RunSlices) {
        let mut last_end = 0;
        let written = self.written(worker, all).iter().map(|run_slice| self.decode(run_slice, Some(worker as u16)));
        for record in written {
            // An impossible run slice, which an engine may have written, is dropped.
            match record.filter(|record| record.start_ns >= last_end) {
                Some(record) => {
                    last_end = record.end_ns;
                    all.kept.push(record);
                }
                None => all.dropped += 1,
            }
        }
        all.kept.extend(self.under_way(worker, last_end, stopped_ns));
    }

    fn common(&self, line: usize, all: &mut RunSlices) {
        // A run slice without a kind is left out: its writer died before it had written all.
        let written = self.written(line, all).iter();
        let mut shared: Vec<RunSliceRecord> = written.filter_map(|run_slice| self.decode(run_slice, None)).collect();
        shared.sort_by_key(|record| record.start_ns);
        all.kept.extend(shared);
    }

    /// The run slices that were written to a line; those beyond its room are counted.
    fn written(&self, line: usize, all: &mut RunSlices) -> &[RunSlice] {
        let (count, room) = (self.mapping.run_slice_lines()[line].count.load(Relaxed), self.mapping.run_slices(line));
        all.dropped += count.saturating_sub(room.len() as u64);
        &room[..room.len().min(count as usize)]
    }

    fn decode(&self, run_slice: &RunSlice, worker: Option<u16>) -> Option<RunSliceRecord> {
        let kind = RunSliceKind::of(run_slice.kind.load(Relaxed))?;
        let (start, end) = (run_slice.start_tick.load(Relaxed), run_slice.end_tick.load(Relaxed));
        let [start_ns, end_ns] = [start, end].map(|tick| self.timeline.since_start_ns(tick));
        let slot = u64::from(run_slice.slot.load(Relaxed));
        (start_ns <= end_ns).then(|| self.record(slot, worker, start_ns, end_ns, kind))?
    }

    /// The run slice that was under way on a worker when the cell died.
    fn under_way(&self, worker: usize, last_end: u64, stopped_ns: u64) -> Option<RunSliceRecord> {
        let (worker_line, line) = (&self.mapping.workers()[worker], &self.mapping.run_slice_lines()[worker]);
        let slot = worker_line.slot.load(Relaxed).checked_sub(1)?;
        let kind = RunSliceKind::of(line.kind.load(Relaxed) as u32)?;
        let start_ns = self.timeline.since_start_ns(line.since_tick.load(Relaxed));
        let is_new = start_ns >= last_end && start_ns <= stopped_ns;
        is_new.then(|| self.record(slot, Some(worker as u16), start_ns, stopped_ns, kind))?
    }

    fn record(
        &self,
        slot: u64,
        worker: Option<u16>,
        start_ns: u64,
        end_ns: u64,
        kind: RunSliceKind,
    ) -> Option<RunSliceRecord> {
        let slot = self.mapping.slots().get(slot as usize)?;
        let (task, instance) = (slot.task.load(Relaxed), slot.instance.load(Relaxed));
        Some(RunSliceRecord { task, instance, worker, start_ns, end_ns, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::clock::tick;
    use crate::record::layout::Shape;
    use crate::record::{Recorder, Worker};

    /// A recorder of a traced cell of one worker and three instances, with room for `run_slices`. Its clock ticks once a
    /// nanosecond and began at 100.
    fn recorder(run_slices: usize) -> &'static Recorder {
        let (_, mapping) = Mapping::create(Shape { workers: 1, probes: 0, slots: 3, run_slices }).unwrap();
        mapping.header().start_tick.store(100, Relaxed);
        for (slot, instance) in mapping.slots().iter().zip(0..) {
            slot.instance.store(instance, Relaxed);
        }
        Box::leak(Box::new(Recorder::new(mapping, 1_000_000_000)))
    }

    fn worker(recorder: &'static Recorder) -> Worker {
        Worker::enlist(recorder, 0);
        Worker::current()
    }

    /// Instance, worker, start, end, kind.
    type Row = (u32, Option<u16>, u64, u64, &'static str);

    fn read(recorder: &Recorder, stopped_ns: u64) -> (Vec<Row>, u64) {
        let read = RunSlices::read(recorder.mapping(), stopped_ns).expect("a trace");
        let row = |record: &RunSliceRecord| {
            (record.instance, record.worker, record.start_ns, record.end_ns, record.kind.as_str())
        };
        (read.kept.iter().map(row).collect(), read.dropped)
    }

    #[test]
    fn polls_are_in_order_and_those_beyond_the_room_are_counted() {
        let recorder = recorder(2);
        let (tracer, worker) = (recorder.tracer().unwrap(), worker(recorder));
        for (slot, began, ended) in [(0, 110, 120), (2, 120, 120), (1, 130, 135)] {
            tracer.poll_begins(worker, began);
            tracer.poll_ends(slot, worker, began, ended);
        }
        assert_eq!(read(recorder, 90), (vec![(0, Some(0), 10, 20, "run"), (2, Some(0), 20, 20, "run")], 1));
    }

    #[test]
    fn a_wait_that_blocks_its_thread_divides_its_poll_into_three() {
        let recorder = recorder(8);
        let (tracer, worker) = (recorder.tracer().unwrap(), worker(recorder));
        let began = tick();
        recorder.mapping().header().start_tick.store(began, Relaxed);
        tracer.poll_begins(worker, began);
        std::thread::sleep(std::time::Duration::from_millis(1));
        tracer.blocks_thread(1, worker, || std::thread::sleep(std::time::Duration::from_millis(2)));
        let ended = tick();
        tracer.poll_ends(1, worker, began, ended);
        let (rows, _) = read(recorder, u64::MAX);
        let kinds: Vec<&str> = rows.iter().map(|row| row.4).collect();
        assert_eq!(kinds, ["run", "block", "run"]);
        assert!(rows.windows(2).all(|pair| pair[0].3 == pair[1].2), "each begins where the last ends: {rows:?}");
        assert_eq!((rows[0].2, rows[2].3), (0, ended - began), "and nothing of the poll is lost");
        assert!(rows[1].3 - rows[1].2 >= 2_000_000, "{rows:?}");
    }

    #[test]
    fn threads_without_a_worker_line_share_a_line() {
        let recorder = recorder(4);
        let tracer = recorder.tracer().unwrap();
        tracer.poll_ends(2, Worker::none(), 150, 170);
        tracer.poll_ends(0, Worker::none(), 140, 190);
        let worker = worker(recorder);
        tracer.poll_begins(worker, 180);
        tracer.poll_ends(1, worker, 180, 185);
        let rows = vec![(1, Some(0), 80, 85, "run"), (0, None, 40, 90, "run"), (2, None, 50, 70, "run")];
        assert_eq!(read(recorder, 0), (rows, 0));
    }

    #[test]
    fn a_run_slice_under_way_when_the_cell_died_lasts_to_the_end_of_the_cell() {
        let recorder = recorder(4);
        let (tracer, worker) = (recorder.tracer().unwrap(), worker(recorder));
        tracer.poll_begins(worker, 110);
        tracer.poll_ends(0, worker, 110, 120);
        assert_eq!(read(recorder, 500).0.len(), 1, "nothing is under way");
        tracer.poll_begins(worker, 130);
        recorder.mapping().workers()[0].slot.store(3, Relaxed);
        assert_eq!(read(recorder, 500).0, [(0, Some(0), 10, 20, "run"), (2, Some(0), 30, 500, "run")]);
    }

    #[test]
    fn run_slices_that_overlap_or_end_before_they_begin_are_left_out() {
        let recorder = recorder(4);
        let (tracer, worker) = (recorder.tracer().unwrap(), worker(recorder));
        for (began, ended) in [(110, 120), (115, 130), (140, 150)] {
            tracer.poll_begins(worker, began);
            tracer.poll_ends(0, worker, began, ended);
        }
        recorder.mapping().run_slices(0)[2].end_tick.store(1, Relaxed);
        assert_eq!(read(recorder, 0), (vec![(0, Some(0), 10, 20, "run")], 2));
    }

    #[test]
    fn a_cell_that_is_not_traced_has_none() {
        let recorder = recorder(0);
        assert!(recorder.tracer().is_none());
        assert_eq!(RunSlices::read(recorder.mapping(), 9), None);
    }
}
