//! POSIX message queues by their descriptors, which on Linux can be polled like any other (`mq_overview(7)`).
#![expect(unsafe_code, reason = "nix makes a queue of a descriptor only if the caller vouches for it")]

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::mqueue::{MQ_OFlag, MqAttr, MqdT, mq_attr_member_t, mq_close, mq_open, mq_receive, mq_send, mq_unlink};
use nix::sys::stat::Mode;

/// How many messages a queue holds: that of a round, and the one which says that the peer is gone.
const MESSAGES: mq_attr_member_t = 2;

/// Makes a queue for messages of `bytes` bytes, whose name is removed again. Returns it opened twice, so that each side can
/// wait in its own way: by blocking or not.
pub fn queue(name: &str, bytes: u32) -> io::Result<[OwnedFd; 2]> {
    let attributes = MqAttr::new(0, MESSAGES, bytes.into(), 0);
    let mode = Mode::S_IRUSR | Mode::S_IWUSR;
    let both = MQ_OFlag::O_RDWR | MQ_OFlag::O_CLOEXEC;
    let one = owned(mq_open(name, both | MQ_OFlag::O_CREAT | MQ_OFlag::O_EXCL, mode, Some(&attributes))?);
    let other = mq_open(name, both, mode, None);
    mq_unlink(name)?;
    Ok([one?, owned(other?)?])
}

/// Removes the name of a queue, if there is a queue of this name.
pub fn forget_queue(name: &str) {
    let _ = mq_unlink(name);
}

fn owned(queue: MqdT) -> io::Result<OwnedFd> {
    let fd = queue.as_fd().try_clone_to_owned();
    mq_close(queue)?;
    fd
}

/// Sends a message; an empty one says that the peer is gone.
pub fn send(queue: BorrowedFd<'_>, message: &[u8]) -> nix::Result<()> {
    mq_send(&borrowed(queue), message, 0)
}

/// Receives a message, which must fit; returns its length.
pub fn receive(queue: BorrowedFd<'_>, message: &mut [u8]) -> nix::Result<usize> {
    mq_receive(&borrowed(queue), message, &mut 0)
}

/// The queue of a descriptor, for a call that does not outlast it.
fn borrowed(queue: BorrowedFd<'_>) -> MqdT {
    // SAFETY: a borrowed descriptor is open as long as it is borrowed, and the caller's borrow lasts beyond the call that this is
    // made for. `MqdT` closes nothing when it is dropped. Of a descriptor that is no queue the calls fail with EBADF.
    unsafe { MqdT::from_raw_fd(queue.as_raw_fd()) }
}
