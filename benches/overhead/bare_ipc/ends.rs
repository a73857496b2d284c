//! Both ends of a connection, made before the peer is started, which has its own as its standard streams.

use std::fs::{File, OpenOptions};
use std::io::{self, pipe};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use taskmix::plan::Mechanism;
use taskmix::record::layout::Shape;
use taskmix::record::{Mapping, Segment};
use taskmix::step::queue;

use super::BYTES;
use super::wire::Memory;

/// What each side reads, and what it writes.
pub(super) struct Ends {
    pub(super) ours: [OwnedFd; 2],
    pub(super) theirs: [Stdio; 2],
}

impl Ends {
    pub(super) fn new(mechanism: Mechanism) -> io::Result<Self> {
        match mechanism {
            Mechanism::Pipe => {
                let ((their_input, output), (input, their_output)) = (pipe()?, pipe()?);
                Ok(Self::of([[input.into(), output.into()], [their_input.into(), their_output.into()]]))
            }
            Mechanism::Fifo => Ok(Self::crossed(fifo()?, fifo()?)),
            Mechanism::Mqueue => {
                let name = format!("/taskmix-bare-{}", std::process::id());
                Ok(Self::crossed(queue(&name, BYTES as u32)?, queue(&name, BYTES as u32)?))
            }
            Mechanism::Unix => {
                let (ours, theirs) = UnixStream::pair()?;
                Self::of_two(ours.into(), theirs.into())
            }
            Mechanism::Tcp => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
                let (ours, theirs) = (TcpStream::connect(listener.local_addr()?)?, listener.accept()?.0);
                ours.set_nodelay(true)?;
                theirs.set_nodelay(true)?;
                Self::of_two(ours.into(), theirs.into())
            }
            Mechanism::Signal => Self::of_one(OpenOptions::new().read(true).write(true).open("/dev/null")?),
            Mechanism::ShmSpin | Mechanism::ShmFutex => {
                let shape = Shape { workers: 0, probes: 0, slots: Memory::<true>::SLOTS, stretches: 0 };
                Self::of_one(Mapping::create(shape)?.0)
            }
            Mechanism::Semaphore => Self::of_one(Segment::file(BYTES)?),
        }
    }

    fn of([ours, theirs]: [[OwnedFd; 2]; 2]) -> Self {
        Self { ours, theirs: theirs.map(Stdio::from) }
    }

    /// Of a way there and one back, each what is read and what is written.
    fn crossed([their_input, output]: [OwnedFd; 2], [input, their_output]: [OwnedFd; 2]) -> Self {
        Self::of([[input, output], [their_input, their_output]])
    }

    /// Of two ends that are read and written.
    fn of_two(ours: OwnedFd, theirs: OwnedFd) -> io::Result<Self> {
        Ok(Self::of([[ours.try_clone()?, ours], [theirs.try_clone()?, theirs]]))
    }

    /// Of one file that both have.
    fn of_one(file: File) -> io::Result<Self> {
        let file = OwnedFd::from(file);
        Self::of_two(file.try_clone()?, file)
    }
}

/// A named pipe, which has lost its name: what is read, and what is written.
fn fifo() -> io::Result<[OwnedFd; 2]> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("fifo");
    mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR)?;
    // Whoever opens both ways waits for nobody, and then neither do those who open one.
    let _both = OpenOptions::new().read(true).write(true).open(&path)?;
    let reader = File::open(&path)?;
    let writer = OpenOptions::new().write(true).open(&path)?;
    Ok([reader.into(), writer.into()])
}
