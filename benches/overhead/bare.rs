//! The same work, hand-written on the bare executor and submitted in the same way: by a dispatcher task, or from outside.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use smol::channel::{Receiver, Sender, bounded};
use taskmix_engine::plan::STACK_BYTES;
use taskmix_engine::step::Kernel;

use crate::usage::{WORK_NS, cpu_ns};
use crate::{bare_ipc, bare_meetings, bare_processes};

/// The cost of a bare run.
pub(crate) struct Taken {
    /// Nanoseconds an instance.
    pub(crate) each_ns: f64,
    /// CPU time an instance, nanoseconds: other load on the machine disturbs it less.
    pub(crate) cpu_ns: f64,
    /// Peak memory of the span beyond the memory before it, bytes.
    pub(crate) peak_bytes: f64,
}

/// Runs the bare program in a process of its own; `speed` is that of the `cpu` kernel, iterations a second.
pub(crate) fn run(engine: &str, work: &str, count: u32, speed: f64) -> Taken {
    let program = std::env::current_exe().expect("this program's file");
    let (count_text, speed) = (count.to_string(), speed.to_string());
    let output = Command::new(program).args(["bare", engine, work, &count_text, &speed]).output().expect("a bare run");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(|number| number.parse::<f64>().expect("a number"));
    let mut next = || numbers.next().unwrap_or_else(|| panic!("a bare run of {engine} {work} printed: {text}"));
    Taken { each_ns: next() / f64::from(count), cpu_ns: next() / f64::from(count), peak_bytes: next() }
}

static ENDED: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Copy)]
struct Last {
    count: u64,
    sender: &'static Sender<Instant>,
}

impl Last {
    /// Counts an end. Every hand-written benchmark must do so, to know when it is over.
    #[inline]
    fn end(self) {
        if ENDED.fetch_add(1, Ordering::AcqRel) + 1 == self.count {
            self.sender.try_send(Instant::now()).expect("one last end");
        }
    }
}

/// The child process: runs the work and prints the span and the CPU time in nanoseconds, and the peak in bytes.
pub(crate) fn main(engine: &str, work: &str, count: u32, speed: f64) {
    if engine == "share" {
        return bare_processes::share(count, speed);
    }
    if engine == "ipc" {
        return bare_ipc::main(work, count);
    }
    let (sender, last_end) = bounded(1);
    let last = Last { count: u64::from(count), sender: Box::leak(Box::new(sender)) };
    fs::write("/proc/self/clear_refs", "5").expect("a peak that can be reset");
    let before = cpu_ns();
    let span = match engine {
        _ if bare_meetings::WORKS.contains(&work) => bare_meetings::run(engine, work, count, Kernel::new(speed)),
        "smol-local" => smol_local(work, last, &last_end),
        "async-executor" => async_executor(work, last, &last_end),
        "rayon" => rayon(work, last, &last_end),
        "tokio" => tokio(tokio::runtime::Builder::new_multi_thread().worker_threads(2), work, last, &last_end),
        "tokio-local" => tokio(&mut tokio::runtime::Builder::new_current_thread(), work, last, &last_end),
        "processes" => bare_processes::run(count, speed),
        "threads" => threads(work, last, &last_end, Kernel::new(speed)),
        _ => panic!("no bare program for {engine}"),
    };
    println!("{} {} {}", span.as_nanos(), cpu_ns() - before, peak_bytes());
}

fn peak_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().expect("kB") * 1024
}

async fn yields(last: Last) {
    for _ in 0..20 {
        smol::future::yield_now().await;
    }
    last.end();
}

async fn sleep(last: Last) {
    smol::Timer::after(Duration::from_secs(5)).await;
    last.end();
}

fn smol_local(work: &str, last: Last, last_end: &Receiver<Instant>) -> Duration {
    let executor: &'static smol::LocalExecutor<'static> = Box::leak(Box::new(smol::LocalExecutor::new()));
    let work = work.to_owned();
    let dispatcher = async move {
        for _ in 0..last.count {
            match work.as_str() {
                "empty" => executor.spawn(async move { last.end() }).detach(),
                "yields" => executor.spawn(yields(last)).detach(),
                "sleep" => executor.spawn(sleep(last)).detach(),
                _ => panic!("no work {work}"),
            }
        }
    };
    let start = Instant::now();
    executor.spawn(dispatcher).detach();
    smol::block_on(executor.run(last_end.recv())).expect("the last end") - start
}

fn async_executor(work: &str, last: Last, last_end: &Receiver<Instant>) -> Duration {
    let executor: &'static async_executor::StaticExecutor = async_executor::Executor::new().leak();
    for _ in 0..2 {
        thread::spawn(|| smol::block_on(executor.run(std::future::pending::<()>())));
    }
    thread::sleep(Duration::from_millis(5));
    let work = work.to_owned();
    let dispatcher = async move {
        for _ in 0..last.count {
            match work.as_str() {
                "empty" => executor.spawn(async move { last.end() }).detach(),
                "yields" => executor.spawn(yields(last)).detach(),
                _ => panic!("no work {work}"),
            }
        }
    };
    let start = Instant::now();
    executor.spawn(dispatcher).detach();
    smol::block_on(last_end.recv()).expect("the last end") - start
}

fn rayon(work: &str, last: Last, last_end: &Receiver<Instant>) -> Duration {
    assert_eq!(work, "empty", "the only bare work of rayon");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("a pool");
    let pool: &'static rayon::ThreadPool = Box::leak(Box::new(pool));
    pool.broadcast(|_| ());
    let start = Instant::now();
    for _ in 0..last.count {
        pool.spawn_fifo(move || last.end());
    }
    last_end.recv_blocking().expect("the last end") - start
}

async fn tokio_yields(last: Last) {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    last.end();
}

async fn tokio_sleep(last: Last) {
    tokio::time::sleep(Duration::from_secs(5)).await;
    last.end();
}

fn tokio(builder: &mut tokio::runtime::Builder, work: &str, last: Last, last_end: &Receiver<Instant>) -> Duration {
    let runtime = builder.enable_io().enable_time().build().expect("a runtime");
    // Leaked, as an engine is: its shutdown is not measured.
    let runtime: &'static tokio::runtime::Runtime = Box::leak(Box::new(runtime));
    std::thread::sleep(Duration::from_millis(5));
    let work = work.to_owned();
    let dispatcher = async move {
        for _ in 0..last.count {
            match work.as_str() {
                "empty" => drop(runtime.spawn(async move { last.end() })),
                "yields" => drop(runtime.spawn(tokio_yields(last))),
                "sleep" => drop(runtime.spawn(tokio_sleep(last))),
                _ => panic!("no work {work}"),
            }
        }
    };
    let start = Instant::now();
    runtime.spawn(dispatcher);
    runtime.block_on(last_end.recv()).expect("the last end") - start
}

fn threads(work: &str, last: Last, last_end: &Receiver<Instant>, kernel: Kernel) -> Duration {
    assert_eq!(work, "cpu", "the only bare work of threads");
    let start = Instant::now();
    for _ in 0..last.count {
        let thread = thread::Builder::new().stack_size(STACK_BYTES as usize);
        let instance = move || {
            kernel.work(WORK_NS);
            last.end();
        };
        drop(thread.spawn(instance).expect("a thread"));
    }
    last_end.recv_blocking().expect("the last end") - start
}
