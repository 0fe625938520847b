//! Problems of a keyring's folder as a whole, besides those of single files.

use std::path::PathBuf;

use crate::files::{Exposure, exposure};
use crate::keyring::entry::EntryKind;
use crate::keyring::error::KeyringError;
use crate::keyring::name::Name;
use crate::keyring::store::Keyring;

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
        let mut look = |path: PathBuf, readable: bool| -> Result<bool, KeyringError> {
            let exposure =
                exposure(&path)?.filter(|exposure| readable || *exposure != Exposure::Readable);
            let closed = !matches!(exposure, Some(Exposure::Owned | Exposure::Writable));
            found.extend(exposure.map(|exposure| (path, exposure)));
            Ok(closed)
        };
        if !look(self.path().to_owned(), true)? {
            return Ok(found);
        }
        look(self.path().join("config.toml"), false)?;
        for kind in EntryKind::FOLDERS {
            if !look(self.path().join(kind.folder()), false)? {
                continue;
            }
            let Some(folder) = self.folder(kind)? else {
                continue;
            };
            for file in folder.names()? {
                look(folder.path().join(&file), file.ends_with(".age"))?;
            }
        }
        Ok(found)
    }

    /// Returns the files that do not belong together.
    pub(crate) fn misplaced(&self) -> Result<Vec<MisplacedFile>, KeyringError> {
        let mut found = Vec::new();
        for kind in EntryKind::FOLDERS {
            let Some(folder) = self.folder(kind)? else {
                continue;
            };
            for file in folder.names()? {
                let Some((name, ending)) = file.rsplit_once('.') else {
                    continue;
                };
                let path = folder.path().join(&file);
                match (name.parse::<Name>(), ending) {
                    (Err(_), "toml" | "age" | "card") => found.push(MisplacedFile::NoName(path)),
                    (Ok(name), "age")
                        if kind == EntryKind::Identity && !folder.has(&format!("{name}.toml")) =>
                    {
                        found.push(MisplacedFile::Orphan(path));
                    }
                    (Ok(name), "card")
                        if kind == EntryKind::Identity && !folder.has(&format!("{name}.toml")) =>
                    {
                        found.push(MisplacedFile::Card(path));
                    }
                    (Ok(name), "toml")
                        if kind == EntryKind::Identity && !folder.has(&format!("{name}.age")) =>
                    {
                        found.push(MisplacedFile::WithoutSecret(name));
                    }
                    _ => {}
                }
            }
        }
        Ok(found)
    }

    /// Returns names that refer to two entries, or to two that differ only in case. Merging two
    /// keyrings can cause this.
    pub(crate) fn clashes(&self) -> Result<Vec<[(EntryKind, Name); 2]>, KeyringError> {
        let mut all: Vec<(EntryKind, Name)> = Vec::new();
        for kind in EntryKind::ALL {
            all.extend(self.names(kind)?.into_iter().map(|name| (kind, name)));
        }
        all.sort_by_key(|(_, name)| name.as_str().to_ascii_lowercase());
        let pairs = all.windows(2).filter(|pair| pair[0].1.is_like(&pair[1].1));
        Ok(pairs
            .map(|pair| [pair[0].clone(), pair[1].clone()])
            .collect())
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
    fn an_empty_place_has_nothing_wrong() {
        let (_dir, keyring) = keyring(&[]);
        assert_eq!(
            (keyring.exposures().unwrap(), keyring.misplaced().unwrap()),
            (vec![], vec![])
        );
        assert!(!keyring.is_interrupted().unwrap() && keyring.clashes().unwrap().is_empty());
    }

    #[test]
    fn what_does_not_belong_together_is_found() {
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
        write(at(".pending.toml"), "nonsense").unwrap();
        set_permissions(at(".pending.toml"), Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(
            keyring.is_interrupted(),
            Err(KeyringError::Damaged { .. })
        ));
        write(at(".pending.toml"), "steps = []\n").unwrap();
        assert!(keyring.is_interrupted().unwrap());
    }

    #[test]
    fn what_others_can_reach_is_found() {
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
