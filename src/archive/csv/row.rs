//! One row, field by field: how each kind of value is formatted.

use std::io::Write;

/// A row that is being written; it is whole only once it is ended.
pub(crate) struct Row<'a, W: Write>(&'a mut ::csv::Writer<W>);

impl<'a, W: Write> Row<'a, W> {
    /// Begins a row.
    pub(crate) fn begin(out: &'a mut ::csv::Writer<W>) -> Self {
        Self(out)
    }

    /// Text, as it is.
    pub(crate) fn text(&mut self, text: &str) -> ::csv::Result<&mut Self> {
        self.0.write_field(text)?;
        Ok(self)
    }

    /// Text, or nothing.
    pub(crate) fn text_if_any(&mut self, text: Option<&str>) -> ::csv::Result<&mut Self> {
        self.text(text.unwrap_or_default())
    }

    /// A whole number.
    pub(crate) fn whole(&mut self, number: impl Into<u64>) -> ::csv::Result<&mut Self> {
        self.text(itoa::Buffer::new().format(number.into()))
    }

    /// A whole number, or nothing.
    pub(crate) fn whole_if_any(&mut self, number: Option<impl Into<u64>>) -> ::csv::Result<&mut Self> {
        match number {
            Some(number) => self.whole(number),
            None => self.text(""),
        }
    }

    /// A number with at most `decimals`, and no trailing zeros, or nothing.
    pub(crate) fn decimal_if_any(&mut self, number: Option<f64>, decimals: usize) -> ::csv::Result<&mut Self> {
        match number {
            Some(number) => self.text(&short(number, decimals)),
            None => self.text(""),
        }
    }

    /// Ends the row.
    pub(crate) fn end(self) -> ::csv::Result<()> {
        self.0.write_record(None::<&[u8]>)
    }
}

/// A number with at most `decimals`, and no trailing zeros: whole ones are printed as whole ones.
fn short(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn whole_numbers_are_printed_whole_and_others_short() {
        for (number, decimals, text) in [
            (0.0, 3, "0"),
            (100.0, 3, "100"),
            (100.0, 0, "100"),
            (9_007_199_254_740_991.0, 3, "9007199254740991"),
            (1.5, 3, "1.5"),
            (2.0 / 3.0, 3, "0.667"),
            (2.0 / 3.0, 4, "0.6667"),
            (0.000_01, 4, "0"),
        ] {
            assert_eq!(short(number, decimals), text);
        }
    }
}
