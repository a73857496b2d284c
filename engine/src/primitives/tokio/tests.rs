use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::primitives::Source;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_io().enable_time().build().unwrap()
}

async fn yield_once() {
    let mut is_over = false;
    poll_fn(|cx| if std::mem::replace(&mut is_over, true) { Poll::Ready(()) } else { Tokio::yield_now(cx) }).await;
}

fn watched() -> (PipeWriter, PipeReader, Watched) {
    let (reader, writer) = pipe().unwrap();
    let watched = Watched::new(reader.try_clone().unwrap().into()).unwrap();
    (writer, reader, watched)
}

#[test]
fn after_a_yield_other_tasks_have_run_and_the_driver_was_polled() {
    let (mut writer, _reader, watched) = watched();
    let (is_readable, is_seen) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    runtime().block_on(async {
        let (by_reader, by_yielder) = (Arc::clone(&is_readable), Arc::clone(&is_seen));
        let reader = task::spawn(async move {
            watched.readable().await.unwrap();
            by_reader.store(true, Relaxed);
        });
        let yielder = task::spawn(async move {
            // Meanwhile the reader registers its descriptor.
            yield_once().await;
            writer.write_all(b"!").unwrap();
            yield_once().await;
            by_yielder.store(is_readable.load(Relaxed), Relaxed);
        });
        reader.await.unwrap();
        yielder.await.unwrap();
    });
    assert!(is_seen.load(Relaxed), "one yield polls the driver, however rarely it is polled otherwise");
}

#[test]
fn a_descriptor_becomes_readable_again_after_each_read() {
    let (mut writer, mut reader, watched) = watched();
    runtime().block_on(async {
        for number in 0..50_u8 {
            // Written before the wait and after it has begun, alternately.
            if number % 2 == 0 {
                writer.write_all(&[number]).unwrap();
                watched.readable().await.unwrap();
            } else {
                let (wait, write) = (watched.readable(), async { writer.write_all(&[number]).unwrap() });
                let wait = task::unconstrained(wait);
                let mut wait = pin!(wait);
                assert!(poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx))).await.is_pending());
                write.await;
                wait.await.unwrap();
            }
            let mut read = [0; 8];
            assert_eq!((reader.read(&mut read).unwrap(), read[0]), (1, number));
        }
    });
}

#[test]
fn a_mailbox_gives_up_at_its_time_and_not_before() {
    runtime().block_on(async {
        let mailbox = Queue::new(2);
        let mut prompt = 0;
        for _ in 0..200 {
            let until = Instant::now() + Duration::from_micros(100);
            assert_eq!(mailbox.receive(Some(until)).await, None);
            let late = Instant::now().checked_duration_since(until).expect("not before");
            prompt += u32::from(late < Duration::from_micros(500));
        }
        // Timers of whole milliseconds would be later each time but the first: each wait would begin just after a whole one.
        assert!(prompt >= 5, "{prompt} of 200");
    });
}

#[test]
fn a_time_limit_that_a_message_made_obsolete_doesn_t_end_a_later_wait() {
    runtime().block_on(async {
        let mailbox = Queue::new(2);
        for number in 0..10 {
            let early = Instant::now() + Duration::from_millis(2);
            let mut wait = pin!(mailbox.receive(Some(early)));
            assert!(poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx))).await.is_pending());
            mailbox.post(number);
            assert_eq!(wait.await, Some(number));
            let late = early + Duration::from_millis(3);
            assert_eq!(mailbox.receive(Some(late)).await, None);
            assert!(Instant::now() >= late);
        }
        mailbox.post(7);
        assert_eq!(mailbox.receive(None).await, Some(7));
    });
}

#[test]
fn a_job_whose_future_was_dropped_runs_on() {
    let (mut writer, mut reader, _watched) = watched();
    nix::fcntl::fcntl(&reader, nix::fcntl::FcntlArg::F_SETFL(nix::fcntl::OFlag::empty())).unwrap();
    // Kept until the job has ended: a runtime that ends drops jobs that have not begun.
    let runtime = runtime();
    runtime.block_on(async {
        drop(Tokio::offload(move || writer.write_all(b"done").unwrap()));
    });
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "done");
}
