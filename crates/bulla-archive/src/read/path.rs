//! Paths as all readers understand them.

use crate::read::error::{Fault, Field, Refusal};

/// The longest path and the longest target of a link, in bytes: what Linux takes in one call.
pub const LONGEST_PATH: usize = 4095;

/// Returns a path without `./` in front and without the slash that ends the path of a folder. The
/// root of the archive (`./`) is empty.
pub(super) fn relative(path: &[u8], field: Field) -> Result<&[u8], Refusal> {
    let fault = |fault| Err(Refusal::Field(field, fault));
    if path.is_empty() {
        return fault(Fault::Empty);
    }
    if path.len() > LONGEST_PATH {
        return Err(Refusal::Limit(field, LONGEST_PATH as u64));
    }
    if path.contains(&0) {
        return fault(Fault::Nul);
    }
    if path[0] == b'/' {
        return fault(Fault::Absolute);
    }
    if matches!(path, b"." | b"./") {
        return Ok(b"");
    }
    let path = path.strip_prefix(b"./").unwrap_or(path);
    let path = path.strip_suffix(b"/").unwrap_or(path);
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => return fault(Fault::EmptyPart),
            b".." => return fault(Fault::Parent),
            _ => {}
        }
    }
    Ok(path)
}

/// Returns the target of a symlink, which may be any text.
pub(super) fn target(target: &[u8]) -> Result<&[u8], Refusal> {
    if target.is_empty() {
        return Err(Refusal::Field(Field::Link, Fault::Empty));
    }
    if target.len() > LONGEST_PATH {
        return Err(Refusal::Limit(Field::Link, LONGEST_PATH as u64));
    }
    if target.contains(&0) {
        return Err(Refusal::Field(Field::Link, Fault::Nul));
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_form() {
        let read = |path: &str| relative(path.as_bytes(), Field::Path).map(<[u8]>::to_vec);
        for (path, form) in [
            ("a", "a"),
            ("./a", "a"),
            ("a/", "a"),
            ("a/b/.c/..d", "a/b/.c/..d"),
            ("./", ""),
            (".", ""),
        ] {
            assert_eq!(read(path), Ok(form.into()), "{path}");
        }
        for (path, fault) in [
            ("", Fault::Empty),
            ("/", Fault::Absolute),
            ("/a", Fault::Absolute),
            ("..", Fault::Parent),
            ("./..", Fault::Parent),
            ("a/../b", Fault::Parent),
            ("a/..", Fault::Parent),
            ("a//b", Fault::EmptyPart),
            ("a//", Fault::EmptyPart),
            (".//a", Fault::EmptyPart),
            ("././a", Fault::EmptyPart),
            ("a/.", Fault::EmptyPart),
            ("a/./b", Fault::EmptyPart),
            ("a\0b", Fault::Nul),
        ] {
            assert_eq!(
                read(path),
                Err(Refusal::Field(Field::Path, fault)),
                "{path}"
            );
        }
        let longest = "a/".repeat(LONGEST_PATH / 2) + "a";
        assert!(read(&longest).is_ok() && read(&(longest + "a")).is_err());
    }
}
