//! `[[task]]`: a kind of work with its count, arrival, steps and cancellation.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::arrival::{self, Cap};
use super::scalar::MOST_INSTANCES;
use super::table::TomlTable;
use super::walk::{Kind, Value, Walk};
use super::{cancel, spawned};
use crate::diagnostic::Diagnostic;
use crate::metric::Metric;
use crate::scenario::engine_name::FUTURE_ENGINES;
use crate::scenario::step::{self, Nest, Steps};
use crate::scenario::{Arrival, EngineName, Task};

const MOST_TASKS: usize = 1_000;

/// Reads the value of `task`: all `[[task]]` of the file.
pub(crate) fn read_all<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<Vec<Task>> {
    let value = Value::literal(raw);
    let Kind::List(list) = value.kind else {
        let wrong = value.unexpected("`[[task]]`");
        return walk.refuse(wrong.help("a task's header has two brackets: `[[task]]`"));
    };
    if list.is_empty() {
        return walk.refuse(value.place.error("a scenario needs at least one task"));
    }
    if list.len() > MOST_TASKS {
        return walk.refuse(value.place.error(format!("{} tasks, more than {MOST_TASKS}", list.len())));
    }
    walk.tasks = list.iter().map(name_of).collect();
    let mut names: Vec<(&str, Range<usize>)> = Vec::new();
    let mut tasks = Vec::new();
    let mut tables = Vec::new();
    let mut background = Vec::new();
    for raw in list {
        let table = TomlTable::of(walk, &Value::literal(raw), "a `[[task]]`", "a table");
        let Some(table) = table else {
            tasks.push(None);
            continue;
        };
        tasks.push(read(walk, &table, &mut names));
        if let Some(Some(Task { background: true, .. })) = tasks.last() {
            background.push(table.key_span("background"));
        }
        tables.push(table);
    }
    let mut tasks: Option<Vec<Task>> = tasks.into_iter().collect();
    if let Some(tasks) = &mut tasks {
        spawned::resolve(walk, tasks, &tables);
    }
    let all_in_background = tasks.as_ref().is_some_and(|tasks| tasks.iter().all(|task| task.background));
    if background.len() == list.len() || all_in_background {
        let error = Diagnostic::error("all tasks are in the background: nothing says when the mix is over");
        walk.report(error.at(background[0].clone()).help("a foreground task needs no `background`: delete one"));
    }
    tasks
}

fn read<'a>(walk: &mut Walk, table: &TomlTable<'a>, names: &mut Vec<(&'a str, Range<usize>)>) -> Option<Task> {
    table.only(walk, &["name", "count", "arrival", "steps", "cancel", "background", "until"]);
    if table.get("until").is_some() {
        let error = Diagnostic::error("`until` belongs into the `arrival`, not beside it").at(table.key_span("until"));
        walk.report(error.help("write it after `clients`: `arrival = { clients = 8, until = \"5s\" }`"));
    }
    let name = name(walk, table, names);
    let count = match table.get("count") {
        Some(raw) => {
            let value = walk.value(raw);
            value.and_then(|value| walk.integer(&value, "count", 1..=MOST_INSTANCES)).map(|count| count as u32)
        }
        None => Some(1),
    };
    let origin = table.get("count").map_or(table.span.clone(), Spanned::span);
    let cap = Cap { count, is_given: table.get("count").is_some() };
    let arrival = table.get("arrival").map_or(Some(Arrival::Burst), |raw| arrival::read(walk, raw, cap));
    let background = table.get("background").map_or(Some(false), |raw| background(walk, raw, cap));
    let steps = table.required(walk, "steps", "steps = [{ cpu = \"50us\" }]");
    let steps = steps.and_then(|raw| step::read_list(&mut Steps::of(walk), raw, Nest::TOP));
    let cancel = match table.get("cancel") {
        Some(raw) => cancel::read(walk, raw, count).map(Some),
        None => Some(None),
    };
    let (arrival, background) = (arrival?, background?);
    Some(Task { name: name?, count: count?, background, arrival, steps: steps?, cancel: cancel?, origin })
}

fn background<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>, cap: Cap) -> Option<bool> {
    let value = walk.plain_value(raw, "`background`")?;
    let Kind::Boolean(background) = value.kind else {
        return walk.refuse(value.unexpected("`true` or `false`"));
    };
    if background && !cap.is_given {
        let error = value.place.error("a task in the background needs a `count`");
        walk.missing::<()>(error.help("add the most instances that it may have, as in `count = 100000`"));
    }
    Some(background)
}

fn name<'a>(walk: &mut Walk, table: &TomlTable<'a>, names: &mut Vec<(&'a str, Range<usize>)>) -> Option<String> {
    let raw = table.required(walk, "name", "name = \"request\"")?;
    let name = walk.name(raw, "a task's name")?;
    let span = raw.span();
    if let Some((_, first)) = names.iter().find(|(other, _)| *other == name) {
        let twice = Value::literal(raw).place.error(format!("two tasks are called `{name}`"));
        return walk.refuse(twice.also(first.clone(), "the first one"));
    }
    names.push((name, span.clone()));
    let taken = if Metric::from_name(name).is_some() {
        "a figure"
    } else if EngineName::ALL.iter().any(|engine| engine.as_str() == name) || FUTURE_ENGINES.contains(&name) {
        "an engine"
    } else if walk.axes.iter().any(|axis| axis.name == name) {
        "a parameter"
    } else {
        return Some(name.to_owned());
    };
    let error = Value::literal(raw).place.error(format!("a task can't be called `{name}`: that is {taken}"));
    walk.refuse(error.help("expectations would be hard to read: choose another name"))
}

/// The names of the tasks, for expectations; `None` if one can't be read.
pub(crate) fn names(raw: Option<&Spanned<DeValue<'_>>>) -> Option<Vec<String>> {
    let DeValue::Array(list) = raw?.get_ref() else { return None };
    list.iter().map(name_of).collect()
}

fn name_of(raw: &Spanned<DeValue<'_>>) -> Option<String> {
    match raw.get_ref() {
        DeValue::Table(task) => task.get("name")?.get_ref().as_str().map(str::to_owned),
        _ => None,
    }
}
