//! Streams of the caller: standard input and output, inherited descriptors, pipes; and logs.

pub(super) mod append_log;
pub(super) mod descriptor;
pub(super) mod patience;
pub(super) mod pipe_size;
pub(super) mod reader_gone;
pub(super) mod stdout;
