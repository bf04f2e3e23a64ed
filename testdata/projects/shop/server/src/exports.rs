use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Two exports at once: the later replaces the first.
pub fn create_export(file: &Path, rows: &str) -> io::Result<bool> {
    if file.exists() {
        return Ok(false);
    }
    fs::write(file, rows)?;
    Ok(true)
}

pub async fn start_journal(file: &Path) -> io::Result<()> {
    if !tokio::fs::try_exists(file).await? {
        tokio::fs::write(file, "started\n").await?;
    }
    Ok(())
}

/// What was a plain file may be a link by the time it is read.
pub fn read_upload(file: &Path) -> io::Result<String> {
    let info = fs::symlink_metadata(file)?;
    if info.file_type().is_symlink() || info.len() > 1_000_000 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    fs::read_to_string(file)
}

/// For a moment everybody on this machine can read the key.
pub fn save_api_key(file: &Path, key: &str) -> io::Result<()> {
    fs::write(file, key)?;
    fs::set_permissions(file, Permissions::from_mode(0o600))
}
