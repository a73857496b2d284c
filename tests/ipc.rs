//! Round trips with second processes: as many as planned, with what was sent, on every engine; and nothing that is left behind.

mod support;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use support::system::{Found, processes, until};
use support::{ENGINES, Finished, Lab, WAITING};

/// Each mechanism as it is called, and the most bytes that the test sends by it.
const MECHANISMS: [(&str, u32); 8] = [
    ("pipe", 200_000),
    ("fifo", 200_000),
    ("unix", 1 << 20),
    ("tcp", 200_000),
    ("mqueue", 8_192),
    ("shm-spin", 200_001),
    ("shm-futex", 1 << 20),
    ("semaphore", 200_000),
];

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

fn talker(mechanism: &str, rounds: u32, bytes: u32) -> String {
    format!(
        "[[task]]\nname = \"{mechanism}-{bytes}\"\ncount = 3\n\
         steps = [{{ {}, rounds = {rounds}, bytes = {bytes}, as = \"talk\" }}]\n",
        by(mechanism)
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
        assert_eq!((mix.text("exit"), mix.whole("done")), ("ok", 48), "{engine}: {}", run.stderr);
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
        let said = format!("`ipc` by `{by}` gave back what was not sent: round 2, byte 32 of 64");
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
        let by = by(mechanism);
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
        assert!(mix.whole("cancelled") > 0 && mix.whole("done") >= 120, "{engine}: {mix:?}");
    }
}

/// The processes that were started in this folder.
fn in_folder(folder: &Path) -> Vec<Found> {
    let is_there =
        |found: &Found| fs::read_link(format!("/proc/{}/cwd", found.identity.0)).is_ok_and(|cwd| cwd == folder);
    processes().into_iter().filter(|found| found.lives() && is_there(found)).collect()
}

/// What has a name that the kernel or a folder keeps.
fn names() -> Vec<String> {
    let of = |folder: &str| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let found = ["/dev/mqueue", "/dev/shm"].into_iter().flat_map(of);
    let mut names: Vec<String> = found.map(|path| path.display().to_string()).collect();
    names.retain(|name| name.contains("taskmix"));
    names.sort();
    names
}

#[test]
fn nothing_is_left_of_a_run_that_is_killed_at_any_moment() {
    let lab = Lab::new();
    let endless = MECHANISMS.iter().map(|(by, _)| talker(by, 1_000_000, 64)).collect::<String>();
    lab.write("mix.toml", &scenario(&["processes"], &endless));
    let scratch = lab.path().join("scratch");
    fs::create_dir(&scratch).expect("a folder");
    let folder = fs::canonicalize(lab.path()).expect("it is there");
    let before = names();
    for attempt in 0..20_u64 {
        let mut command = lab.taskmix(&["run", "mix.toml", "--quiet"]);
        command.env("TMPDIR", &scratch).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it starts");
        // From the very start to when all peers of both processes are there, whatever else the machine does.
        let peers = |all: &[Found]| all.iter().filter(|found| found.arguments().contains(" peer ")).count();
        until("so many peers have come", || peers(&in_folder(&folder)) >= attempt.saturating_sub(2).min(16) as usize);
        thread::sleep(Duration::from_millis(attempt % 3 * 7));
        let all = in_folder(&folder);
        // By turns the whole program, and its cell before it.
        let cell = all.iter().find(|found| found.arguments().contains(" engine "));
        if let Some(cell) = cell.filter(|_| attempt % 2 == 1) {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(cell.identity.0), nix::sys::signal::SIGKILL);
            thread::sleep(Duration::from_millis(5));
        }
        child.kill().expect("it can be killed");
        child.wait().expect("it can be reaped");
        until("all its processes are gone", || in_folder(&folder).is_empty());
    }
    assert_eq!(names(), before);
    let left: Vec<_> =
        fs::read_dir(&scratch).expect("the folder is there").flatten().map(|entry| entry.path()).collect();
    assert!(left.is_empty(), "{left:?}");
}
