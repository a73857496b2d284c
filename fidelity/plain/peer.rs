//! A second process that sends back what it receives, and the core and pool size of a program.

use std::env;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

/// The environment variable that sizes the pool of the crate `blocking`. The pool reads it when it starts.
const BLOCKING_THREADS: &str = "BLOCKING_MAX_THREADS";

/// Confines this thread, and all that it starts, to one core.
pub(super) fn use_core(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core).expect("a core's number");
    sched_setaffinity(Pid::from_raw(0), &cores).expect("a core");
}

/// Executes this program again with `count` threads for blocking calls.
pub(super) fn with_blocking_threads(count: usize) {
    if env::var_os(BLOCKING_THREADS).is_none() {
        let mut command = Command::new(env::current_exe().expect("this program's file"));
        let error = command.args(env::args_os().skip(1)).env(BLOCKING_THREADS, count.to_string()).exec();
        panic!("this program can't start anew: {error}");
    }
}

/// A process that sends back what it receives; killed on drop.
pub(super) struct Peer(Child);

impl Peer {
    /// Starts the process. Returns the other end of its socket.
    pub(super) fn start() -> (UnixStream, Self) {
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        let input = OwnedFd::from(theirs.try_clone().expect("a descriptor"));
        let child = Command::new("cat").stdin(input).stdout(OwnedFd::from(theirs)).spawn().expect("a process");
        (ours, Self(child))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
