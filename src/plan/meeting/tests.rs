use super::*;
use crate::scenario::parse;

/// What is said of a scenario with these objects and tasks: each message with the text at its place.
fn said(objects: &str, tasks: &[&str]) -> Vec<(String, String)> {
    let tasks = tasks.iter().zip('a'..).map(|(task, name)| format!("[[task]]\nname = \"{name}\"\n{task}\n"));
    let text = format!("question = \"?\"\nengines = [\"rayon\"]\n{objects}\n{}", tasks.collect::<String>());
    let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
    let mut found = Vec::new();
    check(&scenario.points[0], &mut found);
    found.into_iter().map(|problem| (problem.message, text[problem.span.unwrap()].to_owned())).collect()
}

/// The only message, at this place.
fn only(objects: &str, tasks: &[&str], message: &str, at: &str) {
    assert_eq!(said(objects, tasks), [(message.to_owned(), at.to_owned())]);
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
    assert_eq!(said(JOBS, &[send, &receive(4)]), []);
    let message = "15 messages are to be received from `jobs`, and at most 12 are sent";
    only(JOBS, &[send, &receive(5)], message, "{ recv = \"jobs\" }");
    let cancelled = format!("{}\ncancel = {{ after = \"1ms\" }}", receive(5));
    assert_eq!(said(JOBS, &[send, &cancelled]), [], "who is cancelled may take less");
    let relay = "steps = [{ drain = \"in\", steps = [{ send = \"jobs\" }] }]";
    let feed = "steps = [{ send = \"in\" }]";
    let both = "[channel.jobs]\ncapacity = 4\n[channel.in]\ncapacity = 1";
    assert_eq!(said(both, &[feed, relay, &receive(5)]), [], "how much comes that way messages decide");
}

#[test]
fn a_drain_that_waits_for_itself_is_noticed() {
    let own = "steps = [{ send = \"jobs\" }, { drain = \"jobs\", steps = [{ cpu = \"1us\" }] }]";
    let drain = "{ drain = \"jobs\", steps = [{ cpu = \"1us\" }] }";
    let message = "`a` drains `jobs` for ever: it is itself waited for by who sends";
    only(JOBS, &[own], message, drain);
    let both = "[channel.jobs]\ncapacity = 4\n[channel.back]\ncapacity = 1";
    let there = "steps = [{ drain = \"jobs\", steps = [{ send = \"back\" }] }]";
    let back = "steps = [{ send = \"jobs\" }, { drain = \"back\", steps = [{ cpu = \"1us\" }] }]";
    let found = said(both, &[there, back]);
    assert_eq!(found[0].0, message);
    assert_eq!(found[1].0, "`b` drains `back` for ever: it is itself waited for by who sends");
    let one_way = "steps = [{ drain = \"back\", steps = [{ cpu = \"1us\" }] }]";
    let feed = "steps = [{ send = \"jobs\" }]";
    assert_eq!(said(both, &[there, one_way, feed]), []);
    let noise = "count = 9\nbackground = true\nsteps = [{ send = \"jobs\" }]";
    only(JOBS, &[&format!("steps = [{drain}]"), noise], "`a` drains `jobs` for ever", drain);
    let drained = format!("count = 9\nbackground = true\nsteps = [{drain}]");
    assert_eq!(said(JOBS, &["steps = [{ send = \"jobs\" }]", &drained]), []);
}

#[test]
fn what_is_held_can_not_be_had_again() {
    let nested = |verb: &str, name: &str, within: &str| format!("{{ {verb} = \"{name}\", steps = [{within}] }}");
    let inner = nested("lock", "m", "{ cpu = \"1us\" }");
    let outer = format!("steps = [{}]", nested("lock", "m", &format!("{{ loop = 2, steps = [{inner}] }}")));
    let message = "`m` is taken while it is held: its instance waits for itself";
    only("[mutex.m]", &[&outer], message, &inner);
    let other = format!("steps = [{}, {inner}]", nested("lock", "n", &inner));
    assert_eq!(said("[mutex.m]\n[mutex.n]", &[&other]), []);
    let permit = nested("permit", "s", "{ cpu = \"1us\" }");
    let two = nested("permit", "s", &permit);
    let three = format!("steps = [{}]", nested("permit", "s", &two));
    let semaphore = |permits: u32| format!("[semaphore.s]\npermits = {permits}");
    assert_eq!(said(&semaphore(3), &[&three]), []);
    only(&semaphore(2), &[&three], "`s` has 2 permits, and its instance holds all of them", &permit);
}

#[test]
fn as_many_come_to_a_barrier_as_it_waits_for() {
    let barrier = |parties: u32| format!("[barrier.all]\nparties = {parties}");
    let come = |count: u32| format!("count = {count}\nsteps = [{{ barrier = \"all\" }}]");
    let place = "{ barrier = \"all\" }";
    assert_eq!(said(&barrier(4), &[&come(3), &come(5)]), []);
    let few = "`all` waits for 4 instances, and at most 3 come to it";
    only(&barrier(4), &[&come(3)], few, place);
    let odd = "`all` lets 4 go at a time, and instances come to it 9 times";
    only(&barrier(4), &[&come(3), &come(6)], odd, place);
    let cancelled = format!("{}\ncancel = {{ after = \"1ms\", share = 0.5 }}", come(8));
    let left = "instances of `a` that are cancelled before `all` leave others waiting there";
    only(&barrier(4), &[&cancelled], left, place);
}
