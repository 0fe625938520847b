//! Errors of file operations.
//!
//! The messages name the path, and the source is the system's error. Hints and exit codes are
//! chosen in `errors`.

use std::io;

use bulla_age::untrusted::Untrusted;
use rustix::io::Errno;

use crate::files::streams::reader_gone::is_reader_gone;

/// A failure to read, create or finish a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The file does not exist.
    #[error("{name} does not exist")]
    NotFound {
        /// The missing file.
        name: Untrusted,
    },
    /// A folder on the way to an output does not exist.
    #[error("{name} does not exist")]
    NoFolder {
        /// The missing folder.
        name: Untrusted,
    },
    /// The folder of an output is there, but takes no new files, as in /proc.
    #[error("Cannot create {name}: its folder takes no new files")]
    NoNewFiles {
        /// The output.
        name: Untrusted,
    },
    /// The file exists, and must not be replaced.
    #[error("{name} already exists")]
    Exists {
        /// The output.
        name: Untrusted,
    },
    /// Something has the name of a new folder, and a folder never replaces anything.
    #[error("{name} already exists")]
    FolderExists {
        /// The folder.
        name: Untrusted,
    },
    /// The file system takes the name of an entry for that of another entry of the archive.
    #[error(
        "{name} has the name of another entry here, because this file system takes some names for \
             the same"
    )]
    SameName {
        /// The entry.
        name: Untrusted,
    },
    /// The output is a file that is still being read, perhaps under another name.
    #[error("Input and output are the same file: {output}")]
    SameFile {
        /// The output.
        output: Untrusted,
        /// The file being read.
        other: Untrusted,
    },
    /// A folder was given where a file is needed.
    #[error("{name} is a folder")]
    IsDirectory {
        /// The folder.
        name: Untrusted,
    },
    /// The output would get a name that the user did not type, and something else has that name.
    #[error("{name} is {what}, and only a regular file is replaced")]
    NameTaken {
        /// The output.
        name: Untrusted,
        /// What it is, with its article.
        what: &'static str,
    },
    /// A file that is to be replaced is not a regular file.
    #[error("{name} is {what}, so it cannot be rewritten")]
    NotRegular {
        /// The input.
        name: Untrusted,
        /// What it is, with its article.
        what: &'static str,
    },
    /// A path that leads out of the folder that it should be in, or may do so.
    #[error("{name} is not the path of a file below the folder")]
    NotBelow {
        /// The path.
        name: Untrusted,
    },
    /// The path leads through a symlink that another user may have planted.
    #[error("{name} is a symlink that belongs to another user")]
    ForeignLink {
        /// The link.
        name: Untrusted,
    },
    /// The output is a named pipe, socket or device that another user may have planted.
    #[error("{name} is {what} that belongs to another user")]
    Foreign {
        /// The output.
        name: Untrusted,
        /// What it is, with its article.
        what: &'static str,
    },
    /// Another process holds the lock on a file that is to be replaced.
    #[error("{name} is locked by another process")]
    Held {
        /// The file.
        name: Untrusted,
    },
    /// The file is larger than the limit for such a file.
    #[error("{name} is larger than {limit} bytes, the limit for such files")]
    TooLarge {
        /// The file.
        name: Untrusted,
        /// The limit in bytes.
        limit: u64,
    },
    /// A passphrase is not UTF-8.
    #[error("The first line of {name} is not UTF-8")]
    NotText {
        /// The file.
        name: Untrusted,
    },
    /// A passphrase is empty.
    #[error("The passphrase in {name} is empty")]
    EmptyPassphrase {
        /// The file.
        name: Untrusted,
    },
    /// The passphrase was read from a stream or descriptor that is also an input.
    #[error("{name} can be read only once")]
    ReadTwice {
        /// The input.
        name: Untrusted,
    },
    /// An input was changed or replaced after it was found or opened.
    #[error("{name} changed while it was being read")]
    ChangedWhileRead {
        /// The input.
        name: Untrusted,
    },
    /// What was read of an input is not what it held at one moment, or not all of it: it changed
    /// meanwhile, or its size is wrong.
    #[error("{name} changed while it was being read")]
    Unsteady {
        /// The input.
        name: Untrusted,
    },
    /// Another program put a file in the place of the one to replace, in the same moment, and it
    /// could not get its name back.
    #[error("{name} was replaced by another program at the same time; its file is {kept} now")]
    Swapped {
        /// The file to replace.
        name: Untrusted,
        /// The name of the other program's file, in the same folder.
        kept: Untrusted,
    },
    /// Standard input is needed, but closed.
    #[error("{name} is closed")]
    InputClosed {
        /// The stream.
        name: Untrusted,
    },
    /// Standard output is needed, but closed.
    #[error("{name} is closed")]
    OutputClosed {
        /// The stream.
        name: Untrusted,
    },
    /// Standard output is open for reading only.
    #[error("{name} is not open for writing")]
    NotWritable {
        /// The output.
        name: Untrusted,
    },
    /// The file or folder cannot be trusted, because other users could have written to it.
    #[error("{name} {why}")]
    NotPrivate {
        /// The file or folder.
        name: Untrusted,
        /// The reason.
        why: &'static str,
    },
    /// Other users could have written to the file or folder, so it cannot be trusted.
    #[error("{name} can be changed by other users")]
    OpenToOthers {
        /// The file or folder.
        name: Untrusted,
        /// The outermost folder of the user that it is in.
        top: Untrusted,
    },
    /// The file or folder belongs to another user, for whom root works with that user's HOME.
    #[error("{name} belongs to another user than root")]
    NotOfRoot {
        /// The file or folder.
        name: Untrusted,
    },
    /// Root would own a folder that a user needs.
    #[error("{name} was not created, because its folder belongs to another user than root")]
    ForeignHome {
        /// The folder.
        name: Untrusted,
    },
    /// Something else is in the place of a file or folder of our own. It was not opened, followed
    /// or changed.
    #[error("{name} is {what}, not {wanted}")]
    NotPlain {
        /// Where it is.
        name: Untrusted,
        /// What it is: "a symlink".
        what: &'static str,
        /// What should be there: "a file".
        wanted: &'static str,
    },
    /// Another process holds the lock and does not release it.
    #[error("{name} is locked by another process")]
    Busy {
        /// The lock.
        name: Untrusted,
    },
    /// The change is complete, but could not be synced.
    #[error("{name} was {done}, but that may not survive a power cut")]
    NotDurable {
        /// The file.
        name: Untrusted,
        /// What happened to it: "written".
        done: &'static str,
        /// The error of the system.
        source: io::Error,
    },
    /// A signal is ending the run, and no file gets a name any more.
    #[error("{name} was not written, because bulla was interrupted")]
    Ending {
        /// The output.
        name: Untrusted,
    },
    /// Any other error of the system.
    #[error("Cannot {doing} {name}")]
    Io {
        /// The verb: "open", "write", "sync".
        doing: &'static str,
        /// The file.
        name: Untrusted,
        /// The error of the system.
        source: io::Error,
    },
}

