//! The path that a file of a mirror with hidden names says it has. Whoever can encrypt to the reader
//! can write anything there, so it is checked before it is used.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The most bytes of a path, and of a name in it, that a system accepts.
const LONGEST_PATH: usize = 4095;
const LONGEST_NAME: usize = 255;

/// What a file says about its place in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TruePath {
    /// It is the index.
    Index,
    /// Its path below the root. It has names only.
    At(PathBuf),
    /// What it says is no path below a folder.
    Outside,
}

impl TruePath {
    /// Checks the bytes of a statement.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::Index;
        }
        let is_name = |name: &[u8]| {
            !matches!(name, b"" | b"." | b"..") && name.len() <= LONGEST_NAME && !name.contains(&0)
        };
        let is_path = bytes.len() <= LONGEST_PATH && bytes.split(|byte| *byte == b'/').all(is_name);
        if is_path {
            Self::At(Path::new(OsStr::from_bytes(bytes)).to_owned())
        } else {
            Self::Outside
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_below_a_folder_are_paths() {
        assert_eq!(TruePath::parse(b""), TruePath::Index);
        for good in ["a", "a/b", "...", "a/..b", "-rf", "a\n\u{1b}[2J", "~"] {
            let path = TruePath::parse(good.as_bytes());
            assert_eq!(path, TruePath::At(good.into()), "{good}");
        }
        let long = "n".repeat(256);
        let deep = "a/".repeat(2048) + "a";
        for bad in [
            "/",
            "/etc/passwd",
            "..",
            "../x",
            "a/../x",
            "a/..",
            ".",
            "./a",
            "a/./b",
            "a//b",
            "a/",
            "a\0b",
            &long,
            &deep,
        ] {
            assert_eq!(TruePath::parse(bad.as_bytes()), TruePath::Outside, "{bad}");
        }
    }
}
