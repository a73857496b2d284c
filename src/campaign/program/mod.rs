//! Custom engines: how each program is started, and how it describes itself.
//!
//! A custom engine is foreign code: nothing that it does, or doesn't, must block or end taskmix.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf, absolute};
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::ended_process::{exit, tail};
use super::event::Exit;
use super::group::ProcessGroup;
use taskmix_engine::plan::{BadDescription, Description};
use taskmix_engine::record::memory_file;
use taskmix_engine::scenario::CustomName;

/// How long a program may take to describe itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it may take to exit after its description.
const GRACE: Duration = Duration::from_secs(1);

/// The longest description, bytes.
const LONGEST: usize = 1 << 16;

/// A program that is an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The name under which it runs.
    pub name: CustomName,
    /// Its file.
    pub file: PathBuf,
    /// Its own arguments, before those that the protocol adds.
    pub arguments: Vec<String>,
}

/// Why a program can't be an engine.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// The system can't run it.
    #[error("can't start `{}`", .0.display())]
    Start(PathBuf, #[source] io::Error),
    /// It does not answer.
    #[error("`{0} --describe` said nothing within {PATIENCE:?}")]
    Silent(String),
    /// It fails.
    #[error("`{0} --describe` ended with {1}{2}")]
    Exit(String, Exit, String),
    /// It does not exit after its answer.
    #[error("`{0} --describe` does not exit when it has answered")]
    Stays(String),
    /// Its answer is no valid description.
    #[error("`{0} --describe` gives an unusable answer: {1}")]
    Answer(String, BadDescription),
    /// Its answer is too long.
    #[error("`{0} --describe` says more than {LONGEST} bytes in a line")]
    TooLong(String),
    /// Pipes and memory files.
    #[error("can't ask `{0}`")]
    Io(String, #[source] io::Error),
}

impl ProgramError {
    /// What the user can do about it, for `help:`.
    pub fn remedy(&self) -> String {
        match self {
            Self::Start(file, error) => match error.kind() {
                ErrorKind::NotFound if has_no_folder(file) => {
                    format!("it is not on the PATH; for a program in this folder write `./{}`", file.display())
                }
                ErrorKind::NotFound if !file.exists() => "check the path; has it been built?".to_owned(),
                ErrorKind::NotFound => "the interpreter in its first line is missing".to_owned(),
                ErrorKind::PermissionDenied if file.is_dir() => "give a program in it: this is a folder".to_owned(),
                ErrorKind::PermissionDenied => format!("make it executable: `chmod +x {}`", file.display()),
                _ => "give the path of a program for this machine".to_owned(),
            },
            Self::Silent(_) | Self::Exit(..) | Self::Stays(_) | Self::Answer(..) | Self::TooLong(_) | Self::Io(..) => {
                "an engine answers `--describe` with one line of JSON and exits: docs/engine-protocol.md".to_owned()
            }
        }
    }
}

fn has_no_folder(file: &Path) -> bool {
    file.parent() == Some(Path::new(""))
}

impl Program {
    /// The program that `word` names: a path relative to `folder`, or a bare name to be looked up on the `PATH`.
    pub fn new(name: CustomName, word: &str, arguments: Vec<String>, folder: &Path) -> Self {
        let path = Path::new(word);
        let file = if has_no_folder(path) {
            on_path(path, env::var_os("PATH").as_deref()).unwrap_or_else(|| path.to_owned())
        } else {
            let path = folder.join(path);
            absolute(&path).unwrap_or(path)
        };
        Self { name, file, arguments }
    }

    /// Its command: the file and the arguments.
    pub fn words(&self) -> Vec<String> {
        let file = self.file.to_string_lossy().into_owned();
        std::iter::once(file).chain(self.arguments.iter().cloned()).collect()
    }

    /// Runs it with `--describe` and reads its answer.
    pub fn describe(&self) -> Result<Description, ProgramError> {
        self.describe_within(PATIENCE)
    }

    fn describe_within(&self, patience: Duration) -> Result<Description, ProgramError> {
        let words = self.words().join(" ");
        let io = |error| ProgramError::Io(words.clone(), error);
        let stderr = memory_file("taskmix-stderr", 0).map_err(io)?;
        let mut command = self.command();
        command.arg("--describe").stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(stderr.try_clone().map_err(io)?);
        let mut group =
            ProcessGroup::start(&mut command).map_err(|error| ProgramError::Start(self.file.clone(), error))?;
        let out = group.take_stdout().expect("its standard output is a pipe");
        let mut process = DescribeProcess { group, out, deadline: Instant::now() + patience };
        let line = match process.line().map_err(io)? {
            Line::Whole(line) => line,
            Line::TooLong => return Err(ProgramError::TooLong(words)),
            Line::None => return Err(ProgramError::Silent(words)),
        };
        let status = process.status().map_err(io)?;
        if let Some(status) = status.filter(|status| !status.success()) {
            return Err(ProgramError::Exit(words, exit(status), last_words(&stderr)));
        }
        let description = Description::read(&line).map_err(|error| ProgramError::Answer(words.clone(), error))?;
        status.map(|_| description).ok_or(ProgramError::Stays(words))
    }

    /// The command that starts it.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.file);
        command.args(&self.arguments);
        command
    }
}

/// The file of this name in the first folder of `path` that has an executable one.
fn on_path(name: &Path, path: Option<&OsStr>) -> Option<PathBuf> {
    let is_program = |file: &PathBuf| {
        fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    };
    env::split_paths(path?).map(|folder| folder.join(name)).find(is_program)
}

/// A program that runs with `--describe`. On drop it is killed with all of its descendants.
struct DescribeProcess {
    group: ProcessGroup,
    /// Held open: it may write more than is read.
    out: ChildStdout,
    deadline: Instant,
}

enum Line {
    Whole(Vec<u8>),
    TooLong,
    /// Neither a line nor an end in time.
    None,
}

impl DescribeProcess {
    /// Its first line; all of its output if it ended without a newline.
    fn line(&mut self) -> io::Result<Line> {
        let (mut line, mut buffer) = (Vec::new(), [0_u8; 4096]);
        loop {
            let rest = self.deadline.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return Ok(Line::None);
            }
            let timeout = PollTimeout::try_from(rest).unwrap_or(PollTimeout::MAX);
            match poll(&mut [PollFd::new(self.out.as_fd(), PollFlags::POLLIN)], timeout) {
                Ok(0) | Err(Errno::EINTR) => continue,
                Ok(_) => {}
                Err(errno) => return Err(errno.into()),
            }
            let length = self.out.read(&mut buffer)?;
            line.extend_from_slice(&buffer[..length]);
            if let Some(end) = line.iter().position(|byte| *byte == b'\n') {
                line.truncate(end);
            } else if length > 0 && line.len() <= LONGEST {
                continue;
            }
            return Ok(if line.len() > LONGEST { Line::TooLong } else { Line::Whole(line) });
        }
    }

    /// How it ended; nothing if it still runs after [`GRACE`].
    fn status(&mut self) -> io::Result<Option<ExitStatus>> {
        let deadline = self.deadline.min(Instant::now() + GRACE);
        loop {
            let status = self.group.try_wait()?;
            if status.is_some() || Instant::now() >= deadline {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The last line of its standard error, if any, as the end of a message.
fn last_words(stderr: &File) -> String {
    let text = tail(stderr);
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    last.map(|line| format!(": `{}`", line.escape_debug())).unwrap_or_default()
}

#[cfg(test)]
mod tests;
