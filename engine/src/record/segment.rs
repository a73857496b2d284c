//! Memory that a cell shares with a peer of its instances: a small ring of payloads in each direction, and three ways to wait for
//! the next payload.
//!
//! One side puts, the other takes, and never both at once in a lane: a side puts again only after it has received its answer.

use std::fs::File;
use std::hint::spin_loop;
use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::thread;

use rustix::thread::futex;

use super::area::{Area, fix_size, memory_file};
use super::semaphore::SharedSemaphore;

/// How many payloads fit into a lane: more than are ever in it.
const PLACES: u32 = 2;

/// After so many spins a spinning side yields, and sleeps if the cell is not awake. On one core the other side could not put
/// otherwise.
const SPINS_PER_YIELD: u32 = 1_000;

/// How the taking side waits for a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentWait {
    /// It spins: it reads the counter again and again.
    Spin,
    /// The kernel wakes it: `futex(2)`.
    Futex,
    /// By a process-shared semaphore: `sem_overview(7)`.
    Semaphore,
}

/// A direction through a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// To the peer.
    There,
    /// From the peer.
    Back,
}

/// The part of a segment for both directions.
#[derive(Debug)]
#[repr(C, align(128))]
pub(super) struct SegmentHeader {
    /// Whether an instance uses the peer at present. While it is 0, a peer that spins sleeps.
    is_awake: AtomicU32,
    /// Whether the peer has ended.
    is_gone: AtomicU32,
}

/// The counters of a lane. The fields that each side writes are on a cache line of their own.
#[derive(Debug)]
#[repr(C, align(128))]
pub(super) struct LaneHeader {
    /// How many payloads were put.
    put: AtomicU32,
    /// Sent along with a payload, on the cache line that is transferred anyway.
    note: AtomicU32,
    /// Waited for with [`SegmentWait::Semaphore`].
    filled: SharedSemaphore,
    receiver: ReceiverLine,
    sender: SenderLine,
}

/// How many payloads were taken; used by the receiver only.
#[derive(Debug)]
#[repr(C, align(128))]
struct ReceiverLine(AtomicU32);

/// The last values of `put` and `note`; used by the sender only. To read the fields themselves would first fetch their line from
/// the receiver's core and only then write it, which doubles the time of a round between two sides that spin.
#[derive(Debug)]
#[repr(C, align(128))]
struct SenderLine {
    put: AtomicU32,
    note: AtomicU32,
}

/// A mapped segment.
#[derive(Debug)]
pub struct Segment {
    area: Area,
    /// The size of a payload.
    bytes: usize,
    wait: SegmentWait,
}

const fn words(bytes: usize) -> usize {
    bytes.div_ceil(size_of::<u64>())
}

const LANES_OFFSET: usize = size_of::<SegmentHeader>();
const PLACES_OFFSET: usize = LANES_OFFSET + 2 * size_of::<LaneHeader>();

impl Segment {
    /// Makes a memory file for payloads of so many bytes, ready to be opened by both sides.
    pub fn file(bytes: usize) -> io::Result<File> {
        let places = 2 * PLACES as usize * words(bytes) * size_of::<u64>();
        let file = memory_file("taskmix-ipc", PLACES_OFFSET + places)?;
        fix_size(&file)?;
        let segment = Self::open(&file, bytes, SegmentWait::Futex)?;
        for lane in [Lane::There, Lane::Back] {
            segment.lane(lane).filled.begin()?;
        }
        Ok(file)
    }

    /// Maps such a file.
    pub fn open(fd: impl AsFd, bytes: usize, wait: SegmentWait) -> io::Result<Self> {
        Ok(Self { area: Area::open(fd)?, bytes, wait })
    }

    /// Makes a memory file for notes alone.
    pub fn notes_file() -> io::Result<File> {
        Self::file(0)
    }

    /// Maps such a file.
    pub fn open_notes(fd: impl AsFd) -> io::Result<Self> {
        Self::open(fd, 0, SegmentWait::Futex)
    }

    /// Leaves a note for the receiver of the next payload of this lane, or of another transport. It stays until the next note.
    pub fn note(&self, lane: Lane, note: u32) {
        let header = self.lane(lane);
        // Relaxed, here and below: the payload that it goes with orders it. A line that is not written stays in both caches.
        if header.sender.note.load(Relaxed) != note {
            header.sender.note.store(note, Relaxed);
            header.note.store(note, Relaxed);
        }
    }

    /// The note in this lane; 0 before the first.
    pub fn noted(&self, lane: Lane) -> u32 {
        self.lane(lane).note.load(Relaxed)
    }

    /// Puts a payload in.
    pub fn put(&self, lane: Lane, payload: &[u8]) {
        let header = self.lane(lane);
        let number = header.sender.put.load(Relaxed);
        debug_assert!(number.wrapping_sub(header.receiver.0.load(Relaxed)) < PLACES, "each answer is waited for");
        let place = self.place(lane, number);
        // Whole words first: they are copied at the speed of memory.
        let (whole, rest) = payload.as_chunks();
        for (word, bytes) in place.iter().zip(whole) {
            word.store(u64::from_ne_bytes(*bytes), Relaxed);
        }
        if let Some(word) = place.get(whole.len()) {
            let mut bytes = [0; size_of::<u64>()];
            bytes[..rest.len()].copy_from_slice(rest);
            word.store(u64::from_ne_bytes(bytes), Relaxed);
        }
        let next = number.wrapping_add(1);
        header.sender.put.store(next, Relaxed);
        // Release: a receiver that sees the new count sees the payload.
        header.put.store(next, Release);
        self.wake(header);
    }

