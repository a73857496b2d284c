//! What an engine says: lines of JSON on its descriptor 1, and nothing in between.

use serde::{Deserialize, Serialize};

use crate::record::{ChannelCount, StepHistogram, Usage};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// Everything is built and primed; the span begins right behind this line.
    Ready {
        /// The version of the protocol that the engine speaks.
        protocol: u32,
    },
    /// The span is over.
    End {
        /// What it used.
        usage: Usage,
        /// The figures of the steps that have an `as`.
        named_steps: Vec<StepHistogram>,
        /// What went through each channel; left out if there is none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        channels: Vec<ChannelCount>,
    },
}
