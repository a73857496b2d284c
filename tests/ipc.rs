//! Round trips with second processes: as many as planned, with what was sent, on every engine; and nothing that is left behind.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::thread;
use std::time::{Duration, Instant};

use support::system::{Found, processes};
use support::{ENGINES, Finished, Lab, WAITING};

/// Each mechanism as it is called, and the most bytes that the test sends by it.
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

/// The peers of a cell in two processes that has one for each mechanism.
const PEERS: usize = 2 * MECHANISMS.len();

/// How a step begins that goes by a mechanism.
fn by(mechanism: &str) -> String {
    match mechanism.split_once('-') {
        Some((name, wait)) => format!("ipc = \"{name}\", wait = \"{wait}\""),
        None => format!("ipc = \"{mechanism}\""),
    }
}

fn scenario(engines: &[&str], tasks: &str) -> String {
    format!("question = \"?\"\nengines = {engines:?}\nworkers = 2\nrepeats = 1\ntimeout = \"20s\"\n{tasks}")
}

/// What a mechanism carries that is asked for so many bytes.
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
    // That a cell is `ok` says that what came back was what was sent, as often as planned.
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
fn a_bit_that_comes_back_changed_fails_the_cell() {
    for ((by, _), engine) in MECHANISMS.into_iter().zip(["tokio-local", "rayon", "smol-local"].into_iter().cycle()) {
        let fault = format!("{engine}=flip");
        let run = Lab::new().run(&scenario(&[engine], &talker(by, 5, 64)), &["--quiet", "--fault", &fault]);
        assert_eq!((run.code, exit(&run, engine).as_str()), (Some(1), "exit code 101"), "{by}: {}", run.stderr);
        let what = if by == "signal" { "the number 65538 for that of round 2" } else { "round 2, byte 32 of 64" };
        let said = format!("`ipc` by `{by}` gave back what was not sent: {what}");
        assert!(run.stderr.contains(&said), "{}", run.stderr);
    }
}

#[test]
fn peers_that_die_fail_those_who_talk_with_them_and_are_named() {
    let tasks: String = MECHANISMS.iter().map(|(by, _)| talker(by, 5, 64)).collect();
    for engine in ["smol-local", "tokio", "threads", "processes"] {
        let fault = format!("{engine}=leave");
        let run = Lab::new().run(&scenario(&[engine], &tasks), &["--quiet", "--fault", &fault]);
        let said = exit(&run, engine);
        let first = "lost a peer: peer 0 of `pipe-64` (pipe) ended with exit code 9, and ";
        assert!(run.code == Some(1) && said.starts_with(first), "{engine}: {said}: {}", run.stderr);
        for row in run.instances(engine) {
            assert_eq!(row.text("state"), "failed", "{engine}: {row:?}");
        }
    }
}

#[test]
fn who_is_stopped_amid_a_round_leaves_no_torn_one_to_the_next() {
    let task = |mechanism: &str, bytes: u32| {
        let (by, bytes) = (by(mechanism), carried(mechanism, bytes));
        format!(
            "[[task]]\nname = \"{mechanism}\"\ncount = 30\narrival = {{ every = \"1ms\" }}\n\
             steps = [{{ {by}, rounds = 40, bytes = {bytes}, peers = 2 }}]\n\
             cancel = {{ after = \"2ms\", share = 0.5 }}\n"
        )
    };
    let tasks: String = MECHANISMS.iter().map(|(by, most)| task(by, *most / 4)).collect();
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

/// Waits until it is so, looking every so often.
fn until(what: &str, pause: Duration, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_mins(1), "waited in vain until {what}");
        thread::sleep(pause);
    }
}

/// What has a name that the kernel or a folder keeps.
fn names(scratch: &Path) -> Vec<String> {
    let of = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let found = [Path::new("/dev/mqueue"), Path::new("/dev/shm"), scratch].into_iter().flat_map(of);
    let names = found.map(|path| path.display().to_string());
    names.filter(|name| name.contains("taskmix") || Path::new(name).starts_with(scratch)).collect()
}

/// When a run is killed.
enum Moment {
    /// When so many of its peers have come.
    Start(usize),
    /// So long after all have come.
    Middle(Duration),
    /// So long after the first have gone, if they go before the run does.
    End(Duration),
}

/// Waits for a moment of the run `child` in `folder`.
fn wait_for(moment: &Moment, child: &mut Child, folder: &Path) {
    // To look at all processes takes a core, too.
    let pause = Duration::from_millis(if matches!(moment, Moment::End(_)) { 4 } else { 10 });
    let peers = || in_folder(folder).iter().filter(|found| found.arguments().contains(" peer ")).count();
    let mut most = 0;
    let mut is_it = |is_so: &dyn Fn(usize, usize) -> bool| {
        until("so many peers are there", pause, || {
            let now = peers();
            most = most.max(now);
            is_so(now, most) || child.try_wait().expect("it can be waited for").is_some()
        });
    };
    match moment {
        Moment::Start(count) => is_it(&|now, _| now >= *count),
        Moment::Middle(later) => {
            is_it(&|now, _| now == PEERS);
            thread::sleep(*later);
        }
        Moment::End(later) => {
            is_it(&|now, most| now < most);
            thread::sleep(*later);
        }
    }
}

