//! Problems of a keyring's folder as a whole, besides those of single files.

use std::path::PathBuf;

use crate::files;
use crate::files::{Exposure, PrivateFolder, exposure, is_without_modes};
use crate::keyring::entry::EntryKind;
use crate::keyring::error::KeyringError;
use crate::keyring::journal::{MARK, OLD_JOURNAL};
use crate::keyring::name::Name;
use crate::keyring::store::Keyring;
use crate::keyring::transaction::CONFIG;

/// A file that does not belong to anything, or lacks its counterpart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MisplacedFile {
    /// The secret of an identity without a public half.
    Orphan(PathBuf),
    /// A card without an identity.
    Card(PathBuf),
    /// An identity without its secret.
    WithoutSecret(Name),
    /// A file that is ignored because its name is invalid.
    NoName(PathBuf),
}

impl Keyring {
    /// Returns what other users can do with the keyring's folders and secrets. Files that only show
    /// whom the user knows are protected by their folders.
    pub(crate) fn exposures(&self) -> Result<Vec<(PathBuf, Exposure)>, KeyringError> {
        let mut found = Vec::new();
        let mut add = |path: PathBuf, exposure: Option<Exposure>, readable: bool| {
            let exposure = exposure.filter(|exposure| readable || *exposure != Exposure::Readable);
            let closed = !matches!(exposure, Some(Exposure::Owned | Exposure::Writable));
            found.extend(exposure.map(|exposure| (path, exposure)));
            closed
        };
        let path = self.path();
        if is_without_modes(path) {
            return Ok(found);
        }
        if !add(path.to_owned(), exposure(path)?, true) {
            return Ok(found);
        }
        let Some(root) = PrivateFolder::open(path)? else {
            return Ok(found);
        };
        add(path.join(CONFIG), root.exposure(CONFIG)?, false);
        for kind in EntryKind::FOLDERS {
            let name = kind.folder();
            if !add(path.join(name), root.exposure(name)?, false) {
                continue;
            }
            // Something else than a folder is reported with the other strange files.
            let folder = match self.folder(kind) {
                Err(KeyringError::Files(files::Error::NotPlain { .. })) | Ok(None) => continue,
                folder => folder?,
            };
            let Some(folder) = folder else { continue };
            for file in folder.names()? {
                let path = folder.path().join(&file);
                add(path, folder.exposure(&file)?, file.ends_with(".age"));
            }
        }
        Ok(found)
    }

    /// Returns what is neither a regular file nor a folder. It is never followed.
    pub(crate) fn strange(&self) -> Result<Vec<(PathBuf, &'static str)>, KeyringError> {
        let mut found = Vec::new();
        let Some(root) = PrivateFolder::open(self.path())? else {
            return Ok(found);
        };
        let mut folders = vec![root.clone()];
        for kind in EntryKind::FOLDERS {
            match root.folder(kind.folder()) {
                // It is found in the folder above.
                Err(files::Error::NotPlain { .. }) => {}
                folder => folders.extend(folder?),
            }
        }
        for folder in folders {
            for name in folder.all_names()? {
                // The files that git keeps there are not ours.
                if name == ".git" {
                    continue;
                }
                if let Some(what) = folder.strange(&name)? {
                    found.push((folder.path().join(name), what));
                }
            }
        }
        Ok(found)
    }

    /// Returns what an interrupted change left here that cannot be completed on this machine. It is
    /// ignored: it may have come through git.
    pub(crate) fn leftovers(&self) -> Result<Vec<PathBuf>, KeyringError> {
        let Some(root) = PrivateFolder::open(self.path())? else {
            return Ok(Vec::new());
        };
        let interrupted = self.is_interrupted()?;
        let mut left = Vec::new();
        for name in [OLD_JOURNAL, MARK] {
            if root.has(name)? && (name == OLD_JOURNAL || !interrupted) {
                left.push(root.path().join(name));
            }
        }
        Ok(left)
    }

    /// Returns the files that do not belong together.
    pub(crate) fn misplaced(&self) -> Result<Vec<MisplacedFile>, KeyringError> {
        let mut found = Vec::new();
        for kind in EntryKind::FOLDERS {
            let Some(folder) = self.folder(kind)? else {
                continue;
            };
            for file in folder.names()? {
                let Some((_, ending)) = file.rsplit_once('.') else {
                    continue;
                };
                let path = folder.path().join(&file);
                match (Name::of_file(&file).map(|(name, _)| name), ending) {
                    (None, "toml" | "age" | "card") => found.push(MisplacedFile::NoName(path)),
                    (Some(name), "age")
                        if kind == EntryKind::Identity && !folder.has(&name.file("toml"))? =>
                    {
                        found.push(MisplacedFile::Orphan(path));
                    }
                    (Some(name), "card")
                        if kind == EntryKind::Identity && !folder.has(&name.file("toml"))? =>
                    {
                        found.push(MisplacedFile::Card(path));
                    }
                    (Some(name), "toml")
                        if kind == EntryKind::Identity && !folder.has(&name.file("age"))? =>
                    {
                        found.push(MisplacedFile::WithoutSecret(name));
                    }
                    _ => {}
                }
            }
        }
        Ok(found)
    }

