//! Round trips with peer processes: on every engine as many as planned, and each gives back what was sent. Nothing is left
//! behind.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::system::{Found, processes};
use crate::support::{ENGINES, Finished, Lab, WAITING};

/// The name of each mechanism, and the most bytes that the test sends by it.
const MECHANISMS: [(&str, u32); 9] = [
    ("pipe", 200_000),
    ("fifo", 200_000),
    ("unix", 1 << 20),
    ("tcp", 200_000),
    ("mqueue", 8_192),
    ("signal", 4),
    ("shm-spin", 200_001),
    ("shm-futex", 1 << 20),
    ("semaphore", 200_000),
];

/// The number of peers of a process that has one for each mechanism.
const PEERS: usize = MECHANISMS.len();

/// The first keys of an `ipc` step by a mechanism.
fn by(mechanism: &str) -> String {
    match mechanism.split_once('-') {
        Some((name, wait)) => format!("ipc = \"{name}\", wait = \"{wait}\""),
        None => format!("ipc = \"{mechanism}\""),
    }
}

fn scenario(engines: &[&str], tasks: &str) -> String {
    format!("question = \"?\"\nengines = {engines:?}\nworkers = 2\nrepeats = 1\ntimeout = \"20s\"\n{tasks}")
}

/// How many bytes a mechanism carries if a step asks for `bytes`.
fn carried(mechanism: &str, bytes: u32) -> u32 {
    if mechanism == "signal" { 4 } else { bytes }
}

fn talker(mechanism: &str, rounds: u32, bytes: u32) -> String {
    format!(
        "[[task]]\nname = \"{mechanism}-{bytes}\"\ncount = 3\n\
         steps = [{{ {}, rounds = {rounds}, bytes = {}, as = \"talk\" }}]\n",
        by(mechanism),
        carried(mechanism, bytes)
    )
}

fn exit(run: &Finished, engine: &str) -> String {
    run.sample(engine, "*").text("exit").to_owned()
}

#[test]
fn every_engine_does_every_round_by_every_mechanism_with_payloads_of_any_size() {
    // A cell is `ok` only if each round gave back what was sent, as often as planned.
    let tasks: String = MECHANISMS.iter().map(|(by, most)| talker(by, 20, 1) + &talker(by, 3, *most)).collect();
    let run = Lab::new().run(&scenario(&ENGINES, &tasks), &["--quiet"]).ok();
    for engine in ENGINES {
        let mix = run.sample(engine, "*");
        assert_eq!((mix.text("exit"), mix.whole("done")), ("ok", 54), "{engine}: {}", run.stderr);
    }
    let steps = run.rows("steps.csv");
    assert_eq!(steps.len(), ENGINES.len() * MECHANISMS.len() * 2);
    for step in steps {
        assert_eq!(step.whole("count"), 3, "{step:?}");
        let (wait, hold) = (step.whole("wait_max_ns"), step.whole("hold_max_ns"));
        assert!(wait > 0 && hold > 0 && step.whole("total_max_ns") >= hold, "{step:?}");
    }
}

#[test]
fn a_payload_with_a_flipped_bit_fails_the_cell() {
    for ((by, _), engine) in MECHANISMS.into_iter().zip(["tokio-local", "rayon", "smol-local"].into_iter().cycle()) {
        let fault = format!("{engine}=flip");
        let run = Lab::new().run(&scenario(&[engine], &talker(by, 5, 64)), &["--quiet", "--fault", &fault]);
        assert_eq!((run.code, exit(&run, engine).as_str()), (Some(1), "exit code 101"), "{by}: {}", run.stderr);
        let what = if by == "signal" { "the number 65538 for that of round 2" } else { "round 2, byte 32 of 64" };
        let message = format!("`ipc` by `{by}` gave back what was not sent: {what}");
        assert!(run.stderr.contains(&message), "{}", run.stderr);
    }
}

