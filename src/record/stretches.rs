//! The reading side of a trace: who was on which thread from when to when, in nanoseconds since the start of the span.

use std::sync::atomic::Ordering::Relaxed;

use super::clock::Timeline;
use super::layout::{Stretch, stretch};
use super::mapping::Mapping;

/// How an instance was on a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StretchKind {
    /// It was polled.
    Run,
    /// It kept the thread of a worker, and waited.
    Block,
    /// Its offloaded work was on a pool, for blocking calls or for computing.
    Offload,
}

impl StretchKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Run, Self::Block, Self::Offload];

    /// The name as CSV files spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Block => "block",
            Self::Offload => "offload",
        }
    }

    fn of(kind: u32) -> Option<Self> {
        match kind {
            stretch::RUN => Some(Self::Run),
            stretch::BLOCK => Some(Self::Block),
            stretch::OFFLOAD => Some(Self::Offload),
            _ => None,
        }
    }
}

/// A stretch of time that an instance was on a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StretchRecord {
    /// Index of its task in the scenario.
    pub task: u16,
    /// Its number within the task.
    pub instance: u32,
    /// The worker, or on `threads` the line that its thread had; absent on a thread that is nobody's.
    pub worker: Option<u16>,
    /// Its start.
    pub start_ns: u64,
    /// Its end, not before its start.
    pub end_ns: u64,
    /// What it was.
    pub kind: StretchKind,
}

/// The trace of one cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stretches {
    /// Worker by worker, each in order of time and without overlaps; then those of other threads, by their starts.
    pub kept: Vec<StretchRecord>,
    /// How many more there were than fit.
    pub dropped: u64,
}

