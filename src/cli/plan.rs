//! `taskmix plan`: shows what a run would do, and about how much time and memory it would need; nothing is run.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::time::Duration;

use super::args::{Format, PlanArgs};
use super::exit::OK;
use super::load::{Loaded, load_all};
use super::registered::Registered;
use crate::archive::write_json;
use crate::report::json::{PlanDocument, PlannedScenario};
use crate::report::{percent, point_text, setting_text};
use taskmix_engine::host::{self, cpu_list};
use taskmix_engine::plan::{
    Campaign, Engines, Estimate, PlannedCell, PointPlan, SpawnedPlan, Support, TaskPlan, Work, estimates, nanoseconds,
};
use taskmix_engine::scenario::{Repeats, Scenario};
use taskmix_engine::units::{duration_text, format_bytes, format_count, format_duration, size_text};

pub(super) fn plan(args: &PlanArgs) -> anyhow::Result<u8> {
    let registered = Registered::read(&args.overrides.engines)?.asked_for(&args.scenarios)?;
    let loaded = load_all(&args.scenarios, Some(&args.overrides), &registered)?;
    let mut out = anstream::stdout().lock();
    if args.format == Format::Json {
        return json(&mut out, &loaded, args.trace, registered.engines());
    }
    for (index, Loaded { scenario, .. }) in loaded.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let cores = host::cores();
        let campaign = campaign(scenario, cores, args.trace, registered.engines())?;
        print(&mut out, scenario, &campaign, registered.engines(), cores)?;
    }
    Ok(OK)
}

fn json(out: &mut impl Write, loaded: &[Loaded], trace: bool, engines: &Engines) -> anyhow::Result<u8> {
    let cores = host::cores();
    let mut planned = Vec::new();
    for Loaded { scenario, .. } in loaded {
        planned.push(PlannedScenario::new(scenario, &campaign(scenario, cores, trace, engines)?, engines, cores));
    }
    write_json(out, &PlanDocument::new(planned))?;
    Ok(OK)
}

fn campaign(scenario: &Scenario, cores: u32, trace: bool, engines: &Engines) -> anyhow::Result<Campaign> {
    let mut campaign = Campaign::new(scenario, cores)?;
    if trace {
        campaign.trace(engines);
    }
    Ok(campaign)
}

fn print(
    out: &mut impl Write,
    scenario: &Scenario,
    campaign: &Campaign,
    engines: &Engines,
    cores: u32,
) -> io::Result<()> {
    writeln!(out, "{}: {}", scenario.name, scenario.question)?;
    let round = campaign.round(1);
    let timeout = nanoseconds(scenario.timeout);
    let needs = estimates(engines, &campaign.points, &round, cores, timeout);
    // A cell that needs longer is stopped.
    let total: u64 = needs.iter().map(|needs| needs.cell_ns.min(timeout)).sum();
    writeln!(out, "{}", rounds(round.len(), Duration::from_nanos(total), scenario.repeats, about(&needs)))?;
    sweep(out, scenario, campaign)?;
    writeln!(out, "  {}", lag(scenario, &round))?;
    cpu_pool(out, scenario, campaign, engines, cores)?;
    stacks(out, scenario, engines)?;
    peers(out, campaign)?;
    let placed: Vec<Vec<String>> = (0..campaign.points.len()).map(|point| placement(campaign, point)).collect();
    let is_same = placed.windows(2).all(|pair| pair[0] == pair[1]);
    let common = placed.first().filter(|_| is_same);
    common.into_iter().flatten().try_for_each(|line| writeln!(out, "  {line}"))?;
    for (index, (point, source)) in campaign.points.iter().zip(&scenario.points).enumerate() {
        let at = if source.params.is_empty() { String::new() } else { format!(" at {}", point_text(&source.params)) };
        writeln!(out, "\nwork{at}, the same on every engine:")?;
        tasks(out, point)?;
        if !is_same {
            placed[index].iter().try_for_each(|line| writeln!(out, "  {line}"))?;
        }
    }
    writeln!(
        out,
        "\nthe cells of the first round, in order, each with its span and the memory of its instances and records\n(peak memory, which a run shows, is that of the whole process):"
    )?;
    for (index, (cell, needs)) in round.iter().zip(needs).enumerate() {
        line(out, index + 1, cell, needs, timeout)?;
    }
    particulars(out, campaign, engines)
}

