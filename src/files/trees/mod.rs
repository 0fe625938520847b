//! Whole trees of files: walked one step at a time, and written below a folder that stays the same
//! even if its path changes meanwhile.

mod output_tree;
mod tree_walk;

pub(crate) use output_tree::{FileMark, OutputTree, Removal};
pub(crate) use tree_walk::{Step, TreeWalk};
