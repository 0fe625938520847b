//! Messages people paste into chats and mail: padding, and finding the block in pasted text.

mod padding;
mod paste;

pub(crate) use padding::{PaddingError, pad, unpad};
pub(crate) use paste::{Block, Paste, PasteError, find as find_blocks};
