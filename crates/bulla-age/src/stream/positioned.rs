//! Reading and writing at an offset, by several threads at once.

use std::io;
use std::os::unix::fs::FileExt;

/// Something that can be read at an offset, as a regular file can.
pub trait ReadAt: Sync {
    /// Fills `buffer` from `offset`, or as much of it as there is.
    ///
    /// # Errors
    /// Those of the input.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

/// Something that can be written at an offset.
pub trait WriteAt: Sync {
    /// Writes all of `buffer` at `offset`.
    ///
    /// # Errors
    /// Those of the output.
    fn write_all_at(&self, buffer: &[u8], offset: u64) -> io::Result<()>;
}

impl<T: FileExt + Sync> ReadAt for T {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match FileExt::read_at(self, &mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

impl<T: FileExt + Sync> WriteAt for T {
    fn write_all_at(&self, buffer: &[u8], offset: u64) -> io::Result<()> {
        FileExt::write_all_at(self, buffer, offset)
    }
}
