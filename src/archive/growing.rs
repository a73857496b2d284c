//! A CSV file that grows cell by cell: a cell's rows are all in it, or none of them.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::archive::csv;

/// A destination to which rows are appended.
pub(super) trait Sink: Write {
    /// Cuts it back to a length in bytes.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl Sink for File {
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// A file whose last row is always whole, between two appends.
#[derive(Debug)]
pub(super) struct Growing<S> {
    sink: S,
    /// Its length in bytes after the last good append.
    good: u64,
}

impl Growing<File> {
    /// Creates a file that must not exist yet, with its header.
    pub(super) fn create(path: &Path, columns: &[String]) -> io::Result<Self> {
        let sink = OpenOptions::new().append(true).create_new(true).open(path)?;
        let mut growing = Self { sink, good: 0 };
        growing.append(|out| out.write_record(columns))?;
        Ok(growing)
    }
}

impl Growing<File> {
    /// Opens a file of whole rows, to append to it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let sink = OpenOptions::new().append(true).open(path)?;
        let good = sink.metadata()?.len();
        Ok(Self { sink, good })
    }
}

impl<S: Sink> Growing<S> {
    /// Appends rows by one write, so that a reader never sees half a row. For a few rows: they are held in memory.
    pub(super) fn append_at_once(
        &mut self,
        rows: impl FnOnce(&mut ::csv::Writer<&mut Vec<u8>>) -> ::csv::Result<()>,
    ) -> io::Result<()> {
        let mut bytes = Vec::new();
        let mut out = csv::writer(&mut bytes);
        rows(&mut out).map_err(cause)?;
        drop(out);
        let written = self.sink.write_all(&bytes);
        self.keep(written.map(|()| bytes.len() as u64))
    }

    /// Appends rows, however many, by writes of a bounded size.
    pub(super) fn append(
        &mut self,
        rows: impl FnOnce(&mut ::csv::Writer<Counting<'_, S>>) -> ::csv::Result<()>,
    ) -> io::Result<()> {
        let mut bytes = 0;
        let mut out = csv::writer(Counting { sink: &mut self.sink, bytes: &mut bytes });
        let written = rows(&mut out).map_err(cause).and_then(|()| out.flush());
        drop(out); // the drop may try once more to write: cut only afterwards
        self.keep(written.map(|()| bytes))
    }

    /// Appends rows that are formatted already, by writes of a bounded size.
    pub(super) fn append_lines(
        &mut self,
        lines: impl FnOnce(&mut BufWriter<Counting<'_, S>>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut bytes = 0;
        let mut out = BufWriter::with_capacity(csv::BUFFER, Counting { sink: &mut self.sink, bytes: &mut bytes });
        let written = lines(&mut out).and_then(|()| out.flush());
        drop(out); // as above
        self.keep(written.map(|()| bytes))
    }

    /// Keeps what was appended, or cuts it off again.
    fn keep(&mut self, appended: io::Result<u64>) -> io::Result<()> {
        match appended {
            Ok(bytes) => self.good += bytes,
            Err(error) => {
                // If this fails too, the first error is the one to report.
                let _ = self.sink.cut(self.good);
                return Err(error);
            }
        }
        Ok(())
    }
}

/// Counts the bytes that are written.
pub(super) struct Counting<'a, S> {
    sink: &'a mut S,
    bytes: &'a mut u64,
}

impl<S: Sink> Write for Counting<'_, S> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.sink.write(buffer)?;
        *self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// The system's error without its wrapper: its kind tells a full disk from other causes.
fn cause(error: ::csv::Error) -> io::Error {
    if error.is_io_error() {
        match error.into_kind() {
            ::csv::ErrorKind::Io(error) => error,
            other => io::Error::other(format!("{other:?}")),
        }
    } else {
        io::Error::other(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk of a few bytes, which is full after them.
    struct SmallDisk {
        bytes: Vec<u8>,
        room: usize,
    }

    impl Write for SmallDisk {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            let fits = buffer.len().min(self.room - self.bytes.len());
            if fits == 0 && !buffer.is_empty() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.bytes.extend_from_slice(&buffer[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink for SmallDisk {
        fn cut(&mut self, length: u64) -> io::Result<()> {
            self.bytes.truncate(length as usize);
            Ok(())
        }
    }

    fn small(room: usize) -> Growing<SmallDisk> {
        Growing { sink: SmallDisk { bytes: Vec::new(), room }, good: 0 }
    }

    #[test]
    fn rows_that_do_not_fit_leave_no_part_behind() {
        for method in ["at once", "buffered", "as lines"] {
            let mut file = small(10);
            let mut append = |cells: [&str; 2]| match method {
                "at once" => file.append_at_once(|out| out.write_record(cells)),
                "buffered" => file.append(|out| out.write_record(cells)),
                _ => file.append_lines(|out| writeln!(out, "{}", cells.join(","))),
            };
            append(["a", "b"]).unwrap();
            let error = append(["long", "row"]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
            append(["c", "d"]).unwrap();
            assert_eq!(String::from_utf8_lossy(&file.sink.bytes), "a,b\nc,d\n", "{method}");
        }
    }

    #[test]
    fn rows_appended_at_once_are_one_write_however_many() {
        struct CountingWrites(usize);
        impl Write for CountingWrites {
            fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
                self.0 += 1;
                Ok(buffer.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        impl Sink for CountingWrites {
            fn cut(&mut self, _: u64) -> io::Result<()> {
                Ok(())
            }
        }
        let mut file = Growing { sink: CountingWrites(0), good: 0 };
        let row = ["a".repeat(1000)];
        file.append_at_once(|out| (0..3000).try_for_each(|_| out.write_record(&row))).unwrap();
        assert_eq!((file.sink.0, file.good), (1, 3000 * 1001));
    }

    #[test]
    fn rows_are_not_kept_if_one_of_them_is_invalid() {
        let mut file = small(100);
        file.append(|out| out.write_record(["a", "b"])).unwrap();
        let error = file.append(|out| {
            out.write_record(["c", "d"])?;
            out.write_record(["e"])
        });
        assert!(error.is_err(), "the second row is narrower");
        assert_eq!(file.sink.bytes, b"a,b\n");
    }
}
