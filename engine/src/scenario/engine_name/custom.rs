//! Names of programs that are engines. They are few and live as long as the process: a name is a reference, as cheap to copy
//! as the name of a built-in engine.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::{cmp, fmt};

use crate::metric::Metric;
use crate::scenario::EngineName;
use crate::scenario::plain_name::is_plain;

/// The longest name, in bytes: every row of every file repeats it.
const LONGEST: usize = 64;

/// The name of a program that is an engine: `[a-z][a-z0-9_-]*`, at most 64 bytes, and not the name of a built-in engine.
#[derive(Clone, Copy)]
pub struct CustomName(&'static Custom);

/// The facts behind a name: everything that can be asked of an engine's name.
struct Custom {
    text: String,
    is_single_threaded: bool,
}

/// Names of planned engines.
pub(in crate::scenario) const FUTURE_ENGINES: [&str; 4] = ["smol", "go", "asyncio", "uvloop"];

/// The present facts behind each name.
static NAMES: Mutex<BTreeMap<&'static str, &'static Custom>> = Mutex::new(BTreeMap::new());

/// Why a text can't be the name of a program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// It has other characters, or is too long.
    #[error("an engine's name is a lowercase letter, then letters, digits, `_` or `-`, found `{}`", .0.escape_debug())]
    NotPlain(String),
    /// The name of a built-in engine.
    #[error("`{0}` is a built-in engine")]
    BuiltIn(String),
    /// The name of a planned engine.
    #[error("`{0}` is reserved for a planned engine")]
    Kept(String),
    /// The name of a figure.
    #[error("`{0}` is a figure: expectations would be hard to read")]
    Figure(String),
}

impl CustomName {
    /// The name, with the facts known of its engine.
    pub fn new(text: &str) -> Result<Self, BadName> {
        if text.len() > LONGEST || !is_plain(text) {
            return Err(BadName::NotPlain(text.chars().take(LONGEST).collect()));
        }
        if text.parse::<EngineName>().is_ok() {
            return Err(BadName::BuiltIn(text.to_owned()));
        }
        let existing = NAMES.lock().unwrap_or_else(PoisonError::into_inner).get(text).copied();
        Ok(existing.map_or_else(|| Self::keep(text, false), Self))
    }

    /// The name of a program that is to be run now. It must not be mistaken for an engine or a figure.
    pub fn to_register(text: &str) -> Result<Self, BadName> {
        if FUTURE_ENGINES.contains(&text) {
            return Err(BadName::Kept(text.to_owned()));
        }
        if Metric::from_name(text).is_some() {
            return Err(BadName::Figure(text.to_owned()));
        }
        Self::new(text)
    }

    /// The same name, of an engine that always has one worker, or of an engine with any number of workers.
    #[must_use]
    pub fn of_single_threaded(self, is_single_threaded: bool) -> Self {
        if self.0.is_single_threaded == is_single_threaded {
            self
        } else {
            Self::keep(&self.0.text, is_single_threaded)
        }
    }

    /// Its text.
    pub const fn as_str(self) -> &'static str {
        self.0.text.as_str()
    }

    /// Whether its engine always has exactly one worker; `false` if that is not known.
    pub const fn is_single_threaded(self) -> bool {
        self.0.is_single_threaded
    }

    fn keep(text: &str, is_single_threaded: bool) -> Self {
        // Leaked: at most two for each program.
        let custom: &'static Custom = Box::leak(Box::new(Custom { text: text.to_owned(), is_single_threaded }));
        NAMES.lock().unwrap_or_else(PoisonError::into_inner).insert(&custom.text, custom);
        Self(custom)
    }
}

impl PartialEq for CustomName {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for CustomName {}

impl PartialOrd for CustomName {
    fn partial_cmp(&self, other: &Self) -> Option<cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CustomName {
    fn cmp(&self, other: &Self) -> cmp::Ordering {
        self.0.text.cmp(&other.0.text)
    }
}

impl Hash for CustomName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.text.hash(state);
    }
}

impl fmt::Debug for CustomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0.text, f)
    }
}

impl fmt::Display for CustomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scenario::WorkerRule;

    #[test]
    fn a_program_can_not_have_a_name_with_another_meaning() {
        for (name, words) in [
            ("rayon", "`rayon` is a built-in engine"),
            ("go", "`go` is reserved for a planned engine"),
            ("latency_p99", "`latency_p99` is a figure: expectations would be hard to read"),
        ] {
            assert_eq!(CustomName::to_register(name).unwrap_err().to_string(), words);
        }
        let too_long = "a".repeat(65);
        for name in ["", "9lives", "Mine", "my.own", "a b", "é", "a=b", "a\u{1b}", &too_long] {
            assert!(matches!(CustomName::to_register(name), Err(BadName::NotPlain(_))), "{name}");
        }
    }

    #[test]
    fn names_are_equal_whatever_is_known_of_their_engines() {
        let unknown = CustomName::new("name-test-one").unwrap();
        let single = unknown.of_single_threaded(true);
        assert_eq!((unknown, unknown.is_single_threaded(), single.is_single_threaded()), (single, false, true));
        let again = EngineName::named("name-test-one").unwrap();
        assert_eq!(again.worker_rule(), WorkerRule::One, "the facts are kept");
        assert_eq!(again, EngineName::Custom(unknown));
    }

    #[test]
    fn engines_sort_by_name_behind_the_built_in_ones() {
        let mut engines = ["zz", "rayon", "aa", "smol-local"].map(|name| EngineName::named(name).unwrap());
        engines.sort();
        assert_eq!(engines.map(EngineName::as_str), ["smol-local", "rayon", "aa", "zz"]);
    }

    proptest! {
        #[test]
        fn every_plain_name_is_written_as_its_text_and_read_back(name in "[a-z][a-z0-9_-]{0,20}") {
            let engine = EngineName::named(&name).unwrap();
            let json = serde_json::to_string(&engine).unwrap();
            prop_assert_eq!(&json, &format!("\"{name}\""));
            prop_assert_eq!(serde_json::from_str::<EngineName>(&json).unwrap(), engine);
        }
    }
}
