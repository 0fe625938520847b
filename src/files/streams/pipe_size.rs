//! Enlarges pipes.

use std::os::fd::AsFd;

/// The default limit for the size of a pipe, in bytes, without privileges.
#[cfg(target_os = "linux")]
const CAPACITY: usize = 1 << 20;

/// Enlarges a pipe, so that its two ends wait for each other less often. Failures are ignored: a
/// small pipe works too.
#[cfg(target_os = "linux")]
pub(in crate::files) fn enlarge(pipe: impl AsFd) {
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, CAPACITY);
}

/// Only Linux lets a program choose the size.
#[cfg(not(target_os = "linux"))]
pub(in crate::files) fn enlarge(_pipe: impl AsFd) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_is_enlarged_and_other_files_are_left_alone() {
        let (reader, writer) = std::io::pipe().unwrap();
        let before = rustix::pipe::fcntl_getpipe_size(&reader).unwrap();
        enlarge(&writer);
        let allowed = std::fs::read_to_string("/proc/sys/fs/pipe-max-size").unwrap();
        let expected = if allowed.trim().parse::<usize>().unwrap() >= CAPACITY {
            CAPACITY
        } else {
            before
        };
        assert_eq!(rustix::pipe::fcntl_getpipe_size(&reader).unwrap(), expected);
        enlarge(tempfile::tempfile().unwrap());
    }
}
