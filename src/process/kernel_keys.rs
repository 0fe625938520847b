//! Secrets that the kernel holds for a limited time, in the user's keyring and never in a file.
//!
//! Programs of the same user whose session reaches the user's keyring can read them. The caller
//! chooses their contents and descriptions.

use std::time::Duration;

use zeroize::Zeroizing;

#[cfg(not(target_os = "linux"))]
pub(crate) use crate::process::kernel_keys::nothing::{described, drop_secret, hold, read};
#[cfg(target_os = "linux")]
pub(crate) use crate::process::kernel_keys::user_keyring::{described, drop_secret, hold, read};

/// The reason why the kernel does not hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// The session does not reach the user's keyring.
    #[error(
        "this session (like a service) has a separate kernel keyring and cannot reach your user keyring"
    )]
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "there is no key store elsewhere")
    )]
    Apart,
    /// The system has no key store, or forbids its use.
    #[error("the kernel keyring cannot be used here ({0})")]
    Unavailable(String),
    /// The secret is larger than [`MOST`].
    #[error("it is larger than the {MOST} bytes that the kernel can hold")]
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "there is no key store elsewhere")
    )]
    TooLarge,
    /// The user's quota is exhausted.
    #[error("the kernel keyring has no room left for this user")]
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "there is no key store elsewhere")
    )]
    Full,
}

/// Checks with a dummy secret whether the kernel can hold secrets here.
pub(crate) fn probe() -> Result<(), Error> {
    let description = format!("bulla-probe:{}:", std::process::id());
    hold(&description, b"probe", Duration::from_secs(1))?;
    drop_secret(&description).map(drop)
}

/// The size limit of one secret, in bytes.
pub(crate) const MOST: usize = 32_767;

#[cfg(target_os = "linux")]
mod user_keyring {
    //! The implementation for Linux.

    use std::collections::HashMap;

    use linux_keyutils::{
        Key, KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, KeySerialId, Permission,
    };

    use super::{Duration, Error, MOST, Zeroizing};

    /// The number that stands for the user's keyring, as in keyctl(2).
    const USER_KEYRING: KeySerialId = KeySerialId(-4);

    /// Holds bytes under a description, and replaces those held there before. They enter the user's
    /// keyring, which outlives this process, only after their time limit is set.
    pub(crate) fn hold(description: &str, bytes: &[u8], time: Duration) -> Result<(), Error> {
        if bytes.len() > MOST {
            return Err(Error::TooLarge);
        }
        let own = KeyRing::from_special_id(KeyRingIdentifier::Thread, true).map_err(failed)?;
        let key = own.add_key(description, bytes).map_err(failed)?;
        let held = settle(key, own, time);
        if held.is_err() {
            // If this fails, it is removed when the thread ends.
            let _ = own.unlink_key(key);
        }
        held
    }

    fn settle(key: Key, own: KeyRing, time: Duration) -> Result<(), Error> {
        let seconds = time.as_secs().clamp(1, u64::from(u32::MAX));
        key.set_timeout(usize::try_from(seconds).unwrap_or(usize::MAX))
            .map_err(failed)?;
        let possessor = Permission::VIEW | Permission::READ | Permission::SEARCH | Permission::LINK;
        key.set_perms(KeyPermissionsBuilder::builder().posessor(possessor).build())
            .map_err(failed)?;
        let user = of_user()?;
        user.link_key(key).map_err(failed)?;
        own.unlink_key(key).map_err(failed)?;
        // The next program can read it only if the session reaches the user's keyring.
        match key.read(&mut Zeroizing::new([0; 1])) {
            Ok(_) => Ok(()),
            Err(error) => {
                user.unlink_key(key).map_err(failed)?;
                Err(failed(error))
            }
        }
    }

    /// Reads the secret held under a description.
    pub(crate) fn read(description: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let Some(key) = find(description)? else {
            return Ok(None);
        };
        let mut bytes = Zeroizing::new(vec![0; MOST]);
        let Some(len) = present(key.read(&mut bytes))? else {
            return Ok(None);
        };
        bytes.truncate(len);
        Ok(Some(bytes))
    }

