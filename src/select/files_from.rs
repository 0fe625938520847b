//! `--files-from`: paths of inputs in a file or on standard input.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use clap::Args;

use crate::context::ListedPaths;
use crate::errors::Result;
use crate::files::{Input, is_stdin};

/// The longest list.
const LIMIT: u64 = 64 << 20;

/// The options for a list of files.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct FilesFrom {
    /// Encrypt the files in this list, one per line ("-": standard input); with --each, paths below
    /// the folder
    #[arg(long, value_name = "PATH", conflicts_with = "program")]
    files_from: Option<PathBuf>,
    /// Paths in --files-from end in zero bytes, as from find -print0
    #[arg(long, requires = "files_from")]
    null: bool,
    /// The paths, when they have been read.
    #[arg(skip)]
    listed: ListedPaths,
}

impl FilesFrom {
    /// Returns whether there is a list.
    pub(crate) fn is_given(&self) -> bool {
        self.files_from.is_some()
    }

    /// Returns whether the list comes from standard input.
    pub(crate) fn is_stdin(&self) -> bool {
        self.files_from.as_deref().is_some_and(is_stdin)
    }

    /// The paths for the sandbox, which needs them after they were read.
    pub(crate) fn listed(&self) -> ListedPaths {
        Arc::clone(&self.listed)
    }

    /// Reads the list; `None` if there is none.
    pub(crate) fn read(&self) -> Result<Option<Vec<PathBuf>>> {
        let Some(path) = &self.files_from else {
            return Ok(None);
        };
        let input = if is_stdin(path) {
            Input::stdin()?
        } else {
            Input::open(path)?
        };
        let paths = parse(&input.read_bounded(LIMIT)?, self.null);
        let listed: &OnceLock<Vec<PathBuf>> = &self.listed;
        Ok(Some(listed.get_or_init(|| paths).clone()))
    }
}

/// Returns the paths in a list. A file called "-" is not standard input.
fn parse(bytes: &[u8], null: bool) -> Vec<PathBuf> {
    let end = if null { b'\0' } else { b'\n' };
    let lines = bytes.split(|byte| *byte == end);
    let lines = lines.filter(|line| !line.is_empty());
    lines
        .map(|line| match line {
            b"-" => Path::new("./-").to_owned(),
            line => OsString::from_vec(line.to_vec()).into(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_or_every_zero_byte_ends_a_path() {
        let paths = |bytes: &[u8], null| parse(bytes, null);
        assert_eq!(paths(b"", false), Vec::<PathBuf>::new());
        let expected: Vec<PathBuf> = ["a b", "./-", "c"].map(PathBuf::from).into();
        assert_eq!(paths(b"a b\n-\n\nc", false), expected);
        assert_eq!(paths(b"a b\0-\0c\0", true), expected);
        assert_eq!(paths(b"a\nb\0", true), [PathBuf::from("a\nb")]);
        assert_eq!(
            paths(b"\xff\n", false),
            [PathBuf::from(OsString::from_vec(vec![0xff]))]
        );
    }
}