#[test]
fn a_peer_that_dies_is_named_and_its_instances_fail() {
    let tasks: String = MECHANISMS.iter().map(|(by, _)| talker(by, 5, 64)).collect();
    for engine in ["smol-local", "tokio", "threads", "processes"] {
        let fault = format!("{engine}=leave");
        let run = Lab::new().run(&scenario(&[engine], &tasks), &["--quiet", "--fault", &fault]);
        let ending = exit(&run, engine);
        let first = "lost a peer: peer 0 of `pipe-64` (pipe) ended with exit code 9, and ";
        assert!(run.code == Some(1) && ending.starts_with(first), "{engine}: {ending}: {}", run.stderr);
        for row in run.instances(engine) {
            assert_eq!(row.text("state"), "failed", "{engine}: {row:?}");
        }
    }
}

#[test]
fn an_instance_cancelled_amid_a_round_leaves_no_torn_round_to_the_next() {
    let task = |mechanism: &str, bytes: u32| {
        let (by, bytes) = (by(mechanism), carried(mechanism, bytes));
        format!(
            "[[task]]\nname = \"{mechanism}\"\ncount = 30\narrival = {{ every = \"1ms\" }}\n\
             steps = [{{ {by}, rounds = 40, bytes = {bytes}, peers = 2 }}]\n\
             cancel = {{ after = \"2ms\", share = 0.5 }}\n"
        )
    };
    // Rounds through memory are never torn, and copying many bytes takes long in a debug build.
    let bytes = |by: &str, most: u32| if by.starts_with("shm") || by == "semaphore" { 4_096 } else { most / 4 };
    let tasks: String = MECHANISMS.iter().map(|(by, most)| task(by, bytes(by, *most))).collect();
    let run = Lab::new().run(&scenario(&WAITING, &tasks), &["--quiet"]).ok();
    for engine in WAITING {
        let mix = run.sample(engine, "*");
        assert_eq!(mix.text("exit"), "ok", "{engine}: {}", run.stderr);
        assert!(mix.whole("cancelled") > 0 && mix.whole("done") >= 135, "{engine}: {mix:?}");
    }
}

/// The processes that were started in this folder.
fn in_folder(folder: &Path) -> Vec<Found> {
    let is_there =
        |found: &Found| fs::read_link(format!("/proc/{}/cwd", found.identity.0)).is_ok_and(|cwd| cwd == folder);
    processes().into_iter().filter(|found| found.lives() && is_there(found)).collect()
}

/// Waits until `is_so`, checking it after each `pause`; a minute at most.
fn until(what: &str, pause: Duration, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_mins(1), "waited in vain until {what}");
        thread::sleep(pause);
    }
}

/// The paths of everything of taskmix's that has a name in the kernel's file systems or in `scratch`.
fn names(scratch: &Path) -> Vec<String> {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let found = [Path::new("/dev/mqueue"), Path::new("/dev/shm"), scratch].into_iter().flat_map(entries);
    let names = found.map(|path| path.display().to_string());
    names.filter(|name| name.contains("taskmix") || Path::new(name).starts_with(scratch)).collect()
}

/// The time between two looks at all processes: each look occupies a core.
const PAUSE: Duration = Duration::from_millis(15);

/// When a run or a cell is killed.
enum Moment {
    /// When this many of its peers have started.
    Start(usize),
    /// This long after all peers have started.
    Middle(Duration),
    /// This long after the first peers have ended, if they end before the run does.
    End(Duration),
}

/// Waits for a moment of the run `child` in `folder`. A cell of the run has `all` peers.
fn wait_for(moment: &Moment, all: usize, child: &mut Child, folder: &Path) {
    let peers = || in_folder(folder).iter().filter(|found| found.arguments().contains(" peer ")).count();
    let mut most = 0;
    let mut is_it = |is_so: &dyn Fn(usize, usize) -> bool| {
        // The end is short, so it needs shorter pauses.
        let pause = if matches!(moment, Moment::End(_)) { PAUSE / 5 } else { PAUSE };
        until("so many peers are there", pause, || {
            let now = peers();
            most = most.max(now);
            is_so(now, most) || child.try_wait().expect("it can be waited for").is_some()
        });
    };
    match moment {
        Moment::Start(count) => is_it(&|now, _| now >= *count),
        Moment::Middle(later) => {
            is_it(&|now, _| now == all);
            thread::sleep(*later);
        }
        Moment::End(later) => {
            is_it(&|now, most| now < most);
            thread::sleep(*later);
        }
    }
}

