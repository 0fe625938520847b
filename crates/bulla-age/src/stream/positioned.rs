//! Reading and writing at an offset, by several threads at once.

use std::fs::File;
use std::io;

/// An input that can be read at an offset, as a regular file can.
pub trait ReadAt: Sync {
    /// Fills `buffer` from `offset`, or as much of it as the input has. Returns the number of bytes
    /// read.
    ///
    /// # Errors
    /// Those of the input.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Fills these buffers one after the other, like one of the length of all. Returns the number of
    /// bytes read.
    ///
    /// # Errors
    /// Those of the input.
    fn read_parts_at(&self, parts: &mut [&mut [u8]], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        for part in parts {
            let read = self.read_at(part, offset + filled as u64)?;
            filled += read;
            if read < part.len() {
                break;
            }
        }
        Ok(filled)
    }
}

/// An output that can be written at an offset, as a regular file can.
pub trait WriteAt: Sync {
    /// Writes all of `buffer` at `offset`.
    ///
    /// # Errors
    /// Those of the output.
    fn write_all_at(&self, buffer: &[u8], offset: u64) -> io::Result<()>;
}

/// On Windows this also moves the position at which [`Read`](io::Read) continues.
impl ReadAt for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match read_once(self, &mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

/// On Windows this also moves the position at which [`Write`](io::Write) continues.
impl WriteAt for File {
    fn write_all_at(&self, mut buffer: &[u8], mut offset: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            match write_once(self, buffer, offset) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    buffer = &buffer[written..];
                    offset += written as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl ReadAt for [u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let start = usize::try_from(offset).map_or(self.len(), |offset| offset.min(self.len()));
        let len = buffer.len().min(self.len() - start);
        buffer[..len].copy_from_slice(&self[start..start + len]);
        Ok(len)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.as_slice().read_at(buffer, offset)
    }
}

#[cfg(unix)]
fn read_once(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(unix)]
fn write_once(file: &File, buffer: &[u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::write_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_once(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

#[cfg(windows)]
fn write_once(file: &File, buffer: &[u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_write(file, buffer, offset)
}
