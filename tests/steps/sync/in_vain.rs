//! Waits that can never be satisfied: some instances fail, some stall, and a drain ends.

use super::{SHARING, of_task, scenario};
use crate::support::Lab;

#[test]
fn a_send_or_receive_without_a_peer_left_fails() {
    // `stopped` is cancelled and sends less than `waits` wants to receive. `leaves` receives less than `pushes` sends.
    let text = r#"
[channel.dry]
capacity = 2
[channel.full]
capacity = 2

[[task]]
name = "stopped"
steps = [{ loop = 10000, steps = [{ send = "dry" }, { sleep = "1ms" }] }]
cancel = { after = "8ms" }

[[task]]
name = "waits"
steps = [{ loop = 10000, steps = [{ recv = "dry" }] }]

[[task]]
name = "leaves"
steps = [{ recv = "full" }]

[[task]]
name = "pushes"
steps = [{ loop = 10, steps = [{ send = "full" }] }]
"#;
    let run = Lab::new().run(&scenario(&SHARING, text), &["--quiet"]).ok();
    for engine in SHARING {
        let rows = run.instances(engine);
        let states: Vec<(&str, &str, &str)> = ["stopped", "waits", "leaves", "pushes"]
            .into_iter()
            .map(|task| (task, of_task(&rows, task)[0]))
            .map(|(task, row)| (task, row.text("state"), row.text("last_step")))
            .collect();
        assert_eq!(states[0].1, "cancelled", "{engine}");
        let others = [
            ("waits", "failed", "1.1 recv dry"),
            ("leaves", "done", "1 recv full"),
            ("pushes", "failed", "1.1 send full"),
        ];
        assert_eq!(states[1..], others, "{engine}");
    }
}

#[test]
fn instances_that_wait_for_each_other_stall_and_their_steps_are_reported() {
    let text = r#"
timeout = "500ms"
[channel.there]
capacity = 1
[channel.back]
capacity = 1

[[task]]
name = "one"
steps = [{ recv = "there" }, { send = "back" }]

[[task]]
name = "other"
steps = [{ recv = "back" }, { send = "there" }]
"#;
    let run = Lab::new().run(&scenario(&["smol-local", "tokio", "threads"], text), &["--quiet"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    for engine in ["smol-local", "tokio", "threads"] {
        assert_eq!(run.sample(engine, "*").text("exit"), "timeout");
        let rows = run.instances(engine);
        let at = |task| of_task(&rows, task)[0].text("last_step");
        assert_eq!((at("one"), at("other")), ("1 recv there", "1 recv back"), "{engine}");
    }
}

#[test]
fn a_blocking_lock_held_over_a_wait_stops_a_whole_loop() {
    let text = r#"
timeout = "500ms"
[mutex.kept]
kind = "$KIND"

[[task]]
name = "sleeper"
count = 2
steps = [{ lock = "kept", steps = [{ sleep = "1ms" }] }]
"#;
    let run = |kind: &str| Lab::new().run(&scenario(&["smol-local"], &text.replace("$KIND", kind)), &["--quiet"]);
    let blocked = run("blocking");
    assert_eq!(blocked.sample("smol-local", "*").text("exit"), "timeout", "{}", blocked.stderr);
    let lines = [
        "the only worker is inside `lock kept`: no thread is left to run its holder",
        "`kept` is held by `sleeper` #0, at `1.1 sleep`",
        "1 instance of `sleeper` waits at `1 lock kept`",
    ];
    assert!(blocked.stderr.contains(&lines.join("; ")), "{}", blocked.stderr);
    assert_eq!(blocked.sample("smol-local", "*").text("waits_for"), lines.join("; "));
    let (page, summary) = (&blocked.files["report.html"], &blocked.files["summary.json"]);
    for line in lines {
        assert!(page.contains(&format!("<li>{line}</li>")), "{line}: {page}");
        assert!(summary.contains(&format!("\"{line}\"")), "{line}: {summary}");
    }
    assert_eq!(run("async").ok().sample("smol-local", "*").whole("done"), 2);
}

#[test]
fn a_drain_does_not_wait_for_senders_that_are_never_released() {
    let text = r#"
[channel.visits]
capacity = 4
[channel.noise]
capacity = 1

[[task]]
name = "visitor"
count = 100000
arrival = { clients = 2, think = "1ms", until = "20ms" }
steps = [{ send = "visits" }]

[[task]]
name = "counter"
count = 2
steps = [{ drain = "visits", steps = [{ cpu = "1us" }] }]

[[task]]
name = "chatter"
count = 100000
background = true
arrival = { every = "1ms" }
steps = [{ send = "noise" }]

[[task]]
name = "hearer"
count = 2
background = true
steps = [{ drain = "noise", steps = [{ cpu = "1us" }] }]
"#;
    let run = Lab::new().run(&scenario(&SHARING, text), &["--quiet"]).ok();
    for engine in SHARING {
        let states = |task: &str, state: &str| run.sample(engine, task).whole(state);
        assert_eq!(states("counter", "done"), 2, "{engine}");
        assert_eq!(
            states("visitor", "done") * 1_000,
            states("counter", "units_done"),
            "{engine}: each was counted once"
        );
        let heard = run.sample(engine, "hearer");
        assert_eq!(heard.whole("done") + heard.whole("cancelled"), 2, "{engine}: {heard:?}");
    }
}

#[test]
fn a_stall_at_a_barrier_names_the_party_that_was_cancelled() {
    let text = r#"
[barrier.start]
parties = 3

[[task]]
name = "early"
count = 2
steps = [{ barrier = "start" }]

[[task]]
name = "late"
steps = [{ sleep = "250ms" }, { barrier = "start" }]
"#;
    let run = |timeout: &str, more: &str| {
        Lab::new().run(&scenario(&SHARING, &format!("timeout = \"{timeout}\"\n{text}{more}")), &["--quiet"])
    };
    let cut = run("400ms", "cancel = { after = \"50ms\" }\n");
    let explanation = "barrier `start` has 3 parties, of which 2 wait: `late` #0 was cancelled at `1 sleep`; \
                       2 instances of `early` wait at `1 barrier start`";
    assert_eq!(cut.code, Some(1));
    let named = cut.stderr.matches(explanation).count();
    // On rayon a thread that sleeps can't be cancelled, so `late` goes on to the barrier unless it is cancelled before it starts.
    assert!(named >= SHARING.len() - 1, "{}", cut.stderr);
    run("9s", "").ok();
}
