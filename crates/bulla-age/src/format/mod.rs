//! The bytes of an age file: armor, header, stanza. `Read` and `Write` only.
//!
//! Owns the grammar of C2SP age.md and its caps; strict, so that what was parsed is written again to the same
//! byte. It knows nothing of keys: whether a header's MAC is right is decided by [`protocol`](crate::protocol).

mod armor;
mod error;
mod header;
mod line;
mod source;
mod stanza;

pub use armor::{ArmorReader, ArmorWriter, BEGIN, END, armored_beginning};
pub use error::{ArmorError, HeaderError};
pub use header::{Header, MAX_HEADER, MAX_LINE, MAX_STANZAS, VERSION};
pub use source::{Source, looks_encrypted};
pub use stanza::{is_arbitrary_string, write_stanza};
