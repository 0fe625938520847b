//! Two failures at once: the one that comes first in the payload is reported, whichever happened
//! first.

use std::io;
use std::sync::{Condvar, Mutex};

use bulla_age::stream::{At, Engine, PayloadError, ReadAt, SEALED_CHUNK};

use crate::oracle::Oracle;

/// The number of bytes that a worker reads at a time.
const SEGMENT: usize = 16 * SEALED_CHUNK;

/// An input whose first segment cannot be read and whose second is missing.
struct Broken<'a> {
    bytes: &'a [u8],
    /// True if the first segment fails before the second.
    first_before_second: bool,
    /// The events so far.
    happened: Mutex<Vec<&'static str>>,
    changed: Condvar,
}

impl Broken<'_> {
    fn happens(&self, what: &'static str) {
        self.happened.lock().unwrap().push(what);
        self.changed.notify_all();
    }

    fn after(&self, what: &str) {
        let happened = self.happened.lock().unwrap();
        drop(
            self.changed
                .wait_while(happened, |happened| !happened.contains(&what))
                .unwrap(),
        );
        // Gives the other worker time to report its failure.
        for _ in 0..50 {
            std::thread::yield_now();
        }
    }
}

impl ReadAt for Broken<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match usize::try_from(offset).unwrap() / SEGMENT {
            0 => {
                self.after(if self.first_before_second {
                    "second begun"
                } else {
                    "second failed"
                });
                self.happens("first failed");
                Err(io::Error::other("planted"))
            }
            1 => {
                self.happens("second begun");
                if self.first_before_second {
                    self.after("first failed");
                }
                self.happens("second failed");
                Ok(0)
            }
            _ => {
                let start = usize::try_from(offset).unwrap();
                buffer.copy_from_slice(&self.bytes[start..start + buffer.len()]);
                Ok(buffer.len())
            }
        }
    }
}

#[test]
fn the_first_failure_in_the_payload_is_reported() {
    let oracle = Oracle::new();
    let bytes = oracle.sealed(40 << 16);
    for round in 0..100 {
        for threads in [2, 3, 16] {
            let place = Broken {
                bytes: &bytes,
                first_before_second: round % 2 == 0,
                happened: Mutex::default(),
                changed: Condvar::new(),
            };
            let input = At {
                place: &place,
                offset: 0,
            };
            let result =
                Engine::new(threads).authenticate_at(&oracle.key, input, bytes.len() as u64);
            let happened = place.happened.lock().unwrap();
            assert_eq!(happened.len(), 3, "{happened:?}");
            assert!(
                matches!(result, Err(PayloadError::Read(_))),
                "{result:?} although {happened:?}"
            );
        }
    }
}
