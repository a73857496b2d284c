//! One simulated instance.

/// Where an instance is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Not released.
    Unborn,
    /// Wants a thread.
    Queued,
    /// Has a thread, and works or blocks.
    Running,
    /// Waits for a time, at an object or for its children.
    Waiting(On),
    Ended,
}

/// What an instance waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Time,
    /// A lock, a barrier, or a message.
    Object(u16),
    /// Room in a channel.
    Room(u16),
    Children,
}

/// An instance, and how far it is in its program.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Instance {
    pub(super) task: u16,
    pub(super) number: u32,
    pub(super) state: State,
    /// Whether it has a thread, even while it waits.
    pub(super) seated: bool,
    /// Its group of workers.
    pub(super) home: u32,
    /// The threads on which it runs now: its group of workers, or a pool.
    pub(super) place: u32,
    pub(super) has_begun: bool,
    pub(super) pc: u16,
    pub(super) counters: u64,
    /// How many of its draws are taken.
    pub(super) draw: u32,
    /// The operation after the offloaded part in which it is.
    pub(super) offload_end: Option<u16>,
    /// The rest of a `cpu` step, and the work between two yields, nanoseconds.
    pub(super) work_ns: u64,
    pub(super) slice_ns: u64,
    /// The work of the present slice, nanoseconds.
    pub(super) on_core_ns: u64,
    /// The children that are still to be released by the present `spawn`.
    pub(super) to_spawn: u32,
    pub(super) spawned: u32,
    /// Whether the present `spawn` waits for its children.
    pub(super) is_joining: bool,
    /// Whether the next slice of a `cpu` step needs no yield before it.
    pub(super) may_work: bool,
    /// How many children it waits for.
    pub(super) joins: u32,
    /// The parent, if it waits for the end.
    pub(super) parent: Option<u32>,
    /// The locks and connections that it holds.
    pub(super) held: Vec<u16>,
    pub(super) is_cancelled: bool,
    /// Changes with each wait, so that an outdated event is known.
    pub(super) turn: u32,
    /// When its last wait began, nanoseconds.
    pub(super) waits_since: u64,
}

impl Instance {
    pub(super) fn new(task: u16, number: u32) -> Self {
        Self {
            task,
            number,
            state: State::Unborn,
            seated: false,
            home: 0,
            place: 0,
            has_begun: false,
            pc: 0,
            counters: 0,
            draw: 0,
            offload_end: None,
            work_ns: 0,
            slice_ns: u64::MAX,
            on_core_ns: 0,
            to_spawn: 0,
            spawned: 0,
            is_joining: false,
            may_work: true,
            joins: 0,
            parent: None,
            held: Vec::new(),
            is_cancelled: false,
            turn: 0,
            waits_since: 0,
        }
    }

    pub(super) fn is_waiting_on(&self, on: On) -> bool {
        self.state == State::Waiting(on)
    }

    /// The end of a loop's body: counts the pass, and continues at `to` until `times` are over.
    pub(super) fn again(&mut self, (shift, bits, times, to): (u8, u8, u32, u16)) {
        let mask = u64::MAX.checked_shr(64 - u32::from(bits)).unwrap_or(0);
        let passes = ((self.counters.checked_shr(shift.into()).unwrap_or(0)) & mask) + 1;
        let cleared = self.counters & !mask.checked_shl(shift.into()).unwrap_or(0);
        if passes < u64::from(times) {
            self.counters = cleared | passes << shift;
            self.pc = to;
        } else {
            self.counters = cleared;
            self.pc += 1;
        }
    }
}
