//! Starts a cell: its record, its draws, its probe's helper, its process.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Write, pipe};
use std::num::NonZeroU64;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

use command_fds::{CommandFdExt, FdMapping};
use nix::fcntl::{FcntlArg, fcntl};

use super::group::{ProcessGroup, raise_file_limit};
use super::program::Program;
use taskmix_engine::host::confined;
use taskmix_engine::plan::{CellPlan, PointPlan, probe_pipe, probe_pipes};
use taskmix_engine::record::layout::{NONE, NOWHERE};
use taskmix_engine::record::{Mapping, memory_file};
use taskmix_engine::scenario::EngineName;

/// The largest pipe that an unprivileged process may have, bytes. At a probe a millisecond it holds two minutes. Several probe
/// pipes share this size.
const PIPE_BYTES: i32 = 1 << 20;

/// How to start engines and their helpers: this program's own, and custom engines.
#[derive(Debug, Clone)]
pub struct Launcher {
    program: PathBuf,
    custom: BTreeMap<EngineName, Program>,
}

/// A running cell. On drop its processes are killed and reaped.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) engine: ProcessGroup,
    pub(super) mapping: Arc<Mapping>,
    pub(super) stderr: File,
    probe: Probing,
    /// Held open: the children end when it closes.
    _life: PipeWriter,
}

/// The writing end of an engine's probe pipes.
#[derive(Debug)]
enum Probing {
    /// A helper that writes to them.
    Helper(ProcessGroup),
    /// No writer: the pipes are held open without any data.
    Silent { _probe_pipes: Vec<PipeWriter> },
}

/// Why a cell did not start.
#[derive(Debug)]
pub(super) enum LaunchError {
    /// taskmix itself can't go on.
    Io(io::Error),
    /// A custom engine can't be started: that is a failure of the cell.
    Custom { mapping: Arc<Mapping>, stderr: File, error: io::Error },
}

impl From<io::Error> for LaunchError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Launcher {
    /// A launcher of `program`, which must be a `taskmix` binary.
    pub fn new(program: PathBuf) -> Self {
        Self { program, custom: BTreeMap::new() }
    }

    /// Adds custom engines.
    #[must_use]
    pub fn with(self, programs: impl IntoIterator<Item = Program>) -> Self {
        let custom = programs.into_iter().map(|program| (EngineName::Custom(program.name), program)).collect();
        Self { custom, ..self }
    }

    /// Starts the cell of `plan`, whose draws are in the file `numbers`.
    pub(super) fn launch(
        &self,
        plan: &CellPlan,
        point: &PointPlan,
        numbers: &File,
        timeout_ns: u64,
    ) -> Result<Running, LaunchError> {
        let shape = point.shape(point.lines(plan.engine, plan.workers), timeout_ns, plan.probe_ns);
        let (record, mapping) = Mapping::create(if plan.trace { shape.traced() } else { shape })?;
        prefill(&mapping, point);
        let mapping = Arc::new(mapping);
        let probe_pipes = probe_pipes(plan.engine, plan.workers);
        if probe_pipes > 1 {
            raise_file_limit();
        }
        let (probes_out, probes_in) = probes(probe_pipes)?;
        let (life_out, life_in) = pipe()?;
        let probe = match plan.probe_ns {
            Some(period) => Probing::Helper(self.helper(life_out.try_clone()?, probes_in, period)?),
            None => Probing::Silent { _probe_pipes: probes_in },
        };
        let stderr = memory_file("taskmix-stderr", 0)?;
        let fds = [(record.into(), 3), (numbers.try_clone()?.into(), 5)];
        let fds =
            fds.into_iter().chain(probes_out.into_iter().map(OwnedFd::from).zip((0..probe_pipes).map(probe_pipe)));
        let engine = match self.engine(plan, &point.cpus, life_out, &stderr, fds) {
            Ok(engine) => engine,
            Err(error) => {
                return Err(match plan.engine {
                    EngineName::Custom(_) => LaunchError::Custom { mapping, stderr, error },
                    _ => LaunchError::Io(error),
                });
            }
        };
        let running = Running { engine, mapping, stderr, probe, _life: life_in.try_clone()? };
        let mut line = serde_json::to_vec(plan).map_err(io::Error::from)?;
        line.push(b'\n');
        send_plan(life_in, line)?;
        Ok(running)
    }

