//! Writes the page of the results, `docs/fidelity.md`.

use std::fmt::Write;
use std::fs;

use crate::judge::{Row, Verdict, shown};
use crate::root;

const INTRO: &str = "# Fidelity

Does an engine do under taskmix what it does in a plain program? Each case below is a mix that exists twice in `fidelity/`: as a plain program that uses nothing of taskmix, and as a scenario. Both run interleaved, each in a process of its own, and the figures of their instances are compared.

This page is written by `just fidelity`; `cargo bench --bench fidelity -- CASE` runs one case and writes nothing.

- **Ratio**: taskmix ÷ plain within a round, the median over the rounds, with its exact interval by ranks (95 % or more).
- **Alike**: the interval contains 1.00, or the median is within the tolerance of the figure: 10 % unless the table of cases says otherwise. Counts and orders must be equal in each round.
- **Differs**, with a reason: the two differ on purpose, by up to 1.3 times unless the table of cases says otherwise. **DIFFERS**: a fault.

";

/// The whole page.
pub(crate) fn page(tables: &[(&str, Vec<Row>)], rounds: usize) -> String {
    let mut text = String::from(INTRO);
    let rows = || tables.iter().flat_map(|(_, rows)| rows);
    let count = |verdict| rows().filter(|row| row.verdict == verdict).count();
    let (alike, explained, differ) = (count(Verdict::Alike), count(Verdict::Explained), count(Verdict::Differs));
    let _ = writeln!(
        text,
        "{} figures: {alike} alike, {explained} that differ on purpose, {differ} that differ. {rounds} rounds.\n",
        rows().count()
    );
    let _ = writeln!(text, "{}\n", host());
    for (runtime, rows) in tables.iter().filter(|(_, rows)| !rows.is_empty()) {
        let _ = writeln!(text, "## {runtime}\n\n{}\n", mixes(rows));
        text.push_str(
            "| case | engine | figure | plain | taskmix | ratio | verdict |\n|---|---|---|---|---|---|---|\n",
        );
        for row in rows {
            let Row { case, engine, figure, ratio, .. } = row;
            let (plain, ours) = (shown(figure.name, row.plain), shown(figure.name, row.ours));
            let verdict = row.verdict();
            let _ =
                writeln!(text, "| {case} | `{engine}` | `{}` | {plain} | {ours} | {ratio} | {verdict} |", figure.name);
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// The description of each case, once.
fn mixes(rows: &[Row]) -> String {
    let mut lines: Vec<String> = rows.iter().map(|row| format!("- **{}**: {}", row.case, row.mix)).collect();
    lines.dedup();
    lines.join("\n")
}

fn host() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").expect("/proc");
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d");
    format!("Measured {today} on {cores} cores, Linux {}, with {}.", kernel.trim(), versions())
}

/// The versions of the runtimes, which both sides share.
fn versions() -> String {
    let text = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    let lock: toml::Table = toml::from_str(&text).expect("Cargo.lock is TOML");
    let packages = lock["package"].as_array().expect("packages");
    let version = |name: &str| {
        let package = packages.iter().find(|package| package["name"].as_str() == Some(name))?;
        Some(format!("{name} {}", package["version"].as_str()?))
    };
    let names = ["tokio", "smol", "async-executor", "async-io", "async-lock", "async-channel", "blocking", "rayon"];
    names.iter().filter_map(|name| version(name)).collect::<Vec<_>>().join(", ")
}
