//! "Did you mean": the nearest of some names.

use strsim::{damerau_levenshtein, jaro_winkler};

/// The candidate that `unknown` was probably meant to be, if one is similar: at most a third of its letters are wrong, or
/// it begins alike.
pub fn suggest<'a>(unknown: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A long text is no mistyped name, and the cost of a comparison grows with both lengths.
    if unknown.len() > 64 {
        return None;
    }
    let lowercase = unknown.to_lowercase();
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let distance = damerau_levenshtein(&lowercase, candidate);
            let longest = lowercase.chars().count().max(candidate.chars().count());
            let is_near =
                distance < longest && (distance <= (longest / 3).max(1) || jaro_winkler(&lowercase, candidate) >= 0.88);
            is_near.then_some((distance, candidate))
        })
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested() {
        let verbs = ["cpu", "sleep", "block", "yield", "offload", "loop"];
        assert_eq!(suggest("cup", verbs), Some("cpu"));
        assert_eq!(suggest("Sleep", verbs), Some("sleep"));
        assert_eq!(suggest("slep", verbs), Some("sleep"));
        assert_eq!(suggest("smol", ["smol-local", "rayon"]), Some("smol-local"));
    }

    #[test]
    fn a_name_unlike_all_candidates_gets_no_suggestion() {
        assert_eq!(suggest("teleport", ["cpu", "sleep", "block"]), None);
        assert_eq!(suggest("x", ["n", "m"]), None);
        assert_eq!(suggest("x", []), None);
    }
}
