//! Where a run's folder stands, and the link to the newest.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::FolderError;

/// The name of the link to the newest run.
pub(super) const LATEST: &str = "latest";

/// Makes a folder that did not exist, named after the time. Returns its path and its name.
pub(super) fn claim(runs: &Path, now: Timestamp) -> Result<(PathBuf, String), FolderError> {
    let time = now.strftime("%Y-%m-%dT%H-%M-%SZ").to_string();
    let mut name = time.clone();
    let mut number = 2_u32;
    loop {
        let path = runs.join(&name);
        // Creating the folder is the only check for its existence without a race.
        match fs::create_dir(&path) {
            Ok(()) => return Ok((path, name)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => name = format!("{time}-{number}"),
            Err(error) => return Err(FolderError::of(&path, None, error)),
        }
        number += 1;
    }
}

/// The order of run ids: the time, then the number after it; `None` if the name is no run id.
pub(super) fn age(run_id: &str) -> Option<(DateTime, u32)> {
    let (time, number) = match run_id.split_once("Z-") {
        Some((time, number)) => (time, number.parse().ok()?),
        None => (run_id.strip_suffix('Z')?, 1),
    };
    Some((DateTime::strptime("%Y-%m-%dT%H-%M-%S", time).ok()?, number))
}

/// Points `latest` to a run, in one step: at any time it points to the last run or to this one.
pub(super) fn point_latest(runs: &Path, run_id: &str) -> Result<(), FolderError> {
    let latest = runs.join(LATEST);
    let beside = runs.join(format!(".{LATEST}-{run_id}"));
    let done = symlink(run_id, &beside).and_then(|()| fs::rename(&beside, &latest));
    done.map_err(|error| {
        let _ = fs::remove_file(&beside);
        FolderError::of(&latest, None, error)
    })
}
