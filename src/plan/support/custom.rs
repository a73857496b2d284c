//! What a program says that it can do, once it is held against what it may say.

use std::borrow::Cow;

use super::{Declared, Description, Keeps, POOLED_NS, PROTOCOL, Support, all_native};

/// Of a program that doesn't tell: as much as the biggest of the built-in engines, rounded up.
const BYTES: [u64; 2] = [512, 512];

/// An instance that takes more is a mistake of a unit.
const MOST_BYTES: u64 = 1 << 24;

/// Why a description can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDescription {
    /// It is no JSON, or lacks a key, or has another type.
    #[error("it is not a description: {0}")]
    Json(String),
    /// It speaks another protocol.
    #[error("it speaks protocol {0}, not {PROTOCOL}")]
    Protocol(u64),
    /// A text has a control character, which a terminal might obey.
    #[error("a text of it is not plain: `{}`", .0.escape_debug())]
    Text(String),
    /// The size of an instance is beyond all reason.
    #[error("`instance_bytes` is more than {MOST_BYTES}")]
    Bytes,
}

impl Description {
    /// Reads the line that a program prints of itself.
    pub fn read(line: &[u8]) -> Result<Self, BadDescription> {
        let json = |error: serde_json::Error| BadDescription::Json(error.to_string());
        let value: serde_json::Value = serde_json::from_slice(line).map_err(json)?;
        // Before the rest: another protocol may have other keys.
        if let Some(other) = value.get("protocol").and_then(serde_json::Value::as_u64)
            && other != u64::from(PROTOCOL)
        {
            return Err(BadDescription::Protocol(other));
        }
        let mut description: Self = serde_json::from_value(value).map_err(json)?;
        if description.instance_bytes.is_some_and(|bytes| bytes.into_iter().any(|bytes| bytes > MOST_BYTES)) {
            return Err(BadDescription::Bytes);
        }
        if let Some(text) = description.texts().find(|text| text.contains(char::is_control)) {
            return Err(BadDescription::Text(text.to_owned()));
        }
        description.complete();
        Ok(description)
    }

    /// What it does not speak of it can't do.
    fn complete(&mut self) {
        let all = all_native();
        for (known, told) in
            [(all.steps, &mut self.steps), (all.arrivals, &mut self.arrivals), (all.cancel, &mut self.cancel)]
        {
            for (name, _) in known {
                if told.iter().all(|(other, _)| *other != name) {
                    told.push((name, Support::Unsupported("it does not say that it can".to_owned())));
                }
            }
        }
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let own = [&self.engine, &self.model, &self.runtime, &self.idiom, &self.worker];
        let things = [&self.steps, &self.arrivals, &self.cancel].into_iter().flatten();
        let supports = things.flat_map(|(name, support)| match support {
            Support::Native => [Some(name), None],
            Support::Emulated(how) | Support::Unsupported(how) => [Some(name), Some(how)],
        });
        let remarks = [&self.notes, &self.unknown].into_iter().flatten().flat_map(|(of, remark)| [of, remark]);
        own.into_iter().chain(supports.flatten()).chain(remarks).map(String::as_str)
    }
}

pub(super) fn declared(description: Description) -> Declared {
    // A pool, or a thread that is not woken: a cancellation doesn't end a sleep that keeps its thread.
    let sleeps_keep = description.sleeps_keep_worker;
    Declared {
        bytes: description.instance_bytes.unwrap_or(BYTES),
        keeps: if sleeps_keep { Keeps::Sleeps } else { Keeps::Blocks },
        wakes_sleepers: !sleeps_keep,
        instance_ns: POOLED_NS,
        // Its record has a line a worker: it can't have a thread for each instance.
        description: Description { stack_size: None, ..description },
    }
}

