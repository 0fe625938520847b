//! The bytes of an age file: armor, header, stanza. `Read` and `Write` only.
//!
//! Holds the grammar of C2SP age.md and its limits. Parsing is strict: a parsed header is always
//! written again with the same bytes. Nothing here knows keys, so nothing here checks a header's
//! MAC.

mod arguments;
mod armor;
mod error;
mod header;
mod line;
mod other_formats;
mod source;
mod stanza;
mod text_encoding;

pub use arguments::Arguments;
pub use armor::{ArmorReader, ArmorWriter, armored, armored_beginning, armored_len};
pub use error::{ArmorError, BEGIN, END, HeaderError};
pub use header::{Header, HeaderLimits, MAX_HEADER, MAX_LINE, MAX_STANZAS, VERSION};
pub use other_formats::foreign_format;
pub use source::{Source, looks_encrypted};
pub use stanza::{Stanza, is_arbitrary_string, write_stanza};
pub use text_encoding::text_in_utf8;
