//! `cpus = [0, 1]`: cores by their numbers.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::walk::{Kind, Value, Walk};
use crate::scenario::Cpus;

/// The greatest core number in the kernel's usual set of processors (`sched_setaffinity(2)`).
const MOST_NUMBER: u64 = 1_023;

impl Walk {
    /// A list of cores, each of which may be a parameter. It is not checked here whether this machine has them.
    pub(crate) fn cpus<'a>(&mut self, raw: &'a Spanned<DeValue<'a>>) -> Option<Cpus> {
        let literal = Value::literal(raw);
        if let Kind::Text(text) = literal.kind
            && text.starts_with('$')
        {
            // An unknown parameter is reported instead.
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
        let mut listed: Vec<(u64, Range<usize>)> = Vec::new();
        for raw in list {
            let Some(value) = self.value(raw) else { continue };
            let Some(number) = self.integer(&value, "cpus", 0..=MOST_NUMBER) else { continue };
            if let Some((_, first)) = listed.iter().find(|(other, _)| *other == number) {
                self.report(value.place.error(format!("core `{number}` twice")).also(first.clone(), "the first one"));
            }
            listed.push((number, raw.span()));
        }
        let mut numbers: Vec<u32> = listed.iter().map(|(number, _)| *number as u32).collect();
        numbers.sort_unstable();
        (numbers.len() == list.len()).then(|| Cpus { numbers, origin: raw.span() })
    }
}
