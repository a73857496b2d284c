use super::*;
use crate::scenario::parse;

/// The messages for a scenario with these objects and tasks, each with the text at its place.
fn messages(objects: &str, tasks: &[&str]) -> Vec<(String, String)> {
    let tasks = tasks.iter().zip('a'..).map(|(task, name)| format!("[[task]]\nname = \"{name}\"\n{task}\n"));
    let text = format!("question = \"?\"\nengines = [\"rayon\"]\n{objects}\n{}", tasks.collect::<String>());
    let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
    let mut found = Vec::new();
    check(&scenario.points[0], &mut found);
    found.into_iter().map(|problem| (problem.message, text[problem.span.unwrap()].to_owned())).collect()
}

/// Expects this message only, at this place.
fn only(objects: &str, tasks: &[&str], message: &str, at: &str) {
    assert_eq!(messages(objects, tasks), [(message.to_owned(), at.to_owned())]);
}

const JOBS: &str = "[channel.jobs]\ncapacity = 4";

#[test]
fn a_channel_has_senders_and_receivers() {
    let send = "steps = [{ loop = 2, steps = [{ send = \"jobs\" }] }]";
    only(JOBS, &[send], "channel `jobs` has no receiver", "{ send = \"jobs\" }");
    for receive in ["{ recv = \"jobs\" }", "{ drain = \"jobs\", steps = [{ cpu = \"1us\" }] }"] {
        only(JOBS, &[&format!("steps = [{receive}]")], "channel `jobs` has no sender", receive);
    }
}

#[test]
fn no_more_is_received_than_is_sent() {
    let receive = |count: u32| format!("count = {count}\nsteps = [{{ loop = 3, steps = [{{ recv = \"jobs\" }}] }}]");
    let send = "count = 4\nsteps = [{ send = \"jobs\" }, { loop = 2, steps = [{ send = \"jobs\" }] }]";
    assert_eq!(messages(JOBS, &[send, &receive(4)]), []);
    let message = "15 messages are to be received from `jobs`, and at most 12 are sent";
    only(JOBS, &[send, &receive(5)], message, "{ recv = \"jobs\" }");
    let cancelled = format!("{}\ncancel = {{ after = \"1ms\" }}", receive(5));
    assert_eq!(messages(JOBS, &[send, &cancelled]), [], "a cancelled instance may receive less");
    let relay = "steps = [{ drain = \"in\", steps = [{ send = \"jobs\" }] }]";
    let feed = "steps = [{ send = \"in\" }]";
    let both = "[channel.jobs]\ncapacity = 4\n[channel.in]\ncapacity = 1";
    assert_eq!(messages(both, &[feed, relay, &receive(5)]), [], "the number of messages through a drain is unknown");
}

#[test]
fn a_drain_that_waits_for_itself_is_reported() {
    let own = "steps = [{ send = \"jobs\" }, { drain = \"jobs\", steps = [{ cpu = \"1us\" }] }]";
    let drain = "{ drain = \"jobs\", steps = [{ cpu = \"1us\" }] }";
    let message = "`a` drains `jobs` for ever: a sender waits for it";
    only(JOBS, &[own], message, drain);
    let both = "[channel.jobs]\ncapacity = 4\n[channel.back]\ncapacity = 1";
    let there = "steps = [{ drain = \"jobs\", steps = [{ send = \"back\" }] }]";
    let back = "steps = [{ send = \"jobs\" }, { drain = \"back\", steps = [{ cpu = \"1us\" }] }]";
    let found = messages(both, &[there, back]);
    assert_eq!(found[0].0, message);
    assert_eq!(found[1].0, "`b` drains `back` for ever: a sender waits for it");
    let one_way = "steps = [{ drain = \"back\", steps = [{ cpu = \"1us\" }] }]";
    let feed = "steps = [{ send = \"jobs\" }]";
    assert_eq!(messages(both, &[there, one_way, feed]), []);
    let noise = "count = 9\nbackground = true\nsteps = [{ send = \"jobs\" }]";
    only(JOBS, &[&format!("steps = [{drain}]"), noise], "`a` drains `jobs` for ever", drain);
    let drained = format!("count = 9\nbackground = true\nsteps = [{drain}]");
    assert_eq!(messages(JOBS, &["steps = [{ send = \"jobs\" }]", &drained]), []);
}

#[test]
fn a_lock_that_is_held_can_not_be_taken_again() {
    let nested = |verb: &str, name: &str, within: &str| format!("{{ {verb} = \"{name}\", steps = [{within}] }}");
    let inner = nested("lock", "m", "{ cpu = \"1us\" }");
    let outer = format!("steps = [{}]", nested("lock", "m", &format!("{{ loop = 2, steps = [{inner}] }}")));
    let message = "`m` is taken while it is held: its instance waits for itself";
    only("[mutex.m]", &[&outer], message, &inner);
    let other = format!("steps = [{}, {inner}]", nested("lock", "n", &inner));
    assert_eq!(messages("[mutex.m]\n[mutex.n]", &[&other]), []);
    let permit = nested("permit", "s", "{ cpu = \"1us\" }");
    let two = nested("permit", "s", &permit);
    let three = format!("steps = [{}]", nested("permit", "s", &two));
    let semaphore = |permits: u32| format!("[semaphore.s]\npermits = {permits}");
    assert_eq!(messages(&semaphore(3), &[&three]), []);
    only(&semaphore(2), &[&three], "`s` has 2 permits, and its instance holds all of them", &permit);
}

#[test]
fn a_barrier_is_reached_by_a_multiple_of_its_parties() {
    let barrier = |parties: u32| format!("[barrier.all]\nparties = {parties}");
    let come = |count: u32| format!("count = {count}\nsteps = [{{ barrier = \"all\" }}]");
    let place = "{ barrier = \"all\" }";
    assert_eq!(messages(&barrier(4), &[&come(3), &come(5)]), []);
    let few = "`all` waits for 4 instances, and at most 3 reach it";
    only(&barrier(4), &[&come(3)], few, place);
    let odd = "`all` releases 4 instances at a time, and instances reach it 9 times";
    only(&barrier(4), &[&come(3), &come(6)], odd, place);
    let cancelled = format!("{}\ncancel = {{ after = \"1ms\", share = 0.5 }}", come(8));
    let left = "instances of `a` that are cancelled before `all` leave others waiting there";
    only(&barrier(4), &[&cancelled], left, place);
}
