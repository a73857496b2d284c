//! Both ends of a connection, created before the peer starts. The peer gets its ends as its standard streams.

use std::fs::{File, OpenOptions};
use std::io::{self, pipe};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use taskmix_engine::plan::Mechanism;
use taskmix_engine::record::layout::Shape;
use taskmix_engine::record::{Mapping, Segment};
use taskmix_engine::step::queue;

use super::BYTES;
use super::wire::Memory;

/// The descriptors of each side: the one it reads and the one it writes.
pub(super) struct Ends {
    pub(super) ours: [OwnedFd; 2],
    pub(super) theirs: [Stdio; 2],
}

impl Ends {
    pub(super) fn new(mechanism: Mechanism) -> io::Result<Self> {
        match mechanism {
            Mechanism::Pipe => {
                let ((their_input, output), (input, their_output)) = (pipe()?, pipe()?);
                Ok(Self::from_ends([[input.into(), output.into()], [their_input.into(), their_output.into()]]))
            }
            Mechanism::Fifo => Ok(Self::crossed(fifo()?, fifo()?)),
            Mechanism::Mqueue => {
                let name = format!("/taskmix-bare-{}", std::process::id());
                Ok(Self::crossed(queue(&name, BYTES as u32)?, queue(&name, BYTES as u32)?))
            }
            Mechanism::Unix => {
                let (ours, theirs) = UnixStream::pair()?;
                Self::from_two(ours.into(), theirs.into())
            }
            Mechanism::Tcp => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
                let (ours, theirs) = (TcpStream::connect(listener.local_addr()?)?, listener.accept()?.0);
                ours.set_nodelay(true)?;
                theirs.set_nodelay(true)?;
                Self::from_two(ours.into(), theirs.into())
            }
            Mechanism::Signal => Self::from_one(OpenOptions::new().read(true).write(true).open("/dev/null")?),
            Mechanism::ShmSpin | Mechanism::ShmFutex => {
                let shape = Shape { workers: 0, probes: 0, slots: Memory::<true>::SLOTS, run_slices: 0 };
                Self::from_one(Mapping::create(shape)?.0)
            }
            Mechanism::Semaphore => Self::from_one(Segment::file(BYTES)?),
        }
    }

    fn from_ends([ours, theirs]: [[OwnedFd; 2]; 2]) -> Self {
        Self { ours, theirs: theirs.map(Stdio::from) }
    }

    /// From one channel there and one back, each with its reading and its writing end.
    fn crossed([their_input, output]: [OwnedFd; 2], [input, their_output]: [OwnedFd; 2]) -> Self {
        Self::from_ends([[input, output], [their_input, their_output]])
    }

    /// From two ends, each of which is read and written.
    fn from_two(ours: OwnedFd, theirs: OwnedFd) -> io::Result<Self> {
        Ok(Self::from_ends([[ours.try_clone()?, ours], [theirs.try_clone()?, theirs]]))
    }

    /// From one file that both sides share.
    fn from_one(file: File) -> io::Result<Self> {
        let file = OwnedFd::from(file);
        Self::from_two(file.try_clone()?, file)
    }
}

/// A named pipe whose name is already removed: its reading and its writing end.
fn fifo() -> io::Result<[OwnedFd; 2]> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("fifo");
    mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR)?;
    // Opening a named pipe for both directions does not block. While it is open so, opening one direction does not block either.
    let _both = OpenOptions::new().read(true).write(true).open(&path)?;
    let reader = File::open(&path)?;
    let writer = OpenOptions::new().write(true).open(&path)?;
    Ok([reader.into(), writer.into()])
}