    /// Drops a secret, and returns whether there was one.
    pub(crate) fn drop_secret(description: &str) -> Result<bool, Error> {
        let Some(key) = find(description)? else {
            return Ok(false);
        };
        // Invalidation removes it at once for all keyrings. If that is not allowed, at least this
        // link is removed.
        if key.invalidate().is_err() {
            present(of_user()?.unlink_key(key))?;
        }
        Ok(true)
    }

    /// Returns the descriptions with this prefix.
    pub(crate) fn described(prefix: &str) -> Result<Vec<String>, Error> {
        let listed = std::fs::read("/proc/keys").map(|list| descriptions(&list));
        let listed = listed.ok().filter(|listed| !listed.is_empty());
        let mut found = Vec::new();
        for key in links()? {
            let text = match &listed {
                Some(listed) => listed.get(&key.get_id().as_raw_id()).cloned(),
                // In some containers the list is empty. This panics if the description of another
                // program's key is longer than the crate expects, so it is asked only here.
                None => key
                    .metadata()
                    .ok()
                    .map(|about| about.get_description().to_owned()),
            };
            // A description of another program may contain lines that look like ours.
            if let Some(text) = text.filter(|text| text.starts_with(prefix))
                && find(&text)?.is_some_and(|same| same == key)
            {
                found.push(text);
            }
        }
        Ok(found)
    }

    /// Returns what the user's keyring links to, keys and keyrings alike.
    fn links() -> Result<Vec<Key>, Error> {
        // `KeyRing::get_links` trusts the length that the kernel returns, and that can be larger than
        // its buffer.
        let mut bytes = vec![0; 4096];
        loop {
            let Some(len) = present(Key::from_id(USER_KEYRING).read(&mut bytes))? else {
                return Ok(Vec::new());
            };
            if len <= bytes.len() {
                let (numbers, _) = bytes[..len].as_chunks();
                let ids = numbers.iter().map(|number| i32::from_ne_bytes(*number));
                return Ok(ids.map(|id| Key::from_id(KeySerialId(id))).collect());
            }
            bytes.resize(len, 0);
        }
    }

    /// Returns the descriptions in the text of `/proc/keys`, of keys that hold bytes.
    pub(super) fn descriptions(list: &[u8]) -> HashMap<i32, String> {
        let lines = list.split(|byte| *byte == b'\n');
        lines
            .filter_map(|line| {
                // number, flags, uses, time left, permissions, user, group, type, description: size
                let mut rest = std::str::from_utf8(line).ok()?;
                let mut words = [""; 8];
                for word in &mut words {
                    (*word, rest) = rest.trim_start().split_once(' ')?;
                }
                let id = u32::from_str_radix(words[0], 16).ok()?.cast_signed();
                let (description, _) = rest.trim_start().rsplit_once(": ")?;
                (words[7] == "user").then(|| (id, description.to_owned()))
            })
            .collect()
    }

    fn of_user() -> Result<KeyRing, Error> {
        KeyRing::from_special_id(KeyRingIdentifier::User, false).map_err(failed)
    }

    fn find(description: &str) -> Result<Option<Key>, Error> {
        present(of_user()?.search(description))
    }

    /// Converts errors about missing, expired and revoked keys to `None`.
    fn present<T>(result: Result<T, KeyError>) -> Result<Option<T>, Error> {
        match result {
            Ok(found) => Ok(Some(found)),
            Err(KeyError::KeyDoesNotExist | KeyError::KeyExpired | KeyError::KeyRevoked) => {
                Ok(None)
            }
            Err(error) => Err(failed(error)),
        }
    }

