use super::*;
use crate::scenario::parse;

const MS: u64 = 1_000_000;

/// What becomes of a mix with 2 workers on 2 cores.
fn foretold(engine: EngineName, blocking_threads: Option<u32>, text: &str) -> Foretold {
    let text = format!("question = \"?\"\nengines = [\"rayon\"]\n{text}");
    let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
    let source = &scenario.points[0];
    let point = PointPlan::new(&source.tasks, 1).unwrap().with_objects(&source.objects);
    let workers = if engine.is_scalable() { 2 } else { 1 };
    simulate(&Engines::default(), &point, engine, (workers, blocking_threads), 2, 500_000).0
}

/// The span in whole milliseconds of a mix that ends.
fn span_ms(engine: EngineName, text: &str) -> u64 {
    match foretold(engine, None, text) {
        Foretold::Ends(ns) => ns / MS,
        other => panic!("{engine}: {other:?}"),
    }
}

#[test]
fn the_threads_of_a_pool_serve_calls_one_after_the_other() {
    let offload = |name: &str, count: u32, ms: u32| {
        let steps = format!("steps = [{{ offload = \"blocking\", steps = [{{ block = \"{ms}ms\" }}] }}]");
        format!("[[task]]\nname = \"{name}\"\ncount = {count}\n{steps}\n")
    };
    let text = offload("long", 2, 1_800) + &offload("short", 5, 300);
    for engine in EngineName::ALL {
        let Foretold::Ends(ns) = foretold(engine, Some(2), &text) else { panic!("{engine}") };
        let work = 2 * 1_800 + 5 * 300;
        // Two threads in all; with a pool for each of two processes, four; with a thread for each call, seven.
        let threads = match engine {
            EngineName::Processes => 4,
            EngineName::Threads => 7,
            _ => 2,
        };
        let least = (work / threads).max(1_800);
        let most = work / threads + 1_800;
        assert!((least..=most).contains(&(ns / MS)), "{engine}: {ns}");
    }
}

#[test]
fn tokio_rounds_sleeps_up_to_milliseconds_and_others_do_not() {
    let text = "[[task]]\nname = \"nap\"\nsteps = [{ loop = 1000, steps = [{ sleep = \"200us\" }] }]\n";
    for engine in [EngineName::Tokio, EngineName::TokioLocal] {
        assert!((1_000..2_000).contains(&span_ms(engine, text)), "{engine}");
    }
    for engine in [EngineName::SmolLocal, EngineName::AsyncExecutor, EngineName::Rayon, EngineName::Threads] {
        assert!((200..400).contains(&span_ms(engine, text)), "{engine}");
    }
}

#[test]
fn one_instance_at_a_time_holds_a_lock_and_two_a_semaphore_of_two() {
    let text = |object: &str, step: &str| {
        let steps = format!("steps = [{{ {step} = \"it\", steps = [{{ sleep = \"10ms\" }}] }}]");
        format!("[{object}]\n[[task]]\nname = \"a\"\ncount = 20\n{steps}\n")
    };
    let lock = text("mutex.it", "lock");
    let permit = text("semaphore.it]\npermits = 2\n[mutex.other", "permit").replace("[mutex.other]\n", "");
    for engine in [EngineName::SmolLocal, EngineName::AsyncExecutor, EngineName::Threads, EngineName::Rayon] {
        assert!((200..205).contains(&span_ms(engine, &lock)), "{engine}");
        assert!((100..105).contains(&span_ms(engine, &permit)), "{engine}");
    }
}

#[test]
fn a_blocking_lock_over_a_wait_stalls_a_loop_and_a_receiver_on_a_pool_its_sender() {
    let lock = "[mutex.it]\nkind = \"blocking\"\n[[task]]\nname = \"a\"\ncount = 2\n\
                steps = [{ lock = \"it\", steps = [{ sleep = \"5ms\" }] }]\n";
    assert_eq!(foretold(EngineName::SmolLocal, None, lock), Foretold::Stalls);
    assert!((10..15).contains(&span_ms(EngineName::AsyncExecutor, lock)), "the other worker runs the holder");
    assert!((10..15).contains(&span_ms(EngineName::Threads, lock)));
    let receive = "[channel.c]\ncapacity = 1\n[[task]]\nname = \"taker\"\ncount = 2\nsteps = [{ recv = \"c\" }]\n\
                   [[task]]\nname = \"sender\"\narrival = { clients = 1, think = \"5ms\" }\n\
                   steps = [{ send = \"c\" }, { send = \"c\" }]\n";
    assert_eq!(foretold(EngineName::Rayon, None, receive), Foretold::Stalls);
    assert!((5..8).contains(&span_ms(EngineName::SmolLocal, receive)));
}

