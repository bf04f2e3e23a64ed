use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Fails if the file exists, in the same step that creates it.
pub fn create_export(file: &Path, rows: &str) -> io::Result<bool> {
    match File::create_new(file) {
        Ok(mut new) => {
            new.write_all(rows.as_bytes())?;
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Opened once; the handle stays the file that was looked at.
pub fn read_upload(file: &Path) -> io::Result<String> {
    let mut handle = File::open(file)?;
    let info = handle.metadata()?;
    if !info.is_file() || info.len() > 1_000_000 {
        return Err(ErrorKind::InvalidInput.into());
    }
    let mut text = String::new();
    handle.read_to_string(&mut text)?;
    Ok(text)
}

pub fn save_api_key(file: &Path, key: &str) -> io::Result<()> {
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    new.write_all(key.as_bytes())
}
