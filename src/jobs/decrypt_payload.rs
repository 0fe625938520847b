//! The payload of a file, decrypted into an output.

use crate::files::{Input, Output};
use crate::jobs::decrypt_header::Positioned;
use bulla_age::format::Source;
use bulla_age::stream::{At, Engine, PayloadError, PayloadKey};

/// A payload from its beginning, and its offset and length, for a file that can be read at any
/// offset.
pub(crate) type Payload<'a> = (Source<Positioned<'a>>, Option<(u64, u64)>);

/// Decrypts the payload of an input. If both files can be used at any offset, all cores work on
/// different places of it. Returns the number of bytes written.
pub(crate) fn decrypt_payload(
    engine: &Engine,
    key: &PayloadKey,
    input: &Input,
    (source, payload): Payload<'_>,
    output: &mut Output,
) -> Result<u64, PayloadError> {
    match (payload, output) {
        (Some((offset, len)), Output::Atomic(file)) if file.takes_any_order() => {
            let from = At {
                place: &input.reads(len),
                offset,
            };
            let to = At {
                place: &file.writes(len),
                offset: 0,
            };
            engine.open_at(key, from, len, to)
        }
        (_, output) => engine.open(key, source, output),
    }
}