    /// Waits for a payload and takes it out; false if the peer has ended.
    pub fn take(&self, lane: Lane, payload: &mut [u8]) -> bool {
        let header = self.lane(lane);
        let number = header.receiver.0.load(Relaxed);
        if !self.wait(header, number) {
            return false;
        }
        let place = self.place(lane, number);
        let (whole, rest) = payload.as_chunks_mut();
        for (word, bytes) in place.iter().zip(whole.iter_mut()) {
            *bytes = word.load(Relaxed).to_ne_bytes();
        }
        if let Some(word) = place.get(whole.len()) {
            rest.copy_from_slice(&word.load(Relaxed).to_ne_bytes()[..rest.len()]);
        }
        header.receiver.0.store(number.wrapping_add(1), Relaxed);
        true
    }

    /// Sets whether an instance uses the peer from now on: a spinning peer spins only while one does.
    pub fn set_awake(&self, is_awake: bool) {
        let word = &self.header().is_awake;
        word.store(is_awake.into(), Release);
        if is_awake && self.wait == SegmentWait::Spin {
            wake(word);
        }
    }

    /// The peer has ended: wakes the instance that waits for it.
    pub fn hang_up(&self) {
        self.header().is_gone.store(1, Release);
        let back = self.lane(Lane::Back);
        // A waiting thread that has read the count, and is about to sleep, finds that it has changed.
        back.put.fetch_add(1, Release);
        self.wake(back);
    }

    fn wake(&self, lane: &LaneHeader) {
        match self.wait {
            SegmentWait::Spin => {}
            SegmentWait::Futex => wake(&lane.put),
            SegmentWait::Semaphore => lane.filled.post(),
        }
    }

    /// Waits until more than `taken` payloads were put; false if the peer has ended.
    fn wait(&self, lane: &LaneHeader, taken: u32) -> bool {
        if self.wait == SegmentWait::Semaphore {
            lane.filled.wait();
            // Acquire, here and below: see `put`.
            return lane.put.load(Acquire) != taken && !self.is_gone();
        }
        let mut spins = 0_u32;
        while lane.put.load(Acquire) == taken {
            if self.wait == SegmentWait::Futex {
                sleep(&lane.put, taken);
                continue;
            }
            spin_loop();
            spins += 1;
            if spins.is_multiple_of(SPINS_PER_YIELD) {
                if self.header().is_awake.load(Acquire) == 0 {
                    sleep(&self.header().is_awake, 0);
                }
                thread::yield_now();
            }
        }
        !self.is_gone()
    }

    fn is_gone(&self) -> bool {
        self.header().is_gone.load(Acquire) != 0
    }

    fn header(&self) -> &SegmentHeader {
        &self.area.part(0, 1)[0]
    }

    fn lane(&self, lane: Lane) -> &LaneHeader {
        &self.area.part(LANES_OFFSET, 2)[lane as usize]
    }

    fn place(&self, lane: Lane, number: u32) -> &[AtomicU64] {
        let index = lane as usize * PLACES as usize + (number % PLACES) as usize;
        let words = words(self.bytes);
        self.area.part(PLACES_OFFSET + index * words * size_of::<u64>(), words)
    }
}

fn wake(word: &AtomicU32) {
    futex::wake(word, futex::Flags::empty(), u32::MAX >> 1).expect("a word that is mapped");
}

/// Sleeps unless the word has changed; may wake for no reason.
fn sleep(word: &AtomicU32, seen: u32) {
    let _ = futex::wait(word, futex::Flags::empty(), seen, None);
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAITS: [SegmentWait; 3] = [SegmentWait::Spin, SegmentWait::Futex, SegmentWait::Semaphore];

    #[test]
    fn payloads_put_on_one_side_are_taken_on_the_other_in_their_order() {
        for wait in WAITS {
            for bytes in [1, 8, 13, 4096] {
                let file = Segment::file(bytes).unwrap();
                let [one, other] = [(); 2].map(|()| Segment::open(&file, bytes, wait).unwrap());
                let echo = thread::spawn(move || {
                    let mut payload = vec![0; bytes];
                    while other.take(Lane::There, &mut payload) && payload[0] != 255 {
                        other.put(Lane::Back, &payload);
                    }
                });
                let mut received = vec![0; bytes];
                one.set_awake(true);
                for round in 0..100_u8 {
                    let payload: Vec<u8> = (0..bytes).map(|at| (at as u8).wrapping_mul(31) ^ round).collect();
                    one.put(Lane::There, &payload);
                    assert!(one.take(Lane::Back, &mut received));
                    assert_eq!(received, payload, "{wait:?}, round {round}");
                }
                one.put(Lane::There, &vec![255; bytes]);
                echo.join().unwrap();
            }
        }
    }

    #[test]
    fn a_wait_for_a_peer_ends_when_the_peer_has_ended() {
        for wait in WAITS {
            let file = Segment::file(64).unwrap();
            let [one, other] = [(); 2].map(|()| Segment::open(&file, 64, wait).unwrap());
            one.set_awake(true);
            let waiting = thread::spawn(move || one.take(Lane::Back, &mut [0; 64]));
            other.hang_up();
            assert!(!waiting.join().unwrap(), "{wait:?}");
        }
    }
}