/// What is done to a stream or device.
const WRITE_TO: &str = "write to";
/// What is done to a file that grows line by line.
const APPEND_TO: &str = "append to";

/// Returns whether this process works for root.
pub(crate) fn are_root() -> bool {
    rustix::process::geteuid().is_root()
}

impl Error {
    /// Converts an error of the system to the variant that callers match on.
    pub(crate) fn io(doing: &'static str, name: &Untrusted, source: impl Into<io::Error>) -> Self {
        let (name, source) = (name.clone(), source.into());
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { name },
            io::ErrorKind::IsADirectory => Self::IsDirectory { name },
            _ => Self::Io {
                doing,
                name,
                source,
            },
        }
    }

    /// The error for bytes that could not be written to a stream or device, which keeps those before
    /// them.
    pub(crate) fn not_passed_on(name: &Untrusted, source: io::Error) -> Self {
        Self::io(WRITE_TO, name, source)
    }

    /// The error for a line that could not be appended to a file.
    pub(crate) fn not_appended(name: &Untrusted, source: io::Error) -> Self {
        Self::io(APPEND_TO, name, source)
    }

    /// Returns whether what could not be written was a part of something that is still there.
    pub(crate) fn leaves_output(&self) -> bool {
        matches!(
            self,
            Self::Io {
                doing: WRITE_TO | APPEND_TO,
                ..
            }
        )
    }

    /// The error for a file or folder of another user. Root gets there with sudo, which may keep HOME.
    pub(crate) fn of_another_user(name: Untrusted) -> Self {
        if are_root() {
            Self::NotOfRoot { name }
        } else {
            let why = "belongs to another user";
            Self::NotPrivate { name, why }
        }
    }

    /// Returns whether it is the folder or file of somebody else, or one that may not be read.
    pub(crate) fn is_out_of_reach(&self) -> bool {
        matches!(self, Self::NotOfRoot { .. } | Self::NotPrivate { .. })
            || self.kind() == Some(io::ErrorKind::PermissionDenied)
    }

    /// Returns whether what was to be done is complete, and only a power cut could undo it.
    pub(crate) fn is_complete(&self) -> bool {
        matches!(self, Self::NotDurable { .. })
    }

    /// The same error for something that is undone because of it.
    pub(crate) fn incomplete(self) -> Self {
        match self {
            Self::NotDurable { name, source, .. } => Self::Io {
                doing: "sync the folder of",
                name,
                source,
            },
            error => error,
        }
    }

    /// Returns whether space, quota or the permitted file size was exhausted.
    pub(crate) fn is_out_of_space(&self) -> bool {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        self.kind()
            .is_some_and(|kind| matches!(kind, StorageFull | QuotaExceeded | FileTooLarge))
    }

    /// Returns whether the permitted file size was exhausted.
    pub(crate) fn is_file_too_large(&self) -> bool {
        self.kind() == Some(io::ErrorKind::FileTooLarge)
    }

    /// Returns whether this process, or the system, has too many files open.
    pub(crate) fn is_out_of_descriptors(&self) -> bool {
        let Self::Io { source, .. } = self else {
            return false;
        };
        is_out_of_descriptors(source)
    }

    /// Returns whether the reader of our standard output went away.
    pub(crate) fn is_reader_gone(&self) -> bool {
        matches!(self, Self::Io { source, .. } if is_reader_gone(source))
    }

    fn kind(&self) -> Option<io::ErrorKind> {
        match self {
            Self::Io { source, .. } => Some(source.kind()),
            _ => None,
        }
    }
}

/// Returns whether an error of the system means that too many files are open.
pub(crate) fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::MFILE | Errno::NFILE)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caller_errors_differ_from_system_errors() {
        let error = |errno: Errno| Error::io("write", &Untrusted::new("x"), errno);
        for full in [Errno::NOSPC, Errno::DQUOT, Errno::FBIG] {
            assert!(error(full).is_out_of_space(), "{full}");
        }
        // The reader of another pipe, or a file system, not the reader of standard output.
        assert!(!error(Errno::PIPE).is_reader_gone() && !error(Errno::PIPE).is_out_of_space());
        assert!(matches!(error(Errno::NOENT), Error::NotFound { .. }));
        assert!(matches!(error(Errno::ISDIR), Error::IsDirectory { .. }));
        assert_eq!(error(Errno::IO).to_string(), "Cannot write x");
    }
}
