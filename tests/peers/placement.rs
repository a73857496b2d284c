//! The cores of cells and peers: on every engine all their threads and processes run on the requested cores. The probe helper
//! does not.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;

use crate::support::system::{Found, descendants, until};
use crate::support::{ENGINES, Lab};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// The cores that this process may use.
fn cores() -> Vec<usize> {
    let set = sched_getaffinity(Pid::from_raw(0)).expect("it may ask of itself");
    (0..CpuSet::count()).filter(|cpu| set.is_set(*cpu).expect("within the set")).collect()
}

fn scenario(engines: &[&str], head: &str, rest: &str) -> String {
    format!("question = \"?\"\nengines = {engines:?}\nrepeats = 1\ntimeout = \"20s\"\n{head}\n{rest}")
}

#[test]
#[cfg_attr(one_core, ignore = "it takes two cores")]
fn on_every_engine_an_instance_and_its_peer_are_on_the_cores_that_each_may_use() {
    let cores = cores();
    let peers = &cores[..cores.len().min(2)];
    let step = |by: &str, name: &str| format!("{{ ipc = {by}, as = \"{name}\", rounds = 70, cpus = [\"$peer\"] }}");
    let steps = [
        step("\"unix\"", "unix"),
        step("\"mqueue\"", "mqueue"),
        step("\"shm\"", "futex"),
        step("\"shm\", wait = \"spin\"", "spin"),
        step("\"semaphore\"", "semaphore"),
        "{ ipc = \"pipe\", rounds = 5, as = \"beside\" }".to_owned(),
        "{ offload = \"cpu\", steps = [{ cpu = \"100us\" }], as = \"compute\" }".to_owned(),
    ];
    let rest =
        format!("[[task]]\nname = \"client\"\ncount = 2\nsteps = [{}]\n[matrix]\npeer = {peers:?}\n", steps.join(", "));
    let run = Lab::new().run(&scenario(&ENGINES, &format!("cpus = [{}]", cores[0]), &rest), &["--quiet"]).ok();
    for row in run.rows("samples.csv") {
        assert_eq!(row.whole("workers"), 1, "all cores are one: {row:?}");
    }
    let rows = run.rows("steps.csv");
    assert_eq!(rows.len(), ENGINES.len() * peers.len() * 7);
    for row in rows {
        let is_beside = row.whole("param_peer") == cores[0] as u64;
        let expected = match row.text("step") {
            "compute" => "",
            "beside" => "1",
            _ if is_beside => "1",
            _ => "0",
        };
        assert_eq!(row.text("same_core_share"), expected, "{row:?}");
    }
    assert_eq!(run.facts()["resolved"]["cpus"].as_array().expect("a list").len(), 1);
}

/// The cores that each thread of a process may use, as lists in the kernel's format.
fn cores_of_threads(process: &Found) -> Vec<String> {
    let threads = fs::read_dir(format!("/proc/{}/task", process.identity.0)).into_iter().flatten().flatten();
    let status = threads.filter_map(|thread| fs::read_to_string(thread.path().join("status")).ok());
    let list = |status: String| {
        let line = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:").map(str::trim));
        line.map(str::to_owned)
    };
    status.filter_map(list).collect()
}

