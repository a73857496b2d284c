//! Round trips of a byte with a second process.

use std::env;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

use super::Group;
use crate::plain::measure::Sheet;

/// Sends back each byte that arrives on the socket at descriptor 0.
pub(in crate::plain) fn echo() {
    let socket = io::stdin().as_fd().try_clone_to_owned().expect("a descriptor");
    let mut socket = UnixStream::from(socket);
    let mut byte = [0];
    while socket.read(&mut byte).expect("a socket that can be read") > 0 {
        socket.write_all(&byte).expect("a socket that can be written");
    }
}

/// Runs a program on the same core as its peer process.
pub(super) fn on_one_core(program: impl FnOnce(UnixStream)) {
    let mut core = CpuSet::new();
    core.set(0).expect("a core's number");
    sched_setaffinity(Pid::from_raw(0), &core).expect("the first core");
    let (here, there) = UnixStream::pair().expect("a pair of sockets");
    let mut peer = second_process(there.into());
    program(here);
    peer.wait().expect("its end");
}

/// Starts this program as the peer, with all arguments but the case and the engine.
fn second_process(socket: OwnedFd) -> Child {
    let mut args: Vec<String> = env::args().skip(1).collect();
    args.truncate(args.len() - 2);
    let program = env::current_exe().expect("this program's file");
    Command::new(program).args(args).arg("echo").stdin(socket).spawn().expect("a second process")
}

pub(super) async fn round_trips(sheet: &'static Sheet, socket: UnixStream) {
    socket.set_nonblocking(true).expect("a socket without blocking");
    let socket = tokio::net::UnixStream::from_std(socket).expect("a socket that can be watched");
    let group = Group::new();
    group.spawn(async move {
        let mut byte = [1];
        for _ in 0..5000 {
            while would_block(socket.try_write(&byte)) {
                socket.writable().await.expect("a running runtime");
            }
            while would_block(socket.try_read(&mut byte)) {
                socket.readable().await.expect("a running runtime");
            }
        }
        sheet.end("client", 0);
    });
    group.ended().await;
}

fn would_block(moved: io::Result<usize>) -> bool {
    match moved {
        Ok(count) => {
            assert_eq!(count, 1, "the other process is there");
            false
        }
        Err(error) => {
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "{error}");
            true
        }
    }
}
