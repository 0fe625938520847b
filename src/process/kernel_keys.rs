//! Secrets that the kernel holds for a while, in the user's keyring: never in a file, gone when their time is over.
//!
//! Owns how a secret comes there and who may read it: programs of the same user whose session reaches the user's
//! keyring. What a secret is, and what it is called, is the caller's.

use std::time::Duration;

use zeroize::Zeroizing;

#[cfg(not(target_os = "linux"))]
pub(crate) use crate::process::kernel_keys::nothing::{described, drop_secret, hold, read};
#[cfg(target_os = "linux")]
pub(crate) use crate::process::kernel_keys::user_keyring::{described, drop_secret, hold, read};

/// Why the kernel does not hold it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// The session does not lead to the user's keyring.
    #[error(
        "this session has a kernel keyring of its own (as services have), from which the user's cannot be reached"
    )]
    Apart,
    /// There is no such thing here, or it is forbidden.
    #[error("the kernel's key store cannot be used here ({0})")]
    Unavailable(String),
    /// Too many bytes.
    #[error("it has more than the {MOST} bytes that the kernel holds")]
    TooLarge,
    /// The user's quota.
    #[error("the kernel's key store has no room left for this user")]
    Full,
}

/// Whether secrets can be held here, tried with something that is none.
pub(crate) fn probe() -> Result<(), Error> {
    let description = format!("bulla-probe:{}:", std::process::id());
    hold(&description, b"probe", Duration::from_secs(1))?;
    drop_secret(&description).map(drop)
}

/// The most bytes the kernel holds under one description.
pub(crate) const MOST: usize = 32_767;

#[cfg(target_os = "linux")]
mod user_keyring {
    //! The calls.

    use linux_keyutils::{
        Key, KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, Permission,
    };

    use super::{Duration, Error, MOST, Zeroizing};

    /// More than a user's keyring has entries.
    const LINKS: usize = 4096;

    /// Holds bytes under a description, in the place of what was held there. They are in no keyring that outlives this
    /// process before their time is set.
    pub(crate) fn hold(description: &str, bytes: &[u8], time: Duration) -> Result<(), Error> {
        if bytes.len() > MOST {
            return Err(Error::TooLarge);
        }
        let own = KeyRing::from_special_id(KeyRingIdentifier::Thread, true).map_err(failed)?;
        let key = own.add_key(description, bytes).map_err(failed)?;
        let held = settle(key, own, time);
        if held.is_err() {
            // It goes with this thread at the latest.
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
        // Only what is reached through the session can be read by the next program.
        match key.read(&mut Zeroizing::new([0; 1])) {
            Ok(_) => Ok(()),
            Err(error) => {
                user.unlink_key(key).map_err(failed)?;
                Err(failed(error))
            }
        }
    }

    /// What is held under a description.
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

    /// Lets go of it; whether there was something.
    pub(crate) fn drop_secret(description: &str) -> Result<bool, Error> {
        let Some(key) = find(description)? else {
            return Ok(false);
        };
        // Wiped at once, for whoever has a link to it; where it is out of reach, at least this link goes.
        if key.invalidate().is_err() {
            present(of_user()?.unlink_key(key))?;
        }
        Ok(true)
    }

    /// The descriptions that begin like this.
    pub(crate) fn described(prefix: &str) -> Result<Vec<String>, Error> {
        let links = of_user()?.get_links(LINKS).map_err(failed)?;
        let texts = links
            .iter()
            .filter_map(|link| Some(link.as_key()?.metadata().ok()?.get_description().to_owned()));
        Ok(texts.filter(|text| text.starts_with(prefix)).collect())
    }

    fn of_user() -> Result<KeyRing, Error> {
        KeyRing::from_special_id(KeyRingIdentifier::User, false).map_err(failed)
    }

    fn find(description: &str) -> Result<Option<Key>, Error> {
        present(of_user()?.search(description))
    }

    /// What is there; not what was there.
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
                Error::Unavailable("it is forbidden, as containers do".to_owned())
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
    //! Systems without it.

    use crate::process::{Duration, Error, Zeroizing};

    fn unknown<T>() -> Result<T, Error> {
        Err(Error::Unavailable("it is Linux's".to_owned()))
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
    fn what_is_held_is_read_replaced_and_dropped() {
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
