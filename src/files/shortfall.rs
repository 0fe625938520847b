//! What a file system could not do, although the work was done.
//!
//! Collected while files are written, and told once, at the end of the run.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use bulla_age::untrusted::Untrusted;

static FOUND: Mutex<Vec<Shortfall>> = Mutex::new(Vec::new());

/// What the file system could not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shortfall {
    /// Files that should be private can be read by others.
    Readable {
        /// The first of them.
        name: Untrusted,
        /// The number of others.
        more: usize,
    },
    /// Files cannot be locked.
    Unlocked {
        /// The first of them.
        name: Untrusted,
    },
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Readable { name, more } => {
                match more {
                    0 => write!(f, "{name}")?,
                    1 => write!(f, "{name} and 1 more file")?,
                    more => write!(f, "{name} and {more} more files")?,
                }
                f.write_str(
                    " can be read by other users of this machine, because the file system keeps no \
                     permissions",
                )
            }
            Self::Unlocked { name } => write!(
                f,
                "{name} cannot be locked on this file system, so run one command at a time"
            ),
        }
    }
}

/// Notes that others can read a finished file that should be private.
pub(super) fn note_readable(name: &Untrusted) {
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    for known in found.iter_mut() {
        if let Shortfall::Readable { more, .. } = known {
            *more += 1;
            return;
        }
    }
    let name = name.clone();
    found.push(Shortfall::Readable { name, more: 0 });
}

/// Notes that a file cannot be locked.
pub(super) fn note_unlocked(name: &Untrusted) {
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let is_known = |known: &Shortfall| matches!(known, Shortfall::Unlocked { .. });
    if !found.iter().any(is_known) {
        found.push(Shortfall::Unlocked { name: name.clone() });
    }
}

/// Returns what this run fell short of, and forgets it.
pub(crate) fn take_shortfalls() -> Vec<Shortfall> {
    std::mem::take(&mut *FOUND.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_files_are_one_warning() {
        let name = Untrusted::new("x");
        for (more, told) in [
            (0, "x can"),
            (1, "x and 1 more file can"),
            (2, "x and 2 more files can"),
        ] {
            let name = name.clone();
            let told_of = Shortfall::Readable { name, more }.to_string();
            assert!(told_of.starts_with(told), "{told_of}");
        }
    }
}
