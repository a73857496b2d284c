//! Names for FIFOs and message queues, which need one from when they are made until both of their ends are open.
//!
//! The names are those of a folder that is locked meanwhile. A process that is killed here leaves a folder without a lock. The
//! next process that needs names removes that folder, and the queue of its name.

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

/// How the names of the folders begin, and those of the queues.
const PREFIX: &str = "taskmix-names-";

/// How many random letters follow.
const LETTERS: usize = 24;

/// A name that no other process uses, for one FIFO or queue after the other.
pub(super) struct Names {
    folder: TempDir,
    /// Released after the folder is removed.
    _lock: File,
}

impl Names {
    /// Removes the folders that killed processes have left, and takes a name.
    pub(super) fn new() -> io::Result<Self> {
        Self::within(&temp_dir())
    }

    fn within(parent: &Path) -> io::Result<Self> {
        clear(parent);
        loop {
            let mut builder = Builder::new();
            builder.prefix(PREFIX).rand_bytes(LETTERS).permissions(Permissions::from_mode(0o700));
            let folder = builder.tempdir_in(parent)?;
            // Until it has its lock, other processes may take it for one that was left, and remove it.
            if let Some(lock) = lock(folder.path()) {
                return Ok(Self { folder, _lock: lock });
            }
        }
    }

    /// Both ends of a named pipe whose name is removed: the reading end, then the writing one.
    pub(super) fn fifo(&self) -> io::Result<[OwnedFd; 2]> {
        let path = self.folder.path().join("fifo");
        mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR)?;
        let ends = open_fifo(&path);
        std::fs::remove_file(path)?;
        ends
    }

    /// A message queue whose name is removed, opened twice.
    pub(super) fn queue(&self, bytes: u32) -> io::Result<[OwnedFd; 2]> {
        queue(&name_of(self.folder.path()), bytes)
    }
}

/// The name of a folder's queue.
fn name_of(folder: &Path) -> String {
    format!("/{}", folder.file_name().unwrap_or_default().display())
}

/// Locks a folder; `None` if another process has locked it, or if it no longer exists. A lock ends with its process.
fn lock(folder: &Path) -> Option<File> {
    let flags = (OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW).bits();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(folder).ok()?;
    file.try_lock().ok()?;
    let is_there = file.metadata().is_ok_and(|folder| folder.nlink() > 0);
    is_there.then_some(file)
}

/// Removes the folders and queues that killed processes have left. Those that can't be removed stay.
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
    // Non-blocking, as there is no writer yet; the writer then finds a reader.
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

    /// Leaves a folder and a queue as a killed process does: the lock is gone, the rest is there.
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
    fn a_new_name_removes_folders_that_were_left_and_none_in_use() {
        let parent = tempfile::tempdir().unwrap();
        let folders = || fs::read_dir(parent.path()).unwrap().count();
        let mine = parent.path().join("taskmix-notes");
        fs::create_dir(&mine).unwrap();
        let others = Names::within(parent.path()).unwrap();
        let queue = left_in(parent.path());
        assert_eq!(folders(), 3);
        let names = Names::within(parent.path()).unwrap();
        assert_eq!(mq_open(queue.as_str(), MQ_OFlag::O_RDONLY, Mode::S_IRUSR, None).unwrap_err(), Errno::ENOENT);
        assert_eq!(folders(), 3, "`mine`, that of `others` and that of `names`");
        assert!(mine.exists() && others.folder.path().exists());
        names.fifo().unwrap();
        names.queue(64).unwrap();
        assert_eq!(fs::read_dir(names.folder.path()).unwrap().count(), 0, "names are removed at once");
        drop((names, others));
        assert_eq!(folders(), 1);
    }
}
