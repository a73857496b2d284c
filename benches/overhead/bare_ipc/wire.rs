//! The plain calls of each mechanism.

use std::fs::File;
use std::hint::spin_loop;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::thread;

use nix::unistd::Pid;
use rustix::thread::futex;
use taskmix_engine::record::layout::Slot;
use taskmix_engine::record::{Lane, Mapping, Segment};
use taskmix_engine::step::{RealTime, receive, send};

use super::{BYTES, Side};

/// A connection to the other side.
pub(super) trait Wire {
    /// Waits for a payload.
    fn take(&mut self);

    /// Sends the payload that was received last.
    fn give(&mut self);
}

/// `write(2)` and `read(2)`.
pub(super) struct Stream {
    input: File,
    output: File,
    payload: [u8; BYTES],
}

impl Stream {
    pub(super) fn new(input: OwnedFd, output: OwnedFd) -> Self {
        Self { input: input.into(), output: output.into(), payload: [0; BYTES] }
    }
}

impl Wire for Stream {
    fn take(&mut self) {
        self.input.read_exact(&mut self.payload).expect("a payload");
    }

    fn give(&mut self) {
        self.output.write_all(&self.payload).expect("a reader");
    }
}

/// `mq_send(3)` and `mq_receive(3)`.
pub(super) struct Queues {
    input: OwnedFd,
    output: OwnedFd,
    payload: [u8; BYTES],
}

impl Queues {
    pub(super) fn new(input: OwnedFd, output: OwnedFd) -> Self {
        Self { input, output, payload: [0; BYTES] }
    }
}

impl Wire for Queues {
    fn take(&mut self) {
        receive(self.input.as_fd(), &mut self.payload).expect("a message");
    }

    fn give(&mut self) {
        send(self.output.as_fd(), &self.payload).expect("room for a message");
    }
}

/// `sigqueue(3)` and `sigwaitinfo(2)`.
pub(super) struct Numbers {
    signal: RealTime,
    other: Pid,
    number: u32,
}

impl Numbers {
    pub(super) fn new(signal: RealTime, other: Pid) -> Self {
        Self { signal, other, number: 0 }
    }
}

impl Wire for Numbers {
    fn take(&mut self) {
        self.number = self.signal.wait().expect("a signal").number;
    }

    fn give(&mut self) {
        self.signal.queue(self.other, self.number).expect("room for a signal");
    }
}

/// A payload in memory, and the number of payloads so far.
struct Placement<'a> {
    words: [&'a AtomicU64; BYTES / 8],
    count: &'a AtomicU32,
}

impl<'a> Placement<'a> {
    /// Uses a slot of a record as plain memory: eight words, and a shorter one.
    fn new(slot: &'a Slot) -> Self {
        let words = [
            &slot.scheduled_ns,
            &slot.cancel_at_ns,
            &slot.started_tick,
            &slot.finished_tick,
            &slot.busy_ticks,
            &slot.max_poll_ticks,
            &slot.units,
            &slot.units_after_cancel,
        ];
        Self { words, count: &slot.instance }
    }
}

/// A word in shared memory, spun on, or slept on by `futex(2)`.
pub(super) struct Memory<'a, const SPINS: bool> {
    input: Placement<'a>,
    output: Placement<'a>,
    taken: u32,
    given: u32,
    payload: [u64; BYTES / 8],
}

impl<'a, const SPINS: bool> Memory<'a, SPINS> {
    /// How many slots it takes. The two in use share no line of a cache.
    pub(super) const SLOTS: usize = 9;

    pub(super) fn new(mapping: &'a Mapping, side: Side) -> Self {
        let slots = mapping.slots();
        let [there, back] = [&slots[0], &slots[Self::SLOTS - 1]];
        let [input, output] = if side == Side::Caller { [back, there] } else { [there, back] };
        Self {
            input: Placement::new(input),
            output: Placement::new(output),
            taken: 0,
            given: 0,
            payload: [0; BYTES / 8],
        }
    }
}

impl<const SPINS: bool> Wire for Memory<'_, SPINS> {
    fn take(&mut self) {
        let mut looks = 0_u32;
        while self.input.count.load(Acquire) == self.taken {
            if SPINS {
                spin_loop();
                looks += 1;
                // As taskmix does: otherwise other load that takes a core away would harm one of the two programs more.
                if looks.is_multiple_of(1_000) {
                    thread::yield_now();
                }
            } else {
                let _ = futex::wait(self.input.count, futex::Flags::empty(), self.taken, None);
            }
        }
        self.taken = self.taken.wrapping_add(1);
        for (word, place) in self.payload.iter_mut().zip(self.input.words) {
            *word = place.load(Relaxed);
        }
    }

    fn give(&mut self) {
        for (place, word) in self.output.words.iter().zip(self.payload) {
            place.store(word, Relaxed);
        }
        self.given = self.given.wrapping_add(1);
        self.output.count.store(self.given, Release);
        if !SPINS {
            futex::wake(self.output.count, futex::Flags::empty(), 1).expect("a word that is mapped");
        }
    }
}

/// `sem_post(3)` and `sem_wait(3)` around a payload in memory, by taskmix' own segments, which add a few loads and stores.
pub(super) struct Posts<'a> {
    segment: &'a Segment,
    input: Lane,
    output: Lane,
    payload: [u8; BYTES],
}

impl<'a> Posts<'a> {
    pub(super) fn new(segment: &'a Segment, side: Side) -> Self {
        let [input, output] = if side == Side::Caller { [Lane::Back, Lane::There] } else { [Lane::There, Lane::Back] };
        Self { segment, input, output, payload: [0; BYTES] }
    }
}

impl Wire for Posts<'_> {
    fn take(&mut self) {
        self.segment.take(self.input, &mut self.payload);
    }

    fn give(&mut self) {
        self.segment.put(self.output, &self.payload);
    }
}
