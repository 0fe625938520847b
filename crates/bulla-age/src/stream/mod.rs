//! The parallel STREAM engine (C2SP age.md, "Payload"): chunks of 64 KiB, each sealed under its own nonce.
//!
//! Owns the chunks and the threads that work on them. `Read`, `Write`, positioned I/O and threads only; it
//! knows nothing of headers, keys' kinds or files. Rules that hold everywhere here: nothing is handed on before
//! it is authenticated, chunk n+1 never once chunk n failed, the first failure in payload order is the one
//! reported, and one worker and many give the same bytes.

mod chunk;
mod digests;
mod engine;
mod error;
mod memory;
mod nonce;
mod pipeline;
mod positioned;
mod range;
mod segments;
mod work;

pub use chunk::{CHUNK, PayloadKey, SEALED_CHUNK, TAG, plaintext_len, sealed_len};
pub use digests::Digests;
pub use engine::Engine;
pub use error::PayloadError;
pub use memory::Memory;
pub use nonce::{ChunkNonce, Position};
pub use positioned::{ReadAt, WriteAt};
pub use range::open_range;
pub use segments::At;
