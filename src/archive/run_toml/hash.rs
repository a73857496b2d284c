//! Hashes that tell two texts or two programs apart.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// FNV-1a of 64 bits, the same on every machine and for ever. It tells two contents apart; it is no protection against
/// forgery. Source: the authors' page, <http://www.isthe.com/chongo/tech/comp/fnv/>.
struct Fnv1a(u64);

impl Fnv1a {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    }

    /// 16 hexadecimal digits.
    fn text(&self) -> String {
        format!("{:016x}", self.0)
    }
}

/// FNV-1a of 64 bits over the UTF-8 bytes, as 16 hexadecimal digits.
pub fn text_hash(text: &str) -> String {
    let mut hash = Fnv1a::new();
    hash.add(text.as_bytes());
    hash.text()
}

/// FNV-1a of 64 bits over the bytes of a file, as 16 hexadecimal digits.
pub fn file_hash(path: &Path) -> io::Result<String> {
    let (mut file, mut buffer) = (File::open(path)?, vec![0_u8; 1 << 16]);
    let mut hash = Fnv1a::new();
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.text()),
            length => hash.add(&buffer[..length]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_published_test_vectors() {
        for (text, hash) in [("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8")] {
            assert_eq!(text_hash(text), hash);
        }
    }

    #[test]
    fn a_file_has_the_hash_of_its_bytes_however_long_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        let text = "a program\n".repeat(20_000);
        std::fs::write(&path, &text).unwrap();
        assert_eq!(file_hash(&path).unwrap(), text_hash(&text));
        assert!(file_hash(folder.path()).is_err(), "a folder is no program");
    }
}