impl Stretches {
    /// Those in `mapping`, of a cell that was stopped at `stopped_ns`, up to which whatever was under way goes on; nothing if the
    /// cell was not traced.
    pub fn read(mapping: &Mapping, stopped_ns: u64) -> Option<Self> {
        let common = mapping.stretch_lines().len().checked_sub(1)?;
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
    fn worker(&self, worker: usize, stopped_ns: u64, all: &mut Stretches) {
        let mut last_end = 0;
        let written = self.written(worker, all).iter().map(|stretch| self.decode(stretch, Some(worker as u16)));
        for record in written {
            // An engine that writes the impossible is not followed.
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

    fn common(&self, line: usize, all: &mut Stretches) {
        // One whose writer died before its last word is none.
        let written = self.written(line, all).iter();
        let mut shared: Vec<StretchRecord> = written.filter_map(|stretch| self.decode(stretch, None)).collect();
        shared.sort_by_key(|record| record.start_ns);
        all.kept.extend(shared);
    }

    /// What is written of a line; those beyond its room are counted.
    fn written(&self, line: usize, all: &mut Stretches) -> &[Stretch] {
        let (count, room) = (self.mapping.stretch_lines()[line].count.load(Relaxed), self.mapping.stretches(line));
        all.dropped += count.saturating_sub(room.len() as u64);
        &room[..room.len().min(count as usize)]
    }

    fn decode(&self, stretch: &Stretch, worker: Option<u16>) -> Option<StretchRecord> {
        let kind = StretchKind::of(stretch.kind.load(Relaxed))?;
        let (start, end) = (stretch.start_tick.load(Relaxed), stretch.end_tick.load(Relaxed));
        let [start_ns, end_ns] = [start, end].map(|tick| self.timeline.since_start_ns(tick));
        let slot = u64::from(stretch.slot.load(Relaxed));
        (start_ns <= end_ns).then(|| self.record(slot, worker, start_ns, end_ns, kind))?
    }

    /// What a worker was at when the cell died.
    fn under_way(&self, worker: usize, last_end: u64, stopped_ns: u64) -> Option<StretchRecord> {
        let (of, line) = (&self.mapping.workers()[worker], &self.mapping.stretch_lines()[worker]);
        let slot = of.slot.load(Relaxed).checked_sub(1)?;
        let kind = StretchKind::of(line.kind.load(Relaxed) as u32)?;
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
        kind: StretchKind,
    ) -> Option<StretchRecord> {
        let slot = self.mapping.slots().get(slot as usize)?;
        let (task, instance) = (slot.task.load(Relaxed), slot.instance.load(Relaxed));
        Some(StretchRecord { task, instance, worker, start_ns, end_ns, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::clock::tick;
    use crate::record::layout::Shape;
    use crate::record::{Recorder, Worker};

    /// A recorder of a traced cell of one worker and three instances, with room for four stretches, whose clock ticks once a
    /// nanosecond and began at 100.
    fn recorder(stretches: usize) -> &'static Recorder {
        let (_, mapping) = Mapping::create(Shape { workers: 1, probes: 0, slots: 3, stretches }).unwrap();
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
    type Told = (u32, Option<u16>, u64, u64, &'static str);

    fn told(recorder: &Recorder, stopped_ns: u64) -> (Vec<Told>, u64) {
        let read = Stretches::read(recorder.mapping(), stopped_ns).expect("a trace");
        let row = |record: &StretchRecord| {
            (record.instance, record.worker, record.start_ns, record.end_ns, record.kind.as_str())
        };
        (read.kept.iter().map(row).collect(), read.dropped)
    }

    #[test]
    fn polls_stand_in_order_and_those_beyond_the_room_are_counted() {
        let recorder = recorder(2);
        let (tracer, worker) = (recorder.tracer().unwrap(), worker(recorder));
        for (slot, began, ended) in [(0, 110, 120), (2, 120, 120), (1, 130, 135)] {
            tracer.poll_begins(worker, began);
            tracer.poll_ends(slot, worker, began, ended);
        }
        assert_eq!(told(recorder, 90), (vec![(0, Some(0), 10, 20, "run"), (2, Some(0), 20, 20, "run")], 1));
    }

    #[test]
    fn a_wait_that_keeps_the_thread_parts_its_poll_in_three() {
        let recorder = recorder(8);
        let (tracer, worker) = (recorder.tracer().unwrap(), worker(recorder));
        let began = tick();
        recorder.mapping().header().start_tick.store(began, Relaxed);
        tracer.poll_begins(worker, began);
        std::thread::sleep(std::time::Duration::from_millis(1));
        tracer.keeps_thread(1, worker, || std::thread::sleep(std::time::Duration::from_millis(2)));
        let ended = tick();
        tracer.poll_ends(1, worker, began, ended);
        let (rows, _) = told(recorder, u64::MAX);
        let kinds: Vec<&str> = rows.iter().map(|row| row.4).collect();
        assert_eq!(kinds, ["run", "block", "run"]);
        assert!(rows.windows(2).all(|pair| pair[0].3 == pair[1].2), "one begins where the other ends: {rows:?}");
        assert_eq!((rows[0].2, rows[2].3), (0, ended - began), "and nothing of the poll is lost");
        assert!(rows[1].3 - rows[1].2 >= 2_000_000, "{rows:?}");
    }

    #[test]
    fn threads_that_are_nobody_s_share_a_line() {
        let recorder = recorder(4);
        let tracer = recorder.tracer().unwrap();
        tracer.poll_ends(2, Worker::nobody(), 150, 170);
        tracer.poll_ends(0, Worker::nobody(), 140, 190);
        let worker = worker(recorder);
        tracer.poll_begins(worker, 180);
        tracer.poll_ends(1, worker, 180, 185);
        let rows = vec![(1, Some(0), 80, 85, "run"), (0, None, 40, 90, "run"), (2, None, 50, 70, "run")];
        assert_eq!(told(recorder, 0), (rows, 0));
    }

    #[test]
    fn what_was_under_way_when_the_cell_died_goes_on_to_its_end() {
        let recorder = recorder(4);
        let (tracer, worker) = (recorder.tracer().unwrap(), worker(recorder));
        tracer.poll_begins(worker, 110);
        tracer.poll_ends(0, worker, 110, 120);
        assert_eq!(told(recorder, 500).0.len(), 1, "nobody is there");
        tracer.poll_begins(worker, 130);
        recorder.mapping().workers()[0].slot.store(3, Relaxed);
        assert_eq!(told(recorder, 500).0, [(0, Some(0), 10, 20, "run"), (2, Some(0), 30, 500, "run")]);
    }

    #[test]
    fn stretches_that_overlap_or_end_before_they_begin_are_left_out() {
        let recorder = recorder(4);
        let (tracer, worker) = (recorder.tracer().unwrap(), worker(recorder));
        for (began, ended) in [(110, 120), (115, 130), (140, 150)] {
            tracer.poll_begins(worker, began);
            tracer.poll_ends(0, worker, began, ended);
        }
        recorder.mapping().stretches(0)[2].end_tick.store(1, Relaxed);
        assert_eq!(told(recorder, 0), (vec![(0, Some(0), 10, 20, "run")], 2));
    }

    #[test]
    fn a_cell_that_is_not_traced_has_none() {
        let recorder = recorder(0);
        assert!(recorder.tracer().is_none());
        assert_eq!(Stretches::read(recorder.mapping(), 9), None);
    }
}
