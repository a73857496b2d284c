//! How many threads this process may start under each limit of the system.

use std::fs;
use std::path::{Path, PathBuf};

use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};

use super::{field, kib, line};

/// A limit of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceiling {
    /// The file or the setting that holds it.
    pub name: String,
    /// Its value, as the system reports it.
    pub value: u64,
    /// How much of it is left, in the unit of the list that contains it.
    pub free: u64,
    /// What to do about it: a fragment of a sentence.
    pub remedy: &'static str,
}

/// The limits on threads, each list in a unit of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThreadRoom {
    /// In threads.
    pub threads: Vec<Ceiling>,
    /// In memory mappings of one process.
    pub mappings: Vec<Ceiling>,
    /// In bytes of address space, touched or not.
    pub address_space: Vec<Ceiling>,
}

/// The unit in which the system reports some limits.
const KIB: u64 = 1024;

/// The limits on this process' threads, now.
pub fn thread_room() -> ThreadRoom {
    let machine = threads_of_the_machine().unwrap_or(0);
    let threads = [
        sysctl("/proc/sys/kernel/threads-max", machine, "raise the limit, as with `sysctl kernel.threads-max=…`"),
        sysctl("/proc/sys/kernel/pid_max", machine, "raise the limit, as with `sysctl kernel.pid_max=…`"),
        processes_of_the_user(),
        tightest_cgroup(),
    ];
    let mappings = mappings().unwrap_or(0);
    let mapping_limit =
        sysctl("/proc/sys/vm/max_map_count", mappings, "raise the limit, as with `sysctl vm.max_map_count=…`");
    ThreadRoom {
        threads: threads.into_iter().flatten().collect(),
        mappings: mapping_limit.into_iter().collect(),
        address_space: [address_space(), commitment()].into_iter().flatten().collect(),
    }
}

/// How many more mappings this process may have.
pub fn mappings_left() -> Option<u64> {
    let limit: u64 = line("/proc/sys/vm/max_map_count")?.parse().ok()?;
    Some(limit.saturating_sub(mappings()?))
}

fn mappings() -> Option<u64> {
    fs::read_to_string("/proc/self/maps").ok().map(|maps| maps.lines().count() as u64)
}

fn sysctl(path: &str, used: u64, remedy: &'static str) -> Option<Ceiling> {
    let value: u64 = line(path)?.parse().ok()?;
    Some(Ceiling { name: path.to_owned(), value, free: value.saturating_sub(used), remedy })
}

/// The number of all threads of the machine: the fourth field of `/proc/loadavg` is `running/all`.
fn threads_of_the_machine() -> Option<u64> {
    line("/proc/loadavg")?.split_whitespace().nth(3)?.split_once('/')?.1.parse().ok()
}

const SYS_ADMIN: u64 = 1 << 21;
const SYS_RESOURCE: u64 = 1 << 24;

fn capabilities() -> Option<u64> {
    u64::from_str_radix(&field("/proc/self/status", "CapEff")?, 16).ok()
}

/// Whether this process may exceed the system's resource limits (capabilities(7), `CAP_SYS_RESOURCE`).
pub(super) fn may_exceed_limits() -> bool {
    capabilities().is_some_and(|capabilities| capabilities & SYS_RESOURCE != 0)
}

/// The limit on the user's threads, if it applies: the superuser and two capabilities are exempt (getrlimit(2)).
fn processes_of_the_user() -> Option<Ceiling> {
    let value = soft_limit(Resource::RLIMIT_NPROC)?;
    let user: u32 = field("/proc/self/status", "Uid")?.split_whitespace().next()?.parse().ok()?;
    let capabilities = capabilities()?;
    if user == 0 || capabilities & (SYS_ADMIN | SYS_RESOURCE) != 0 {
        return None;
    }
    let free = value.saturating_sub(threads_of_user(user));
    Some(Ceiling { name: "ulimit -u".to_owned(), value, free, remedy: "raise the limit, as with `ulimit -u …`" })
}

pub(super) fn soft_limit(resource: Resource) -> Option<u64> {
    getrlimit(resource).ok().map(|(soft, _)| soft).filter(|soft| *soft != RLIM_INFINITY)
}

fn threads_of_user(user: u32) -> u64 {
    let Ok(processes) = fs::read_dir("/proc") else { return 0 };
    let statuses = processes.filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("status")).ok());
    statuses.filter_map(|status| threads_if_owned(&status, user)).sum()
}

/// The number of threads of a process, if it belongs to the user.
fn threads_if_owned(status: &str, user: u32) -> Option<u64> {
    let value = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let real: u32 = value("Uid")?.split_whitespace().next()?.parse().ok()?;
    if real == user { value("Threads")?.trim().parse().ok() } else { None }
}

/// The limit of the cgroup, among this process' own and its ancestors, that lets the fewest more threads start.
fn tightest_cgroup() -> Option<Ceiling> {
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    let groups = cgroups(&own, &mounts).into_iter();
    groups.filter_map(|folder| pids_of(&folder)).min_by_key(|limit| limit.free)
}