    /// Returns names that refer to two entries, or to two that differ only in case or in
    /// letters that look alike. Merging two keyrings can cause this.
    pub(crate) fn clashes(&self) -> Result<Vec<[(EntryKind, Name); 2]>, KeyringError> {
        let mut all: Vec<(EntryKind, Name)> = Vec::new();
        for kind in EntryKind::ALL {
            all.extend(self.names(kind)?.into_iter().map(|name| (kind, name)));
        }
        all.sort_by_cached_key(|(_, name)| (name.likeness(), name.as_str().to_lowercase()));
        let pairs = all.windows(2).filter(|pair| pair[0].1.is_like(&pair[1].1));
        Ok(pairs
            .map(|pair| [pair[0].clone(), pair[1].clone()])
            .collect())
    }

    /// Returns the contacts and groups with a name that stands for the user.
    pub(crate) fn named_like_oneself(&self) -> Result<Vec<(EntryKind, Name)>, KeyringError> {
        let mut found = Vec::new();
        for kind in [EntryKind::Contact, EntryKind::Group] {
            let names = self.names(kind)?.into_iter();
            found.extend(names.filter(Name::means_oneself).map(|name| (kind, name)));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, create_dir_all, set_permissions, write};
    use std::os::unix::fs::PermissionsExt;

    fn keyring(files: &[&str]) -> (tempfile::TempDir, Keyring) {
        let dir = tempfile::tempdir().unwrap();
        let keyring = Keyring::at(dir.path().join("bulla"));
        for file in files {
            let path = keyring.path().join(file);
            create_dir_all(path.parent().unwrap()).unwrap();
            write(&path, "").unwrap();
            set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        }
        if !files.is_empty() {
            set_permissions(keyring.path(), Permissions::from_mode(0o700)).unwrap();
        }
        (dir, keyring)
    }

    #[test]
    fn an_empty_keyring_has_no_problems() {
        let (_dir, keyring) = keyring(&[]);
        assert_eq!(
            (keyring.exposures().unwrap(), keyring.misplaced().unwrap()),
            (vec![], vec![])
        );
        assert!(!keyring.is_interrupted().unwrap() && keyring.clashes().unwrap().is_empty());
    }

    #[test]
    fn mismatched_files_are_found() {
        let (_dir, keyring) = keyring(&[
            "identities/me.age",
            "identities/me.toml",
            "identities/me.card",
            "identities/lost.age",
            "identities/old.card",
            "identities/gone.toml",
            "contacts/-x.toml",
            "contacts/Me.toml",
            "contacts/bob.toml",
            "groups/notes.txt",
        ]);
        let at = |file: &str| keyring.path().join(file);
        let expected = [
            MisplacedFile::NoName(at("contacts/-x.toml")),
            MisplacedFile::WithoutSecret("gone".parse().unwrap()),
            MisplacedFile::Orphan(at("identities/lost.age")),
            MisplacedFile::Card(at("identities/old.card")),
        ];
        assert_eq!(keyring.misplaced().unwrap(), expected);
        let clashes = keyring.clashes().unwrap();
        assert_eq!(clashes.len(), 1);
        assert!(
            clashes[0]
                .iter()
                .all(|(_, name)| name.is_like(&"me".parse().unwrap())),
            "{clashes:?}"
        );
        // Nothing in the keyring can make a change look interrupted.
        for file in [OLD_JOURNAL, MARK] {
            for text in ["steps = []\n", "nonsense", "../../x", &"0".repeat(32)] {
                write(at(file), text).unwrap();
                set_permissions(at(file), Permissions::from_mode(0o600)).unwrap();
                assert!(!keyring.is_interrupted().unwrap());
            }
        }
        assert_eq!(keyring.leftovers().unwrap(), [at(OLD_JOURNAL), at(MARK)]);
        assert!(keyring.strange().unwrap().is_empty());
        std::os::unix::fs::symlink("/etc/passwd", at("contacts/zed.toml")).unwrap();
        std::os::unix::fs::symlink("/etc", at(".previous")).unwrap();
        assert_eq!(
            keyring.strange().unwrap(),
            [
                (at(".previous"), "a symlink"),
                (at("contacts/zed.toml"), "a symlink")
            ]
        );
    }

    #[test]
    fn files_accessible_to_others_are_found() {
        let (_dir, keyring) = keyring(&[
            "identities/me.age",
            "identities/me.toml",
            "contacts/bob.toml",
        ]);
        let at = |file: &str| keyring.path().join(file);
        let mode =
            |file: &str, mode| set_permissions(at(file), Permissions::from_mode(mode)).unwrap();
        assert_eq!(keyring.exposures().unwrap(), []);
        mode("contacts/bob.toml", 0o644);
        assert_eq!(keyring.exposures().unwrap(), []);
        mode("identities/me.age", 0o644);
        mode("contacts/bob.toml", 0o664);
        mode("", 0o755);
        let expected = [
            (at(""), Exposure::Readable),
            (at("contacts/bob.toml"), Exposure::Writable),
            (at("identities/me.age"), Exposure::Readable),
        ];
        let found = keyring.exposures().unwrap();
        assert_eq!(found.len(), 3);
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(
                (found.0.components().collect::<PathBuf>(), found.1),
                (expected.0.components().collect(), expected.1)
            );
        }
        mode("", 0o777);
        assert_eq!(keyring.exposures().unwrap().len(), 1);
    }
}