#[test]
fn a_pipeline_takes_as_long_as_its_slowest_stage() {
    let text = "[channel.a]\ncapacity = 4\n[channel.b]\ncapacity = 4\n\
                [[task]]\nname = \"first\"\nsteps = [{ loop = 100, steps = [{ sleep = \"1ms\" }, { send = \"a\" }] }]\n\
                [[task]]\nname = \"second\"\nsteps = [{ drain = \"a\", steps = [{ sleep = \"3ms\" }, { send = \"b\" }] }]\n\
                [[task]]\nname = \"last\"\nsteps = [{ drain = \"b\", steps = [{ sleep = \"1ms\" }] }]\n";
    for engine in [EngineName::SmolLocal, EngineName::AsyncExecutor, EngineName::Threads] {
        assert!((300..330).contains(&span_ms(engine, text)), "{engine}");
    }
}

#[test]
fn a_cancellation_ends_a_sleep_on_a_loop_and_not_on_a_thread() {
    let text = "[[task]]\nname = \"a\"\ncount = 5\nsteps = [{ sleep = \"500ms\" }]\ncancel = { at = \"20ms\" }\n";
    for engine in [EngineName::SmolLocal, EngineName::AsyncExecutor, EngineName::Tokio] {
        assert!((20..23).contains(&span_ms(engine, text)), "{engine}");
    }
    assert!((500..505).contains(&span_ms(EngineName::Threads, text)));
    assert!((500..505).contains(&span_ms(EngineName::Rayon, text)), "jobs that have not started end at once");
}

#[test]
fn a_parent_waits_for_its_children_and_a_barrier_for_its_parties() {
    let text = "[barrier.all]\nparties = 4\n[[task]]\nname = \"parent\"\n\
                steps = [{ loop = 3, steps = [{ spawn = \"child\", count = 4 }] }]\n\
                [[task]]\nname = \"child\"\nsteps = [{ sleep = \"10ms\" }, { barrier = \"all\" }]\n";
    for engine in [EngineName::SmolLocal, EngineName::AsyncExecutor, EngineName::Threads] {
        assert!((30..35).contains(&span_ms(engine, text)), "{engine}");
    }
}

#[test]
fn too_much_to_simulate_is_a_lower_bound() {
    let text = "[[task]]\nname = \"a\"\nsteps = [{ loop = 1000000, steps = [{ sleep = \"1ms\" }] }]\n";
    let Foretold::Beyond(least) = foretold(EngineName::SmolLocal, None, text) else { panic!("it ends") };
    assert!(least > 100_000 * MS);
}

#[test]
fn a_background_that_is_too_much_gives_a_lower_bound() {
    let text = |gap: &str| {
        let noise = format!("background = true\narrival = {{ every = \"{gap}\" }}\nsteps = [{{ block = \"5ms\" }}]");
        format!(
            "[[task]]\nname = \"client\"\ncount = 1000\narrival = {{ clients = 2, until = \"300ms\" }}\n\
             steps = [{{ sleep = \"1ms\" }}]\n[[task]]\nname = \"noise\"\ncount = 5000\n{noise}\n"
        )
    };
    assert_eq!(foretold(EngineName::SmolLocal, None, &text("1ms")), Foretold::Beyond(0));
    assert!((300..320).contains(&span_ms(EngineName::SmolLocal, &text("20ms"))));
}

#[test]
fn endless_yields_end_the_simulation() {
    let text = "[[task]]\nname = \"a\"\ncount = 2\nsteps = [{ loop = 1000000000, steps = [{ yield = true }] }]\n";
    for engine in EngineName::ALL {
        assert!(matches!(foretold(engine, None, text), Foretold::Beyond(_)), "{engine}");
    }
}

#[test]
fn many_steps_that_take_no_time_give_a_lower_bound() {
    let yields =
        |times: u32| format!("[[task]]\nname = \"a\"\nsteps = [{{ loop = {times}, steps = [{{ yield = true }}] }}]\n");
    assert!(matches!(foretold(EngineName::Rayon, None, &yields(1_000_000)), Foretold::Beyond(_)));
    assert!(matches!(foretold(EngineName::Rayon, None, &yields(1_000)), Foretold::Ends(_)));
}

#[test]
fn a_send_without_a_receiver_left_ends_its_sender() {
    let text = "[channel.c]\ncapacity = 1\n[[task]]\nname = \"s\"\nsteps = [{ loop = 5, steps = [{ send = \"c\" }] }]\n\
                [[task]]\nname = \"r\"\nsteps = [{ recv = \"c\" }]\n";
    for engine in [EngineName::SmolLocal, EngineName::AsyncExecutor, EngineName::Tokio, EngineName::Threads] {
        assert!(matches!(foretold(engine, None, text), Foretold::Ends(_)), "{engine}");
    }
}

#[test]
fn a_party_that_is_cancelled_at_a_barrier_counts() {
    let text = "[barrier.b]\nparties = 3\n[[task]]\nname = \"early\"\nsteps = [{ barrier = \"b\" }]\n\
                [[task]]\nname = \"cut\"\ncancel = { at = \"5ms\" }\nsteps = [{ barrier = \"b\" }]\n\
                [[task]]\nname = \"late\"\nsteps = [{ sleep = \"20ms\" }, { barrier = \"b\" }]\n";
    for engine in [EngineName::SmolLocal, EngineName::AsyncExecutor, EngineName::Tokio] {
        assert!((20..25).contains(&span_ms(engine, text)), "{engine}");
    }
}