/// The cgroup folders that may limit the number of threads: of version 2, and of version 1's controller `pids`.
fn cgroups(own: &str, mounts: &str) -> Vec<PathBuf> {
    let is_pids = |options: &str| options.split(',').any(|option| option == "pids");
    let mut folders = Vec::new();
    for mount in mounts.lines() {
        let fields: Vec<&str> = mount.split_whitespace().collect();
        let [_, root, kind, options, ..] = fields[..] else { continue };
        let is_own = |hierarchy: &str, controllers: &str| match kind {
            "cgroup2" => hierarchy == "0" && controllers.is_empty(),
            "cgroup" => is_pids(options) && is_pids(controllers),
            _ => false,
        };
        for line in own.lines() {
            let mut parts = line.splitn(3, ':');
            let (Some(hierarchy), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
                continue;
            };
            if is_own(hierarchy, controllers) {
                let inner: PathBuf = Path::new(root).join(path.trim_start_matches('/')).components().collect();
                folders.extend(inner.ancestors().take_while(|folder| folder.starts_with(root)).map(Path::to_owned));
            }
        }
    }
    folders
}

fn pids_of(folder: &Path) -> Option<Ceiling> {
    let number = |name: &str| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
    // `max` is no number, and no limit.
    let value = number("pids.max")?;
    let name = folder.join("pids.max").display().to_string();
    let free = value.saturating_sub(number("pids.current").unwrap_or(0));
    Some(Ceiling {
        name,
        value,
        free,
        remedy: "raise the limit, as with `TasksMax=` of its unit or `--pids-limit` of its container",
    })
}

fn address_space() -> Option<Ceiling> {
    let value = soft_limit(Resource::RLIMIT_AS)?;
    Some(Ceiling {
        name: "ulimit -v".to_owned(),
        value: value / KIB,
        free: value,
        remedy: "raise the limit, or lower `stack_size`",
    })
}

/// The memory that all processes together may commit, where the system doesn't overcommit.
fn commitment() -> Option<Ceiling> {
    const STRICT: &str = "2";
    line("/proc/sys/vm/overcommit_memory").filter(|mode| mode == STRICT)?;
    let (value, used) = (kib("CommitLimit")?, kib("Committed_AS")?);
    let name = "CommitLimit of /proc/meminfo".to_owned();
    Some(Ceiling {
        name,
        value: value / KIB,
        free: value.saturating_sub(used),
        remedy: "lower `stack_size`, or let memory be overcommitted",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "proc /proc proc rw 0 0\n\
                          cgroup /sys/fs/cgroup/cpu cgroup rw,relatime,cpu 0 0\n\
                          cgroup /sys/fs/cgroup/pids cgroup rw,relatime,pids 0 0\n\
                          cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0\n";

    fn paths(folders: &[PathBuf]) -> Vec<&str> {
        folders.iter().map(|folder| folder.to_str().unwrap()).collect()
    }

    #[test]
    fn the_own_cgroup_and_its_ancestors_are_found_in_both_versions() {
        let both = cgroups("4:cpu:/x\n8:pids:/a/b\n0::/user.slice\n", MOUNTS);
        let (pids, unified) = ("/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified");
        let expected = [
            format!("{pids}/a/b"),
            format!("{pids}/a"),
            pids.to_owned(),
            format!("{unified}/user.slice"),
            unified.to_owned(),
        ];
        assert_eq!(paths(&both), expected);
        assert_eq!(paths(&cgroups("8:pids:/\n", MOUNTS)), [pids], "the root");
        assert_eq!(paths(&cgroups("0::/../../up\n", MOUNTS)).first(), Some(&"/sys/fs/cgroup/unified/../../up"));
        assert!(cgroups("4:cpu:/x\n", MOUNTS).is_empty());
    }

    #[test]
    fn a_cgroup_s_limit_is_read_with_its_use_and_max_is_no_limit() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("pids.max"), "500\n").unwrap();
        fs::write(folder.path().join("pids.current"), "120\n").unwrap();
        let limit = pids_of(folder.path()).unwrap();
        assert_eq!((limit.value, limit.free), (500, 380));
        fs::write(folder.path().join("pids.max"), "max\n").unwrap();
        assert_eq!(pids_of(folder.path()), None);
    }

    #[test]
    fn threads_are_counted_by_the_real_user() {
        let status = "Name:\tx\nUid:\t7\t8\t8\t8\nThreads:\t5\n";
        assert_eq!((threads_if_owned(status, 7), threads_if_owned(status, 8)), (Some(5), None));
    }

    #[test]
    fn this_machine_has_limits_that_let_a_thread_start() {
        let room = thread_room();
        assert!(room.threads.iter().all(|limit| limit.free > 0), "this test has a thread of its own: {room:?}");
        assert!(room.threads.iter().any(|limit| limit.name == "/proc/sys/kernel/threads-max"), "{room:?}");
        let [maps] = &room.mappings[..] else { panic!("{room:?}") };
        assert!(maps.free > 0 && maps.free < maps.value, "this process has mappings: {maps:?}");
    }
}
