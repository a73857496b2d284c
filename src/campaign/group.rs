//! A program's process and its descendants, which end together.
//!
//! A cell's record may only be read when no process writes it any more. So when the engine's first process has ended, the rest of
//! its process group is killed and waited for. This process is their subreaper, so orphans become its children.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, ExitStatus};

use nix::errno::Errno;
use nix::sys::prctl::set_child_subreaper;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;

/// A process group and its leader. On drop all of its processes are killed and reaped.
#[derive(Debug)]
pub(super) struct ProcessGroup {
    leader: Child,
    /// How the leader ended, once it is reaped. From then on another process may have its pid.
    ended: Option<ExitStatus>,
}

impl ProcessGroup {
    /// Starts `command` in a group of its own, so that a Ctrl-C at the terminal reaches this process alone.
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        set_child_subreaper(true)?;
        Ok(Self { leader: command.process_group(0).spawn()?, ended: None })
    }

    /// The leader's standard output, once.
    pub(super) fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.leader.stdout.take()
    }

    /// How the leader ended, if it has; then no process of its group is left.
    pub(super) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.ended.is_some() {
            return Ok(self.ended);
        }
        // Not reaped until the rest is killed: until then the leader's pid can't belong to another group.
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        match waitid(Id::Pid(self.pid()), flags) {
            Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => Ok(None),
            Ok(_) => self.kill().map(Some),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Kills the whole group. Returns how the leader ended, which may have been by itself.
    pub(super) fn kill(&mut self) -> io::Result<ExitStatus> {
        if let Some(status) = self.ended {
            return Ok(status);
        }
        let group = self.pid();
        // The leader by its own pid, too: it may have moved to another group and left its own empty.
        let _ = killpg(group, Signal::SIGKILL);
        self.leader.kill()?;
        let status = self.leader.wait()?;
        self.ended = Some(status);
        // The leader's children are this process's children by now, and dying.
        while let Ok(_) | Err(Errno::EINTR) = waitpid(Pid::from_raw(-group.as_raw()), None) {}
        Ok(status)
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.leader.id().cast_signed())
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// Raises the soft limit on open files to the hard limit, for engines that have descriptors for each worker.
pub(super) fn raise_file_limit() {
    if let Ok((_, hard_limit)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // If this is refused, the start of the engine fails and says so.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard_limit, hard_limit);
    }
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    /// A leader that starts a child process, prints its pid, and goes on with the script `then`.
    fn group(then: &str) -> (ProcessGroup, i32) {
        let mut command = Command::new("sh");
        let script = format!("sleep 60 </dev/null >/dev/null & echo $!; {then}");
        let mut group = ProcessGroup::start(command.args(["-c", &script]).stdout(Stdio::piped())).unwrap();
        let mut line = String::new();
        io::BufRead::read_line(&mut io::BufReader::new(group.take_stdout().unwrap()), &mut line).unwrap();
        (group, line.trim().parse().unwrap())
    }

    fn lives(pid: i32) -> bool {
        nix::sys::signal::kill(Pid::from_raw(pid), None).is_ok()
    }

    #[test]
    fn no_process_is_left_of_a_killed_group() {
        let (mut group, child) = group("sleep 60");
        assert_eq!(group.try_wait().unwrap(), None);
        assert!(lives(child));
        assert!(!group.kill().unwrap().success());
        assert!(!lives(child), "it is dead, and reaped");
        assert!(group.try_wait().unwrap().is_some_and(|status| !status.success()));
    }

    #[test]
    fn a_leader_that_ends_by_itself_leaves_no_process_and_keeps_its_exit_code() {
        let (mut group, child) = group("exit 7");
        let began = Instant::now();
        let status = loop {
            if let Some(status) = group.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "it ends at once");
            thread::sleep(Duration::from_millis(1));
        };
        assert_eq!(status.code(), Some(7));
        assert!(!lives(child));
        assert_eq!(group.kill().unwrap().code(), Some(7));
    }
}
