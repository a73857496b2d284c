//! The workers of `processes`, from their parent's side: it starts them, reads their messages, and ends all when one ends.

use std::env::current_exe;
use std::fs::File;
use std::io::{self, PipeReader, Write, pipe};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio, exit};

use command_fds::{CommandFdExt, FdMapping};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, raise};
use nix::unistd::close;

use super::member::Member;
use super::worker::{Task, fds};
use crate::cell::{CellError, descriptor};
use crate::plan::{CellPlan, End, probe_pipe};
use crate::record::SharedProgress;

/// All workers of a cell.
#[derive(Debug)]
pub(super) struct Team(Vec<Member>);

/// The descriptors of the workers. Each gets its own probe pipe; the others are the same for all.
struct WorkerFds {
    record: OwnedFd,
    draws: OwnedFd,
    probe_pipes: Vec<OwnedFd>,
    shared_progress: OwnedFd,
    gate: OwnedFd,
    life: OwnedFd,
    foreground_over: OwnedFd,
    over: OwnedFd,
}

impl WorkerFds {
    /// Takes over the descriptors that this process was given, so that a worker inherits only the ones that are mapped for it.
    fn take(plan: &CellPlan, gate: PipeReader) -> Result<Self, CellError> {
        let probe_pipes = || (0..plan.workers).map(probe_pipe);
        let worker_fds = Self {
            record: descriptor(3, true)?.into(),
            draws: descriptor(5, false)?.into(),
            probe_pipes: probe_pipes()
                .map(|number| descriptor(number, false).map(File::into))
                .collect::<Result<_, _>>()?,
            shared_progress: SharedProgress::file(plan.tasks.len())?.into(),
            gate: gate.into(),
            life: io::stdin().as_fd().try_clone_to_owned()?,
            foreground_over: pipe()?.0.into(),
            over: pipe()?.0.into(),
        };
        for number in [3, 5].into_iter().chain(probe_pipes()) {
            close(number.cast_signed()).map_err(|errno| CellError::Descriptor(number, errno.into()))?;
        }
        Ok(worker_fds)
    }

    /// Starts worker `index`.
    fn start(&self, index: usize) -> io::Result<Member> {
        let mut command = Command::new(current_exe()?);
        command.args(["engine", "processes", "--worker", &index.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let given = [
            (&self.record, 3),
            (&self.probe_pipes[index], 4),
            (&self.draws, 5),
            (&self.shared_progress, fds::SHARED_PROGRESS),
            (&self.gate, fds::GATE),
            (&self.life, fds::LIFE),
            (&self.foreground_over, fds::FOREGROUND_OVER),
            (&self.over, fds::OVER),
        ];
        let mappings = given
            .into_iter()
            .map(|(fd, number)| Ok(FdMapping { parent_fd: fd.try_clone()?, child_fd: number.cast_signed() }));
        command.fd_mappings(mappings.collect::<io::Result<_>>()?).map_err(io::Error::other)?;
        command.spawn().map(Member::new)
    }
}

impl Team {
    /// Starts each worker of the plan and sends it its task.
    pub(super) fn start(plan: &CellPlan, gate: PipeReader) -> Result<Self, CellError> {
        let worker_fds = WorkerFds::take(plan, gate)?;
        let task = Task { of: plan.workers, plan: CellPlan { workers: 1, ..plan.clone() } };
        let mut line = serde_json::to_vec(&task)?;
        line.push(b'\n');
        let mut team = Self(Vec::new());
        for index in 0..plan.workers as usize {
            team.0.push(worker_fds.start(index)?);
        }
        for member in &mut team.0 {
            match member.leash.write_all(&line) {
                // A worker that has died already is detected when its messages are read.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                written => written?,
            }
        }
        Ok(team)
    }

    /// Waits until every worker has sent `ready`.
    pub(super) fn hear_until_all_are_ready(&mut self) -> io::Result<()> {
        self.hear_until(|member| member.is_ready)
    }

    /// Waits until every worker has sent `end`.
    pub(super) fn hear_until_all_have_ended(&mut self) -> io::Result<()> {
        self.hear_until(|member| member.end.is_some())
    }

    fn hear_until(&mut self, is_so: impl Fn(&Member) -> bool) -> io::Result<()> {
        while !self.0.iter().all(&is_so) {
            self.wait()?;
            for index in 0..self.0.len() {
                let member = &mut self.0[index];
                member.hear()?;
                if member.is_lost() {
                    self.end_like(index);
                }
            }
        }
        Ok(())
    }

    /// Waits until a worker writes something, or ends.
    pub(super) fn wait(&self) -> io::Result<()> {
        let open = self.0.iter().flat_map(Member::open);
        let mut fds: Vec<PollFd> = open.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Waits for the workers' exits; gives their total usage and the figures of all their named steps.
    pub(super) fn dismiss(mut self) -> io::Result<End> {
        for index in 0..self.0.len() {
            if !self.0[index].child.wait()?.success() {
                self.end_like(index);
            }
        }
        let mut ends = self.0.iter_mut().filter_map(|member| member.end.take());
        let mut all = ends.next().expect("a worker, which has ended");
        for more in ends {
            all.usage = all.usage.plus(more.usage);
            all.named_steps.iter_mut().zip(&more.named_steps).for_each(|(step, more)| step.add(more));
            all.peers.iter_mut().zip(more.peers).for_each(|(peers, more)| peers.add(more));
            all.joined = all.joined.wrapping_add(more.joined);
        }
        Ok(all)
    }

    /// A worker has ended too early, and so does the cell: ends the other workers, then this process in the same way.
    fn end_like(&mut self, index: usize) -> ! {
        let status = self.0[index].reap();
        for member in &mut self.0 {
            member.reap();
        }
        let how = match (status.signal(), status.code()) {
            (Some(signal), _) => {
                let name = Signal::try_from(signal).map_or_else(|_| signal.to_string(), |signal| signal.to_string());
                format!("was ended by {name}")
            }
            (None, Some(0)) => "ended before its time".to_owned(),
            (None, code) => format!("ended with exit code {}", code.unwrap_or(-1)),
        };
        let words = self.0[index].last_words();
        let words = words.map(|words| format!(": {words}")).unwrap_or_default();
        eprintln!("error: worker process {index} {how}{words}");
        end_like(status)
    }
}

/// However this process ends, no worker is left.
impl Drop for Team {
    fn drop(&mut self) {
        for member in &mut self.0 {
            member.reap();
        }
    }
}

fn end_like(status: ExitStatus) -> ! {
    if let Some(signal) = status.signal().and_then(|signal| Signal::try_from(signal).ok()) {
        // For some signals the standard library's handler takes the first and resets itself for the next.
        let _ = raise(signal);
        let _ = raise(signal);
    }
    exit(status.code().filter(|code| *code != 0).unwrap_or(1))
}
