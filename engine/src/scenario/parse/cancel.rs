//! `cancel`: which instances are cancelled, and when.

use toml::Spanned;
use toml::de::DeValue;

use super::scalar::HOUR;
use super::table::TomlTable;
use super::walk::Walk;
use crate::scenario::{Cancel, CancelTime};

/// Reads the value of `cancel`; `count` is the task's, if it is known.
pub(crate) fn read<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>, count: Option<u32>) -> Option<Cancel> {
    const CHOICES: [&str; 2] = ["after", "at"];
    let value = walk.plain_value(raw, "`cancel`")?;
    let table = TomlTable::of(walk, &value, "a `cancel`", "a table such as { after = \"10ms\", share = 0.5 }")?;
    let share = table.get("share").map_or(Some(1.0), |raw| share(walk, raw, count));
    let choice = table.one_of(walk, &CHOICES, &["share"])?;
    let value = walk.value(table.get(choice)?)?;
    let time = walk.duration(&value, HOUR)?;
    let when = if choice == "after" { CancelTime::After(time) } else { CancelTime::At(time) };
    Some(Cancel { when, share: share? })
}

fn share<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>, count: Option<u32>) -> Option<f64> {
    let value = walk.value(raw)?;
    let share = walk.number(&value, "share")?;
    if !(0.0..=1.0).contains(&share) {
        let wrong = value.place.error(format!("`share` must be from 0 to 1, found `{share}`"));
        return walk.refuse(if (2.0..=100.0).contains(&share) {
            wrong.help(format!("{share} % is `share = {}`", share / 100.0))
        } else {
            wrong
        });
    }
    if share > 0.0 && count.is_some_and(|count| (share * f64::from(count)).round() < 1.0) {
        let count = count.unwrap_or_default();
        walk.report(value.place.warning(format!("no instance is cancelled: `{share}` of {count} rounds to none")));
    }
    Some(share)
}
