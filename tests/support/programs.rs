//! Programs that are engines: the examples that `cargo test` builds, and fakes that are shell scripts.

use std::path::{Path, PathBuf};

use super::Lab;

/// The description of a fake: it supports everything.
const DESCRIPTION: &str = r#"{"protocol":1,"runtime":"fake 1","steps":[["cpu","native"],["sleep","native"],["block","native"],["yield","native"],["loop","native"],["offload","native"]],"arrivals":[["burst","native"],["every","native"],["poisson","native"],["clients","native"]],"cancel":[]}"#;

/// The shell command that prints an engine's first line.
pub(crate) const READY: &str = r#"echo '{"ready":{"protocol":1}}'"#;

/// The shell command that prints an engine's last line.
pub(crate) const END: &str = r#"echo '{"end":{"usage":{"user_cpu_ns":1,"system_cpu_ns":1,"voluntary_switches":1,"involuntary_switches":1,"peak_rss_bytes":null},"named_steps":[]}}'"#;

/// The file of an example.
pub(crate) fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_BIN_EXE_taskmix")).with_file_name("examples").join(name);
    assert!(path.exists(), "`cargo build --examples` makes {}", path.display());
    path.into_os_string().into_string().expect("UTF-8")
}

/// The shell script of an engine that answers `--describe` correctly and runs `body` as its cell.
pub(crate) fn fake(body: &str) -> String {
    format!("if [ \"$1\" = --describe ]; then echo '{DESCRIPTION}'; exit; fi\n{body}\n")
}

impl Lab {
    /// Registers the engine `name` in the user's configuration: a program with its arguments.
    pub(crate) fn register(&self, name: &str, command: &[&str]) -> PathBuf {
        let path = self.path().join("config/taskmix/config.toml");
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        self.write("config/taskmix/config.toml", &format!("{before}[engine.{name}]\ncommand = {command:?}\n"))
    }

    /// Registers a shell script as the engine `name`.
    pub(crate) fn register_script(&self, name: &str, script: &str) {
        // In a file of its own: in the command the script would have to be quoted for TOML.
        let path = self.write(&format!("{name}.sh"), script);
        self.register(name, &["/bin/sh", path.to_str().expect("UTF-8")]);
    }
}
