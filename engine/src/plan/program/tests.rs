use super::*;
use crate::scenario::Target;

fn step(verb: Verb) -> Step {
    Step { verb, name: None, origin: 0..0 }
}

fn ms(n: u64) -> Length {
    Length::Fixed(Duration::from_millis(n))
}

#[test]
fn nested_loops_get_bits_of_their_own() {
    let inner = step(Verb::Loop { times: 4, steps: vec![step(Verb::Yield)] });
    let outer = step(Verb::Loop { times: 3, steps: vec![inner, step(Verb::Sleep(ms(1)))] });
    let program = Program::new(&[outer]).unwrap();
    let ops: Vec<Op> = program.ops.iter().map(|operation| operation.op).collect();
    assert_eq!(
        ops,
        [
            Op::Yield,
            Op::Again { shift: 2, bits: 3, times: 4, to: 0 },
            Op::Sleep { ns: Some(1_000_000) },
            Op::Again { shift: 0, bits: 2, times: 3, to: 0 },
        ]
    );
    assert_eq!(program.steps, ["1 loop", "1.1 loop", "1.1.1 yield", "1.2 sleep"]);
}

#[test]
fn an_offload_names_its_pool_if_that_is_not_the_one_for_blocking_calls() {
    let line_of = |pool| {
        let program = Program::new(&[step(Verb::Offload { pool, steps: vec![step(Verb::Block(ms(1)))] })]).unwrap();
        assert_eq!(program.computes_elsewhere(), pool == OffloadPool::Cpu);
        let line = serde_json::to_string(&program.ops[0]).unwrap();
        assert_eq!(serde_json::from_str::<Operation>(&line).unwrap(), program.ops[0], "{line}");
        line
    };
    assert_eq!(line_of(OffloadPool::Blocking), r#"{"step":0,"op":"offload","end":2,"draws":0}"#);
    assert_eq!(line_of(OffloadPool::Cpu), r#"{"step":0,"op":"offload","end":2,"draws":0,"pool":"cpu"}"#);
}

#[test]
fn draws_are_counted_as_often_as_they_are_used() {
    let random = Length::Exp { mean: Duration::from_millis(1) };
    let body = vec![step(Verb::Sleep(random)), step(Verb::Block(ms(1)))];
    let steps = [step(Verb::Loop { times: 5, steps: body }), step(Verb::Cpu { work: random, yield_every: None })];
    assert_eq!(Program::new(&steps).unwrap().draws, 6);
}

#[test]
fn loops_beyond_the_counter_word_are_refused() {
    let mut steps = vec![step(Verb::Yield)];
    for _ in 0..3 {
        steps = vec![step(Verb::Loop { times: u32::MAX, steps })];
    }
    assert_eq!(Program::new(&steps), Err(TooBig::Loops));
}

#[test]
fn loops_multiply_how_often_a_step_is_run_and_within_a_drain_that_is_unknown() {
    let target = |index| Target { index, name: "c".to_owned() };
    let send = || vec![step(Verb::Send(target(0)))];
    let inner = step(Verb::Loop { times: 4, steps: send() });
    let outer = step(Verb::Loop { times: 3, steps: vec![inner, step(Verb::Yield)] });
    let held = step(Verb::Lock { mutex: target(2), steps: send() });
    let times = |steps: &[Step]| Program::new(steps).unwrap().times(|op| op.sends_to() == Some(0));
    assert_eq!(times(&[outer.clone(), held, step(Verb::Send(target(1)))]), Some(13));
    assert_eq!(times(&[outer.clone(), step(Verb::Drain { channel: target(1), steps: send() })]), None);
    let drain = Program::new(&[step(Verb::Drain { channel: target(0), steps: vec![outer] })]).unwrap();
    assert_eq!(drain.times(|op| op.takes_from() == Some(0)), Some(1), "the drain itself is begun once");
}

#[test]
fn the_waiting_and_releasing_operations_of_a_named_step_have_its_name() {
    let target = Target { index: 0, name: "m".to_owned() };
    let inner = Step { verb: Verb::Sleep(ms(1)), name: Some("nap".to_owned()), origin: 0..0 };
    let outer =
        Step { name: Some("held".to_owned()), ..step(Verb::Lock { mutex: target.clone(), steps: vec![inner] }) };
    let program = Program::new(&[outer, step(Verb::Send(target))]).unwrap();
    let names: Vec<Option<u16>> = (0..program.ops.len()).map(|at| program.name_at(at)).collect();
    let ops: Vec<Op> = program.ops.iter().map(|operation| operation.op).collect();
    let expected = [
        (Op::Enter { name: 0 }, None),
        (Op::Lock { object: 0 }, Some(0)),
        (Op::Enter { name: 1 }, None),
        (Op::Sleep { ns: Some(1_000_000) }, Some(1)),
        (Op::Leave { name: 1 }, None),
        (Op::Release, Some(0)),
        (Op::Leave { name: 0 }, None),
        (Op::Send { object: 0 }, None),
    ];
    assert_eq!(ops.into_iter().zip(names).collect::<Vec<_>>(), expected);
    assert_eq!(program.steps, ["1 lock m", "1.1 sleep", "2 send m"]);
}

#[test]
fn a_named_step_has_its_own_number_and_those_within_and_the_parts_of_its_own_verb() {
    let target = || Target { name: "cache".to_owned(), index: 0 };
    let named = |name: &str, verb| Step { name: Some(name.to_owned()), ..step(verb) };
    let lock = named("lock", Verb::Lock { mutex: target(), steps: vec![step(Verb::Yield)] });
    let all = named("all", Verb::Loop { times: 2, steps: vec![lock, step(Verb::Yield)] });
    let program = Program::new(&[step(Verb::Yield), all, named("send", Verb::Send(target()))]).unwrap();
    let found: Vec<_> = (program.named_steps().into_iter())
        .map(|named| (named.name, named.numbers, named.waits, named.holds))
        .collect();
    let expected = [("all", 1..=4, false, false), ("lock", 2..=3, true, true), ("send", 5..=5, true, false)];
    assert_eq!(found, expected.map(|(name, numbers, waits, holds)| (name.to_owned(), numbers, waits, holds)));
    assert_eq!(program.steps, ["1 yield", "2 loop", "2.1 lock cache", "2.1.1 yield", "2.2 yield", "3 send cache"]);
}
