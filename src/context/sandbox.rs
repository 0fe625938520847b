//! What a command may do, as the command declares it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::config;
use crate::files::{Destination, PrivateFolder, is_descriptor};
use crate::keyring::Reminders;

/// Paths that are read from a list, as soon as they are.
pub(crate) type ListedPaths = Arc<OnceLock<Vec<PathBuf>>>;

/// What a command may do. No command opens a network connection.
///
/// The limit on writing applies from the moment at which no program can be started any more. Until
/// then a plugin or an editor has to be free to write its own files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sandbox {
    writes: Vec<Writes>,
    programs: Programs,
}

/// Whether a command may start programs: plugins, an editor or the passphrase command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Programs {
    #[default]
    Never,
    /// Until it calls `Context::start_no_more_programs`.
    UntilUnlocked,
}

/// A place where a command writes.
#[derive(Clone, Debug)]
enum Writes {
    Keyring,
    /// What this machine remembers.
    State,
    /// The settings of this machine.
    Settings,
    /// What was said today.
    Reminders,
    /// This folder, or the folder in which this output is created.
    To(PathBuf),
    /// The folder that contains this input.
    Beside(PathBuf),
    /// The folders that contain these inputs.
    BesideListed(ListedPaths),
}

impl Sandbox {
    /// Writes no file and starts no program.
    pub(crate) fn read_only() -> Self {
        Self::default()
    }

    /// May start programs until the keys are unlocked.
    pub(crate) fn with_programs() -> Self {
        Self {
            writes: Vec::new(),
            programs: Programs::UntilUnlocked,
        }
    }

    /// Writes to the keyring.
    pub(crate) fn keyring(mut self) -> Self {
        self.writes.push(Writes::Keyring);
        self
    }

    /// Writes what this machine remembers beside the keyring.
    pub(crate) fn state(mut self) -> Self {
        self.writes.push(Writes::State);
        self
    }

    /// Writes the settings of this machine.
    pub(crate) fn settings(mut self) -> Self {
        self.writes.push(Writes::Settings);
        self
    }

    /// Notes which reminders were given.
    pub(crate) fn reminders(mut self) -> Self {
        self.writes.push(Writes::Reminders);
        self
    }

    /// Writes this output, if it is a path.
    pub(crate) fn output(mut self, path: Option<&PathBuf>) -> Self {
        let path = path.filter(|path| !is_descriptor(path));
        self.writes.extend(path.cloned().map(Writes::To));
        self
    }

    /// Writes this output; without one, writes a new file beside each input.
    pub(crate) fn output_or_beside(self, path: Option<&PathBuf>, inputs: &[PathBuf]) -> Self {
        if path.is_some() {
            return self.output(path);
        }
        let mut sandbox = self;
        let beside = inputs.iter().filter(|path| !is_descriptor(path));
        sandbox.writes.extend(beside.cloned().map(Writes::Beside));
        sandbox
    }

    /// Writes new files beside inputs whose paths are in a list.
    pub(crate) fn beside_listed(mut self, paths: ListedPaths) -> Self {
        self.writes.push(Writes::BesideListed(paths));
        self
    }

    /// Replaces these files, and files below these folders.
    pub(crate) fn rewrites(mut self, paths: &[PathBuf]) -> Self {
        self.writes.extend(paths.iter().cloned().map(Writes::To));
        self
    }

    /// Returns whether programs may be started.
    pub(super) fn starts_programs(&self) -> bool {
        self.programs == Programs::UntilUnlocked
    }

    /// Creates the folders of this machine that will be needed, and returns all folders that exist,
    /// each once.
    pub(super) fn open_folders(&self, keyring: Option<&Path>) -> Vec<PathBuf> {
        let machine = keyring.map_or_else(OfMachine::default, |keyring| {
            OfMachine::create(self, keyring)
        });
        self.folders(keyring, &machine)
    }

    /// Returns the folders that exist, each once.
    fn folders(&self, keyring: Option<&Path>, machine: &OfMachine) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = Vec::new();
        for place in &self.writes {
            let folder = match place {
                Writes::Keyring => {
                    folders.extend(machine.state.clone());
                    keyring.map(|keyring| nearest_existing(keyring).to_owned())
                }
                Writes::State => machine.state.clone(),
                Writes::Settings => {
                    folders.extend(machine.state.clone());
                    machine.settings.clone()
                }
                Writes::Reminders => machine.reminders.clone(),
                Writes::To(path) if path.is_dir() => Some(path.clone()),
                // If there is an error, it is reported when the output is created.
                Writes::To(path) => Destination::of(path)
                    .ok()
                    .map(|output| output.directory().to_owned()),
                Writes::Beside(path) => folder_of(path),
                Writes::BesideListed(paths) => {
                    let paths = paths.get().into_iter().flatten();
                    let mut listed: Vec<PathBuf> =
                        paths.filter_map(|path| folder_of(path)).collect();
                    listed.sort_unstable();
                    listed.dedup();
                    folders.extend(listed.into_iter().filter(|folder| folder.is_dir()));
                    None
                }
            };
            folders.extend(folder.filter(|folder| folder.is_dir()));
        }
        folders.sort_unstable();
        folders.dedup();
        folders
    }
}

