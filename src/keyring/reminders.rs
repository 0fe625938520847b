//! Reminders that were given today: one small file for each, beside the keyring rather than in it.
//!
//! Only convenience depends on this. Whatever cannot be read or written, another day on the clock
//! included, means that the reminder is due. Each file is replaced in one step, so that runs at the
//! same time need no lock.

use std::path::{Path, PathBuf};

use crate::files::{PrivateFolder, Replace};
use crate::keyring::journal::{digest_of_path, file_name_for};

/// The reminders about one keyring.
pub(crate) struct Reminders {
    folder: PathBuf,
}

impl Reminders {
    /// Returns those of a keyring, in the platform's state folder.
    pub(crate) fn new(state: &Path, keyring: &Path) -> Self {
        Self {
            folder: state.join(digest_of_path(keyring)).join("reminders"),
        }
    }

    /// Returns the folder that they are noted in.
    pub(crate) fn into_folder(self) -> PathBuf {
        self.folder
    }

    /// Returns whether this was not said today about this name, and notes that it is said now.
    pub(crate) fn is_due(&self, what: &str, name: &str, today: &str) -> bool {
        let Ok(folder) = PrivateFolder::create(&self.folder) else {
            return true;
        };
        let file = file_name_for(format!("{what}\n{name}").as_bytes());
        let day = format!("{today}\n");
        let is_said = folder
            .read(&file)
            .is_ok_and(|said| said.is_some_and(|said| *said == day.as_bytes()));
        if !is_said {
            // The next run says it again if this fails.
            let _ = folder.write(&file, day.as_bytes(), Replace::Always);
        }
        !is_said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_reminder_is_due_once_a_day_and_again_whenever_the_day_is_another() {
        let dir = tempfile::tempdir().unwrap();
        let reminders = Reminders::new(&dir.path().join("state"), dir.path());
        let due = |what, name, day| reminders.is_due(what, name, day);
        assert!(due("verify", "bob", "2026-11-23"));
        assert!(!due("verify", "bob", "2026-11-23"));
        assert!(due("verify", "alice", "2026-11-23"));
        assert!(due("classic", "bob", "2026-11-23"));
        assert!(due("verify", "bob", "2026-11-24"));
        // The clock was set back.
        assert!(due("verify", "bob", "2026-11-20"));
        assert!(!due("verify", "bob", "2026-11-20"));
    }

    #[test]
    fn a_reminder_that_cannot_be_noted_is_due_each_time() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        let nowhere = Reminders::new(&dir.path().join("file"), dir.path());
        assert!(nowhere.is_due("verify", "bob", "2026-11-23"));
        assert!(nowhere.is_due("verify", "bob", "2026-11-23"));
        let shared = Reminders::new(&dir.path().join("state"), dir.path());
        assert!(shared.is_due("verify", "bob", "2026-11-23"));
        // Others can write there, so what it says does not count.
        fs::set_permissions(&shared.folder, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(shared.is_due("verify", "bob", "2026-11-23"));
    }

    #[test]
    fn many_runs_at_once_agree_in_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let reminders = Reminders::new(&dir.path().join("state"), dir.path());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| reminders.is_due("verify", "bob", "2026-11-23"));
            }
        });
        assert!(!reminders.is_due("verify", "bob", "2026-11-23"));
    }
}
