//! Pipes hold more than the system gives them at first.

use std::os::fd::AsFd;

/// Bytes a pipe may hold without privileges, as systems come.
const CAPACITY: usize = 1 << 20;

/// Lets a pipe hold as much as the system allows, so that its two ends wait for each other less often. A pipe that
/// cannot be changed works as it is.
pub(super) fn enlarge(pipe: impl AsFd) {
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, CAPACITY);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_holds_more_and_what_is_none_is_left_alone() {
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
