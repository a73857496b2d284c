//! The processes that instances talk with, from the cell's side: started before the span, each on a leash.

use std::env::current_exe;
use std::fs::OpenOptions;
use std::io::{self, Read, pipe, stdin};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::sync::Arc;

use command_fds::{CommandFdExt, FdMapping};

use super::names::Names;
use super::peer::{fds, segment_wait};
use crate::idiom::Idiom;
use crate::plan::{CellPlan, Fault, Mechanism, Peers};
use crate::record::Segment;
use crate::step::{Link, RealTime, Run, SignalWay, Start, Way, block_real_time};

/// If `plan` has peers that are talked with by signals, those wait for whoever takes them, on all threads that are started from
/// now on.
pub(super) fn keep_signals(plan: &CellPlan) -> io::Result<()> {
    let mut peers = plan.tasks.iter().flat_map(|task| &task.program.peers);
    if peers.any(|peers| peers.mechanism == Mechanism::Signal) {
        block_real_time()?;
    }
    Ok(())
}

/// Starts all peers of `plan` and connects `run` with them.
pub(super) fn start<I: Idiom>(plan: &CellPlan, run: &mut Run<I>) -> io::Result<()> {
    let mut stock = Stock::default();
    let mut prepared = Vec::new();
    for (index, task) in plan.tasks.iter().enumerate() {
        for (group, peers) in task.program.peers.iter().enumerate() {
            let name = |number| format!("peer {number} of `{}` ({})", task.name, peers.mechanism.as_str());
            let ends = (0..peers.count).map(|number| Ok((name(number), Ends::new(peers, &mut stock)?)));
            prepared.push((index, group, peers, ends.collect::<io::Result<Vec<_>>>()?));
        }
    }
    // Nothing has a name any more before anything is started.
    drop(stock);
    let mut all = Vec::new();
    for (task, group, peers, ends) in prepared {
        let links = ends.into_iter().map(|(name, ends)| link(peers, ends, name, plan.peer_fault));
        all.push((task, group, peers, links.collect::<io::Result<Vec<_>>>()?));
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

fn link(peers: &Peers, ends: Ends, name: String, fault: Option<Fault>) -> io::Result<Link> {
    let Ends { way, theirs: [their_input, their_output] } = ends;
    let (notes, their_notes) = notes(&way)?;
    let ((end, leash), (life, dies)) = (pipe()?, pipe()?);
    let mut command = Command::new(current_exe()?);
    command.args(["peer", peers.mechanism.as_str(), "--bytes", &peers.bytes.to_string()]);
    if let Way::Signal(way) = &way {
        command.args(["--signal", &way.signal().index().to_string()]);
    }
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

/// What connections need and can't share.
#[derive(Default)]
struct Stock {
    names: Option<Names>,
    /// How many signals are taken.
    signals: u32,
}

impl Stock {
    fn names(&mut self) -> io::Result<&Names> {
        let names = match self.names.take() {
            Some(names) => names,
            None => Names::new()?,
        };
        Ok(self.names.insert(names))
    }

    fn signal(&mut self) -> io::Result<RealTime> {
        let signal = RealTime::new(self.signals).ok_or_else(|| io::Error::other("there are no more signals"));
        self.signals += 1;
        signal
    }
}

/// All ends of a connection: nothing of it has a name that outlives this.
struct Ends {
    way: Way,
    /// What the peer reads, and what it writes.
    theirs: [OwnedFd; 2],
}

impl Ends {
    fn new(peers: &Peers, stock: &mut Stock) -> io::Result<Self> {
        if let Some(wait) = segment_wait(peers.mechanism) {
            let bytes = peers.bytes as usize;
            let file = OwnedFd::from(Segment::file(bytes)?);
            let segment = Segment::open(&file, bytes, wait)?;
            return Ok(Self { way: Way::Memory(Arc::new(segment)), theirs: [file.try_clone()?, file] });
        }
        Ok(match peers.mechanism {
            Mechanism::Fifo => {
                let names = stock.names()?;
                Self::of_pipes(names.fifo()?, names.fifo()?)
            }
            Mechanism::Mqueue => {
                let names = stock.names()?;
                Self::of_pipes(names.queue(peers.bytes)?, names.queue(peers.bytes)?)
            }
            Mechanism::Unix => {
                let (ours, theirs) = UnixStream::pair()?;
                Self::of_socket(ours.into(), theirs.into())?
            }
            Mechanism::Tcp => {
                let (ours, theirs) = loopback()?;
                Self::of_socket(ours.into(), theirs.into())?
            }
            Mechanism::Signal => {
                let nothing = OwnedFd::from(OpenOptions::new().read(true).write(true).open("/dev/null")?);
                Self {
                    way: Way::Signal(Arc::new(SignalWay::new(stock.signal()?))),
                    theirs: [nothing.try_clone()?, nothing],
                }
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
