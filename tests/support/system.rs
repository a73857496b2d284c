//! The system's processes, from `/proc` (proc(5)).

use std::collections::BTreeSet;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// The longest wait for something that should happen at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(12);

/// A process's number and start time: the system may give the number to another process later.
pub(crate) type Process = (i32, String);

/// A process as `/proc` shows it.
pub(crate) struct Found {
    /// Its number and start.
    pub(crate) identity: Process,
    /// Its parent's number.
    pub(crate) parent: i32,
    state: char,
}

impl Found {
    /// Whether it runs. A zombie does not: some containers have no process that reaps orphans.
    pub(crate) fn lives(&self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }

    /// Its command line.
    pub(crate) fn arguments(&self) -> String {
        fs::read_to_string(format!("/proc/{}/cmdline", self.identity.0)).unwrap_or_default().replace('\0', " ")
    }
}

/// All processes, from `/proc/<pid>/stat`.
pub(crate) fn processes() -> Vec<Found> {
    let numbers = fs::read_dir("/proc").expect("Linux has /proc").filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        name.parse::<i32>().ok()
    });
    let found = numbers.filter_map(|number| {
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
        // After the name, which may hold any character: state, parent, …, and the start as the twentieth field.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let (state, parent, began) = (fields.first()?.chars().next()?, fields.get(1)?.parse().ok()?, fields.get(19)?);
        Some(Found { identity: (number, (*began).to_owned()), parent, state })
    });
    found.collect()
}

/// The running descendants of a process.
pub(crate) fn descendants(of: u32) -> Vec<Found> {
    let mut parents = BTreeSet::from([of.cast_signed()]);
    let mut rest: Vec<Found> = processes().into_iter().filter(Found::lives).collect();
    let mut found = Vec::new();
    loop {
        let (theirs, others): (Vec<Found>, Vec<Found>) =
            rest.into_iter().partition(|process| parents.contains(&process.parent));
        if theirs.is_empty() {
            return found;
        }
        parents = theirs.iter().map(|process| process.identity.0).collect();
        found.extend(theirs);
        rest = others;
    }
}

/// Waits until `is_so`, for [`PATIENCE`] at most.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
