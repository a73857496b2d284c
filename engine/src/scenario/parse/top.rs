//! The keys above the first `[[task]]`, and the scenario as a whole.

use std::num::NonZeroU32;
use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::declared::SECTIONS;
use super::engine::{engines_help, known_engine, unknown_engine};
use super::keys::SCALAR_KEYS;
use super::scalar::HOUR;
use super::setting::Setting;
use super::table::TomlTable;
use super::walk::{Kind, Value, Walk};
use super::{expect, matrix, objects, repeats, task};
use crate::diagnostic::Diagnostic;
use crate::scenario::{EngineName, ParamValue, Point, Repeats, Scenario};
use crate::units::{duration_text, size_text};

const MOST_WORKERS: u64 = 1_024;
const MOST_BLOCKING_THREADS: u64 = 10_000;
/// As many as workers: a pool for computing has about one thread per core.
const MOST_CPU_THREADS: u64 = MOST_WORKERS;
/// `PTHREAD_STACK_MIN` of most systems. That is enough for an instance, even in a debug build that panics.
const LEAST_STACK: u64 = 16 << 10;
const MOST_STACK: u64 = 1 << 30;
const DEFAULT_REPEATS: Repeats = Repeats::Fixed(10);
const DEFAULT_SEED: u64 = 42;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Reads the whole file; `None` if anything is wrong.
pub(super) fn read<'a>(
    walk: &mut Walk,
    root: &'a DeTable<'a>,
    name: &str,
    text: &str,
    settings: &[Setting],
) -> Option<Scenario> {
    let table = TomlTable { entries: root, span: 0..0, what: "the scenario".to_owned() };
    let known: Vec<&str> = SCALAR_KEYS.into_iter().chain(["task", "matrix", "expect"]).chain(SECTIONS).collect();
    table.only(walk, &known);
    if let Some(raw) = table.get("matrix") {
        matrix::read(walk, raw);
    }
    matrix::set(walk, name, settings);
    let question = question(walk, &table);
    let engines = table.required(walk, "engines", "engines = [\"smol-local\", \"rayon\"]");
    let engines = engines.and_then(|raw| engine_list(walk, raw));
    let repeats = table.get("repeats").map_or(Some(DEFAULT_REPEATS), |raw| repeats::read(walk, raw));
    let seed = table.get("seed").map_or(Some(DEFAULT_SEED), |raw| seed(walk, raw));
    let timeout = table.get("timeout").map_or(Some(DEFAULT_TIMEOUT), |raw| timeout(walk, raw));
    let probe = table.get("probe").map_or(Some(None), |raw| probe(walk, raw).map(Some));
    let stack_size = table.get("stack_size").map_or(Some(None), |raw| stack_size(walk, raw).map(Some));
    let points = points(walk, &table);
    matrix::check_used(walk, text);
    objects::check_used(walk);
    let names = expect::Names {
        custom: walk.custom.clone(),
        engines: table.get("engines").map(raw_names).unwrap_or_default(),
        tasks: task::names(table.get("task")),
        axes: matrix::known_axes(walk),
        workers: points.as_deref().map(|points| known_workers(walk, table.get("workers"), points)),
        points: points.as_deref(),
    };
    let expectations = table.get("expect").map_or(Some(Vec::new()), |raw| expect::read_all(walk, raw, text, &names));
    let mut scenario = Scenario {
        name: name.to_owned(),
        question: question?,
        engines: engines?,
        repeats: repeats?,
        seed: seed?,
        timeout: timeout?,
        probe: probe?,
        stack_size: stack_size?,
        axes: matrix::axes(walk)?,
        points: points?,
        expectations: expectations?,
        text: text.to_owned(),
    };
    if scenario.asks_for_lag() {
        scenario.probe.get_or_insert(Scenario::DEFAULT_PROBE);
    }
    Some(scenario)
}

fn question(walk: &mut Walk, table: &TomlTable<'_>) -> Option<String> {
    let raw = table.required(walk, "question", "question = \"What does a blocked thread cost the others?\"")?;
    let question = walk.text(raw, "question")?.trim();
    if question.contains(|char: char| char.is_control()) {
        return walk.refuse(Value::literal(raw).place.error("a question is one line of plain text"));
    }
    Some(question.to_owned())
}

