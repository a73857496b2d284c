//! POSIX message queues by their descriptors, which on Linux can be polled like any other (`mq_overview(7)`).
#![expect(unsafe_code, reason = "nix makes a queue of a descriptor only for who vouches for it")]

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::mqueue::{MQ_OFlag, MqAttr, MqdT, mq_attr_member_t, mq_close, mq_open, mq_receive, mq_send, mq_unlink};
use nix::sys::stat::Mode;

/// How many messages one holds: that of a round, and that nobody is there any more.
const MESSAGES: mq_attr_member_t = 2;

/// Makes a queue for messages of so many bytes, by a name that it has lost already; gives it opened twice, so that each side
/// waits in its own way.
pub fn queue(name: &str, bytes: u32) -> io::Result<[OwnedFd; 2]> {
    let attributes = MqAttr::new(0, MESSAGES, bytes.into(), 0);
    let mode = Mode::S_IRUSR | Mode::S_IWUSR;
    let both = MQ_OFlag::O_RDWR | MQ_OFlag::O_CLOEXEC;
    let one = owned(mq_open(name, both | MQ_OFlag::O_CREAT | MQ_OFlag::O_EXCL, mode, Some(&attributes))?);
    let other = mq_open(name, both, mode, None);
    mq_unlink(name)?;
    Ok([one?, owned(other?)?])
}

/// Has a queue lose its name, if there is one of this name.
pub fn forget_queue(name: &str) {
    let _ = mq_unlink(name);
}

fn owned(queue: MqdT) -> io::Result<OwnedFd> {
    let fd = queue.as_fd().try_clone_to_owned();
    mq_close(queue)?;
    fd
}

/// Puts a message in; an empty one says that nobody is there any more.
pub fn send(queue: BorrowedFd<'_>, message: &[u8]) -> nix::Result<()> {
    mq_send(&of(queue), message, 0)
}

/// Takes a message out, which must fit; gives its length.
pub fn receive(queue: BorrowedFd<'_>, message: &mut [u8]) -> nix::Result<usize> {
    mq_receive(&of(queue), message, &mut 0)
}

/// The queue of a descriptor, for a call that does not outlast it.
fn of(queue: BorrowedFd<'_>) -> MqdT {
    // SAFETY: a borrowed descriptor is open as long as it is borrowed, and the caller's borrow lasts beyond the call that this is
    // made for. `MqdT` closes nothing when it is dropped. Of a descriptor that is no queue the calls fail with EBADF.
    unsafe { MqdT::from_raw_fd(queue.as_raw_fd()) }
}
