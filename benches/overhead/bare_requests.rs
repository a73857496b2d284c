//! A tiny request from outside every millisecond, which a bare program answers as a cell answers its probes: what is compared is
//! an instance, not that.

use std::io::{Read, Write, stdout};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use nix::sys::prctl::set_timerslack;

/// The helper: asks until nobody listens.
pub(crate) fn ask() {
    set_timerslack(1).expect("a helper that is on time");
    let mut out = stdout();
    while out.write_all(&[0; 8]).and_then(|()| out.flush()).is_ok() {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Starts the helper; gives where its requests come.
fn requests() -> UnixStream {
    let (comes, goes) = UnixStream::pair().expect("a pair of sockets");
    let program = std::env::current_exe().expect("this program's file");
    let mut command = Command::new(program);
    command.arg("bare-requests").stdin(Stdio::null()).stdout(OwnedFd::from(goes));
    drop(command.spawn().expect("a helper"));
    comes
}

/// Answers on smol's reactor; to be spawned.
pub(crate) async fn answer_on_smol() {
    let comes = smol::Async::new(requests()).expect("a socket");
    let mut buffer = [0; 4096];
    while comes.readable().await.is_ok() {
        while comes.get_ref().read(&mut buffer).is_ok_and(|length| length > 0) {}
    }
}

/// Answers on tokio's driver; to be spawned.
pub(crate) async fn answer_on_tokio() {
    let comes = requests();
    comes.set_nonblocking(true).expect("a socket");
    let comes = tokio::net::UnixStream::from_std(comes).expect("a socket");
    let mut buffer = [0; 4096];
    while comes.readable().await.is_ok() {
        while comes.try_read(&mut buffer).is_ok_and(|length| length > 0) {}
    }
}

/// Hands each on to a job of `pool`, and waits for that.
pub(crate) fn answer_on_rayon(pool: &'static rayon::ThreadPool) {
    let mut comes = requests();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while comes.read(&mut buffer).is_ok_and(|length| length > 0) {
            pool.install(|| ());
        }
    });
}
