//! Streams that somebody else made non-blocking: an event loop that shares a terminal, a pipe of
//! ssh. The flag belongs to all who share the stream, so it is left as it is, and we wait.

use std::fs::File;
use std::io::{self, Read, Write};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::OFlags;
use rustix::io::{Errno, retry_on_intr};

/// Reads, and waits for data if there is none yet.
pub(in crate::files) fn read(mut file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                wait(file, PollFlags::IN, error)?;
            }
            read => return read,
        }
    }
}

/// Writes, and waits for room if there is none yet.
pub(in crate::files) fn write(mut file: &File, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match file.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                wait(file, PollFlags::OUT, error)?;
            }
            written => return written,
        }
    }
}

/// Returns whether a read would have to wait: nothing is there, and the stream has not ended.
pub(in crate::files) fn has_to_wait(file: &File) -> bool {
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let poll = || rustix::event::poll(&mut [PollFd::new(file, PollFlags::IN)], Some(&now));
    // What cannot be waited for is read.
    retry_on_intr(poll) == Ok(0)
}

/// Waits until a non-blocking stream is ready. Any other file means what it says.
fn wait(file: &File, ready: PollFlags, error: io::Error) -> io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(file)?;
    if !flags.contains(OFlags::NONBLOCK) || file.metadata()?.is_file() {
        return Err(error);
    }
    let poll = || rustix::event::poll(&mut [PollFd::new(file, ready)], None);
    match retry_on_intr(poll) {
        Ok(_) => Ok(()),
        // Something that cannot be waited for.
        Err(Errno::INVAL) => Err(error),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::OwnedFd;

    fn pipe() -> (File, File) {
        let (reader, writer) = io::pipe().unwrap();
        for end in [
            OwnedFd::from(reader.try_clone().unwrap()),
            writer.try_clone().unwrap().into(),
        ] {
            rustix::io::ioctl_fionbio(&end, true).unwrap();
        }
        (OwnedFd::from(reader).into(), OwnedFd::from(writer).into())
    }

    #[test]
    fn a_pipe_without_data_or_room_is_waited_for() {
        let (reader, writer) = pipe();
        let sent = 1 << 20;
        let writing = std::thread::spawn(move || {
            let mut left = sent;
            while left > 0 {
                left -= write(&writer, &vec![7; left]).unwrap();
            }
        });
        let (mut got, mut buffer) = (0, [0; 1000]);
        while got < sent {
            got += read(&reader, &mut buffer).unwrap();
        }
        writing.join().unwrap();
        assert_eq!(read(&reader, &mut buffer).unwrap(), 0);
    }

    #[test]
    fn an_empty_pipe_has_to_be_waited_for_until_it_ends() {
        let (reader, writer) = pipe();
        assert!(has_to_wait(&reader));
        write(&writer, b"x").unwrap();
        assert!(!has_to_wait(&reader));
        read(&reader, &mut [0]).unwrap();
        assert!(has_to_wait(&reader));
        drop(writer);
        assert!(!has_to_wait(&reader), "its end can be read");
        assert!(!has_to_wait(&File::open("/dev/null").unwrap()));
    }

    #[test]
    fn the_flag_is_left_as_it_was() {
        let (reader, writer) = pipe();
        write(&writer, b"x").unwrap();
        read(&reader, &mut [0]).unwrap();
        for end in [reader, writer] {
            let flags = rustix::fs::fcntl_getfl(&end).unwrap();
            assert!(flags.contains(OFlags::NONBLOCK));
        }
    }
}
