use super::*;
use crate::plan::PointPlan;
use crate::scenario::parse;

fn plan(rest: &str) -> CellPlan {
    let text = format!(
        "question = \"?\"\nengines = [\"rayon\"]\n[[task]]\nname = \"a\"\nsteps = []\n\
         [[task]]\nname = \"b\"\ncount = 9\nsteps = []\n{rest}\n"
    );
    let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
    PointPlan::new(&scenario.points[0].tasks, 1).unwrap().cell(EngineName::Rayon, 1, None)
}

#[test]
fn a_stack_size_is_written_if_it_is_set() {
    let mut plan = plan("");
    assert!(!serde_json::to_string(&plan).unwrap().contains("stack_size"));
    plan.stack_size = Some(65_536);
    let text = serde_json::to_string(&plan).unwrap();
    assert!(text.contains("\"stack_size\":65536"), "{text}");
    assert_eq!(serde_json::from_str::<CellPlan>(&text).unwrap(), plan);
}

#[test]
fn bounds_are_written_only_for_bounded_tasks_and_read_back() {
    let plain = serde_json::to_string(&plan("arrival = { clients = 2 }")).unwrap();
    assert!(!plain.contains("background") && !plain.contains("until"), "{plain}");
    let bounded = plan("arrival = { clients = 2, until = \"3ms\" }\nbackground = true");
    let text = serde_json::to_string(&bounded).unwrap();
    assert!(text.contains("\"background\":true") && text.contains("\"until_ns\":3000000"), "{text}");
    assert!(bounded.tasks[1].cancellable, "background tasks are cancelled");
    assert_eq!(serde_json::from_str::<CellPlan>(&text).unwrap(), bounded);
}

#[test]
fn spawns_are_written_and_every_child_has_a_slot_of_its_own() {
    let without = serde_json::to_string(&plan("")).unwrap();
    assert!(!without.contains("spawned") && !without.contains("children"), "{without}");
    let text = "question = \"?\"\nengines = [\"rayon\"]\n\
                [[task]]\nname = \"client\"\ncount = 2\narrival = { clients = 1 }\n\
                steps = [{ spawn = \"child\", count = 2 }, { spawn = \"leaf\", join = false }]\n\
                [[task]]\nname = \"child\"\nsteps = []\n\
                [[task]]\nname = \"leaf\"\nsteps = []\n\
                [[task]]\nname = \"open\"\ncount = 2\nsteps = [{ spawn = \"child\" }]\ncancel = { after = \"1ms\" }\n";
    let scenario = parse("mix", text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
    let point = PointPlan::new(&scenario.points[0].tasks, 1).unwrap();
    let slots: Vec<(u16, u32)> = point.draws.task.iter().copied().zip(point.draws.instance.iter().copied()).collect();
    let children = [(1, 0), (1, 1), (2, 0), (1, 2), (1, 3), (2, 1), (1, 4), (1, 5)];
    assert_eq!(slots[..2].iter().map(|(task, _)| *task).collect::<Vec<_>>(), [3, 3], "open arrivals come first");
    assert_eq!(slots[2..4], [(0, 0), (0, 1)]);
    assert_eq!(slots[4..], children);
    let plan = point.cell(EngineName::Rayon, 1, None);
    let line = serde_json::to_string(&plan).unwrap();
    for part in [
        r#""children":{"first_slot":4,"each":3}"#,
        r#""children":{"first_slot":10,"each":1}"#,
        r#""spawned":{"joined":true,"bounded":true}"#,
        r#""spawned":{"joined":false,"bounded":false}"#,
        r#""op":"spawn","task":1,"count":2,"join":true"#,
    ] {
        assert!(line.contains(part), "no {part} in {line}");
    }
    let cancellable: Vec<bool> = plan.tasks.iter().map(|task| task.cancellable).collect();
    assert_eq!(cancellable, [false, true, false, true], "the cancellation of a waiting parent reaches its children");
    assert_eq!(serde_json::from_str::<CellPlan>(&line).unwrap(), plan);
}