/// How many cells there are, and how long all take.
fn rounds(cells: usize, round: Duration, repeats: Repeats, about: &str) -> String {
    let in_words = |time: Duration| format_duration(time.as_nanos() as f64);
    let count =
        |cells: usize| if cells == 1 { "1 cell".to_owned() } else { format!("{} cells", format_count(cells as u64)) };
    match repeats {
        Repeats::Fixed(1) if cells == 1 => format!("1 cell; {about} {} in all", in_words(round)),
        Repeats::Fixed(1) => format!("{} in one round; {about} {} in all", count(cells), in_words(round)),
        Repeats::Fixed(rounds) => format!(
            "{}: {cells} in each of {rounds} rounds; {about} {} in all",
            count(cells * rounds as usize),
            in_words(round * rounds)
        ),
        Repeats::Auto(precision) => format!(
            "{} in each round, {about} {}; rounds until `{}` of every cell is known to ± {}, for {} at most",
            count(cells),
            in_words(round),
            precision.headline.name(),
            percent(precision.within),
            in_words(precision.budget.max(round)),
        ),
    }
}

/// Whether times are estimates or, if one of them is, lower bounds.
fn about(needs: &[Estimate]) -> &'static str {
    if needs.iter().any(|needs| needs.is_least) { "at least" } else { "about" }
}

/// How many cells of a round measure lag; the other cells have no probe.
fn lag(scenario: &Scenario, round: &[PlannedCell]) -> String {
    let cells = round.iter().filter(|cell| cell.key.is_probed()).count();
    match (scenario.probe, cells) {
        (None, _) => {
            "lag is not measured, and no probe disturbs a cell; `--probe` adds cells that measure it".to_owned()
        }
        (Some(period), 1) => format!(
            "lag is measured in 1 cell of each round, by a probe every {}; the other cells have no probe",
            duration_text(period)
        ),
        (Some(period), cells) => format!(
            "lag is measured in {cells} cells of each round, by a probe every {}; the other cells have no probe",
            duration_text(period)
        ),
    }
}

/// The values of the matrix and the worker counts that differ from cell to cell.
fn sweep(out: &mut impl Write, scenario: &Scenario, campaign: &Campaign) -> io::Result<()> {
    let params = scenario.axes.iter().map(|axis| {
        let values: Vec<String> = axis.values.iter().map(ToString::to_string).collect();
        (axis.name.as_str(), values)
    });
    let settings = campaign.settings.iter().map(|cell| &cell.key).filter(|key| key.engine.is_scalable());
    let workers: BTreeSet<u32> = settings.map(|key| key.workers).collect();
    let workers = ("workers", workers.iter().map(u32::to_string).collect());
    for (name, values) in params.chain([workers]).filter(|(_, values)| values.len() > 1) {
        writeln!(out, "  {name} = {}", values.join(", "))?;
    }
    Ok(())
}

/// The size of the pools for computing, if they are used and have the same size in all cells. Otherwise the matrix shows it.
fn cpu_pool(
    out: &mut impl Write,
    scenario: &Scenario,
    campaign: &Campaign,
    engines: &Engines,
    cores: u32,
) -> io::Result<()> {
    let sizes: BTreeSet<u32> = campaign.cpu_threads(cores).collect();
    let Some(threads) = sizes.first().filter(|_| sizes.len() == 1) else { return Ok(()) };
    let with_pool = scenario.engines.iter().filter(|engine| engines.describe(**engine).cpu_pool);
    let with_pool: Vec<String> = with_pool.map(ToString::to_string).collect();
    if with_pool.is_empty() {
        return Ok(());
    }
    let default = if scenario.points.iter().any(|point| point.cpu_threads.is_some()) { "" } else { ", one a core" };
    writeln!(out, "  cpu_threads = {threads} of the pool for computing on {}{default}", with_pool.join(", "))
}

