//! `[channel.NAME]`, `[mutex.NAME]`, `[semaphore.NAME]`, `[barrier.NAME]`: the objects that instances share.

use std::num::NonZeroU32;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::declared::{Declared, Section};
use super::scalar::unplain;
use super::table::TomlTable;
use super::walk::{Kind, Value, Walk};
use crate::diagnostic::{Diagnostic, suggest};
use crate::scenario::plain_name::is_plain;
use crate::scenario::{Object, ObjectKind, Target};

const MOST_OBJECTS: usize = 1_000;
/// Some runtimes allocate the capacity at once.
const MOST_CAPACITY: u64 = 1_000_000;
const MOST_PERMITS: u64 = 1_000_000_000;
const MOST_PARTIES: u64 = 10_000_000;

/// Reads all objects of the file at the present point.
pub(super) fn read_all(walk: &mut Walk, top: &TomlTable<'_>) -> Option<Vec<Object>> {
    let mut objects = Vec::new();
    for section in Section::ALL {
        if let Some(raw) = top.get(section.key()) {
            objects.extend(read_section(walk, raw, section));
        }
    }
    objects.into_iter().collect()
}

fn read_section<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>, section: Section) -> Vec<Option<Object>> {
    let key = section.key();
    let header = format!("write each with a name of its own: `[{key}.NAME]`");
    let value = Value::literal(raw);
    let Kind::Table(_) = value.kind else {
        walk.report(value.unexpected(&format!("named objects under `{key}`")).help(header));
        return vec![None];
    };
    let Some(names) = TomlTable::of(walk, &value, &format!("`{key}`"), "a table") else { return vec![None] };
    let read = names.keys().into_iter().map(|(name, span)| {
        let value = Value::literal(names.get(name)?);
        let Kind::Table(_) = value.kind else {
            let wrong = value.unexpected(&format!("a table such as {{ {} }}", section.example()));
            return walk.refuse(wrong.help(header.clone()));
        };
        declare(walk, section, name, &span)?;
        let table = TomlTable::of(walk, &value, &format!("the {key} `{name}`"), "a table")?;
        let kind = kind(walk, section, &TomlTable { span: span.clone(), ..table })?;
        Some(Object { name: name.to_owned(), kind, origin: span })
    });
    read.collect()
}

/// Declares a name, so that steps can use it.
fn declare(walk: &mut Walk, section: Section, name: &str, span: &Range<usize>) -> Option<()> {
    if let Some(wrong) = unplain(name, &format!("a {}'s name", section.key())) {
        return walk.refuse(wrong.at(span.clone()));
    }
    if walk.objects.iter().any(|object| object.section == section && object.name == name) {
        return Some(());
    }
    if walk.objects.len() == MOST_OBJECTS {
        let most = Diagnostic::error(format!("more than {MOST_OBJECTS} channels, locks and barriers"));
        return walk.refuse(most.at(span.clone()));
    }
    walk.objects.push(Declared { section, name: name.to_owned(), span: span.clone(), is_used: false });
    Some(())
}

fn kind(walk: &mut Walk, section: Section, table: &TomlTable<'_>) -> Option<ObjectKind> {
    match section {
        Section::Channel => {
            table.only(walk, &["capacity"]);
            let raw = table.required(walk, "capacity", "capacity = 16")?;
            channel(walk, raw)
        }
        Section::Mutex => {
            table.only(walk, &["kind"]);
            let blocking = table.get("kind").map_or(Some(false), |raw| is_blocking(walk, raw))?;
            Some(ObjectKind::Mutex { blocking })
        }
        Section::Semaphore => {
            table.only(walk, &["permits"]);
            let raw = table.required(walk, "permits", "permits = 10")?;
            let help = "no instance would ever get one: take at least 1";
            count(walk, raw, "permits", MOST_PERMITS, help).map(|permits| ObjectKind::Semaphore { permits })
        }
        Section::Barrier => {
            table.only(walk, &["parties"]);
            let raw = table.required(walk, "parties", "parties = 4")?;
            let help = "a barrier waits for instances: take at least 1";
            count(walk, raw, "parties", MOST_PARTIES, help).map(|parties| ObjectKind::Barrier { parties })
        }
    }
}

