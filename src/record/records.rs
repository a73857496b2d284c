//! All records of one cell, readable again and again without copying them out.

use super::InstanceRecord;

/// The released instances of one cell, in order of release.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    listed: Vec<InstanceRecord>,
}

impl Records {
    /// How many instances were released.
    pub fn len(&self) -> usize {
        self.listed.len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Decodes them one by one.
    pub fn iter(&self) -> impl Iterator<Item = InstanceRecord> + '_ {
        self.listed.iter().cloned()
    }
}

impl From<Vec<InstanceRecord>> for Records {
    fn from(listed: Vec<InstanceRecord>) -> Self {
        Self { listed }
    }
}
