//! `cpus = [0, 1]`: cores by their numbers.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::walk::{Kind, Value, Walk};
use crate::scenario::Cpus;

/// What the kernel's usual set of processors has room for (`sched_setaffinity(2)`).
const MOST_NUMBER: u64 = 1_023;

impl Walk {
    /// A list of cores, each of which may be a parameter. Whether this machine has them is not asked here.
    pub(crate) fn cpus<'a>(&mut self, raw: &'a Spanned<DeValue<'a>>) -> Option<Cpus> {
        let literal = Value::literal(raw);
        if let Kind::Text(text) = literal.kind
            && text.starts_with('$')
        {
            // If there is none of that name, that is what is wrong.
            self.value(raw)?;
            let error = literal.place.error("expected a list of cores, found a parameter");
            return self.refuse(
                error.help(format!("a parameter stands for one core: write it in a list, as in `[\"{text}\"]`")),
            );
        }
        let value = literal;
        let Kind::List(list) = value.kind else {
            return self.refuse(value.unexpected("a list of cores").help("write it as a list, as in `[0, 1]`"));
        };
        if list.is_empty() {
            return self.refuse(
                value
                    .place
                    .error("`cpus` needs at least one core")
                    .help("write their numbers, as in `[0, 1]`, or leave it out"),
            );
        }
        let mut known: Vec<(u64, Range<usize>)> = Vec::new();
        for raw in list {
            let Some(value) = self.value(raw) else { continue };
            let Some(number) = self.integer(&value, "cpus", 0..=MOST_NUMBER) else { continue };
            if let Some((_, first)) = known.iter().find(|(other, _)| *other == number) {
                self.report(value.place.error(format!("core `{number}` twice")).also(first.clone(), "the first one"));
            }
            known.push((number, raw.span()));
        }
        let mut numbers: Vec<u32> = known.iter().map(|(number, _)| *number as u32).collect();
        numbers.sort_unstable();
        (numbers.len() == list.len()).then(|| Cpus { numbers, origin: raw.span() })
    }
}
