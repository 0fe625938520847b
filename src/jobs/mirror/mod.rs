//! Mirrors: a tree whose files are encrypted one by one into another tree.
//!
//! A machine that can only encrypt cannot look into what it wrote. What a run has to know about
//! earlier ones is in notes of this machine: for each file what was in it, for whom it was
//! encrypted, and what the output looked like when it was finished. Notes are never trusted alone:
//! an output that is missing, or is not as it was left, is made again. Without notes every file is.

pub(crate) mod marker;
pub(crate) mod note;
pub(crate) mod notes;
pub(crate) mod ordered;
pub(crate) mod place;
pub(crate) mod plan;
pub(crate) mod true_path;