/// The stack size for each engine that gives an instance a stack of its own.
fn stacks(out: &mut impl Write, scenario: &Scenario, engines: &Engines) -> io::Result<()> {
    let defaults = scenario.engines.iter().filter_map(|engine| Some((engine, engines.describe(*engine).stack_size?)));
    for (engine, default) in defaults {
        let (size, origin) = scenario.stack_size.map_or((default, ", its default"), |size| (size, ""));
        writeln!(out, "  stack_size = {} of each instance on {engine}{origin}", size_text(size))?;
    }
    Ok(())
}

/// The number of peer processes. The time of their round trips is typical, not that of this machine.
fn peers(out: &mut impl Write, campaign: &Campaign) -> io::Result<()> {
    let count = |point: &PointPlan| {
        point.tasks.iter().flat_map(|task| &task.program.peers).map(|peers| u64::from(peers.count)).sum::<u64>()
    };
    match campaign.points.iter().map(count).max() {
        None | Some(0) => Ok(()),
        Some(1) => writeln!(out, "  1 peer process; its round trips count with a typical time"),
        Some(most) => {
            writeln!(out, "  {} peer processes; their round trips count with a typical time", format_count(most))
        }
    }
}

/// The cores that the cells of a point and the peers of its tasks may use; empty if they may use all.
fn placement(campaign: &Campaign, index: usize) -> Vec<String> {
    let point = &campaign.points[index];
    let cells = campaign.settings.iter().filter(|cell| cell.point == index).map(|cell| cell.key.workers);
    let mut lines = Vec::new();
    if !point.cpus.is_empty() {
        let share = match (cells.max().unwrap_or(1), point.cpus.len()) {
            (workers, 1) if workers > 1 => format!("; up to {workers} workers share it"),
            (workers, cores) if workers as usize > cores => format!("; up to {workers} workers share them"),
            _ => String::new(),
        };
        lines.push(format!("cpus = {} of each cell{share}", cpu_list(&point.cpus)));
    }
    for task in &point.tasks {
        let mut placed: BTreeMap<&[u32], Vec<&str>> = BTreeMap::new();
        for peers in task.program.peers.iter().filter(|peers| !peers.cpus.is_empty()) {
            let mechanisms = placed.entry(&peers.cpus).or_default();
            mechanisms.push(peers.mechanism.as_str());
            mechanisms.dedup();
        }
        let line = |(cpus, mechanisms): (&[u32], Vec<&str>)| {
            format!("cpus = {} of the peers of {} ({})", cpu_list(cpus), task.name, mechanisms.join(", "))
        };
        lines.extend(placed.into_iter().map(line));
    }
    lines
}

/// The average work of an instance of each task.
fn tasks(out: &mut impl Write, point: &PointPlan) -> io::Result<()> {
    for (index, task) in point.tasks.iter().enumerate() {
        let mean = point.work[index].mean;
        let parts = [
            ("cpu", mean.cpu_ns),
            ("sleep", mean.sleep_ns),
            ("block", mean.block_ns),
            ("offloaded cpu", mean.offloaded_cpu_ns),
            ("offloaded waits", mean.offloaded_wait_ns),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(_, ns)| *ns > 0)
            .map(|(what, ns)| format!("{what} {}", format_duration(*ns as f64)))
            .collect();
        // Steps whose duration is unknown beforehand.
        let verbs: Vec<_> = task.program.abilities().into_iter().filter(|verb| *verb != "loop").collect();
        let each = match (parts.is_empty(), verbs.is_empty()) {
            (false, _) => parts.join(" + "),
            (true, false) => verbs.join(", "),
            (true, true) => "nothing".to_owned(),
        };
        let bound = match (task.background, task.until_ns()) {
            (true, _) => ", at most: ends with the foreground".to_owned(),
            (false, Some(until)) => format!(", at most: until {}", duration_text(Duration::from_nanos(until))),
            (false, None) if task.is_bounded() => ", at most".to_owned(),
            (false, None) => String::new(),
        };
        let drains = drains(&point.work[index]);
        let bound = format!("{drains}{}{bound}", spawned(task));
        writeln!(out, "  {:16} {:>10} × {each}{bound}", task.name, format_count(u64::from(task.count)))?;
    }
    Ok(())
}

