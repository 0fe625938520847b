//! Extended attributes, access control lists among them.

use std::ffi::CStr;
use std::os::fd::AsFd;

use rustix::io::Errno;

use bulla_archive::entry::Entry;

use crate::files::system;

/// The extended attributes of a file, and the names of those that could not be read or are too many.
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) read: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) lost: Vec<String>,
}

/// The longest list of names and the longest value that Linux has.
const MOST: usize = 64 << 10;

/// Reads all extended attributes of an open file, sorted by name. A file system without them has
/// none.
pub(super) fn attributes(file: impl AsFd) -> Attributes {
    let mut attributes = Attributes::default();
    let mut list = vec![0; MOST];
    let len = match system::attributes::list(&file, &mut list) {
        Ok(len) => len,
        Err(Errno::NOTSUP | Errno::NOSYS) => 0,
        Err(errno) => {
            attributes.lost.push(format!("list ({errno})"));
            0
        }
    };
    let mut value = vec![0; MOST];
    let mut total = 0;
    for name in list[..len].split_inclusive(|&byte| byte == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name) else {
            continue;
        };
        // A pax record ends its name with an equals sign, and is UTF-8.
        let fits = name.to_str().is_ok_and(|name| !name.contains('='));
        match system::attributes::read(&file, name, &mut value) {
            Ok(Some(len)) if fits && attributes.read.len() < Entry::MOST_ATTRIBUTES => {
                let pair = (name.to_bytes().to_vec(), value[..len].to_vec());
                let size = pair.0.len() + len + Entry::ATTRIBUTE;
                if total + size > Entry::LARGEST_ATTRIBUTES {
                    attributes.lost.push(name.to_string_lossy().into_owned());
                    continue;
                }
                total += size;
                attributes.read.push(pair);
            }
            // It was removed meanwhile.
            Ok(None) => {}
            _ => attributes.lost.push(name.to_string_lossy().into_owned()),
        }
    }
    attributes.read.sort();
    attributes
}