fn engine_list<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<Vec<EngineName>> {
    let value = Value::literal(raw);
    let Kind::List(list) = value.kind else {
        return walk.refuse(value.unexpected("a list of engines").help("write it as a list, as in `[\"rayon\"]`"));
    };
    if list.is_empty() {
        return walk.refuse(value.place.error("a scenario needs at least one engine").help(engines_help(&[])));
    }
    let mut engines: Vec<(EngineName, Range<usize>)> = Vec::new();
    let mut is_whole = true;
    for raw in list {
        let Some(engine) = engine(walk, &Value::literal(raw)) else {
            is_whole = false;
            continue;
        };
        if let Some((_, first)) = engines.iter().find(|(other, _)| *other == engine) {
            let twice = Diagnostic::error(format!("engine `{engine}` twice")).at(raw.span());
            walk.report(twice.also(first.clone(), "the first one"));
        }
        engines.push((engine, raw.span()));
    }
    is_whole.then(|| engines.into_iter().map(|(engine, _)| engine).collect())
}

fn engine(walk: &mut Walk, value: &Value<'_>) -> Option<EngineName> {
    let Kind::Text(name) = value.kind else {
        return walk.refuse(value.unexpected("the name of an engine"));
    };
    match known_engine(name, &walk.custom) {
        Some(engine) => Some(engine),
        None => walk.refuse(unknown_engine(name, &walk.custom).at(value.place.span.clone())),
    }
}

/// The texts of a list, unchecked.
pub(super) fn raw_names(raw: &Spanned<DeValue<'_>>) -> Vec<String> {
    let list = raw.get_ref().as_array();
    list.into_iter().flatten().filter_map(|raw| raw.get_ref().as_str().map(str::to_owned)).collect()
}

fn seed<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<u64> {
    let value = walk.plain_value(raw, "`seed`")?;
    walk.integer(&value, "seed", 0..=i64::MAX.unsigned_abs())
}

fn timeout<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<Duration> {
    let value = walk.plain_value(raw, "`timeout`")?;
    let timeout = walk.duration(&value, HOUR)?;
    if timeout < Duration::from_millis(1) {
        return walk.refuse(value.place.error("a timeout must be at least `1ms`"));
    }
    Some(timeout)
}

/// The period of the probe.
fn probe<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<Duration> {
    let value = walk.plain_value(raw, "`probe`")?;
    let period = walk.duration(&value, HOUR)?;
    if Scenario::PROBE_PERIODS.contains(&period) {
        return Some(period);
    }
    let [least, most] = [Scenario::PROBE_PERIODS.start(), Scenario::PROBE_PERIODS.end()].map(|end| duration_text(*end));
    let found = duration_text(period);
    walk.refuse(value.place.error(format!("`probe` must be from `{least}` to `{most}`, found `{found}`")))
}

/// The size of a thread's stack, in bytes.
fn stack_size<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<u64> {
    let value = walk.plain_value(raw, "`stack_size`")?;
    let bytes = walk.size(&value)?;
    if (LEAST_STACK..=MOST_STACK).contains(&bytes) {
        return Some(bytes);
    }
    let (least, most) = (size_text(LEAST_STACK), size_text(MOST_STACK));
    let found = size_text(bytes);
    walk.refuse(value.place.error(format!("`stack_size` must be from `{least}` to `{most}`, found `{found}`")))
}

/// Reads all parts that may contain a `$name`, once for each combination.
fn points(walk: &mut Walk, table: &TomlTable<'_>) -> Option<Vec<Point>> {
    let tasks = table.get("task");
    if tasks.is_none() {
        let error = Diagnostic::error("the scenario needs a task").at(table.span.clone());
        walk.missing::<()>(error.help("add `[[task]]` with `name` and `steps` below it"));
    }
    let combinations = matrix::combinations(walk, table.key_span("matrix"));
    let mut points = Vec::with_capacity(combinations);
    for index in 0..combinations {
        matrix::choose(walk, index);
        points.push(point(walk, table, tasks));
    }
    points.into_iter().collect()
}

