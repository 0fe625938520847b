//! What a keeper is called, what it is told, and what it reports.

use std::io::{self, Read};
use std::time::Duration;

/// The name by which this program is started as a keeper.
pub(in crate::process) const KEEPER: &str = "bulla-keeper";
/// The name by which it is started to become the command.
pub(super) const STARTER: &str = "bulla-starter";
/// This program, even if its file was replaced meanwhile.
pub(in crate::process) const THIS_PROGRAM: &str = "/proc/self/exe";

/// How long a command may take to end after a signal that was passed on to it.
pub(in crate::process) const PATIENCE: Duration = Duration::from_secs(5);

/// What the keeper is told, a byte each. The end of the orders means: kill everything.
pub(in crate::process) mod order {
    /// Start the command.
    pub(in crate::process) const BEGIN: u8 = b'b';
    /// Its input is complete.
    pub(in crate::process) const COMPLETE: u8 = b'c';
    /// Pass on the signal whose number follows, and see that the command ends.
    pub(in crate::process) const SIGNAL: u8 = b's';
    /// The command has succeeded: leave what it started, and go.
    pub(in crate::process) const LEAVE: u8 = b'l';
}

/// What the keeper tells, each with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::process) enum Report {
    /// The command has this process ID.
    Begun(i32),
    /// The command could not be started, because of this error of the system.
    NotBegun(i32),
    /// It ended with this status, as the kernel has it.
    Ended(i32),
}

impl Report {
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only keepers write reports")
    )]
    pub(super) fn to_bytes(self) -> [u8; 5] {
        let (kind, number) = match self {
            Self::Begun(pid) => (b'b', pid),
            Self::NotBegun(errno) => (b'n', errno),
            Self::Ended(status) => (b'e', status),
        };
        let [a, b, c, d] = number.to_le_bytes();
        [kind, a, b, c, d]
    }

    /// Reads the next report.
    ///
    /// # Errors
    /// If the keeper is gone.
    pub(in crate::process) fn read(mut from: impl Read) -> io::Result<Self> {
        let mut bytes = [0; 5];
        from.read_exact(&mut bytes)?;
        let [kind, number @ ..] = bytes;
        let number = i32::from_le_bytes(number);
        match kind {
            b'b' => Ok(Self::Begun(number)),
            b'n' => Ok(Self::NotBegun(number)),
            b'e' => Ok(Self::Ended(number)),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// The argument of a keeper that holds the input of its command.
pub(in crate::process) const HOLDS: &str = "holds";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_as_it_was_written_and_never_from_a_part() {
        for report in [
            Report::Begun(4_194_304),
            Report::NotBegun(11),
            Report::Ended(0x0b00),
        ] {
            let bytes = report.to_bytes();
            assert_eq!(Report::read(&bytes[..]).unwrap(), report);
            for cut in 0..bytes.len() {
                assert!(Report::read(&bytes[..cut]).is_err());
            }
        }
        assert!(Report::read(&[0; 5][..]).is_err());
    }
}
