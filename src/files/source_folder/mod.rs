//! Reads a folder with everything in it, in the order of an archive.
//!
//! Goes from descriptor to descriptor and follows no links, so nobody who can write in the tree can
//! lead it out of there. What cannot be read, and what changes while it is read, is reported, and
//! the rest is still read. In memory are the names of the folders on the way down, and one path for
//! each file that has several names.

mod ahead;
mod attributes;
mod contents;
mod ignored;
mod names;
mod opened;
mod problem;
mod reader;
mod walk;

pub(crate) use ignored::Patterns;
pub(crate) use problem::Problem;
pub(crate) use reader::{Found, Tree, TreeOptions, real_name};
