//! The content root: one digest of a whole payload as it is sealed, of which every chunk's digest
//! is a part.
//!
//! The workers hash each chunk where they seal or open it, in any order and while it is in their
//! cache; the root is made at the end. Where nobody wants it, nothing is hashed.

use std::sync::{Mutex, PoisonError};

use crate::stream::error::PayloadError;

/// What the root's key is derived from.
const CONTEXT: &str = "bulla/payload/v1";

/// BLAKE3 of one sealed chunk.
#[derive(Clone, Copy)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    pub(crate) fn of(sealed: &[u8]) -> Self {
        Self(*blake3::hash(sealed).as_bytes())
    }
}

/// Where an [`Engine`](super::Engine) leaves the content root of the payload it works on. A run
/// that wants it needs 32 bytes of memory for each chunk of 64 KiB: 512 KiB for a payload of 1 GiB.
#[derive(Debug, Default)]
pub struct Digests {
    root: Mutex<Option<[u8; 32]>>,
}

impl Digests {
    /// No root yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The root of the payload that was sealed, opened or authenticated last: BLAKE3 with the key
    /// derived from `bulla/payload/v1`, over the number of chunks (u64, big endian) and each
    /// chunk's BLAKE3, tag included. `None` unless that run has succeeded to its end.
    pub fn root(&self) -> Option<[u8; 32]> {
        *self.root.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets `run` show the chunks of one payload, and keeps their root where it succeeds.
    pub(crate) fn of(
        &self,
        run: impl FnOnce(&Chunks) -> Result<u64, PayloadError>,
    ) -> Result<u64, PayloadError> {
        self.keep(None);
        let chunks = Chunks::default();
        let bytes = run(&chunks)?;
        self.keep(Some(chunks.root()));
        Ok(bytes)
    }

    fn keep(&self, root: Option<[u8; 32]>) {
        *self.root.lock().unwrap_or_else(PoisonError::into_inner) = root;
    }
}

/// The digests of one payload's chunks, by their numbers. It grows as they come: how many there
/// will be is only what somebody said.
#[derive(Default)]
pub(crate) struct Chunks(Mutex<Vec<Digest>>);

impl Chunks {
    pub(crate) fn keep(&self, index: u64, digest: Digest) {
        let index =
            usize::try_from(index).expect("digests: more chunks than there is memory to count");
        let mut digests = self.0.lock().expect(LOCK);
        if digests.len() <= index {
            digests.resize(index + 1, Digest([0; 32]));
        }
        digests[index] = digest;
    }

    /// The root of all chunks: a run that succeeded has shown each of them.
    fn root(self) -> [u8; 32] {
        let digests = self.0.into_inner().expect(LOCK);
        let mut root = blake3::Hasher::new_derive_key(CONTEXT);
        root.update(&(digests.len() as u64).to_be_bytes());
        for digest in &digests {
            root.update(&digest.0);
        }
        *root.finalize().as_bytes()
    }
}

const LOCK: &str = "digests: a lock is poisoned only when a worker panicked, which ends the run";

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::file_key::FileKey;

    use super::*;
    use crate::stream::chunk::{CHUNK, PayloadKey, SEALED_CHUNK, TAG};
    use crate::stream::engine::Engine;
    use crate::stream::positioned::ReadAt;
    use crate::stream::segments::At;
    use std::fs::File;

    const SEGMENT: usize = 16 * CHUNK;

    fn key() -> PayloadKey {
        PayloadKey::new(&FileKey::new(&[1; 16]), &[2; 16])
    }

    fn memory(bytes: &[u8]) -> File {
        use crate::stream::positioned::WriteAt;
        let memory = tempfile::tempfile().unwrap();
        memory.write_all_at(bytes, 0).unwrap();
        memory
    }

    fn bytes(memory: &File, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        assert_eq!(memory.read_at(&mut bytes, 0).unwrap(), len);
        bytes
    }

    /// The rule, one step after the other.
    fn plain_root(sealed: &[u8]) -> [u8; 32] {
        let digests: Vec<[u8; 32]> = sealed
            .chunks(SEALED_CHUNK)
            .map(|c| blake3::hash(c).into())
            .collect();
        blake3::derive_key(
            "bulla/payload/v1",
            &[
                &(digests.len() as u64).to_be_bytes(),
                digests.as_flattened(),
            ]
            .concat(),
        )
    }

    /// Runs what has to leave this root.
    fn leaves(root: Option<[u8; 32]>, engine: &Engine, run: impl FnOnce(&Engine)) {
        let digests = Arc::new(Digests::new());
        assert_eq!(digests.root(), None);
        run(&engine.clone().with_digests(digests.clone()));
        assert_eq!(digests.root(), root);
    }

