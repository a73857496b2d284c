//! placeholder
use super::bands::Band;
use super::story::Stories;

pub(super) fn packed(_stories: &Stories, _bands: &[Band]) -> Option<String> {
    None
}
