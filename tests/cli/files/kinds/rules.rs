//! All kinds, and the outcome of each cell by the rules of the command line.

use crate::someone::RECIPIENT;

/// The operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Encrypt,
    EncryptArmored,
    EncryptPassphrase,
    Decrypt,
    DecryptArmored,
    DecryptStream,
    Verify,
    Inspect,
}

/// The input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    File,
    Empty,
    ChunkAndOne,
    Symlink,
    StdinPipe,
    StdinFile,
    Fifo,
    Null,
    Folder,
    Missing,
    Unreadable,
}

/// The output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sink {
    Default,
    New,
    Existing,
    ExistingForce,
    Folder,
    Symlink,
    SymlinkForce,
    Dangling,
    Fifo,
    Null,
    Dash,
    DashToFile,
    StdoutFile,
    StdoutPipe,
}

use Operation::{
    Decrypt, DecryptArmored, DecryptStream, Encrypt, EncryptArmored, EncryptPassphrase, Inspect,
    Verify,
};

const OPERATIONS: [Operation; 8] = [
    Encrypt,
    EncryptArmored,
    EncryptPassphrase,
    Decrypt,
    DecryptArmored,
    DecryptStream,
    Verify,
    Inspect,
];

const SOURCES: [Source; 11] = [
    Source::File,
    Source::Empty,
    Source::ChunkAndOne,
    Source::Symlink,
    Source::StdinPipe,
    Source::StdinFile,
    Source::Fifo,
    Source::Null,
    Source::Folder,
    Source::Missing,
    Source::Unreadable,
];

const SINKS: [Sink; 14] = [
    Sink::Default,
    Sink::New,
    Sink::Existing,
    Sink::ExistingForce,
    Sink::Folder,
    Sink::Symlink,
    Sink::SymlinkForce,
    Sink::Dangling,
    Sink::Fifo,
    Sink::Null,
    Sink::Dash,
    Sink::DashToFile,
    Sink::StdoutFile,
    Sink::StdoutPipe,
];

impl Operation {
    /// Returns true if it encrypts.
    pub(super) fn encrypts(self) -> bool {
        matches!(self, Encrypt | EncryptArmored | EncryptPassphrase)
    }

    /// Returns true if it writes no file.
    pub(super) fn only_reads(self) -> bool {
        matches!(self, Verify | Inspect)
    }

    /// The command and its options.
    pub(super) fn args(self) -> Vec<&'static str> {
        match self {
            Encrypt => vec!["encrypt", "-q", "-r", RECIPIENT],
            EncryptArmored => vec!["encrypt", "-q", "-a", "-r", RECIPIENT],
            EncryptPassphrase => vec![
                "encrypt",
                "-q",
                "-p",
                "--work-factor",
                "10",
                "--passphrase-fd",
                "3",
            ],
            Decrypt | DecryptArmored => vec!["decrypt", "-q", "-i", "key"],
            DecryptStream => vec!["decrypt", "-q", "--stream", "-i", "key"],
            Verify => vec!["verify", "-q", "-i", "key"],
            Inspect => vec!["inspect", "-q"],
        }
    }
}

impl Source {
    /// Returns true if it has no name.
    pub(super) fn is_stdin(self) -> bool {
        matches!(self, Self::StdinPipe | Self::StdinFile)
    }

    /// Returns true if its name is that of a regular file, so that the result is written next to
    /// it.
    pub(super) fn is_file(self) -> bool {
        matches!(
            self,
            Self::File | Self::Empty | Self::ChunkAndOne | Self::Symlink
        )
    }
}

impl Sink {
    /// The options that name it.
    pub(super) fn args(self) -> &'static [&'static str] {
        match self {
            Self::Default | Self::StdoutFile | Self::StdoutPipe => &[],
            Self::New => &["-o", "new"],
            Self::Existing => &["-o", "old"],
            Self::ExistingForce => &["-f", "-o", "old"],
            Self::Folder => &["-o", "folder"],
            Self::Symlink => &["-o", "link"],
            Self::SymlinkForce => &["-f", "-o", "link"],
            Self::Dangling => &["-o", "dangling"],
            Self::Fifo => &["-o", "pipe"],
            Self::Null => &["-o", "/dev/null"],
            Self::Dash | Self::DashToFile => &["-o", "-"],
        }
    }

    /// The shell's redirection of standard output, which is a pipe otherwise.
    pub(super) fn redirect(self) -> &'static str {
        match self {
            Self::Default => ">/dev/null",
            Self::DashToFile | Self::StdoutFile => ">>'stdout'",
            _ => "",
        }
    }
}

/// Where to find the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// There is no result.
    Nowhere,
    /// It goes where it cannot be read back.
    Lost,
    Pipe,
    Fifo,
    File(&'static str),
}

/// The expected outcome of a cell, by the rules of the command line.
pub(super) fn expected(operation: Operation, source: Source, sink: Sink) -> (i32, Place) {
    let failed = |code| (code, Place::Nowhere);
    // Bad command lines are reported before anything is opened.
    if sink == Sink::Folder && source.is_stdin() {
        return failed(2);
    }
    let named = matches!(
        sink,
        Sink::Default | Sink::StdoutFile | Sink::StdoutPipe | Sink::Folder
    );
    let decrypts = !operation.encrypts() && !operation.only_reads();
    if decrypts && named && source == Source::Null {
        return failed(2); // no .age in its name
    }
    match source {
        Source::Folder if !operation.encrypts() => return failed(2),
        Source::Missing | Source::Unreadable => return failed(6),
        Source::Empty if !operation.encrypts() => return failed(4),
        _ => {}
    }
    // Outputs are looked at before anything is read from a device.
    if matches!(sink, Sink::Existing | Sink::Symlink) {
        return failed(7);
    }
    if source == Source::Null && !operation.encrypts() {
        return failed(4);
    }
    let beside = match (operation.encrypts(), source) {
        (true, Source::Folder) => "in.tar.age",
        (true, _) => "in.age",
        (false, _) => "in",
    };
    let place = match sink {
        Sink::Default | Sink::StdoutFile | Sink::StdoutPipe
            if (source.is_file() || source == Source::Folder) && !operation.only_reads() =>
        {
            Place::File(beside)
        }
        Sink::Default | Sink::Null => Place::Lost,
        Sink::StdoutPipe | Sink::Dash => Place::Pipe,
        Sink::StdoutFile | Sink::DashToFile => Place::File("stdout"),
        Sink::New => Place::File("new"),
        Sink::ExistingForce | Sink::Existing | Sink::Symlink | Sink::SymlinkForce => {
            Place::File("old")
        }
        Sink::Dangling => Place::File("fresh"),
        Sink::Fifo => Place::Fifo,
        Sink::Folder => Place::File(match (operation.encrypts(), source) {
            (true, Source::Null) => "folder/null.age",
            (true, Source::Folder) => "folder/in.tar.age",
            (true, _) => "folder/in.age",
            (false, _) => "folder/in",
        }),
    };
    (0, place)
}

/// All cells. Operations that only read have no outputs but standard output.
pub(super) fn cells() -> Vec<(Operation, Source, Sink)> {
    let mut cells = Vec::new();
    for operation in OPERATIONS {
        for source in SOURCES {
            for sink in SINKS {
                let stdout = matches!(sink, Sink::Default | Sink::StdoutFile | Sink::StdoutPipe);
                if stdout || !operation.only_reads() {
                    cells.push((operation, source, sink));
                }
            }
        }
    }
    cells
}
