//! Rows grouped by their keys, without parsing the key of each of millions.

use std::collections::HashMap;
use std::hash::Hash;

use super::{Column, Row};
use crate::archive::ReadError;

/// The groups seen so far, numbered from 0.
pub(crate) struct Groups<K> {
    columns: Vec<Column>,
    /// The fields of the last row: most rows belong to the same group.
    last: Vec<String>,
    place: Option<usize>,
    places: HashMap<K, usize>,
}

impl<K: Hash + Eq> Groups<K> {
    /// Groups by the fields of these columns.
    pub(crate) fn by(columns: impl IntoIterator<Item = Column>) -> Self {
        let columns: Vec<Column> = columns.into_iter().collect();
        Self { last: vec![String::new(); columns.len()], columns, place: None, places: HashMap::new() }
    }

    /// The number of a row's group. `key` reads what the columns mean; `begin` is called once for each group.
    pub(crate) fn place(
        &mut self,
        row: &Row<'_>,
        key: impl FnOnce() -> Result<K, ReadError>,
        begin: impl FnOnce(&K),
    ) -> Result<usize, ReadError> {
        let is_same = self.columns.iter().zip(&self.last).all(|(&column, last)| row.text(column) == last);
        if let Some(place) = self.place.filter(|_| is_same) {
            return Ok(place);
        }
        let (key, next) = (key()?, self.places.len());
        let place = *self.places.entry(key).or_insert_with_key(|key| {
            begin(key);
            next
        });
        for (&column, last) in self.columns.iter().zip(&mut self.last) {
            row.text(column).clone_into(last);
        }
        self.place = Some(place);
        Ok(place)
    }
}
