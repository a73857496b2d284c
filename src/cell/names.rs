//! Names of FIFOs and message queues, for the moments from when they are made to when both of their ends are open.
//!
//! They are those of a folder, which is under a lock meanwhile. Whoever is killed amid this leaves a folder without a lock, and
//! the next who needs names clears it away, with the queue of its name.

use std::env::temp_dir;
use std::fs::{File, OpenOptions, Permissions, read_dir, remove_dir_all};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use tempfile::{Builder, TempDir};

use crate::step::{forget_queue, queue};

/// How the folders are called, and the queues too.
const PREFIX: &str = "taskmix-names-";

/// So many letters behind that.
const LETTERS: usize = 24;

/// A name that nobody else uses, for one thing after the other.
pub(super) struct Names {
    folder: TempDir,
    /// Let go of behind the folder.
    _lock: File,
}

impl Names {
    /// Clears away what others have left, and takes a name.
    pub(super) fn new() -> io::Result<Self> {
        Self::within(&temp_dir())
    }

    fn within(parent: &Path) -> io::Result<Self> {
        clear(parent);
        loop {
            let mut builder = Builder::new();
            builder.prefix(PREFIX).rand_bytes(LETTERS).permissions(Permissions::from_mode(0o700));
            let folder = builder.tempdir_in(parent)?;
            // Until it has its lock, others take it for one that was left.
            if let Some(lock) = lock(folder.path()) {
                return Ok(Self { folder, _lock: lock });
            }
        }
    }

    /// Both ends of a named pipe, which has lost its name: what is read, and what is written.
    pub(super) fn fifo(&self) -> io::Result<[OwnedFd; 2]> {
        let path = self.folder.path().join("fifo");
        mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR)?;
        let ends = open_fifo(&path);
        std::fs::remove_file(path)?;
        ends
    }

    /// A message queue, which has lost its name, opened twice.
    pub(super) fn queue(&self, bytes: u32) -> io::Result<[OwnedFd; 2]> {
        queue(&name_of(self.folder.path()), bytes)
    }
}

/// The queue's name that goes with a folder.
fn name_of(folder: &Path) -> String {
    format!("/{}", folder.file_name().unwrap_or_default().display())
}

/// Locks a folder; nothing if somebody else has it, or if it is there no more. A lock ends with its process.
fn lock(folder: &Path) -> Option<File> {
    let flags = (OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW).bits();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(folder).ok()?;
    file.try_lock().ok()?;
    let is_there = file.metadata().is_ok_and(|folder| folder.nlink() > 0);
    is_there.then_some(file)
}

/// Removes what is left of those who were killed. What can't be removed stays.
fn clear(parent: &Path) {
    let entries = read_dir(parent).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes())) {
        let folder = entry.path();
        if let Some(_lock) = lock(&folder) {
            forget_queue(&name_of(&folder));
            let _ = remove_dir_all(folder);
        }
    }
}

fn open_fifo(path: &Path) -> io::Result<[OwnedFd; 2]> {
    // To read without waiting for whoever writes; then there is somebody who reads.
    let reader = OpenOptions::new().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)?;
    let writer = OpenOptions::new().write(true).open(path)?;
    fcntl(&reader, FcntlArg::F_SETFL(OFlag::empty()))?;
    Ok([reader, writer].map(File::into))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use nix::errno::Errno;
    use nix::mqueue::{MQ_OFlag, MqAttr, mq_close, mq_open};

    use super::*;

    /// What is left of one who was killed amid both: his lock is gone, nothing else.
    fn left_in(parent: &Path) -> String {
        let Names { folder, _lock } = Names::within(parent).unwrap();
        let folder = folder.keep();
        mkfifo(&folder.join("fifo"), Mode::S_IRUSR).unwrap();
        let flags = MQ_OFlag::O_RDWR | MQ_OFlag::O_CREAT | MQ_OFlag::O_EXCL;
        let name = name_of(&folder);
        let attributes = MqAttr::new(0, 1, 8, 0);
        mq_close(mq_open(name.as_str(), flags, Mode::S_IRUSR, Some(&attributes)).unwrap()).unwrap();
        name
    }

    #[test]
    fn whoever_needs_a_name_clears_away_what_others_have_left_and_not_what_they_use() {
        let parent = tempfile::tempdir().unwrap();
        let folders = || fs::read_dir(parent.path()).unwrap().count();
        let mine = parent.path().join("taskmix-notes");
        fs::create_dir(&mine).unwrap();
        let others = Names::within(parent.path()).unwrap();
        let queue = left_in(parent.path());
        assert_eq!(folders(), 3);
        let names = Names::within(parent.path()).unwrap();
        assert_eq!(mq_open(queue.as_str(), MQ_OFlag::O_RDONLY, Mode::S_IRUSR, None).unwrap_err(), Errno::ENOENT);
        assert_eq!(folders(), 3, "mine, the others' and that of `names`");
        assert!(mine.exists() && others.folder.path().exists());
        names.fifo().unwrap();
        names.queue(64).unwrap();
        assert_eq!(fs::read_dir(names.folder.path()).unwrap().count(), 0, "it is nameless at once");
        drop((names, others));
        assert_eq!(folders(), 1);
    }
}
