//! The peers of instances, from the cell's side: processes that are started before the span and end with the cell.

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
use crate::plan::{CellPlan, Fault, Mechanism, Peers};
use crate::primitives::Primitives;
use crate::record::Segment;
use crate::step::{Link, RealTime, Run, SignalTransport, Start, Transport, block_real_time};

/// If `plan` has peers of the mechanism `signal`, blocks the signals on all threads that are started from now on. They stay
/// pending until the instance that waits for one takes it.
pub(super) fn keep_signals(plan: &CellPlan) -> io::Result<()> {
    let mut peers = plan.tasks.iter().flat_map(|task| &task.program.peers);
    if peers.any(|peers| peers.mechanism == Mechanism::Signal) {
        block_real_time()?;
    }
    Ok(())
}

/// Starts all peers of `plan` and connects `run` with them.
pub(super) fn start<P: Primitives>(plan: &CellPlan, run: &mut Run<P>) -> io::Result<()> {
    let mut stock = Stock::default();
    let mut prepared = Vec::new();
    for (index, task) in plan.tasks.iter().enumerate() {
        for (group, peers) in task.program.peers.iter().enumerate() {
            let name = |number| format!("peer {number} of `{}` ({})", task.name, peers.mechanism.as_str());
            let ends = (0..peers.count).map(|number| Ok((name(number), Ends::new(peers, &mut stock)?)));
            prepared.push((index, group, peers, ends.collect::<io::Result<Vec<_>>>()?));
        }
    }
    // All names are removed before any process is started.
    drop(stock);
    let mut all = Vec::new();
    for (task, group, peers, ends) in prepared {
        let links = ends.into_iter().map(|(name, ends)| link(peers, ends, name, plan.peer_fault));
        all.push((task, group, peers, links.collect::<io::Result<Vec<_>>>()?));
    }
    // The peers start in parallel: only then is each waited for.
    for (task, group, peers, mut links) in all {
        links.iter_mut().try_for_each(wait_for)?;
        run.connect(task, group, peers, links)?;
    }
    Ok(())
}

/// Waits until a peer is ready, so that its start is no part of the first round.
fn wait_for(link: &mut Link) -> io::Result<()> {
    link.life.read_exact(&mut [0]).map_err(|_| io::Error::other(format!("{} did not start", link.start.name)))
}

fn link(peers: &Peers, ends: Ends, name: String, fault: Option<Fault>) -> io::Result<Link> {
    let Ends { transport, theirs: [their_input, their_output] } = ends;
    let (notes, their_notes) = notes(&transport)?;
    let ((end, leash), (life, dies)) = (pipe()?, pipe()?);
    let mut command = Command::new(current_exe()?);
    command.args(["peer", peers.mechanism.as_str(), "--bytes", &peers.bytes.to_string()]);
    if let Transport::Signal(transport) = &transport {
        command.args(["--signal", &transport.signal().index().to_string()]);
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
    // The plan's pipe too, so that the peer sees the campaign's end itself.
    let given =
        [(stdin().as_fd().try_clone_to_owned()?, fds::PLAN), (end.into(), fds::LEASH), (dies.into(), fds::LIFE)];
    let given = given.into_iter().chain(their_notes.map(|file| (file, fds::NOTES)));
    let mappings = given.map(|(parent_fd, number)| FdMapping { parent_fd, child_fd: number.cast_signed() });
    command.fd_mappings(mappings.collect()).map_err(io::Error::other)?;
    Ok(Link { start: Start { name, child: command.spawn()?, leash }, life, transport, notes })
}

/// The segment for the peer's notes, and its file unless the peer has that already.
fn notes(transport: &Transport) -> io::Result<(Arc<Segment>, Option<OwnedFd>)> {
    if let Transport::Memory(segment) = transport {
        return Ok((Arc::clone(segment), None));
    }
    let file = Segment::notes_file()?;
    Ok((Arc::new(Segment::open_notes(&file)?), Some(file.into())))
}

/// Names and signals, which connections need and can't share.
#[derive(Default)]
struct Stock {
    names: Option<Names>,
    /// How many signals are assigned.
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

/// All ends of a connection. No name of it outlives this.
struct Ends {
    transport: Transport,
    /// The end that the peer reads, and the one that it writes.
    theirs: [OwnedFd; 2],
}

impl Ends {
    fn new(peers: &Peers, stock: &mut Stock) -> io::Result<Self> {
        if let Some(wait) = segment_wait(peers.mechanism) {
            let bytes = peers.bytes as usize;
            let file = OwnedFd::from(Segment::file(bytes)?);
            let segment = Segment::open(&file, bytes, wait)?;
            return Ok(Self { transport: Transport::Memory(Arc::new(segment)), theirs: [file.try_clone()?, file] });
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
                    transport: Transport::Signal(Arc::new(SignalTransport::new(stock.signal()?))),
                    theirs: [nothing.try_clone()?, nothing],
                }
            }
            _ => {
                let ((their_input, output), (input, their_output)) = (pipe()?, pipe()?);
                Self::of_pipes([their_input.into(), output.into()], [input.into(), their_output.into()])
            }
        })
    }

    /// Of one pipe or queue to the peer and one back: of each the reading end and the writing one.
    fn of_pipes([their_input, output]: [OwnedFd; 2], [input, their_output]: [OwnedFd; 2]) -> Self {
        Self { transport: Transport::Descriptors { input, output }, theirs: [their_input, their_output] }
    }

    fn of_socket(ours: OwnedFd, theirs: OwnedFd) -> io::Result<Self> {
        let transport = Transport::Descriptors { input: ours.try_clone()?, output: ours };
        Ok(Self { transport, theirs: [theirs.try_clone()?, theirs] })
    }
}

/// A TCP connection over the loopback interface, with both ends in this process.
fn loopback() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let ours = TcpStream::connect(listener.local_addr()?)?;
    // Any process on this machine might have connected first.
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