/// Kills so many runs, each at its moment and each in a folder of its own, with names in `scratch`.
fn kill_at(moments: impl Iterator<Item = (usize, Moment)>, scratch: &Path) {
    let lab = Lab::new();
    let mix = |rounds| MECHANISMS.iter().map(|(by, _)| talker(by, rounds, 64)).collect::<String>();
    lab.write("endless.toml", &scenario(&["processes"], &mix(1_000_000)));
    lab.write("short.toml", &scenario(&["processes"], &mix(1)));
    let folder = fs::canonicalize(lab.path()).expect("it is there");
    for (attempt, moment) in moments {
        let file = if matches!(moment, Moment::End(_)) { "short.toml" } else { "endless.toml" };
        let mut command = lab.taskmix(&["run", file, "--quiet"]);
        command.env("TMPDIR", scratch).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it starts");
        wait_for(&moment, &mut child, &folder);
        // By turns the whole program, and its cell before it.
        let all = in_folder(&folder);
        let cell = all.iter().find(|found| found.arguments().contains(" engine "));
        if let Some(cell) = cell.filter(|_| attempt % 2 == 1) {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(cell.identity.0), nix::sys::signal::SIGKILL);
            thread::sleep(Duration::from_millis(5));
        }
        child.kill().expect("it can be killed");
        child.wait().expect("it can be reaped");
        until("all its processes are gone", Duration::from_millis(10), || in_folder(&folder).is_empty());
    }
}

#[test]
fn nothing_is_left_of_a_run_that_is_killed_at_any_moment() {
    let scratch = tempfile::tempdir().expect("a folder");
    let scratch = scratch.path();
    let before = names(scratch);
    let moment = |attempt: usize| match attempt {
        0..24 => Moment::Start(attempt.min(PEERS)),
        24..36 => Moment::Middle(Duration::from_millis(attempt as u64 % 4 * 5)),
        _ => Moment::End(Duration::from_millis(attempt as u64 % 7)),
    };
    // Side by side: what they wait for is mostly not a core.
    thread::scope(|scope| {
        for lane in 0..4 {
            scope.spawn(move || kill_at((lane..50).step_by(4).map(|attempt| (attempt, moment(attempt))), scratch));
        }
    });
    // One that was killed amid the making of a name may have left it: the next clears it away.
    let lab = Lab::new();
    let again =
        lab.write("again.toml", &scenario(&["smol-local"], &(talker("fifo", 1, 64) + &talker("mqueue", 1, 64))));
    let mut command = lab.taskmix(&["run", again.to_str().expect("UTF-8"), "--quiet"]);
    assert!(command.env("TMPDIR", scratch).stderr(Stdio::null()).status().expect("it runs").success());
    assert_eq!(names(scratch), before);
}

#[test]
fn signals_that_others_send_are_passed_over() {
    let lab = Lab::new();
    let text = scenario(&["async-executor", "threads"], &talker("signal", 3_000, 4));
    let folder = fs::canonicalize(lab.path()).expect("it is there");
    let (is_over, others) = (AtomicBool::new(false), AtomicUsize::new(0));
    let run = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Relaxed) {
                let all = in_folder(&folder);
                let are = |what: &str| all.iter().filter(|found| found.arguments().contains(what)).collect::<Vec<_>>();
                // Only then is it certain that its cell keeps signals.
                let peers = are(" peer ");
                let cells =
                    are(" engine ").into_iter().filter(|cell| peers.iter().any(|peer| peer.parent == cell.identity.0));
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
fn rounds_that_are_done_on_a_pool_are_offloads_of_a_trace() {
    let tasks = talker("shm-futex", 3, 64) + &talker("semaphore", 3, 64) + &talker("pipe", 3, 64);
    let engines = ["smol-local", "tokio", "rayon"];
    let run = Lab::new().run(&scenario(&engines, &tasks), &["--quiet", "--trace"]).ok();
    let spans = run.rows("spans.csv");
    for engine in engines {
        let of = |task: &str| {
            let own = spans.iter().filter(|row| row.text("engine") == engine && row.text("task") == task);
            own.filter(|row| row.text("kind") == "offload").collect::<Vec<_>>()
        };
        for task in ["shm-futex-64", "semaphore-64"] {
            let mut instances: Vec<u64> = of(task).iter().map(|row| row.whole("instance")).collect();
            instances.sort_unstable();
            assert_eq!(instances, if engine == "rayon" { vec![] } else { vec![0, 1, 2] }, "{engine}, {task}");
            assert!(of(task).iter().all(|row| row.text("worker").is_empty()), "{engine}, {task}");
        }
        assert!(of("pipe-64").is_empty(), "{engine}");
    }
}
