//! Extended attributes.

use std::ffi::CStr;
use std::os::fd::AsFd;

use rustix::io::Errno;

/// Lists the names of the extended attributes of a file.
#[cfg(not(target_os = "freebsd"))]
pub(in crate::files) fn list(file: impl AsFd, list: &mut [u8]) -> Result<usize, Errno> {
    rustix::fs::flistxattr(file, list)
}

/// Reads an extended attribute of a file; `None` if there is no such attribute.
#[cfg(not(target_os = "freebsd"))]
pub(in crate::files) fn read(
    file: impl AsFd,
    name: &CStr,
    value: &mut [u8],
) -> Result<Option<usize>, Errno> {
    #[cfg(target_os = "linux")]
    const NONE: Errno = Errno::NODATA;
    #[cfg(not(target_os = "linux"))]
    const NONE: Errno = Errno::NOATTR;
    match rustix::fs::fgetxattr(file, name, value) {
        Err(NONE) => Ok(None),
        read => read.map(Some),
    }
}

/// Sets an extended attribute of a file.
#[cfg(not(target_os = "freebsd"))]
pub(in crate::files) fn set(file: impl AsFd, name: &[u8], value: &[u8]) -> Result<(), Errno> {
    rustix::fs::fsetxattr(file, name, value, rustix::fs::XattrFlags::empty())
}

/// The crates used here do not know the attributes of this system.
#[cfg(target_os = "freebsd")]
pub(in crate::files) fn list(_file: impl AsFd, _list: &mut [u8]) -> Result<usize, Errno> {
    Err(Errno::NOTSUP)
}

/// As of [`list`].
#[cfg(target_os = "freebsd")]
pub(in crate::files) fn read(
    _file: impl AsFd,
    _name: &CStr,
    _value: &mut [u8],
) -> Result<Option<usize>, Errno> {
    Ok(None)
}

/// As of [`list`].
#[cfg(target_os = "freebsd")]
pub(in crate::files) fn set(_file: impl AsFd, _name: &[u8], _value: &[u8]) -> Result<(), Errno> {
    Err(Errno::NOTSUP)
}
