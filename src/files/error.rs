//! What can go wrong with a file, named so that callers can tell one from another.
//!
//! The sentences name the path; what the system said is the source. Hints and exit codes are chosen elsewhere.

use std::io;

use bulla_age::untrusted::Untrusted;

/// A failure to read, create or finish a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is nothing of this name.
    #[error("{name} does not exist")]
    NotFound {
        /// What was looked for.
        name: Untrusted,
    },
    /// There is a file of this name, and it was not asked to be replaced.
    #[error("{name} exists already")]
    Exists {
        /// The output.
        name: Untrusted,
    },
    /// The output is, by another name perhaps, something that is still being read.
    #[error("{output} is the same file as {other}")]
    SameFile {
        /// The output.
        output: Untrusted,
        /// What is being read.
        other: Untrusted,
    },
    /// A folder stands where a file is needed.
    #[error("{name} is a folder")]
    IsDirectory {
        /// The folder.
        name: Untrusted,
    },
    /// More than is read into memory of such a file.
    #[error("{name} is larger than the {limit} bytes that are read of such a file")]
    TooLarge {
        /// What was read.
        name: Untrusted,
        /// The most that would have been read.
        limit: u64,
    },
    /// A passphrase that is no text.
    #[error("the first line of {name} is not UTF-8")]
    NotText {
        /// What was read.
        name: Untrusted,
    },
    /// An input's length or time of change is not what it was when it was opened.
    #[error("{name} changed while it was read")]
    ChangedWhileRead {
        /// The input.
        name: Untrusted,
    },
    /// Standard output was handed to us for reading only.
    #[error("{name} is not open for writing")]
    NotWritable {
        /// What cannot be written.
        name: Untrusted,
    },
    /// The file system can give a name neither by link nor by a rename that refuses to replace.
    #[error("{name} cannot be created here without the risk of replacing another file")]
    NoSafeName {
        /// The output.
        name: Untrusted,
        /// What the file system said last.
        source: io::Error,
    },
    /// Something that is believed only when nobody else could have written it.
    #[error("{name} {why}")]
    NotPrivate {
        /// The file or folder.
        name: Untrusted,
        /// Who else could have.
        why: &'static str,
    },
    /// Another process holds a lock and does not let go of it.
    #[error("{name} is held by another process")]
    Busy {
        /// The lock.
        name: Untrusted,
    },
    /// The run is being ended by a signal: nothing takes a name any more.
    #[error("{name} was not written: the run is being ended")]
    Ending {
        /// The output.
        name: Untrusted,
    },
    /// Anything else the system refused.
    #[error("cannot {doing} {name}")]
    Io {
        /// The verb: "open", "write", "sync".
        doing: &'static str,
        /// The file.
        name: Untrusted,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// What the system said, under the variant that callers can match on.
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

    /// Whether no space, quota or permitted file size was left.
    pub(crate) fn is_out_of_space(&self) -> bool {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        self.kind()
            .is_some_and(|kind| matches!(kind, StorageFull | QuotaExceeded | FileTooLarge))
    }

    /// Whether the reader of our output went away.
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