/// A program that nobody asked: what it can't do shows when it is run.
pub(super) fn unasked<'a>() -> Cow<'a, Declared> {
    Cow::Owned(declared(Description { runtime: "unknown".into(), ..all_native() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Engines;
    use crate::scenario::{CustomName, EngineName, WorkerRule};

    const LEAST: &str =
        r#"{"protocol":1,"runtime":"mine 1","steps":[["cpu","native"]],"arrivals":[["burst","native"]],"cancel":[]}"#;

    #[test]
    fn what_every_built_in_engine_says_of_itself_can_be_read_back() {
        let engines = Engines::default();
        for engine in EngineName::ALL {
            let description = engines.describe(engine);
            let line = serde_json::to_vec(&description).unwrap();
            assert_eq!(Description::read(&line).as_ref(), Ok(&description), "{engine}");
            assert_eq!(description.single_threaded, engine.worker_rule() == WorkerRule::One);
        }
    }

    #[test]
    fn what_a_program_does_not_speak_of_it_can_not_do() {
        let description = Description::read(LEAST.as_bytes()).unwrap();
        let natives = |things: &[(String, Support)]| {
            things
                .iter()
                .filter(|(_, support)| *support == Support::Native)
                .map(|(name, _)| name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (natives(&description.steps), natives(&description.arrivals)),
            (vec!["cpu".into()], vec!["burst".into()])
        );
        assert_eq!((description.steps.len(), description.arrivals.len(), description.cancel.len()), (14, 4, 3));
        assert!(!description.single_threaded && !description.sleeps_keep_worker);
    }

    #[test]
    fn a_program_is_known_by_the_name_that_its_user_gave_it() {
        let mut engines = Engines::default();
        let told = Description { engine: "other".into(), single_threaded: true, ..Description::smol("mine 1") };
        let name = engines.add(CustomName::new("support-test").unwrap(), told);
        let engine = EngineName::Custom(name);
        assert_eq!((engine.worker_rule(), engine.has_processes()), (WorkerRule::One, false));
        assert_eq!((engines.describe(engine).engine.as_str(), engines.names().last()), ("support-test", Some(engine)));
        assert_eq!((engines.instance_bytes(engine, true), engines.instance_ns(engine)), (BYTES[0], POOLED_NS));
    }

    #[test]
    fn what_a_sleep_keeps_on_a_program_is_as_it_says_and_none_has_a_thread_for_each_instance() {
        let mut engines = Engines::default();
        let mut add = |name, told| EngineName::Custom(engines.add(CustomName::new(name).unwrap(), told));
        let pool = Description { stack_size: Some(1 << 20), ..Description::blocking("mine 1") };
        let (pool, tasks) = (add("support-pool", pool), add("support-tasks", Description::tokio("mine 1")));
        assert_eq!((engines.keeps_worker(pool), engines.wakes_sleepers(pool)), (Keeps::Sleeps, false));
        assert_eq!((engines.keeps_worker(tasks), engines.wakes_sleepers(tasks)), (Keeps::Blocks, true));
        assert_eq!(tasks.worker_rule(), WorkerRule::AsAsked);
        assert!(!engines.has_thread_each(pool) && engines.describe(pool).sleeps_keep_worker);
    }

    #[test]
    fn what_is_no_description_is_refused_in_words() {
        let changed =
            |from: &str, to: &str| Description::read(LEAST.replace(from, to).as_bytes()).unwrap_err().to_string();
        assert_eq!(changed("\"protocol\":1", "\"protocol\":7"), "it speaks protocol 7, not 1");
        assert_eq!(changed("\"runtime\":\"mine 1\",", ""), "it is not a description: missing field `runtime`");
        assert_eq!(changed("mine 1", "\\u001b[2J"), "a text of it is not plain: `\\u{1b}[2J`");
        assert_eq!(
            changed("\"cancel\":[]", "\"cancel\":[],\"instance_bytes\":[1,99999999999]"),
            "`instance_bytes` is more than 16777216"
        );
        assert_eq!(
            changed("\"cpu\",\"native\"", "\"cpu\",{\"unsupported\":\"\\u0007\"}"),
            "a text of it is not plain: `\\u{7}`"
        );
        for text in ["", "hello", "[]", "{\"protocol\":1}", "{\"protocol\":\"1\"}", "\u{0}"] {
            let found = Description::read(text.as_bytes());
            assert!(matches!(found, Err(BadDescription::Json(_))), "{text}: {found:?}");
        }
    }
}
