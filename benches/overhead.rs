use std::time::Duration;
use taskmix::campaign::*;
use taskmix::plan::*;
use taskmix::record::clock::*;
use taskmix::scenario::*;

fn main() {
    use_counter(counter_is_trusted());
    let a = Moment::now();
    let cal = taskmix::step::calibrate(Duration::from_millis(250));
    let b = Moment::now();
    println!("{cal:?} {}", a.ticks_per_second_until(b));
    let speed =
        Speed { iterations_per_second: cal.iterations_per_second, ticks_per_second: a.ticks_per_second_until(b) };
    let n: u32 = std::env::args().nth(1).and_then(|s| s.parse().ok()).unwrap_or(1_000_000);
    let y = Step { verb: Verb::Yield, name: None, origin: 0..0 };
    let s = |v| Step { verb: v, name: None, origin: 0..0 };
    let ms = |n| Length::Fixed(Duration::from_millis(n));
    for (what, steps, count) in [
        ("empty", vec![], n),
        ("yield20", vec![Step { verb: Verb::Loop { times: 20, steps: vec![y] }, name: None, origin: 0..0 }], n / 2),
        ("sleep", vec![s(Verb::Sleep(ms(3000)))], n / 100),
        ("cpu1ms", vec![s(Verb::Cpu { work: ms(1), yield_every: None })], 300),
        (
            "offload",
            vec![s(Verb::Offload {
                pool: OffloadPool::Blocking,
                steps: vec![s(Verb::Block(ms(5))), s(Verb::Cpu { work: ms(1), yield_every: None })],
            })],
            30,
        ),
    ] {
        let sc = Scenario {
            name: "bench".into(),
            question: "q".into(),
            engines: EngineName::ALL.to_vec(),
            repeats: 3,
            seed: 1,
            timeout: Duration::from_secs(30),
            axes: vec![],
            points: vec![Point {
                params: vec![],
                workers: vec![None],
                blocking_threads: None,
                tasks: vec![Task {
                    name: "t".into(),
                    count,
                    arrival: Arrival::Burst,
                    steps,
                    cancel: None,
                    origin: 0..0,
                }],
            }],
            expectations: vec![],
            text: String::new(),
        };
        let mut sc = sc;
        if what == "sleep" {
            sc.engines.pop();
        }
        let c = Campaign::new(&sc, 2).unwrap();
        let l = Launcher::new(env!("CARGO_BIN_EXE_taskmix").into());
        let i = Interrupt::listen().unwrap();
        run::<std::io::Error>(&c, sc.timeout, speed, &l, &i, |e| {
            if let Event::CellEnded(o) = e {
                let mut services: Vec<u64> = o.records.iter().filter_map(|r| Some(r.finished_ns? - r.started_ns?)).collect();
                services.sort();
                let lag: Vec<u64> = o.probes.iter().filter_map(|p| Some(p.handled_ns? - p.written_ns)).collect();
                println!("{what} {:15} {} {:?} span {:.1} ms = {:.0} ns each; rss {:?} MB; usage {:?}; service p50 {:?}; probes {} of max lag {:?} late {:?} {}", o.key.engine.as_str(), o.exit, o.seen, o.span_ns.unwrap_or(0) as f64 / 1e6, o.span_ns.unwrap_or(0) as f64 / count as f64,
                    o.usage.and_then(|u| u.peak_rss_bytes).map(|b| b as f64 / 1e6), o.usage.map(|u| (u.user_cpu_ns/1000000, u.system_cpu_ns/1000000)), services.get(services.len()/2), o.probes.len(), lag.iter().max(), o.probes.iter().map(|p| p.late_ns).max(), o.stderr);
            }
            Ok(())
        }).unwrap();
    }
}
