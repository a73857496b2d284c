//! A peer: a process that sends each payload of its instance back, whole, round by round.
//!
//! It reads from descriptor 0 and writes to 1: a socket can't be opened again through `/proc/self/fd`.

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
use crate::step::{Queued, RealTime, block_real_time, not_queued, note_core, receive, send};

/// The other descriptors of a peer.
pub(super) mod fds {
    /// The plan's pipe: its end of file means that the campaign has ended.
    pub(in crate::cell) const PLAN: u32 = 3;
    /// A pipe whose end of file means that the cell has ended.
    pub(in crate::cell) const LEASH: u32 = 4;
    /// A pipe to which only this peer writes: a byte tells the cell that the peer is ready, the end of file that it has ended.
    pub(in crate::cell) const LIFE: u32 = 5;
    /// A memory file for its notes, unless the transport is a memory file itself.
    pub(in crate::cell) const NOTES: u32 = 6;
}

/// The round in which an injected fault happens.
const BAD_ROUND: u64 = 2;

/// The exit code of a peer that leaves.
const LEFT: i32 = 9;

/// The settings of a peer.
#[derive(Debug, Clone)]
pub struct Echo {
    /// Its mechanism of communication.
    pub mechanism: Mechanism,
    /// The size of a payload, bytes.
    pub bytes: usize,
    /// The signal through which it communicates, of the mechanism `signal`.
    pub signal: Option<RealTime>,
    /// The cores that it may use; if empty, those on which it was started.
    pub cpus: Vec<u32>,
    /// Whether it changes a bit, for tests of what happens then.
    pub flips: bool,
    /// Whether it exits between two rounds, for tests of what happens then.
    pub leaves: bool,
}

/// Sends payloads back until the cell has ended.
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

/// Whether the error means that the cell has ended. A socket with unread bytes in it is reset.
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
        // The whole payload is read before any of it is sent back: two sides that both only write would wait for each other.
        wire.take(&mut payload)?;
        if round == BAD_ROUND && leaves {
            exit(LEFT);
        }
        if round == BAD_ROUND && flips {
            payload[bytes / 2] ^= 1;
        }
        note_core(&notes);
        wire.give(&payload)?;
    }
    Ok(())
}

/// How a receiver waits for a payload in shared memory, if that is the mechanism.
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

/// The transport in both directions, from the peer's side.
enum Wire {
    Stream(File, File),
    Queue(OwnedFd, OwnedFd),
    Memory(Arc<Segment>),
    Signal(Caller),
}

/// The cell as the sender of signals, which the peer sends back.
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

    /// The segment to which the peer writes its notes.
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
            // A peer never sees a hang-up here: it ends with its cell.
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
    /// Waits for the next round's number, which must be the successor of the last.
    fn take(&mut self) -> io::Result<u32> {
        let number = loop {
            match self.signal.wait() {
                Ok(Queued { number, sender }) if sender == self.cell => break number,
                // Any process may send such a signal: only one from the cell counts.
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        };
        if number != self.round {
            return Err(io::Error::other(format!("received the number {number} instead of {}", self.round)));
        }
        self.round = self.round.wrapping_add(1);
        Ok(number)
    }
}
