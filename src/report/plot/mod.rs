//! Pictures of a run, drawn from its CSV files alone: nothing is run again, and no other file is read.
//!
//! All pictures take the same path: rows (`data`) → which pictures (`select`) → a [`Picture`] in the units of its data (one
//! file a kind) → places on a page (`page`, `draw`) → a canvas, which only then becomes SVG, PNG or characters. Another kind
//! of picture is a file beside `bars`, a variant of [`PlotKind`] and an arm in `select`.

mod area;
mod axes;
mod bars;
mod canvas;
mod caption;
mod draw;
mod ecdf;
mod error;
mod ink;
mod lag;
mod lanes;
mod matrix;
mod over_time;
mod page;
mod picture;
mod request;
mod scale;
mod select;
mod source;
mod states;
mod style;
mod sweep;
mod timeline;
mod words;

pub use error::PlotError;
pub use picture::Picture;
pub use request::{PlotKind, PlotMetric, TimeKind};
pub use select::{Plots, plots};
pub use source::PlotSource;
pub use timeline::{Timeline, TimelineData};

use style::Style;

/// What a picture becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlotForm {
    /// Vectors: for papers and browsers.
    Svg,
    /// Pixels: three for each of the picture's.
    Png,
    /// Lines of so many characters, with escape sequences for their colours.
    Terminal {
        /// How many fit in a line.
        columns: u16,
    },
}

/// A picture as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlotFile {
    /// Its name, with the form.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Draws a picture: as one file, or as several if it is too high for a page.
pub fn draw_plot(picture: &Picture, form: PlotForm) -> Result<Vec<PlotFile>, PlotError> {
    let style = match form {
        PlotForm::Svg | PlotForm::Png => Style::page(),
        PlotForm::Terminal { columns } => Style::terminal(columns),
    };
    let pages = page::pages(picture, &style).into_iter();
    pages
        .map(|mut page| {
            let (extension, bytes) = match form {
                PlotForm::Svg => ("svg", page.canvas.svg(picture.title(), &picture.caption()).into_bytes()),
                PlotForm::Terminal { .. } => ("txt", page.canvas.lines().into_bytes()),
                PlotForm::Png => {
                    let pixels = page.canvas.png();
                    let bytes = pixels.map_err(|what| PlotError::Pixels { picture: page.name.clone(), what })?;
                    ("png", bytes)
                }
            };
            Ok(PlotFile { name: format!("{}.{extension}", page.name), bytes })
        })
        .collect()
}
#[cfg(test)]
mod tests;