/// Writes three scenarios into the folder of `lab`: `idle` waits with all its peers, `endless` makes round trips for long, and
/// `short` is soon over.
fn write_mixes(lab: &Lab, engine: &str, repeats: usize) {
    let mix = |rounds| {
        // A spinning peer occupies a core for all its rounds.
        let rounds_by = |by: &str| if by == "shm-spin" { 1 } else { rounds };
        MECHANISMS.iter().map(|(by, _)| talker(by, rounds_by(by), 64)).collect::<String>()
    };
    let idle = mix(1) + "[[task]]\nname = \"sleeper\"\nsteps = [{ sleep = \"15s\" }]\n";
    for (name, tasks) in [("idle", idle), ("endless", mix(1_000_000)), ("short", mix(1))] {
        let text = scenario(&[engine], &tasks).replace("repeats = 1", &format!("repeats = {repeats}"));
        lab.write(&format!("{name}.toml"), &text);
    }
}

fn start(lab: &Lab, file: &str, scratch: &Path) -> Child {
    let mut command = lab.taskmix(&["run", file, "--quiet", "--tasks", "never"]);
    command.env("TMPDIR", scratch).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
}

/// Kills one run at each of the moments. The runs keep their named files in `scratch`.
fn kill_runs(moments: impl Iterator<Item = Moment>, scratch: &Path) {
    let lab = Lab::new();
    write_mixes(&lab, "processes", 1);
    let folder = fs::canonicalize(lab.path()).expect("it is there");
    for moment in moments {
        let file = match moment {
            Moment::Start(_) => "idle.toml",
            Moment::Middle(_) => "endless.toml",
            Moment::End(_) => "short.toml",
        };
        let mut run = start(&lab, file, scratch);
        wait_for(&moment, 2 * PEERS, &mut run, &folder);
        run.kill().expect("it can be killed");
        run.wait().expect("it can be reaped");
        until("all its processes are gone", PAUSE, || in_folder(&folder).is_empty());
    }
}

/// Kills the cells of one run, each at its moment. The run continues.
fn kill_cells(moments: &[Moment], scratch: &Path) {
    let lab = Lab::new();
    write_mixes(&lab, "async-executor", moments.len());
    let folder = fs::canonicalize(lab.path()).expect("it is there");
    let mut run = start(&lab, "endless.toml", scratch);
    for moment in moments {
        let is_cell = |found: &Found| found.arguments().contains(" engine ") && found.parent == run.id().cast_signed();
        let mut cell = None;
        until("the next cell has begun", PAUSE, || {
            cell = in_folder(&folder).into_iter().find(is_cell);
            cell.is_some()
        });
        let cell = cell.expect("it was found").identity;
        wait_for(moment, PEERS, &mut run, &folder);
        let is_peer = |found: &Found| found.arguments().contains(" peer ");
        let peers: Vec<_> = in_folder(&folder).into_iter().filter(is_peer).map(|found| found.identity).collect();
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(cell.0), nix::sys::signal::SIGKILL);
        until("its peers are gone", PAUSE, || {
            in_folder(&folder).iter().all(|found| found.identity != cell && !peers.contains(&found.identity))
        });
    }
    assert_eq!(run.wait().expect("it can be reaped").code(), Some(1), "its cells did not end well");
    assert!(in_folder(&folder).is_empty());
}