    #[test]
    fn the_root_is_that_of_a_plain_reading_whoever_works() {
        let key = key();
        let edges =
            [CHUNK, 2 * CHUNK, SEGMENT, 2 * SEGMENT, 3 * SEGMENT].map(|at| [at - 1, at, at + 1]);
        for len in [&[0, 1], edges.as_flattened()].concat() {
            let plain: Vec<u8> = (0..len).map(|i| (i / 100) as u8).collect();
            let mut sealed = Vec::new();
            Engine::new(1).seal(&key, &plain[..], &mut sealed).unwrap();
            let root = Some(plain_root(&sealed));
            let (plain_place, sealed_place) = (memory(&plain), memory(&sealed));
            let (from_plain, from_sealed) = (
                || At {
                    place: &plain_place,
                    offset: 0,
                },
                || At {
                    place: &sealed_place,
                    offset: 0,
                },
            );
            for threads in [1, 2, 8] {
                let engine = Engine::new(threads);
                leaves(root, &engine, |engine| {
                    let mut out = Vec::new();
                    engine.seal(&key, &plain[..], &mut out).unwrap();
                    assert!(out == sealed, "{len} by {threads}");
                });
                leaves(root, &engine, |engine| {
                    let mut out = Vec::new();
                    engine.open(&key, &sealed[..], &mut out).unwrap();
                    assert!(out == plain, "{len} by {threads}");
                });
                leaves(root, &engine, |engine| {
                    assert_eq!(engine.authenticate(&key, &sealed[..]).unwrap(), len as u64);
                });
                leaves(root, &engine, |engine| {
                    let out = tempfile::tempfile().unwrap();
                    engine
                        .seal_at(
                            &key,
                            from_plain(),
                            len as u64,
                            At {
                                place: &out,
                                offset: 0,
                            },
                        )
                        .unwrap();
                    assert!(bytes(&out, sealed.len()) == sealed, "{len} by {threads}");
                });
                leaves(root, &engine, |engine| {
                    let out = tempfile::tempfile().unwrap();
                    let size = sealed.len() as u64;
                    engine
                        .open_at(
                            &key,
                            from_sealed(),
                            size,
                            At {
                                place: &out,
                                offset: 0,
                            },
                        )
                        .unwrap();
                    assert!(bytes(&out, len) == plain, "{len} by {threads}");
                });
                leaves(root, &engine, |engine| {
                    engine
                        .authenticate_at(&key, from_sealed(), sealed.len() as u64)
                        .unwrap();
                });
            }
        }
    }

    #[test]
    fn a_run_that_fails_leaves_no_root_not_even_an_older_one() {
        let (key, plain) = (key(), vec![3; 2 * SEGMENT + 1]);
        let mut sealed = Vec::new();
        Engine::new(1).seal(&key, &plain[..], &mut sealed).unwrap();
        let root = Some(plain_root(&sealed));
        let mut flipped = sealed.clone();
        flipped[SEALED_CHUNK + 5] ^= 1;
        let longer = [&sealed[..], b"x"].concat();
        let cut =
            [0, TAG, SEALED_CHUNK, 16 * SEALED_CHUNK, sealed.len() - 1].map(|len| &sealed[..len]);
        for bad in cut.into_iter().chain([&flipped[..], &longer]) {
            for threads in [1, 2, 8] {
                let digests = Arc::new(Digests::new());
                let engine = Engine::new(threads).with_digests(digests.clone());
                let fails = |run: &dyn Fn() -> bool| {
                    engine.authenticate(&key, &sealed[..]).unwrap();
                    assert_eq!(digests.root(), root);
                    assert!(run());
                    assert_eq!(digests.root(), None);
                };
                let (place, out) = (memory(bad), tempfile::tempfile().unwrap());
                let from = || At {
                    place: &place,
                    offset: 0,
                };
                let len = bad.len() as u64;
                fails(&|| engine.open(&key, bad, std::io::sink()).is_err());
                fails(&|| engine.authenticate(&key, bad).is_err());
                fails(&|| {
                    engine
                        .open_at(
                            &key,
                            from(),
                            len,
                            At {
                                place: &out,
                                offset: 0,
                            },
                        )
                        .is_err()
                });
                fails(&|| engine.authenticate_at(&key, from(), len).is_err());
                fails(&|| engine.seal(&key, &plain[..], &mut [0; 1000][..]).is_err());
            }
        }
    }

    #[test]
    fn chunks_may_come_in_any_order() {
        let digest = |index: u8| Digest([index; 32]);
        let chunks = |order: &[u8]| {
            let chunks = Chunks::default();
            order
                .iter()
                .for_each(|&index| chunks.keep(index.into(), digest(index)));
            chunks.root()
        };
        assert_eq!(chunks(&[3, 0, 2, 1]), chunks(&[0, 1, 2, 3]));
        assert_ne!(chunks(&[0, 1, 2, 3]), chunks(&[0, 1, 2]));
    }
}