    fn engine(
        &self,
        plan: &CellPlan,
        cpus: &[u32],
        life: PipeReader,
        stderr: &File,
        fds: impl Iterator<Item = (OwnedFd, u32)>,
    ) -> io::Result<ProcessGroup> {
        let mut command = self.command(plan.engine)?;
        command.stdin(Stdio::from(OwnedFd::from(life))).stdout(Stdio::piped()).stderr(stderr.try_clone()?);
        if let Some(threads) = plan.blocking_threads {
            // The only way to size smol's blocking pool.
            command.env("BLOCKING_MAX_THREADS", threads.to_string());
        }
        let mappings = fds.map(|(parent_fd, number)| FdMapping { parent_fd, child_fd: number.cast_signed() });
        command.fd_mappings(mappings.collect()).map_err(io::Error::other)?;
        // The engine inherits its cores before it has any thread. Afterwards this thread gets its own cores back.
        confined(cpus, || ProcessGroup::start(&mut command))?
    }

    /// The command that runs a cell of this engine.
    fn command(&self, engine: EngineName) -> io::Result<Command> {
        if let EngineName::Custom(name) = engine {
            let program = self.custom.get(&engine);
            let unknown = || io::Error::new(io::ErrorKind::NotFound, format!("`{name}` is not registered"));
            return Ok(program.ok_or_else(unknown)?.command());
        }
        let mut command = Command::new(&self.program);
        command.args(["engine", engine.as_str()]);
        Ok(command)
    }

    fn helper(&self, life: PipeReader, probes: Vec<PipeWriter>, period: NonZeroU64) -> io::Result<ProcessGroup> {
        let mut command = Command::new(&self.program);
        command.args(["probe", "--period-ns", &period.to_string()]).stdin(Stdio::from(OwnedFd::from(life)));
        if probes.len() > 1 {
            command.args(["--probe-pipes", &probes.len().to_string()]);
        }
        let mut probes = probes.into_iter().map(OwnedFd::from);
        command.stdout(Stdio::from(probes.next().expect("an engine has a probe pipe")));
        let more = probes.zip(3..).map(|(parent_fd, child_fd)| FdMapping { parent_fd, child_fd });
        command.fd_mappings(more.collect()).map_err(io::Error::other)?;
        ProcessGroup::start(&mut command)
    }
}

/// The probe pipes: their reading and their writing ends.
fn probes(probe_pipes: u32) -> io::Result<(Vec<PipeReader>, Vec<PipeWriter>)> {
    let share = PIPE_BYTES / probe_pipes.cast_signed();
    let pipe = |_| {
        let (out, writer) = pipe()?;
        fcntl(&out, FcntlArg::F_SETPIPE_SZ(share)).ok();
        Ok((out, writer))
    };
    (0..probe_pipes).map(pipe).collect()
}

impl Running {
    /// Whether the probe's helper has failed. It succeeds only when the reading end of its pipes is closed.
    pub(super) fn lost_its_probe(&mut self) -> bool {
        match &mut self.probe {
            Probing::Helper(helper) => matches!(helper.try_wait(), Ok(Some(status)) if !status.success()),
            Probing::Silent { .. } => false,
        }
    }
}

/// Writes into each slot what is known before its instance arrives.
fn prefill(mapping: &Mapping, point: &PointPlan) {
    let draws = &point.draws;
    for (index, slot) in mapping.slots().iter().enumerate() {
        slot.scheduled_ns.store(draws.scheduled_ns[index], Relaxed);
        slot.cancel_at_ns.store(draws.cancel_ns[index], Relaxed);
        slot.step.store(NOWHERE, Relaxed);
        slot.worker.store(NONE, Relaxed);
        slot.task.store(draws.task[index], Relaxed);
        slot.instance.store(draws.instance[index], Relaxed);
    }
}

/// Writes the plan's line. A cell that dies at once is reported by its exit, not here. A cell that does not read must not block
/// this program.
fn send_plan(mut pipe: PipeWriter, line: Vec<u8>) -> io::Result<()> {
    fcntl(&pipe, FcntlArg::F_SETPIPE_SZ(PIPE_BYTES)).ok();
    let room = fcntl(&pipe, FcntlArg::F_GETPIPE_SZ)?;
    let fits = line.len() <= usize::try_from(room).unwrap_or(0);
    let mut write = move || match pipe.write_all(&line) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    };
    if fits {
        return write();
    }
    // The thread ends at the latest when the cell is killed and its end of the pipe closes.
    thread::Builder::new().name("plan".into()).spawn(write).map(drop)
}
