//! Which program other tools start when they start `age`.

use std::path::{Path, PathBuf};

use crate::files::{FileId, Program, find_program};
use bulla_age::untrusted::Untrusted;

/// The first `age` on the PATH.
#[derive(Debug, serde::Serialize)]
pub(super) struct AgeProgram {
    path: PathBuf,
    /// Whether it is this program, under that name.
    is_bulla: bool,
}

impl AgeProgram {
    /// Looks for it, without starting it.
    pub(super) fn first() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let Program::At(path) = find_program("age", &path) else {
            return None;
        };
        let id = |path: &Path| path.metadata().ok().map(|found| FileId::of(&found));
        let own = std::env::current_exe().ok().and_then(|own| id(&own));
        let is_bulla = own.is_some() && id(&path) == own;
        Some(Self { path, is_bulla })
    }

    /// Returns the line that says so.
    pub(super) fn line(found: Option<&Self>) -> String {
        match found {
            None => "age on the PATH: none".to_owned(),
            Some(Self { path, is_bulla }) => {
                let whose = if *is_bulla {
                    "this program"
                } else {
                    "another program, or a copy"
                };
                let path = Untrusted::from(path.as_path());
                format!("age on the PATH: {path} ({whose})")
            }
        }
    }
}