fn point<'a>(walk: &mut Walk, table: &TomlTable<'a>, tasks: Option<&'a Spanned<DeValue<'a>>>) -> Option<Point> {
    let workers = table.get("workers").map_or(Some(vec![None]), |raw| workers(walk, raw));
    let mut pool = |key: &str, most| table.get(key).map_or(Some(None), |raw| pool_size(walk, raw, key, most).map(Some));
    let blocking_threads = pool("blocking_threads", MOST_BLOCKING_THREADS);
    let cpu_threads = pool("cpu_threads", MOST_CPU_THREADS);
    let cpus = table.get("cpus").map_or(Some(None), |raw| walk.cpus(raw).map(Some));
    let objects = objects::read_all(walk, table);
    let tasks = task::read_all(walk, tasks?);
    let params = matrix::params(walk);
    Some(Point {
        params: params?,
        workers: workers?,
        blocking_threads: blocking_threads?,
        cpu_threads: cpu_threads?,
        cpus: cpus?,
        objects: objects?,
        tasks: tasks?,
    })
}

/// The size of a pool, at most `most`.
fn pool_size<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>, key: &str, most: u64) -> Option<NonZeroU32> {
    let value = walk.value(raw)?;
    walk.integer(&value, key, 1..=most).and_then(|threads| NonZeroU32::new(threads as u32))
}

fn workers<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<Vec<Option<NonZeroU32>>> {
    let value = walk.value(raw)?;
    match value.kind {
        Kind::Text("all") => Some(vec![None]),
        Kind::Integer(_) => worker_count(walk, &value).map(|count| vec![Some(count)]),
        Kind::List(list) if list.is_empty() => walk.refuse(value.place.error("`workers` needs at least one count")),
        Kind::List(list) => worker_counts(walk, list),
        _ => walk.refuse(value.unexpected("a number of workers, a list of numbers or \"all\"")),
    }
}

fn worker_counts<'a>(walk: &mut Walk, list: &'a DeArray<'a>) -> Option<Vec<Option<NonZeroU32>>> {
    let mut counts: Vec<(NonZeroU32, Range<usize>)> = Vec::new();
    for raw in list {
        let Some(value) = walk.value(raw) else { continue };
        if let Kind::Text("all") = value.kind {
            walk.report(value.place.error("\"all\" stands alone, not in a list").help("write `workers = \"all\"`"));
            continue;
        }
        let Some(count) = worker_count(walk, &value) else { continue };
        if let Some((_, first)) = counts.iter().find(|(other, _)| *other == count) {
            walk.report(value.place.error(format!("`{count}` workers twice")).also(first.clone(), "the first one"));
        }
        counts.push((count, raw.span()));
    }
    (counts.len() == list.len()).then(|| counts.into_iter().map(|(count, _)| Some(count)).collect())
}

/// Every worker count at any point, with the values of settings and with the file's own values.
fn known_workers(walk: &Walk, raw: Option<&Spanned<DeValue<'_>>>, points: &[Point]) -> Vec<Option<NonZeroU32>> {
    let mut counts: Vec<Option<NonZeroU32>> = points.iter().flat_map(|point| point.workers.iter().copied()).collect();
    let listed: Vec<&DeValue<'_>> = match raw.map(Spanned::get_ref) {
        Some(DeValue::Array(list)) => list.iter().map(Spanned::get_ref).collect(),
        one => one.into_iter().collect(),
    };
    let names = listed.into_iter().filter_map(|value| value.as_str()?.strip_prefix('$'));
    for axis in names.filter_map(|name| walk.axes.iter().find(|axis| axis.name == name)) {
        for value in axis.set.iter().flat_map(|set| &set.replaced) {
            if let ParamValue::Integer(count) = value {
                counts.extend(u32::try_from(*count).ok().and_then(NonZeroU32::new).map(Some));
            }
        }
    }
    counts
}

fn worker_count(walk: &mut Walk, value: &Value<'_>) -> Option<NonZeroU32> {
    if let Kind::Integer(Some(count)) = value.kind
        && count > i128::from(MOST_WORKERS)
    {
        let many = value.place.error(format!("more workers than make sense: `{count}`"));
        return walk.refuse(many.help("at most 1,024; \"all\" is one a core"));
    }
    walk.integer(value, "workers", 1..=MOST_WORKERS).and_then(|count| NonZeroU32::new(count as u32))
}
