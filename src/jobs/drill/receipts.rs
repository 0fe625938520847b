//! The file of receipts.

use std::io::{BufRead, Read as _};
use std::path::{Path, PathBuf};

use crate::config;
use crate::context::Context;
use crate::errors::{CommandError, Result};
use crate::files;
use crate::files::AppendLog;
use crate::jobs::drill::receipt::{Receipt, Voucher};
use bulla_age::untrusted::Untrusted;

/// The name of the file in the state folder of this machine.
const NAME: &str = "receipts.jsonl";

/// The longest line that is read. A path has at most 4,096 bytes.
const LONGEST: u64 = 64 << 10;

/// Returns where the receipts of this machine are.
///
/// # Errors
/// If there is no place for them outside of the keyring.
pub(crate) fn default_path(context: &Context) -> Result<PathBuf> {
    let keyring = context.keyring()?.path();
    Ok(config::state(keyring)?.join(NAME))
}

/// A line of the file.
pub(crate) enum Line {
    Receipt(Box<Receipt>, Voucher),
    /// It is damaged, or was changed after it was signed. Its number is counted from 1.
    Bad(usize),
}

/// Calls `each` for every line of a file of receipts, in order. A file that does not exist has none.
///
/// # Errors
/// Errors of reading, and those of `each`.
pub(crate) fn read(path: &Path, mut each: impl FnMut(Line) -> Result<()>) -> Result<()> {
    let Some(mut log) = AppendLog::read(path)? else {
        return Ok(());
    };
    let failed = |error| files::Error::io("read", &Untrusted::from(path), error);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = log.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        if read.map_err(failed)? == 0 {
            break;
        }
        let text = std::str::from_utf8(&line).ok();
        let text = text.and_then(|text| text.strip_suffix('\n'));
        if text.is_some_and(str::is_empty) {
            continue;
        }
        each(match text.and_then(Receipt::parse) {
            Some((receipt, voucher)) => Line::Receipt(Box::new(receipt), voucher),
            None => Line::Bad(number),
        })?;
    }
    Ok(())
}

/// Where a drill leaves its receipts.
pub(crate) struct Receipts {
    log: AppendLog,
}

impl Receipts {
    /// Opens or creates the file, before any work is done.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let log = AppendLog::create(path).map_err(|error| {
            CommandError::from(error)
                .also_hinting("Choose another file for the receipts with --receipts PATH")
        })?;
        Ok(Self { log })
    }

    /// Appends a line. When this returns, it is on the disk.
    pub(crate) fn append(&self, line: &str) -> Result<()> {
        Ok(self.log.append(line)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_or_endless_line_hides_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("receipts");
        let receipts = Receipts::open(&path).unwrap();
        let receipt = |file: &str| {
            let key = ("recovery".to_owned(), None);
            let receipt = Receipt::new("2026-11-28T14:20:00Z".to_owned(), file.to_owned(), key);
            receipt.line(None).unwrap()
        };
        receipts.append(&receipt("/one")).unwrap();
        receipts.append("{\"receipt\":1,").unwrap();
        receipts.append(&"x".repeat(100_000)).unwrap();
        receipts.append(&receipt("/two")).unwrap();
        let (mut files, mut bad) = (Vec::new(), 0);
        read(&path, |line| {
            match line {
                Line::Receipt(receipt, Voucher::Nobody) => files.push(receipt.file),
                Line::Receipt(..) => panic!("nobody signed"),
                Line::Bad(_) => bad += 1,
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(files, ["/one", "/two"]);
        assert_eq!(bad, 3);
        read(&dir.path().join("none"), |_| panic!("there is none")).unwrap();
    }
}