    fn failed(error: KeyError) -> Error {
        match error {
            KeyError::AccessDenied => Error::Apart,
            KeyError::QuotaExceeded => Error::Full,
            KeyError::PermissionDenied => {
                Error::Unavailable("it is forbidden, as in some containers".to_owned())
            }
            KeyError::Unknown(number) => {
                Error::Unavailable(std::io::Error::from_raw_os_error(number).to_string())
            }
            other => Error::Unavailable(format!("{other:?}")),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod nothing {
    //! The implementation for systems without a key store.

    use crate::process::kernel_keys::{Duration, Error, Zeroizing};

    fn unknown<T>() -> Result<T, Error> {
        Err(Error::Unavailable("it exists only on Linux".to_owned()))
    }

    pub(crate) fn hold(_description: &str, _bytes: &[u8], _time: Duration) -> Result<(), Error> {
        unknown()
    }

    pub(crate) fn read(_description: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        Ok(None)
    }

    pub(crate) fn drop_secret(_description: &str) -> Result<bool, Error> {
        unknown()
    }

    pub(crate) fn described(_prefix: &str) -> Result<Vec<String>, Error> {
        unknown()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn descriptions_are_read_from_the_list_of_the_system() {
        let list = b"0e4c8b2a I--Q---     1 perm 1f3f0000     0 65534 keyring   _uid_ses.0: 1\n\
            3fffffff I--Q---     2  59m 3f010000  1000  1000 user      bulla: a: 32\n\
            80000001 I--Q---     1 perm 3f010000     0     0 user      other\nbulla: forged\n\
            00000007 I------     1 expd 3f010000     0     0 user      gone\n\xff\n\n";
        let read = user_keyring::descriptions(list);
        assert_eq!(read.get(&0x3fff_ffff).map(String::as_str), Some("bulla: a"));
        assert_eq!(read.len(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn long_descriptions_of_other_programs_do_no_harm() {
        use linux_keyutils::{KeyRing, KeyRingIdentifier};
        let prefix = format!("bulla-test-among:{}:", std::process::id());
        let hour = Duration::from_secs(3600);
        let (long, forged) = ("x".repeat(2000), format!("a\n{prefix}b: 3"));
        if let Err(error) = hold(&long, b"theirs", hour).and_then(|()| hold(&forged, b"c", hour)) {
            eprintln!("skipped: {error}");
            return;
        }
        let many: Vec<_> = (0..40).map(|number| format!("{prefix}{number}")).collect();
        for one in &many {
            hold(one, b"ours", hour).unwrap();
        }
        let mut found = described(&prefix).unwrap();
        for one in many.iter().chain([&long, &forged]) {
            assert!(drop_secret(one).unwrap());
        }
        found.sort_by_key(|one| (one.len(), one.clone()));
        assert_eq!(found, many);
        let user = KeyRing::from_special_id(KeyRingIdentifier::User, false).unwrap();
        assert!(user.search(&long).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn kernel_keys_can_be_read_replaced_and_dropped() {
        let description = format!("bulla-test:{}", std::process::id());
        let hour = Duration::from_secs(3600);
        match hold(&description, b"one", hour) {
            Ok(()) => {}
            Err(error) => {
                eprintln!("skipped: {error}");
                return;
            }
        }
        assert_eq!(read(&description).unwrap().unwrap().as_slice(), b"one");
        hold(&description, &[7; MOST], hour).unwrap();
        assert_eq!(read(&description).unwrap().unwrap().as_slice(), [7; MOST]);
        assert_eq!(described(&description).unwrap(), [description.as_str()]);
        assert!(drop_secret(&description).unwrap());
        assert!(!drop_secret(&description).unwrap());
        assert_eq!(
            (
                read(&description).unwrap(),
                described(&description).unwrap()
            ),
            (None, vec![])
        );
        assert_eq!(
            hold(&description, &[7; MOST + 1], hour),
            Err(Error::TooLarge)
        );
        assert_eq!(
            (
                probe(),
                described(&format!("bulla-probe:{}:", std::process::id())).unwrap()
            ),
            (Ok(()), vec![])
        );
    }
}
