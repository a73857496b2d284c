//! The machine's speed: whether it stayed the same.

/// A greater change of speed is warned of.
const DRIFT: f64 = 0.10;

/// A greater spread of the calibration's pieces is warned of.
const SPREAD: f64 = 0.10;

/// The warning before a run whose calibration has such a `spread`: 90th − 10th percentile ÷ median.
pub fn unquiet(spread: f64) -> Option<String> {
    (spread > SPREAD).then(|| {
        format!(
            "the machine is not quiet: equal pieces of work differ by {:.0} %; close what else runs, or expect wide intervals",
            spread * 100.0
        )
    })
}

/// The warning after a run that began at one speed and ended at another, in iterations of the `cpu` kernel a second.
pub fn speed_changed(before: f64, after: f64) -> Option<String> {
    let ratio = after / before;
    ((ratio - 1.0).abs() > DRIFT).then(|| {
        format!(
            "the machine's speed changed during the run: `cpu` work takes {:.2} × as long as at its start; run again on a quiet machine",
            1.0 / ratio
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_more_than_a_tenth_is_reported_with_its_direction() {
        assert_eq!((speed_changed(1e9, 1.09e9), speed_changed(1e9, 0.91e9)), (None, None));
        let warning = speed_changed(1e9, 0.8e9).unwrap();
        assert!(warning.contains("takes 1.25 × as long"), "{warning}");
        let warning = speed_changed(1e9, 1.25e9).unwrap();
        assert!(warning.contains("takes 0.80 × as long"), "{warning}");
    }

    #[test]
    fn equal_work_that_differs_by_more_than_a_tenth_is_reported() {
        assert_eq!(unquiet(0.1), None);
        assert!(unquiet(0.253).unwrap().contains("differ by 25 %"));
    }
}
