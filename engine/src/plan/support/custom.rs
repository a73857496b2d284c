//! The description of a program, once it is checked.

use std::borrow::Cow;

use super::{Declared, Description, Keeps, POOLED_NS, PROTOCOL, Support, all_native};

/// The size of an instance of a program that doesn't state it: that of the biggest built-in engine, rounded up.
const BYTES: [u64; 2] = [512, 512];

/// The maximum size of an instance, bytes. A greater number is probably in another unit.
const MOST_BYTES: u64 = 1 << 24;

/// Why a description is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDescription {
    /// It is no JSON, or lacks a key, or has another type.
    #[error("it is not a description: {0}")]
    Json(String),
    /// It is for another version of the protocol.
    #[error("it speaks protocol {0}, not {PROTOCOL}")]
    Protocol(u64),
    /// A text has a control character, which could control a terminal.
    #[error("one of its texts has a control character: `{}`", .0.escape_debug())]
    Text(String),
    /// The size of an instance is implausible.
    #[error("`instance_bytes` is more than {MOST_BYTES}")]
    Bytes,
}

impl Description {
    /// Reads the line with which a program describes itself.
    pub fn read(line: &[u8]) -> Result<Self, BadDescription> {
        let json = |error: serde_json::Error| BadDescription::Json(error.to_string());
        let mut value: serde_json::Value = serde_json::from_slice(line).map_err(json)?;
        // Checked first: another protocol may have other keys.
        if let Some(other) = value.get("protocol").and_then(serde_json::Value::as_u64)
            && other != u64::from(PROTOCOL)
        {
            return Err(BadDescription::Protocol(other));
        }
        // A program that serves older versions too says both.
        if let Some(object) = value.as_object_mut()
            && let Some(older) = object.remove("idiom")
        {
            object.entry("primitives").or_insert(older);
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

    /// Marks every step, arrival and cancellation that the description doesn't mention as unsupported.
    fn complete(&mut self) {
        let all = all_native();
        for (known, described) in
            [(all.steps, &mut self.steps), (all.arrivals, &mut self.arrivals), (all.cancel, &mut self.cancel)]
        {
            for (name, _) in known {
                if described.iter().all(|(other, _)| *other != name) {
                    described.push((name, Support::Unsupported("it does not say that it can".to_owned())));
                }
            }
        }
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let own = [&self.engine, &self.model, &self.runtime, &self.primitives, &self.worker];
        let things = [&self.steps, &self.arrivals, &self.cancel].into_iter().flatten();
        let supports = things.flat_map(|(name, support)| match support {
            Support::Native => [Some(name), None],
            Support::Emulated(how) | Support::Unsupported(how) => [Some(name), Some(how)],
        });
        let remarks =
            [&self.notes, &self.unknown].into_iter().flatten().flat_map(|(subject, remark)| [subject, remark]);
        own.into_iter().chain(supports.flatten()).chain(remarks).map(String::as_str)
    }
}

pub(super) fn declared(description: Description) -> Declared {
    // A cancellation doesn't end a sleep that blocks its thread: nothing wakes the thread.
    let sleeps_keep = description.sleeps_keep_worker;
    Declared {
        bytes: description.instance_bytes.unwrap_or(BYTES),
        keeps: if sleeps_keep { Keeps::Sleeps } else { Keeps::Blocks },
        wakes_sleepers: !sleeps_keep,
        has_ticks: description.primitives.starts_with("tokio"),
        instance_ns: POOLED_NS,
        // Its record has one trace line per worker, so it can't have a thread per instance.
        description: Description { stack_size: None, ..description },
    }
}

/// The declaration of a program that was not asked for its description. What it can't do shows when it is run.
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
    fn the_description_of_every_built_in_engine_can_be_read_back() {
        let engines = Engines::default();
        for engine in EngineName::ALL {
            let description = engines.describe(engine);
            let line = serde_json::to_vec(&description).unwrap();
            assert_eq!(Description::read(&line).as_ref(), Ok(&description), "{engine}");
            assert_eq!(description.single_threaded, engine.worker_rule() == WorkerRule::One);
        }
    }

    #[test]
    fn the_older_name_of_the_primitives_is_read_and_gives_way_to_the_newer_one() {
        let primitives = |keys: &str| {
            let line = LEAST.replacen('{', &format!("{{{keys},"), 1);
            Description::read(line.as_bytes()).unwrap().primitives
        };
        assert_eq!(primitives(r#""idiom":"smol""#), "smol");
        assert_eq!(primitives(r#""idiom":"old","primitives":"tokio""#), "tokio");
    }

    #[test]
    fn abilities_that_a_program_does_not_mention_are_unsupported() {
        let description = Description::read(LEAST.as_bytes()).unwrap();
        let natives = |abilities: &[(String, Support)]| {
            abilities
                .iter()
                .filter(|(_, support)| *support == Support::Native)
                .map(|(name, _)| name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (natives(&description.steps), natives(&description.arrivals)),
            (vec!["cpu".into()], vec!["burst".into()])
        );
        assert_eq!((description.steps.len(), description.arrivals.len(), description.cancel.len()), (15, 4, 3));
        assert!(!description.single_threaded && !description.sleeps_keep_worker);
    }

    #[test]
    fn a_program_is_known_by_the_name_that_its_user_gave_it() {
        let mut engines = Engines::default();
        let description = Description { engine: "other".into(), single_threaded: true, ..Description::smol("mine 1") };
        let name = engines.add(CustomName::new("support-test").unwrap(), description);
        let engine = EngineName::Custom(name);
        assert_eq!((engine.worker_rule(), engine.has_processes()), (WorkerRule::One, false));
        assert_eq!((engines.describe(engine).engine.as_str(), engines.names().last()), ("support-test", Some(engine)));
        assert_eq!((engines.instance_bytes(engine, true), engines.instance_ns(engine)), (BYTES[0], POOLED_NS));
    }

    #[test]
    fn a_program_states_whether_a_sleep_occupies_its_worker_and_has_no_thread_per_instance() {
        let mut engines = Engines::default();
        let mut add = |name, description| EngineName::Custom(engines.add(CustomName::new(name).unwrap(), description));
        let pool = Description { stack_size: Some(1 << 20), ..Description::blocking("mine 1") };
        let (pool, tasks) = (add("support-pool", pool), add("support-tasks", Description::tokio("mine 1")));
        assert_eq!((engines.keeps_worker(pool), engines.wakes_sleepers(pool)), (Keeps::Sleeps, false));
        assert_eq!((engines.keeps_worker(tasks), engines.wakes_sleepers(tasks)), (Keeps::Blocks, true));
        assert_eq!(tasks.worker_rule(), WorkerRule::AsAsked);
        assert!(!engines.has_thread_each(pool) && engines.describe(pool).sleeps_keep_worker);
    }

    #[test]
    fn a_bad_description_is_refused_with_a_reason() {
        let changed =
            |from: &str, to: &str| Description::read(LEAST.replace(from, to).as_bytes()).unwrap_err().to_string();
        assert_eq!(changed("\"protocol\":1", "\"protocol\":7"), "it speaks protocol 7, not 1");
        assert_eq!(changed("\"runtime\":\"mine 1\",", ""), "it is not a description: missing field `runtime`");
        assert_eq!(changed("mine 1", "\\u001b[2J"), "one of its texts has a control character: `\\u{1b}[2J`");
        assert_eq!(
            changed("\"cancel\":[]", "\"cancel\":[],\"instance_bytes\":[1,99999999999]"),
            "`instance_bytes` is more than 16777216"
        );
        assert_eq!(
            changed("\"cpu\",\"native\"", "\"cpu\",{\"unsupported\":\"\\u0007\"}"),
            "one of its texts has a control character: `\\u{7}`"
        );
        for text in ["", "hello", "[]", "{\"protocol\":1}", "{\"protocol\":\"1\"}", "\u{0}"] {
            let found = Description::read(text.as_bytes());
            assert!(matches!(found, Err(BadDescription::Json(_))), "{text}: {found:?}");
        }
    }
}