#[test]
fn all_threads_and_processes_of_a_cell_are_confined_and_the_probes_helper_is_not() {
    let cores = cores();
    let (first, last) = (cores[0].to_string(), cores[cores.len() - 1].to_string());
    let rest = format!(
        "[[task]]\nname = \"a\"\ncount = 4\nsteps = [{{ ipc = \"tcp\", cpus = [{last}] }}, \
         {{ offload = \"blocking\", steps = [{{ block = \"700ms\" }}] }}, {{ ipc = \"pipe\" }}]\n"
    );
    for (engine, threads) in [("processes", 8), ("async-executor", 6)] {
        let lab = Lab::new();
        lab.write("mix.toml", &scenario(&[engine], &format!("workers = 2\nprobe = \"1ms\"\ncpus = [{first}]"), &rest));
        let mut command = lab.taskmix(&["run", "mix.toml", "--quiet"]);
        let mut run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut most: BTreeMap<&str, usize> = BTreeMap::new();
        let mut has_moved = false;
        until("its threads were seen", || {
            let mut now: BTreeMap<&str, usize> = BTreeMap::new();
            for found in descendants(run.id()) {
                let lists = cores_of_threads(&found);
                let arguments = found.arguments();
                let kinds = [" engine ", " peer pipe ", " peer tcp ", " probe"];
                let Some(kind) = kinds.into_iter().find(|kind| arguments.contains(kind)) else { continue };
                *now.entry(kind).or_default() += lists.len();
                match kind {
                    // The peer moves itself to its core after it has started.
                    " peer tcp " => has_moved |= !lists.is_empty() && lists.iter().all(|list| *list == last),
                    " probe" => assert!(cores.len() == 1 || lists.iter().all(|list| *list != first), "{lists:?}"),
                    _ => assert!(lists.iter().all(|list| *list == first), "{engine},{kind}: {lists:?}"),
                }
            }
            for (kind, count) in now {
                let most = most.entry(kind).or_default();
                *most = count.max(*most);
            }
            has_moved && most.get(" engine ") >= Some(&threads) && most.len() == 4
        });
        assert!(run.wait().expect("it ends").success(), "{engine}");
    }
}

#[test]
#[cfg_attr(one_core, ignore = "it takes two cores")]
fn cores_that_taskmix_itself_may_not_use_are_refused() {
    let cores = cores();
    let lab = Lab::new();
    let task = |cpus: usize| format!("[[task]]\nname = \"a\"\nsteps = [{{ ipc = \"pipe\", cpus = [{cpus}] }}]\n");
    lab.write("mix.toml", &scenario(&["rayon"], "cpus = [1023]", &task(1_023)));
    let output = lab.output(&["check", "mix.toml"]);
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(
        (output.status.code(), stderr.matches("core 1023 is not among the cores").count()),
        (Some(2), 2),
        "{stderr}"
    );
    assert!(stderr.contains("mix.toml:5:8") && stderr.contains("mix.toml:8:10"), "{stderr}");

    lab.write("mix.toml", &scenario(&["rayon"], "", &task(cores[cores.len() - 1])));
    assert_eq!(lab.output(&["check", "mix.toml"]).status.code(), Some(0));
    // A child process inherits the affinity of this thread.
    let mut one = CpuSet::new();
    one.set(cores[0]).expect("within the set");
    sched_setaffinity(Pid::from_raw(0), &one).expect("it is one of its own");
    let output = lab.output(&["check", "mix.toml"]);
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    let problem =
        format!("core {} is not among the cores that may be used here: {}\n", cores[cores.len() - 1], cores[0]);
    assert!(output.status.code() == Some(2) && stderr.contains(&problem), "{stderr}");
}

#[test]
fn a_plan_shows_the_cores_of_cells_and_peers() {
    let core = cores()[0];
    let steps =
        format!("{{ ipc = \"pipe\", cpus = [{core}] }}, {{ ipc = \"shm\", cpus = [{core}] }}, {{ ipc = \"unix\" }}");
    let rest = format!("[[task]]\nname = \"a\"\nsteps = [{steps}]\n");
    let lab = Lab::new();
    lab.write("mix.toml", &scenario(&["rayon", "smol-local"], &format!("workers = [1, 3]\ncpus = [{core}]"), &rest));
    let plan = String::from_utf8(lab.output(&["plan", "mix.toml"]).stdout).expect("UTF-8");
    let placed: Vec<&str> = plan.lines().filter(|line| line.contains("cpus = ")).collect();
    let expected = [
        format!("  cpus = {core} of each cell; up to 3 workers share it"),
        format!("  cpus = {core} of the peers of a (pipe, shm-futex)"),
    ];
    assert_eq!(placed, expected);
}
