//! Errors of a run's folder.

use std::io;
use std::path::{Path, PathBuf};

/// A file or folder of a run can't be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The disk is full, or its quota is used up.
    #[error("no room to write `{}`; free space or choose another folder with `--out`{}", path.display(), kept(saved.as_deref()))]
    Full {
        /// The file or folder that was to be written.
        path: PathBuf,
        /// Where the rows measured so far are, if there are any.
        saved: Option<PathBuf>,
        /// What the system says.
        source: io::Error,
    },
    /// Any other cause.
    #[error("cannot write `{}`; choose another folder with `--out`{}", path.display(), kept(saved.as_deref()))]
    Write {
        /// The file or folder that was to be written.
        path: PathBuf,
        /// Where the rows measured so far are, if there are any.
        saved: Option<PathBuf>,
        /// What the system says.
        source: io::Error,
    },
}

fn kept(saved: Option<&Path>) -> String {
    saved.map(|path| format!("; rows measured so far are in `{}`", path.display())).unwrap_or_default()
}

impl FolderError {
    /// A file that can't be written; nothing else was lost.
    pub fn unwritable(path: &Path, source: io::Error) -> Self {
        Self::of(path, None, source)
    }

    pub(super) fn of(path: &Path, saved: Option<&Path>, source: io::Error) -> Self {
        let (path, saved) = (path.to_owned(), saved.map(Path::to_owned));
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path, saved, source },
            _ => Self::Write { path, saved, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn a_full_disk_gets_its_remedy_and_keeps_its_cause() {
        let full = io::Error::from_raw_os_error(nix::errno::Errno::ENOSPC as i32);
        let error = FolderError::of(Path::new("r/tasks.csv"), Some(Path::new("r/samples.csv")), full);
        assert_eq!(
            error.to_string(),
            "no room to write `r/tasks.csv`; free space or choose another folder with `--out`; \
             rows measured so far are in `r/samples.csv`"
        );
        assert_eq!(error.source().unwrap().to_string(), "No space left on device (os error 28)");
    }

    #[test]
    fn any_other_error_names_its_path_and_a_remedy() {
        let error = FolderError::of(Path::new("/proc/x"), None, io::ErrorKind::PermissionDenied.into());
        assert_eq!(error.to_string(), "cannot write `/proc/x`; choose another folder with `--out`");
    }
}