/// The number of messages for which a task's drain loops are counted.
fn drains(work: &Work) -> String {
    match work.messages() {
        _ if !work.drains() => String::new(),
        None => ", its drain counted for one message".to_owned(),
        Some(1) => ", 1 message drained".to_owned(),
        Some(messages) => format!(", {} messages drained", format_count(messages)),
    }
}

/// Whether a task is spawned, and joined.
fn spawned(task: &TaskPlan) -> &'static str {
    match task.spawned {
        Some(SpawnedPlan { joined: true, .. }) => ", spawned and waited for",
        Some(SpawnedPlan { joined: false, .. }) => ", spawned",
        None => "",
    }
}

fn line(out: &mut impl Write, number: usize, cell: &PlannedCell, needs: Estimate, timeout: u64) -> io::Result<()> {
    let late = match needs.span_ns > timeout {
        _ if needs.stalls => {
            "; as simulated, its instances wait for each other for ever: it may be stopped at its timeout"
        }
        true => "; more than its timeout: expect it to be stopped",
        false => "",
    };
    writeln!(
        out,
        "  {number:3}. {}: {} {}, {}{late}",
        setting_text(&cell.key),
        about(&[needs]),
        format_duration(needs.span_ns as f64),
        format_bytes(needs.memory_bytes as f64),
    )
}

/// The steps that are not native, and the notes on native ones, engine by engine.
fn particulars(out: &mut impl Write, campaign: &Campaign, known_engines: &Engines) -> io::Result<()> {
    let verbs: BTreeSet<&str> =
        campaign.points.iter().flat_map(|point| &point.tasks).flat_map(|task| task.program.abilities()).collect();
    let cancels = campaign.points.iter().flat_map(|point| &point.tasks).any(|task| task.cancellable);
    let engines: BTreeSet<_> = campaign.settings.iter().map(|cell| cell.key.engine).collect();
    let (mut lines, mut notes) = (Vec::new(), Vec::new());
    for engine in engines {
        let description = known_engines.describe(engine);
        for (verb, support) in description.steps.iter().filter(|(verb, _)| verbs.contains(verb.as_str())) {
            lines.extend(not_native(support).map(|how| format!("{engine}: `{verb}` is {how}")));
        }
        for (what, support) in description.cancel.iter().filter(|_| cancels) {
            lines.extend(not_native(support).map(|how| format!("{engine}: cancelling, {what}, is {how}")));
        }
        let relevant = description.notes.iter().filter(|(verb, _)| verbs.contains(verb.as_str()));
        notes.extend(relevant.map(|(verb, note)| format!("{engine}: `{verb}`: {note}")));
    }
    listed(out, "not native", &lines)?;
    listed(out, "notes on native steps", &notes)
}

/// Prints the lines below their title, if there are any.
fn listed(out: &mut impl Write, title: &str, lines: &[String]) -> io::Result<()> {
    if !lines.is_empty() {
        writeln!(out, "\n{title}:")?;
    }
    for line in lines {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

fn not_native(support: &Support) -> Option<String> {
    match support {
        Support::Native => None,
        Support::Emulated(how) => Some(format!("emulated: {how}")),
        Support::Unsupported(why) => Some(format!("unsupported: {why}")),
    }
}
