//! The bare program of `processes`: a `LocalExecutor` in each of two processes, each with its share of the instances. Both
//! start at once.

use std::cell::Cell;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use smol::channel::bounded;
use taskmix_engine::record::clock::monotonic_ns;
use taskmix_engine::step::Kernel;

use crate::usage::WORK_NS;

/// The number of processes.
const PROCESSES: u32 = 2;

/// Runs `count` instances, divided among the processes, and returns the span. `speed` is that of the `cpu` kernel.
pub(crate) fn run(count: u32, speed: f64) -> Duration {
    let program = std::env::current_exe().expect("this program's file");
    let start = |_| {
        let mut command = Command::new(&program);
        command.args(["bare", "share", "cpu", &(count / PROCESSES).to_string(), &speed.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process")
    };
    let mut shares: Vec<Child> = (0..PROCESSES).map(start).collect();
    for share in &mut shares {
        share.stdout.as_mut().expect("a pipe").read_exact(&mut [0]).expect("it says that it is ready");
    }
    let began = monotonic_ns();
    for share in &mut shares {
        drop(share.stdin.take());
    }
    let ends = shares.iter_mut().map(|share| {
        let mut text = String::new();
        share.stdout.as_mut().expect("a pipe").read_to_string(&mut text).expect("it says when it has ended");
        share.wait().expect("it ends");
        text.trim().parse::<u64>().expect("a time")
    });
    Duration::from_nanos(ends.max().expect("two of them") - began)
}

/// One of the processes: it says that it is ready, waits for the start, and prints when its last instance ended.
pub(crate) fn share(count: u32, speed: f64) {
    let kernel: &'static Kernel = Box::leak(Box::new(Kernel::new(speed)));
    let executor: &'static smol::LocalExecutor<'static> = Box::leak(Box::new(smol::LocalExecutor::new()));
    let ended: &'static Cell<u32> = Box::leak(Box::default());
    let (sender, last_end) = bounded(1);
    let sender: &'static _ = Box::leak(Box::new(sender));
    kernel.work(WORK_NS);
    let mut out = std::io::stdout();
    out.write_all(b".").and_then(|()| out.flush()).expect("a parent that reads");
    std::io::stdin().read_to_end(&mut Vec::new()).expect("the end of the file is the start");
    let dispatcher = async move {
        for _ in 0..count {
            let instance = async move {
                kernel.work(WORK_NS);
                ended.set(ended.get() + 1);
                if ended.get() == count {
                    sender.try_send(monotonic_ns()).expect("one last end");
                }
            };
            executor.spawn(instance).detach();
        }
    };
    executor.spawn(dispatcher).detach();
    println!("{}", smol::block_on(executor.run(last_end.recv())).expect("the last end"));
}
