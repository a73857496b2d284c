//! Events as the format spells them, one a line.

use serde::Serialize;
use serde_json::{Map, Value};

/// One event; its absent fields are left out.
#[derive(Debug, Default, Serialize)]
pub(super) struct Event<'a> {
    pub(super) name: &'a str,
    /// The category; an asynchronous event is identified by this and its `id`.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) cat: &'static str,
    /// Its phase: `X` a slice of a thread, `b` and `e` the ends of something asynchronous, `n` a moment of it, `i` a moment,
    /// `C` a counter, `M` a name.
    pub(super) ph: &'static str,
    /// Microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ts: Option<f64>,
    /// Microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dur: Option<f64>,
    pub(super) pid: u64,
    pub(super) tid: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    /// How far a moment reaches: `p` is its process.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) s: &'static str,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) args: Map<String, Value>,
}

/// Nanoseconds in the format's unit.
#[expect(clippy::unnecessary_wraps, reason = "as an event has it")]
pub(super) fn micros(ns: u64) -> Option<f64> {
    Some(ns as f64 / 1e3)
}

/// The arguments of an event.
pub(super) fn args<const N: usize>(args: [(&str, Value); N]) -> Map<String, Value> {
    args.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The file, so far.
pub(super) struct Events {
    json: Vec<u8>,
    /// How many asynchronous events have an id.
    ids: u64,
    is_first: bool,
}

impl Events {
    pub(super) fn begin() -> Self {
        let head = format!(
            "{{\"displayTimeUnit\":\"ns\",\"otherData\":{{\"program\":\"taskmix {}\"}},\"traceEvents\":[",
            env!("CARGO_PKG_VERSION")
        );
        Self { json: head.into_bytes(), ids: 0, is_first: true }
    }

    pub(super) fn add(&mut self, event: &Event<'_>) {
        let separator: &[u8] = if std::mem::replace(&mut self.is_first, false) { b"\n" } else { b",\n" };
        self.json.extend_from_slice(separator);
        serde_json::to_writer(&mut self.json, event).expect("memory takes everything, and every key is text");
    }

    /// A new id for an asynchronous event.
    pub(super) fn id(&mut self) -> String {
        self.ids += 1;
        format!("{:#x}", self.ids)
    }

    pub(super) fn end(mut self) -> Vec<u8> {
        self.json.extend_from_slice(b"\n]}\n");
        self.json
    }
}