/// Returns the folder that contains this path.
fn folder_of(path: &Path) -> Option<PathBuf> {
    path.parent().map(|parent| match parent.as_os_str() {
        name if name.is_empty() => PathBuf::from("."),
        _ => parent.to_owned(),
    })
}

/// The folders outside the keyring that belong to this machine.
#[derive(Debug, Default)]
struct OfMachine {
    state: Option<PathBuf>,
    settings: Option<PathBuf>,
    reminders: Option<PathBuf>,
}

impl OfMachine {
    /// Creates those that will be needed: once the process is confined, it is too late. If there
    /// is an error, it is reported when one is used.
    fn create(sandbox: &Sandbox, keyring: &Path) -> Self {
        let wants = |wanted: fn(&Writes) -> bool| sandbox.writes.iter().any(wanted);
        let created = |path: Option<PathBuf>| {
            path.filter(|path| PrivateFolder::create(path).is_ok() || path.is_dir())
        };
        let settings = wants(|place| matches!(place, Writes::Settings));
        let state = settings || wants(|place| matches!(place, Writes::Keyring | Writes::State));
        let file = config::settings_path(keyring).ok().map(|path| {
            // A symlink to the settings is followed.
            path.canonicalize().unwrap_or(path)
        });
        let folder = file.and_then(|path| path.parent().map(Path::to_owned));
        let reminders = wants(|place| matches!(place, Writes::Reminders));
        let reminders = config::state(keyring).ok().filter(|_| reminders);
        let reminders = reminders.map(|state| Reminders::new(&state, keyring).into_folder());
        Self {
            reminders: created(reminders),
            state: created(config::state(keyring).ok().filter(|_| state)),
            settings: created(folder.filter(|_| settings)),
        }
    }
}

/// Returns the path, or its nearest parent that exists: a keyring is created when it is first
/// written.
fn nearest_existing(path: &Path) -> &Path {
    let mut parents = path.ancestors();
    parents
        .find(|parent| parent.exists())
        .unwrap_or(Path::new("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_the_declared_folders_are_open() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for folder in ["keyring", "in", "out", "linked"] {
            fs::create_dir(at(folder)).unwrap();
        }
        symlink(at("linked/real"), at("in/link")).unwrap();
        let folders =
            |sandbox: Sandbox| sandbox.folders(Some(&at("keyring")), &OfMachine::default());
        let none: [PathBuf; 0] = [];
        assert_eq!(folders(Sandbox::read_only()), none);
        assert_eq!(folders(Sandbox::with_programs()), none);
        assert_eq!(
            folders(Sandbox::read_only().keyring().output(None)),
            [at("keyring")]
        );
        let dash = PathBuf::from("-");
        assert_eq!(folders(Sandbox::read_only().output(Some(&dash))), none);
        let beside = |path: Option<&PathBuf>, input: &str| {
            let inputs = [at(input), PathBuf::from("-")];
            folders(Sandbox::read_only().output_or_beside(path, &inputs))
        };
        assert_eq!(beside(Some(&dash), "in/a"), none);
        assert_eq!(beside(Some(&at("out")), "in/a"), [at("out")]);
        assert_eq!(beside(Some(&at("out/new")), "in/a"), [at("out")]);
        assert_eq!(beside(Some(&at("missing/new")), "in/a"), none);
        // A new name beside a link is not where the link leads, but a replaced file is.
        assert_eq!(beside(None, "in/link"), [at("in")]);
        let rewritten = [at("in/link"), at("in/a"), at("in/b"), at("out")];
        assert_eq!(
            folders(Sandbox::read_only().rewrites(&rewritten)),
            [at("in"), at("linked"), at("out")]
        );
        assert_eq!(beside(None, "in/a").len(), 1);
    }

    #[test]
    fn a_keyring_that_does_not_exist_yet_can_be_created() {
        let dir = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::read_only().keyring();
        let keyring = dir.path().join("a/b");
        assert_eq!(
            sandbox.folders(Some(&keyring), &OfMachine::default()),
            [dir.path()]
        );
        assert!(sandbox.folders(None, &OfMachine::default()).is_empty());
    }
}
