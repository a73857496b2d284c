use super::*;
use crate::scenario::parse;

#[test]
fn a_record_has_a_line_per_worker_or_per_thread_that_may_live() {
    let lines = |rest: &str, engine| {
        let text = format!(
            "question = \"?\"\nengines = [\"rayon\"]\n[[task]]\nname = \"a\"\ncount = 100\nsteps = []\n{rest}\n"
        );
        let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        PointPlan::new(&scenario.points[0].tasks, 1).unwrap().lines(engine, 3)
    };
    let threads = |rest| lines(rest, EngineName::Threads);
    assert_eq!(lines("", EngineName::Rayon), 3);
    assert_eq!((threads(""), threads("arrival = { every = \"1s\" }")), (100, 100));
    assert_eq!(threads("arrival = { clients = 7 }"), 14, "one starts while another exits");
    assert_eq!(threads("arrival = { clients = 70 }"), 100, "no more than there are instances");
    assert_eq!(threads("[[task]]\nname = \"b\"\ncount = 1000000\nsteps = []"), 65_535, "as many as there are numbers");
}
