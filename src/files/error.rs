//! Errors of file operations.
//!
//! The messages name the path, and the source is the system's error. Hints and exit codes are
//! chosen in `errors`.

use std::io;

use bulla_age::untrusted::Untrusted;

/// A failure to read, create or finish a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The file does not exist.
    #[error("{name} does not exist")]
    NotFound {
        /// The missing file.
        name: Untrusted,
    },
    /// The file exists, and must not be replaced.
    #[error("{name} already exists")]
    Exists {
        /// The output.
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
    /// The file is larger than the limit for such a file.
    #[error("{name} is larger than {limit} bytes, the limit for such files")]
    TooLarge {
        /// The file.
        name: Untrusted,
        /// The limit in bytes.
        limit: u64,
    },
    /// A passphrase is not UTF-8.
    #[error("the first line of {name} is not UTF-8")]
    NotText {
        /// The file.
        name: Untrusted,
    },
    /// The length or modification time of an input has changed since it was opened.
    #[error("{name} changed while it was being read")]
    ChangedWhileRead {
        /// The input.
        name: Untrusted,
    },
    /// Standard output is open for reading only.
    #[error("{name} is not open for writing")]
    NotWritable {
        /// The output.
        name: Untrusted,
    },
    /// The file system supports neither links nor a rename that refuses to replace.
    #[error("cannot create {name} here without the risk of overwriting another file")]
    NoSafeName {
        /// The output.
        name: Untrusted,
        /// The last error of the file system.
        source: io::Error,
    },
    /// The file or folder cannot be trusted, because other users could have written to it.
    #[error("{name} {why}")]
    NotPrivate {
        /// The file or folder.
        name: Untrusted,
        /// The reason.
        why: &'static str,
    },
    /// Another process holds the lock and does not release it.
    #[error("{name} is locked by another process")]
    Busy {
        /// The lock.
        name: Untrusted,
    },
    /// A signal is ending the run, and no file gets a name any more.
    #[error("{name} was not written, because bulla was interrupted")]
    Ending {
        /// The output.
        name: Untrusted,
    },
    /// Any other error of the system.
    #[error("cannot {doing} {name}")]
    Io {
        /// The verb: "open", "write", "sync".
        doing: &'static str,
        /// The file.
        name: Untrusted,
        /// The error of the system.
        source: io::Error,
    },
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

    /// Returns whether space, quota or the permitted file size was exhausted.
    pub(crate) fn is_out_of_space(&self) -> bool {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        self.kind()
            .is_some_and(|kind| matches!(kind, StorageFull | QuotaExceeded | FileTooLarge))
    }

    /// Returns whether the reader of our output went away.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.kind() == Some(io::ErrorKind::BrokenPipe)
    }

    fn kind(&self) -> Option<io::ErrorKind> {
        match self {
            Self::Io { source, .. } | Self::NoSafeName { source, .. } => Some(source.kind()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn what_callers_ask_is_told_from_the_system_s_answer() {
        let error = |errno: Errno| Error::io("write", &Untrusted::new("x"), errno);
        for full in [Errno::NOSPC, Errno::DQUOT, Errno::FBIG] {
            assert!(
                error(full).is_out_of_space() && !error(full).is_broken_pipe(),
                "{full}"
            );
        }
        assert!(error(Errno::PIPE).is_broken_pipe() && !error(Errno::PIPE).is_out_of_space());
        assert!(matches!(error(Errno::NOENT), Error::NotFound { .. }));
        assert!(matches!(error(Errno::ISDIR), Error::IsDirectory { .. }));
        assert_eq!(error(Errno::IO).to_string(), "cannot write x");
    }
}
