//! A program's process and whatever it has started itself: they end together.
//!
//! A cell's record is read when nobody writes it any more. So whoever is left of the engine's process group when its first
//! process has ended is killed, and waited for: orphans come to this process, which is made their reaper.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, ExitStatus};

use nix::errno::Errno;
use nix::sys::prctl::set_child_subreaper;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;

/// A process that leads a group of its own, and its group. Dropped, they are killed and reaped.
#[derive(Debug)]
pub(super) struct Family {
    leader: Child,
    /// How the leader ended, once it is reaped: from then on its number may be another's.
    ended: Option<ExitStatus>,
}

impl Family {
    /// Starts `command` in a group of its own: a Ctrl-C at the terminal is this process's to handle.
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        set_child_subreaper(true)?;
        Ok(Self { leader: command.process_group(0).spawn()?, ended: None })
    }

    /// The leader's standard output, once.
    pub(super) fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.leader.stdout.take()
    }

    /// How the leader ended, if it has; then nobody of its group is left.
    pub(super) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.ended.is_some() {
            return Ok(self.ended);
        }
        // Left as it is until the rest is killed: as long as it is not reaped its number is the group's.
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        match waitid(Id::Pid(self.pid()), flags) {
            Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => Ok(None),
            Ok(_) => self.kill().map(Some),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Ends all of them; gives how the leader ended, which may have been by itself.
    pub(super) fn kill(&mut self) -> io::Result<ExitStatus> {
        if let Some(status) = self.ended {
            return Ok(status);
        }
        let group = self.pid();
        // The leader by its own number, too: it may have gone to another group, and left its own empty.
        let _ = killpg(group, Signal::SIGKILL);
        self.leader.kill()?;
        let status = self.leader.wait()?;
        self.ended = Some(status);
        // Whoever had the leader for a parent is this process's child by now, and dying.
        while let Ok(_) | Err(Errno::EINTR) = waitpid(Pid::from_raw(-group.as_raw()), None) {}
        Ok(status)
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.leader.id().cast_signed())
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// Raises the limit on open files to what this process may have, for engines that have descriptors for each worker.
pub(super) fn raise_file_limit() {
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // Refused, the start of the engine fails and says so.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    /// A leader that starts a process of its own, tells its number, and goes on as `then` says.
    fn family(then: &str) -> (Family, i32) {
        let mut command = Command::new("sh");
        let script = format!("sleep 60 </dev/null >/dev/null & echo $!; {then}");
        let mut family = Family::start(command.args(["-c", &script]).stdout(Stdio::piped())).unwrap();
        let mut line = String::new();
        io::BufRead::read_line(&mut io::BufReader::new(family.take_stdout().unwrap()), &mut line).unwrap();
        (family, line.trim().parse().unwrap())
    }

    fn lives(pid: i32) -> bool {
        nix::sys::signal::kill(Pid::from_raw(pid), None).is_ok()
    }

    #[test]
    fn nobody_of_a_family_that_is_killed_is_left() {
        let (mut family, child) = family("sleep 60");
        assert_eq!(family.try_wait().unwrap(), None);
        assert!(lives(child));
        assert!(!family.kill().unwrap().success());
        assert!(!lives(child), "it is dead, and reaped");
        assert!(family.try_wait().unwrap().is_some_and(|status| !status.success()));
    }

    #[test]
    fn a_leader_that_ends_by_itself_leaves_nobody_and_keeps_its_exit_code() {
        let (mut family, child) = family("exit 7");
        let began = Instant::now();
        let status = loop {
            if let Some(status) = family.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "it ends at once");
            thread::sleep(Duration::from_millis(1));
        };
        assert_eq!(status.code(), Some(7));
        assert!(!lives(child));
        assert_eq!(family.kill().unwrap().code(), Some(7));
    }
}
