use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Takes the lock, unless another process holds it.
pub fn take(path: &Path) -> io::Result<bool> {
    if path.exists() {
        return Ok(false);
    }
    let mut file = File::create(path)?;
    write!(file, "{}", std::process::id())?;
    Ok(true)
}
