//! A comparison as Markdown, for a pull request or an issue.

use std::io::{self, Write};

use super::Compared;
use super::words::{rows, run_text, sentence, unmatched_text};
use crate::compare::Verdict;
use crate::report::failure::setting_text;

/// Writes the sentence, the warnings and a table of the figures; with `all` also the figures without a difference.
pub fn compare_markdown(out: &mut impl Write, compared: &Compared<'_>, all: bool) -> io::Result<()> {
    let comparison = compared.comparison;
    writeln!(out, "**{}**\n", escaped(&sentence(comparison)))?;
    writeln!(out, "- old: {}\n- new: {}", escaped(&run_text(compared.old)), escaped(&run_text(compared.new)))?;
    for warning in compared.warnings {
        writeln!(out, "- **warning:** {}", escaped(&warning.text))?;
        if !warning.details.is_empty() {
            let fence = fence(&warning.details);
            writeln!(out, "\n  {fence}diff")?;
            for line in &warning.details {
                writeln!(out, "  {line}")?;
            }
            writeln!(out, "  {fence}")?;
        }
    }
    for (which, unmatched) in [("old", &comparison.only_old), ("new", &comparison.only_new)] {
        for one in unmatched {
            writeln!(out, "- only in the {which} run: {}", escaped(&unmatched_text(one)))?;
        }
    }
    let shown: Vec<_> = comparison.cells.iter().map(|cell| (cell, rows(cell, all))).collect();
    if shown.iter().all(|(_, rows)| rows.is_empty()) {
        return Ok(());
    }
    writeln!(out, "\n| cell | task | figure | old | new | new / old | verdict |\n|---|---|---|---:|---:|---:|---|")?;
    for (cell, rows) in shown {
        for row in rows {
            let [task, figure, old, new, apart, verdict] = row.cells.map(|cell| escaped(&cell));
            let verdict = match row.verdict {
                Verdict::Worse => format!("**{verdict}**"),
                Verdict::Inconclusive(reason) => format!("{verdict}: {reason}"),
                Verdict::Better | Verdict::Changed | Verdict::Same => verdict,
            };
            let setting = escaped(&setting_text(&cell.key));
            let apart = format!("{apart} {}", row.bounds);
            writeln!(out, "| {setting} | {task} | {figure} | {old} | {new} | {} | {verdict} |", apart.trim())?;
        }
    }
    Ok(())
}

/// Text without Markdown, except for backticks.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '|' | '*' | '<') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// A fence longer than any in the lines.
fn fence(lines: &[String]) -> String {
    let longest = lines.iter().flat_map(|line| line.split(|letter| letter != '`')).map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}
