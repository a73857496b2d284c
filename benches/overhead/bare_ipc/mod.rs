//! Round trips with a peer process by plain blocking system calls. Only the whole is timed: nothing is compared or counted.
//!
//! This bench's program is both sides: the caller, and, started again, the peer, which sends back each payload. The peer begins:
//! its first payload says that it has started.

mod ends;
mod wire;

use std::io::{stdin, stdout};
use std::os::fd::{AsFd, OwnedFd};
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::prctl::set_pdeathsig;
use nix::sys::resource::UsageWho;
use nix::sys::signal::Signal;
use nix::unistd::{Pid, getppid};
use taskmix_engine::host::{allowed_cpus, confine};
use taskmix_engine::plan::Mechanism;
use taskmix_engine::record::{Mapping, Segment, SegmentWait};
use taskmix_engine::step::{RealTime, block_real_time};

use self::ends::Ends;
use self::wire::{Memory, Numbers, Posts, Queues, Stream, Wire};
use crate::usage::cpu_ns_of;

/// The bytes of a payload, there and back in each round. With signals a payload is a number.
pub(crate) const BYTES: usize = 64;

/// A side of a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Caller,
    Peer,
}

/// The cores of the caller and of its peer. Two processes that sleep in the kernel share one core: there their round trips are
/// fastest, and their placement is the same each time. Processes that spin have one core each.
pub(crate) fn cores(mechanism: Mechanism) -> [u32; 2] {
    let [first, second, ..] = allowed_cpus()[..] else { panic!("this takes two cores") };
    if mechanism == Mechanism::ShmSpin { [first, second] } else { [first, first] }
}

/// The caller, in a process of its own. It prints the span and its CPU time, both in nanoseconds, and 0 for memory.
pub(crate) fn main(mechanism: &str, count: u32) {
    let mechanism = Mechanism::from_name(mechanism).expect("a mechanism");
    let [here, there] = cores(mechanism);
    confine(&[here]).expect("a core of its own");
    block_real_time().expect("signals that wait until they are taken");
    let Ends { ours, theirs: [input, output] } = Ends::new(mechanism).expect("both ends of a connection");
    let program = std::env::current_exe().expect("this program's file");
    let mut command = Command::new(program);
    command.args(["bare-ipc-peer", mechanism.as_str(), &count.to_string(), &there.to_string()]);
    let mut peer = command.stdin(input).stdout(output).spawn().expect("a peer");
    // Otherwise this process would keep the peer's ends open and would not see the peer's death.
    drop(command);
    let (span, cpu_ns) = side(Side::Caller, mechanism, ours, Pid::from_raw(peer.id().cast_signed()), count);
    println!("{} {cpu_ns} 0", span.as_nanos());
    peer.wait().expect("its end");
}

/// The peer, on the core `cpu`.
pub(crate) fn peer(mechanism: &str, count: u32, cpu: u32) {
    set_pdeathsig(Signal::SIGKILL).expect("an end with its caller");
    confine(&[cpu]).expect("a core");
    block_real_time().expect("signals that wait until they are taken");
    let ours = [stdin().as_fd(), stdout().as_fd()].map(|fd| fd.try_clone_to_owned().expect("a descriptor"));
    side(Side::Peer, Mechanism::from_name(mechanism).expect("a mechanism"), ours, getppid(), count);
}

/// One side of `count` rounds over `input` and `output`: how long they took, and their CPU time in nanoseconds.
fn side(side: Side, mechanism: Mechanism, [input, output]: [OwnedFd; 2], other: Pid, count: u32) -> (Duration, i64) {
    match mechanism {
        Mechanism::Pipe | Mechanism::Fifo | Mechanism::Unix | Mechanism::Tcp => {
            talk(side, Stream::new(input, output), count)
        }
        Mechanism::Mqueue => talk(side, Queues::new(input, output), count),
        Mechanism::Signal => talk(side, Numbers::new(RealTime::new(0).expect("a signal"), other), count),
        Mechanism::ShmSpin | Mechanism::ShmFutex => {
            let mapping = Mapping::open(&input).expect("memory");
            if mechanism == Mechanism::ShmSpin {
                talk(side, Memory::<true>::new(&mapping, side), count)
            } else {
                talk(side, Memory::<false>::new(&mapping, side), count)
            }
        }
        Mechanism::Semaphore => {
            let segment = Segment::open(&input, BYTES, SegmentWait::Semaphore).expect("memory");
            talk(side, Posts::new(&segment, side), count)
        }
    }
}

fn talk(side: Side, mut wire: impl Wire, count: u32) -> (Duration, i64) {
    match side {
        Side::Caller => wire.take(),
        Side::Peer => wire.give(),
    }
    let (cpu, start) = (cpu_ns_of(UsageWho::RUSAGE_SELF), Instant::now());
    match side {
        Side::Caller => {
            for _ in 0..count {
                wire.give();
                wire.take();
            }
        }
        Side::Peer => {
            for _ in 0..count {
                wire.take();
                wire.give();
            }
        }
    }
    (start.elapsed(), cpu_ns_of(UsageWho::RUSAGE_SELF) - cpu)
}
