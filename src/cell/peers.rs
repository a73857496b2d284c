//! The processes that instances talk with, from the cell's side: started before the span, each on a leash.

use std::env::current_exe;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, pipe, stdin};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use command_fds::{CommandFdExt, FdMapping};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::peer::{fds, segment_wait};
use crate::idiom::Idiom;
use crate::plan::{CellPlan, Fault, Mechanism, Peers};
use crate::record::Segment;
use crate::step::{Link, Run, Start, Way, queue};

/// Starts all peers of `plan` and connects `run` with them.
pub(super) fn start<I: Idiom>(plan: &CellPlan, run: &mut Run<I>) -> io::Result<()> {
    let mut all = Vec::new();
    for (index, task) in plan.tasks.iter().enumerate() {
        for (group, peers) in task.program.peers.iter().enumerate() {
            let name = |number| format!("peer {number} of `{}` ({})", task.name, peers.mechanism.as_str());
            let links = (0..peers.count).map(|number| link(peers, name(number), plan.peer_fault));
            all.push((index, group, peers, links.collect::<io::Result<Vec<_>>>()?));
        }
    }
    // They start side by side: only then is each waited for.
    for (task, group, peers, mut links) in all {
        links.iter_mut().try_for_each(wait_for)?;
        run.connect(task, group, peers, links)?;
    }
    Ok(())
}

/// Waits until a peer is ready: that it starts is no part of the first round.
fn wait_for(link: &mut Link) -> io::Result<()> {
    link.life.read_exact(&mut [0]).map_err(|_| io::Error::other(format!("{} did not start", link.start.name)))
}

fn link(peers: &Peers, name: String, fault: Option<Fault>) -> io::Result<Link> {
    let Ends { way, theirs: [their_input, their_output] } = Ends::new(peers)?;
    let (notes, their_notes) = notes(&way)?;
    let ((end, leash), (life, dies)) = (pipe()?, pipe()?);
    let mut command = Command::new(current_exe()?);
    command.args(["peer", peers.mechanism.as_str(), "--bytes", &peers.bytes.to_string()]);
    if !peers.cpus.is_empty() {
        let cpus: Vec<String> = peers.cpus.iter().map(ToString::to_string).collect();
        command.args(["--cpus", &cpus.join(",")]);
    }
    match fault {
        Some(Fault::Flip) => drop(command.arg("--flip")),
        Some(Fault::Leave) => drop(command.arg("--leave")),
        _ => {}
    }
    command.stdin(Stdio::from(their_input)).stdout(Stdio::from(their_output));
    // The plan's pipe too: the campaign's end is told at first hand.
    let given =
        [(stdin().as_fd().try_clone_to_owned()?, fds::PLAN), (end.into(), fds::LEASH), (dies.into(), fds::LIFE)];
    let given = given.into_iter().chain(their_notes.map(|file| (file, fds::NOTES)));
    let mappings = given.map(|(parent_fd, number)| FdMapping { parent_fd, child_fd: number.cast_signed() });
    command.fd_mappings(mappings.collect()).map_err(io::Error::other)?;
    Ok(Link { start: Start { name, child: command.spawn()?, leash }, life, way, notes })
}

/// Where the peer leaves notes beside what it gives back, and a file of that unless it has it already.
fn notes(way: &Way) -> io::Result<(Arc<Segment>, Option<OwnedFd>)> {
    if let Way::Memory(segment) = way {
        return Ok((Arc::clone(segment), None));
    }
    let file = Segment::notes_file()?;
    Ok((Arc::new(Segment::open_notes(&file)?), Some(file.into())))
}

/// All ends of a connection: nothing of it has a name that outlives this.
struct Ends {
    way: Way,
    /// What the peer reads, and what it writes.
    theirs: [OwnedFd; 2],
}

impl Ends {
    fn new(peers: &Peers) -> io::Result<Self> {
        if let Some(wait) = segment_wait(peers.mechanism) {
            let bytes = peers.bytes as usize;
            let file = OwnedFd::from(Segment::file(bytes)?);
            let segment = Segment::open(&file, bytes, wait)?;
            return Ok(Self { way: Way::Memory(Arc::new(segment)), theirs: [file.try_clone()?, file] });
        }
        Ok(match peers.mechanism {
            Mechanism::Fifo => Self::of_pipes(fifo()?, fifo()?),
            Mechanism::Mqueue => Self::of_pipes(queue(peers.bytes)?, queue(peers.bytes)?),
            Mechanism::Unix => {
                let (ours, theirs) = UnixStream::pair()?;
                Self::of_socket(ours.into(), theirs.into())?
            }
            Mechanism::Tcp => {
                let (ours, theirs) = loopback()?;
                Self::of_socket(ours.into(), theirs.into())?
            }
            _ => {
                let ((their_input, output), (input, their_output)) = (pipe()?, pipe()?);
                Self::of_pipes([their_input.into(), output.into()], [input.into(), their_output.into()])
            }
        })
    }

    /// Of one way there and one back: each what is read, and what is written.
    fn of_pipes([their_input, output]: [OwnedFd; 2], [input, their_output]: [OwnedFd; 2]) -> Self {
        Self { way: Way::Descriptors { input, output }, theirs: [their_input, their_output] }
    }

    fn of_socket(ours: OwnedFd, theirs: OwnedFd) -> io::Result<Self> {
        let way = Way::Descriptors { input: ours.try_clone()?, output: ours };
        Ok(Self { way, theirs: [theirs.try_clone()?, theirs] })
    }
}

/// Both ends of a named pipe, which has lost its name: what is read, and what is written.
fn fifo() -> io::Result<[OwnedFd; 2]> {
    let folder = tempfile::Builder::new().prefix("taskmix-").tempdir()?;
    let path = folder.path().join("fifo");
    mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR)?;
    let ends = open_fifo(&path);
    folder.close()?;
    ends
}

fn open_fifo(path: &Path) -> io::Result<[OwnedFd; 2]> {
    // To read without waiting for whoever writes; then there is somebody who reads.
    let reader = OpenOptions::new().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)?;
    let writer = OpenOptions::new().write(true).open(path)?;
    fcntl(&reader, FcntlArg::F_SETFL(OFlag::empty()))?;
    Ok([reader, writer].map(File::into))
}

/// A TCP connection with oneself.
fn loopback() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let ours = TcpStream::connect(listener.local_addr()?)?;
    // Anybody on this machine might have come first.
    let theirs = loop {
        let (stream, from) = listener.accept()?;
        if from == ours.local_addr()? {
            break stream;
        }
    };
    ours.set_nodelay(true)?;
    theirs.set_nodelay(true)?;
    Ok((ours, theirs))
}
