//! The terminal, or what stands for it: how wide it is, and how to speak to it.

use std::env;
use std::io::{self, IsTerminal, Write};

/// The width of a table where there is no terminal to ask.
const WIDTH: u16 = 120;

/// How many columns a line may have.
pub(super) fn width() -> u16 {
    let terminal = io::stdout().is_terminal().then(|| comfy_table::Table::new().width()).flatten();
    // As other programs do, for a pipe or a file.
    let asked = || env::var("COLUMNS").ok()?.parse().ok();
    terminal.or_else(asked).unwrap_or(WIDTH)
}

/// A reader that went away costs what it would have read: neither the scenarios to come nor the exit code.
pub(super) fn unless_unread(printed: io::Result<()>) -> io::Result<()> {
    match printed {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// Warns on stderr; a closed one must not end a run.
pub(super) fn warn(text: &str) {
    let _ = writeln!(anstream::stderr(), "warning: {text}");
}

/// Says on stderr what is no cause for worry.
pub(super) fn say(text: &str) {
    let _ = writeln!(anstream::stderr(), "note: {text}");
}
