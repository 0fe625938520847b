//! What is below a folder, reached from its descriptor downwards and never through a link.

mod open;
mod remove;

pub(super) use open::open_folder;
pub(super) use remove::remove_tree;
