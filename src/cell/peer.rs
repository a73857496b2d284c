//! A process that instances talk with: it gives back what it gets, whole, round by round.
//!
//! What comes stands on its descriptor 0, what goes back on 1: a socket can't be opened again by a number.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write, stdin, stdout};
use std::os::fd::{AsFd, OwnedFd};
use std::process::exit;
use std::sync::Arc;

use nix::errno::Errno;
use nix::unistd::{Pid, getppid};

use super::{CellError, descriptor, watch};
use crate::host::confine;
use crate::plan::Mechanism;
use crate::record::{Lane, Segment, SegmentWait};
use crate::step::{Queued, RealTime, block_real_time, not_queued, note_place, receive, send};

/// Where a peer has what keeps it alive.
pub(super) mod fds {
    /// The plan's pipe, whose end of file tells that the campaign is gone.
    pub(in crate::cell) const PLAN: u32 = 3;
    /// A pipe whose end of file tells that the cell is gone.
    pub(in crate::cell) const LEASH: u32 = 4;
    /// A pipe that nobody else writes to: a byte tells the cell that the peer is ready, its end that it is gone.
    pub(in crate::cell) const LIFE: u32 = 5;
    /// A memory file for its notes, if what it is talked with by is none.
    pub(in crate::cell) const NOTES: u32 = 6;
}

/// The round in which a peer does what it should not, if it is to.
const BAD_ROUND: u64 = 2;

/// How a peer ends that leaves.
const LEFT: i32 = 9;

/// What a peer is like.
#[derive(Debug, Clone)]
pub struct Echo {
    /// How it is talked with.
    pub mechanism: Mechanism,
    /// How much it gives back at once, bytes.
    pub bytes: usize,
    /// The signal that it is talked with by, if it is.
    pub signal: Option<RealTime>,
    /// The cores that it may use; empty if those that it was started on.
    pub cpus: Vec<u32>,
    /// Whether it changes a bit, for tests of what happens then.
    pub flips: bool,
    /// Whether it leaves amid everything, likewise.
    pub leaves: bool,
}

/// Gives back what comes until nobody is there.
pub fn echo(echo: &Echo) -> Result<(), CellError> {
    if !echo.cpus.is_empty() {
        confine(&echo.cpus)?;
    }
    if echo.signal.is_some() {
        block_real_time().map_err(io::Error::from)?;
    }
    watch::die_with(vec![descriptor(fds::PLAN, false)?.into(), descriptor(fds::LEASH, false)?.into()]);
    // Not through the standard library's buffers: a round is one write if it fits.
    let [input, output] = [stdin().as_fd().try_clone_to_owned()?, stdout().as_fd().try_clone_to_owned()?];
    match talk(echo, input, output) {
        Err(error) if is_gone(&error) => Ok(()),
        talked => talked.map_err(CellError::Peer),
    }
}

/// Whether whoever talked with it is gone: a socket with something unread in it is reset.
fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)
}

fn talk(echo: &Echo, input: OwnedFd, output: OwnedFd) -> io::Result<()> {
    let Echo { bytes, flips, leaves, .. } = *echo;
    let mut wire = Wire::new(echo, input, output)?;
    let notes = wire.notes()?;
    let mut payload = vec![0; bytes];
    OpenOptions::new().write(true).open(format!("/proc/self/fd/{}", fds::LIFE))?.write_all(&[1])?;
    for round in 0_u64.. {
        // All of it before any of it goes back: two who both only write would wait for each other.
        wire.take(&mut payload)?;
        if round == BAD_ROUND && leaves {
            exit(LEFT);
        }
        if round == BAD_ROUND && flips {
            payload[bytes / 2] ^= 1;
        }
        note_place(&notes);
        wire.give(&payload)?;
    }
    Ok(())
}

/// How whoever takes from shared memory waits, if that is the mechanism.
pub(super) const fn segment_wait(mechanism: Mechanism) -> Option<SegmentWait> {
    match mechanism {
        Mechanism::ShmSpin => Some(SegmentWait::Spin),
        Mechanism::ShmFutex => Some(SegmentWait::Futex),
        Mechanism::Semaphore => Some(SegmentWait::Semaphore),
        Mechanism::Pipe
        | Mechanism::Fifo
        | Mechanism::Unix
        | Mechanism::Tcp
        | Mechanism::Mqueue
        | Mechanism::Signal => None,
    }
}

/// What leads to it and back.
enum Wire {
    Stream(File, File),
    Queue(OwnedFd, OwnedFd),
    Memory(Arc<Segment>),
    Signal(Caller),
}

/// Whoever sends signals, and expects them back.
struct Caller {
    signal: RealTime,
    cell: Pid,
    /// The number of the next round.
    round: u32,
}

impl Wire {
    fn new(&Echo { mechanism, bytes, signal, .. }: &Echo, input: OwnedFd, output: OwnedFd) -> io::Result<Self> {
        if let Some(signal) = signal {
            return Ok(Self::Signal(Caller { signal, cell: getppid(), round: 0 }));
        }
        if let Some(wait) = segment_wait(mechanism) {
            return Ok(Self::Memory(Arc::new(Segment::open(input, bytes, wait)?)));
        }
        Ok(match mechanism {
            Mechanism::Mqueue => Self::Queue(input, output),
            _ => Self::Stream(input.into(), output.into()),
        })
    }

    /// Where it leaves its notes.
    fn notes(&self) -> io::Result<Arc<Segment>> {
        if let Self::Memory(segment) = self {
            return Ok(Arc::clone(segment));
        }
        let file = OpenOptions::new().read(true).write(true).open(format!("/proc/self/fd/{}", fds::NOTES))?;
        Ok(Arc::new(Segment::open_notes(file)?))
    }

    fn take(&mut self, payload: &mut [u8]) -> io::Result<()> {
        match self {
            Self::Stream(input, _) => input.read_exact(payload),
            // Nobody hangs up on a peer: it ends with its cell.
            Self::Memory(segment) => {
                segment.take(Lane::There, payload);
                Ok(())
            }
            Self::Queue(input, _) => match receive(input.as_fd(), payload)? {
                length if length == payload.len() => Ok(()),
                _ => Err(ErrorKind::UnexpectedEof.into()),
            },
            Self::Signal(caller) => {
                payload.copy_from_slice(&caller.take()?.to_ne_bytes());
                Ok(())
            }
        }
    }

    fn give(&mut self, payload: &[u8]) -> io::Result<()> {
        match self {
            Self::Stream(_, output) => output.write_all(payload),
            Self::Queue(_, output) => Ok(send(output.as_fd(), payload)?),
            Self::Memory(segment) => {
                segment.put(Lane::Back, payload);
                Ok(())
            }
            Self::Signal(caller) => {
                let number = u32::from_ne_bytes(*payload.first_chunk().ok_or(ErrorKind::InvalidInput)?);
                caller.signal.queue(caller.cell, number).map_err(not_queued)
            }
        }
    }
}

impl Caller {
    /// The next round's number, which must be the one behind the last.
    fn take(&mut self) -> io::Result<u32> {
        let number = loop {
            match self.signal.wait() {
                Ok(Queued { number, sender }) if sender == self.cell => break number,
                // Anybody may send one: only the cell's counts.
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        };
        if number != self.round {
            return Err(io::Error::other(format!("the number {number} came for that of round {}", self.round)));
        }
        self.round = self.round.wrapping_add(1);
        Ok(number)
    }
}