/// A channel of the capacity in `raw`.
fn channel<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<ObjectKind> {
    let value = walk.value(raw)?;
    let wrong = match value.kind {
        Kind::Text("unbounded") => return Some(ObjectKind::Channel { capacity: None }),
        Kind::Integer(_) => {
            let capacity = walk.integer(&value, "capacity", 0..=MOST_CAPACITY)?;
            return Some(ObjectKind::Channel { capacity: Some(capacity as u32) });
        }
        Kind::Text(text) => value.place.error(format!("unknown capacity `{}`", text.escape_debug())),
        _ => value.unexpected("a capacity"),
    };
    walk.refuse(wrong.help("a number of messages, 0 for a rendezvous, or \"unbounded\""))
}

fn is_blocking<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<bool> {
    let value = walk.plain_value(raw, "`kind`")?;
    let wrong = match value.kind {
        Kind::Text("async") => return Some(false),
        Kind::Text("blocking") => return Some(true),
        Kind::Text(kind) => value.place.error(format!("unknown kind of mutex `{}`", kind.escape_debug())),
        _ => value.unexpected("a kind of mutex"),
    };
    walk.refuse(wrong.help("\"async\": a waiting instance lets others run; \"blocking\": it blocks its thread"))
}

/// A whole number from 1 to `most`; `help` says why it can't be 0.
fn count<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>, what: &str, most: u64, help: &str) -> Option<NonZeroU32> {
    let value = walk.value(raw)?;
    if let Kind::Integer(Some(0)) = value.kind {
        return walk.refuse(value.place.error(format!("`{what}` is 0")).help(help));
    }
    walk.integer(&value, what, 1..=most).and_then(|count| NonZeroU32::new(count as u32))
}

/// The object that the value of a step's verb names.
pub(crate) fn target<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>, section: Section) -> Option<Target> {
    let key = section.key();
    let value = walk.plain_value(raw, &format!("the name of a {key}"))?;
    let Kind::Text(name) = value.kind else {
        return walk.refuse(value.unexpected(&format!("the name of a {key}")));
    };
    let is_it = |object: &Declared| object.section == section && object.name == name;
    if let Some(index) = walk.objects.iter().position(is_it) {
        walk.objects[index].is_used = true;
        return Some(Target { index: index as u16, name: name.to_owned() });
    }
    let known = || walk.objects.iter().filter(|object| object.section == section).map(|object| object.name.as_str());
    let unknown = value.place.error(format!("unknown {key} `{}`", name.escape_debug()));
    let near = suggest(name, known()).map(str::to_owned);
    let error = if let Some(near) = &near {
        unknown.help(format!("did you mean `{near}`?"))
    } else {
        let name = if is_plain(name) { name } else { "NAME" };
        unknown.help(format!("declare it: `[{key}.{name}]` with `{}` below it", section.example()))
    };
    // A mistyped name counts as a use of the object.
    for object in &mut walk.objects {
        object.is_used |= object.section == section && Some(&object.name) == near.as_ref();
    }
    walk.refuse(error)
}

/// Reports objects that no step uses, unless there are other errors: some steps may be unreadable.
pub(super) fn check_used(walk: &mut Walk) {
    if walk.has_errors() {
        return;
    }
    let unused = walk.objects.iter().filter(|object| !object.is_used).map(|object| {
        let key = object.section.key();
        Diagnostic::error(format!("no step uses the {key} `{}`", object.name))
            .at(object.span.clone())
            .help(format!("use it in a step with {}, or delete it", object.section.verbs()))
    });
    for error in unused.collect::<Vec<_>>() {
        walk.report(error);
    }
}