#[test]
fn nothing_is_left_of_runs_and_cells_that_are_killed_at_any_moment() {
    let scratch = tempfile::tempdir().expect("a folder");
    let scratch = scratch.path();
    let before = names(scratch);
    let ms = |length: usize| Duration::from_millis(length as u64);
    let moment_of_run = move |attempt: usize| match attempt {
        0..5 => Moment::Start(attempt * PEERS / 2),
        5..8 => Moment::Middle(ms(attempt % 4 * 5)),
        _ => Moment::End(ms(attempt % 7)),
    };
    let moment_of_cell =
        |attempt| if attempt <= PEERS { Moment::Start(attempt) } else { Moment::Middle(ms(attempt % 4 * 5)) };
    thread::scope(|scope| {
        for lane in 0..2 {
            scope.spawn(move || kill_runs((lane..14).step_by(2).map(moment_of_run), scratch));
        }
        scope.spawn(|| kill_cells(&(0..36).map(moment_of_cell).collect::<Vec<_>>(), scratch));
    });
    // A process that was killed while it created a name may have left it. The next run removes it.
    let lab = Lab::new();
    let again =
        lab.write("again.toml", &scenario(&["smol-local"], &(talker("fifo", 1, 64) + &talker("mqueue", 1, 64))));
    let mut command = lab.taskmix(&["run", again.to_str().expect("UTF-8"), "--quiet"]);
    assert!(command.env("TMPDIR", scratch).stderr(Stdio::null()).status().expect("it runs").success());
    assert_eq!(names(scratch), before);
}

#[test]
fn signals_of_other_processes_are_ignored() {
    let lab = Lab::new();
    let text = scenario(&["async-executor", "threads"], &talker("signal", 3_000, 4));
    let folder = fs::canonicalize(lab.path()).expect("it is there");
    let (is_over, others) = (AtomicBool::new(false), AtomicUsize::new(0));
    let run = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Relaxed) {
                let all = in_folder(&folder);
                let with = |what: &str| all.iter().filter(|found| found.arguments().contains(what)).collect::<Vec<_>>();
                // A cell certainly blocks the signals once it has a peer.
                let peers = with(" peer ");
                let cells =
                    with(" engine ").into_iter().filter(|cell| peers.iter().any(|peer| peer.parent == cell.identity.0));
                for pid in cells.chain(peers.iter().copied()).map(|found| found.identity.0) {
                    let kill = format!("kill -{} {pid}", libc::SIGRTMIN());
                    let sent = Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status();
                    others.fetch_add(usize::from(sent.is_ok_and(|sent| sent.success())), Relaxed);
                }
                thread::sleep(Duration::from_millis(5));
            }
        });
        let run = lab.run(&text, &["--quiet"]);
        is_over.store(true, Relaxed);
        run.ok()
    });
    assert!(others.load(Relaxed) > 2, "some were sent");
    for engine in ["async-executor", "threads"] {
        assert_eq!((exit(&run, engine).as_str(), run.sample(engine, "*").whole("done")), ("ok", 3), "{}", run.stderr);
    }
}

#[test]
fn rounds_on_a_blocking_pool_are_offloads_in_a_trace() {
    let tasks = talker("shm-futex", 3, 64) + &talker("semaphore", 3, 64) + &talker("pipe", 3, 64);
    let engines = ["smol-local", "tokio", "rayon"];
    let run = Lab::new().run(&scenario(&engines, &tasks), &["--quiet", "--trace"]).ok();
    let spans = run.rows("spans.csv");
    for engine in engines {
        let offloads = |task: &str| {
            let own = spans.iter().filter(|row| row.text("engine") == engine && row.text("task") == task);
            own.filter(|row| row.text("kind") == "offload").collect::<Vec<_>>()
        };
        for task in ["shm-futex-64", "semaphore-64"] {
            let mut instances: Vec<u64> = offloads(task).iter().map(|row| row.whole("instance")).collect();
            instances.sort_unstable();
            assert_eq!(instances, if engine == "rayon" { vec![] } else { vec![0, 1, 2] }, "{engine}, {task}");
            assert!(offloads(task).iter().all(|row| row.text("worker").is_empty()), "{engine}, {task}");
        }
        assert!(offloads("pipe-64").is_empty(), "{engine}");
    }
}
