//! The cores on which the threads of this process may run, and the core on which a thread is.

use std::io;

use nix::sched::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
use nix::unistd::Pid;

/// The calling thread, as the kernel's calls name it.
const CALLER: Pid = Pid::from_raw(0);

/// The cores that the calling thread may use, ascending: those of its affinity that its cgroup allows. Empty if they can't
/// be read.
pub fn allowed_cpus() -> Vec<u32> {
    let Ok(set) = sched_getaffinity(CALLER) else { return Vec::new() };
    (0..CpuSet::count()).filter(|cpu| set.is_set(*cpu).unwrap_or(false)).map(|cpu| cpu as u32).collect()
}

/// Restricts the calling thread to these cores, and all threads and processes that it starts from now on.
pub fn confine(cpus: &[u32]) -> io::Result<()> {
    let mut set = CpuSet::new();
    cpus.iter().try_for_each(|cpu| set.set(*cpu as usize))?;
    Ok(sched_setaffinity(CALLER, &set)?)
}

/// Runs `action` on these cores, then gives the calling thread back its former cores. An empty list means any core.
pub fn confined<T>(cpus: &[u32], action: impl FnOnce() -> T) -> io::Result<T> {
    if cpus.is_empty() {
        return Ok(action());
    }
    let before = sched_getaffinity(CALLER)?;
    confine(cpus)?;
    let result = action();
    sched_setaffinity(CALLER, &before)?;
    Ok(result)
}

/// The core on which the calling thread runs; `None` where the kernel doesn't report it.
pub fn present_cpu() -> Option<u32> {
    sched_getcpu().ok().map(|cpu| cpu as u32)
}

/// Cores as people and the kernel write them: `0-2, 5`.
pub fn cpu_list(cpus: &[u32]) -> String {
    let runs = cpus.chunk_by(|one, next| one + 1 == *next);
    let text = |run: &[u32]| match run {
        [one] => one.to_string(),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    };
    runs.map(text).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_confined_action_runs_on_its_core_and_the_former_cores_come_back() {
        let before = allowed_cpus();
        for cpu in &before {
            let inside = confined(&[*cpu], || thread::spawn(|| (allowed_cpus(), present_cpu())).join().unwrap());
            assert_eq!(inside.unwrap(), (vec![*cpu], Some(*cpu)), "inherited");
            assert_eq!(allowed_cpus(), before);
        }
        assert_eq!(confined(&[], allowed_cpus).unwrap(), before);
        assert!(confined(&[1_023], || ()).is_err(), "there is no such core");
        assert_eq!(allowed_cpus(), before);
    }

    #[test]
    fn runs_of_cores_are_written_by_their_ends() {
        for (cpus, text) in
            [(&[][..], ""), (&[3], "3"), (&[0, 1], "0-1"), (&[0, 2, 3, 4, 7], "0, 2-4, 7"), (&[1, 3], "1, 3")]
        {
            assert_eq!(cpu_list(cpus), text);
        }
    }
}
