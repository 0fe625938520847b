//! The parallel STREAM engine (C2SP age.md, "Payload"): chunks of 64 KiB, each sealed under its own
//! nonce.
//!
//! Rules that hold everywhere here: nothing is written before it is authenticated; once a chunk
//! fails, no later one is written; the first failure in payload order is the one reported; one
//! worker and many give the same bytes.

mod arrival;
mod chunk;
mod digests;
mod engine;
mod error;
mod nonce;
mod pipeline;
mod positioned;
mod range;
mod salvage;
mod seekable;
mod segments;
mod work;

pub use arrival::Arrival;
pub use chunk::{CHUNK, PayloadKey, SEALED_CHUNK, TAG, plaintext_len, sealed_len};
pub use digests::Digests;
pub use engine::Engine;
pub use error::PayloadError;
pub use nonce::{ChunkNonce, Position};
pub use positioned::{ReadAt, WriteAt};
pub use range::open_range;
pub use salvage::{Salvaged, salvage};
pub use seekable::Plaintext;
pub use segments::At;
