//! One file of the cache: a head, and two parts that are read one after the other.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

const MAGIC: &[u8; 8] = b"toctou1\n";
/// Of the head as it is written: magic, key, and for each part a length and a digest.
const HEAD: usize = 8 + 32 + 2 * (8 + 32);
/// No entry of ours is larger.
const LARGEST: u64 = 2 * 1024 * 1024 * 1024;

/// An entry that is there and ours; its parts are still unread.
pub(crate) struct Entry {
    file: File,
    parts: [(u64, [u8; 32]); 2],
}

impl Entry {
    pub(crate) fn open(path: &Path, key: &[u8; 32]) -> Option<Entry> {
        Entry::of(File::open(path).ok()?, Some(key))
    }

    /// One of any key; its bytes may mean nothing to us.
    pub(crate) fn any(path: &Path) -> io::Result<Option<Entry>> {
        Ok(Entry::of(File::open(path)?, None))
    }

    fn of(mut file: File, key: Option<&[u8; 32]>) -> Option<Entry> {
        let mut head = [0; HEAD];
        file.read_exact(&mut head).ok()?;
        let (magic, rest) = head.split_at(8);
        let (own, rest) = rest.split_at(32);
        if magic != MAGIC || key.is_some_and(|key| own != key) {
            return None;
        }
        let part = |at: usize| -> Option<(u64, [u8; 32])> {
            let bytes = rest.get(at * 40..at * 40 + 40)?;
            let (length, digest) = bytes.split_at(8);
            Some((u64::from_le_bytes(length.try_into().ok()?), digest.try_into().ok()?))
        };
        let parts = [part(0)?, part(1)?];
        let length = file.metadata().ok()?.len();
        let wanted = parts.iter().try_fold(HEAD as u64, |sum, (length, _)| sum.checked_add(*length))?;
        (length == wanted && length < LARGEST).then_some(Entry { file, parts })
    }

    /// The bytes of a part; `None` if they are not what was written.
    pub(super) fn bytes(&mut self, part: usize) -> Option<Vec<u8>> {
        let before: u64 = self.parts.iter().take(part).map(|(length, _)| length).sum();
        let (length, digest) = self.parts.get(part).copied()?;
        self.file.seek(SeekFrom::Start(HEAD as u64 + before)).ok()?;
        let mut bytes = Vec::with_capacity(usize::try_from(length).ok()?);
        (&self.file).take(length).read_to_end(&mut bytes).ok()?;
        (blake3::hash(&bytes).as_bytes() == &digest).then_some(bytes)
    }

    pub(crate) fn part<T: DeserializeOwned>(&mut self, part: usize) -> Option<T> {
        postcard::from_bytes(&self.bytes(part)?).ok()
    }
}

/// Writes an entry of a cache.
pub(super) fn write(path: &Path, key: &[u8; 32], parts: [&[u8]; 2]) -> io::Result<()> {
    super::place::put(path, &[&head(key, parts), parts[0], parts[1]])
}

/// Writes the same wherever it is wanted.
pub(crate) fn write_plain(path: &Path, key: &[u8; 32], parts: [&[u8]; 2]) -> io::Result<()> {
    super::place::write(path, &[&head(key, parts), parts[0], parts[1]])
}

fn head(key: &[u8; 32], parts: [&[u8]; 2]) -> Vec<u8> {
    let mut head = Vec::with_capacity(HEAD);
    head.extend(MAGIC);
    head.extend(key);
    for part in parts {
        head.extend((part.len() as u64).to_le_bytes());
        head.extend(blake3::hash(part).as_bytes());
    }
    head
}

pub(crate) fn encoded(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Part {
        name: String,
    }

    #[test]
    fn what_is_broken_or_foreign_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.entry");
        let part = Part { name: "known".to_owned() };
        let open = |key| Entry::open(&path, &[key; 32]);
        write(&path, &[1; 32], [&encoded(&part), b"rest"]).unwrap();
        assert_eq!(open(1).and_then(|mut entry| entry.part::<Part>(0)), Some(part));
        assert_eq!(open(1).and_then(|mut entry| entry.bytes(1)), Some(b"rest".to_vec()));
        assert!(open(2).is_none());
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            std::fs::write(&path, &bytes).unwrap();
            let both =
                open(1).is_some_and(|mut entry| entry.part::<Part>(0).is_some() && entry.bytes(1).is_some());
            assert!(!both, "byte {at}");
            std::fs::write(&path, &whole[..at]).unwrap();
            assert!(open(1).is_none(), "cut at {at}");
        }
    }
}
