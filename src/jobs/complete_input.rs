//! An input that has to be complete: of a command that has to succeed, of a least size, or with a
//! token at its end.
//!
//! All of this is known only at the end of the input. It is checked before the end is passed on, so
//! that what was encrypted until then is never completed: neither the file, which gets no name, nor
//! a stream to standard output, which nobody can decrypt.

use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use crate::errors::{CommandError, Failure, Result, Subject};
use crate::files::{Input, Output};
use crate::jobs::decrypt_header::{count, read_header};
use crate::jobs::encrypt_file::{Contents, EncryptedFile, FileEncryption};
use crate::jobs::paths::{Job, Target};
use crate::process::piped_command::PipedCommand;
use crate::select::demands::DemandOptions;
use crate::ui::human_bytes;
use bulla_age::Inspection;
use bulla_age::format::HeaderLimits;
use bulla_age::untrusted::Untrusted;

/// The most bytes that are read at once while the end is looked for.
const PIECE: usize = 256 << 10;

/// A command whose output is the input.
pub(crate) struct Producer {
    name: Untrusted,
    command: Mutex<Option<PipedCommand>>,
}

impl Producer {
    pub(crate) fn new(command: PipedCommand) -> Self {
        Self {
            name: command.name().clone(),
            command: Mutex::new(Some(command)),
        }
    }

    /// The name of the command.
    pub(crate) fn name(&self) -> &Untrusted {
        &self.name
    }

    /// What its output is called.
    pub(crate) fn subject(&self) -> Subject {
        Subject::Words(format!("the output of {}", self.name))
    }

    /// Opens its output. The command is not started yet.
    pub(crate) fn open(&self) -> Result<Input> {
        let command = self.command.lock().unwrap_or_else(PoisonError::into_inner);
        let pipe = command
            .as_ref()
            .map_or_else(|| Err(io::ErrorKind::NotFound.into()), PipedCommand::pipe);
        Ok(Input::of_program(pipe, self.name.clone())?)
    }

    /// Starts the command. Returns its process ID.
    pub(crate) fn begin(&self) -> Result<i32> {
        let mut command = self.command.lock().unwrap_or_else(PoisonError::into_inner);
        match command.as_mut() {
            Some(command) => Ok(command.begin()?),
            None => Ok(0),
        }
    }

    /// Waits for the end of the command, whose output has ended.
    fn finish(&self) -> Result<()> {
        let command = self
            .command
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        Ok(command.map_or(Ok(()), PipedCommand::end)?)
    }
}

/// What an input has to be like.
pub(crate) struct Demands<'a> {
    options: &'a DemandOptions,
    producer: Option<&'a Producer>,
    /// The name of the file that is replaced, and the length of its contents.
    replaced: Option<(Untrusted, u64)>,
    /// What the input is called in a message.
    subject: Subject,
}

impl<'a> Demands<'a> {
    /// Returns what is demanded of the input of a job; `None` if nothing is.
    pub(crate) fn of(
        job: &Job,
        options: &'a DemandOptions,
        producer: Option<&'a Producer>,
    ) -> Result<Option<Self>> {
        let DemandOptions {
            min_size,
            at_least,
            allow_empty: _,
            expect_end,
        } = options;
        let demands_nothing = min_size.is_none() && at_least.is_none() && expect_end.is_none();
        if demands_nothing && producer.is_none() {
            return Ok(None);
        }
        let replaced = match (&job.target, at_least) {
            (Target::Path(path) | Target::Inside(path) | Target::Beside(path), Some(_)) => {
                contents_of(path)?.map(|len| (Untrusted::from(path.as_path()), len))
            }
            _ => None,
        };
        Ok(Some(Self {
            options,
            producer,
            replaced,
            subject: producer.map_or_else(|| job.name().into(), Producer::subject),
        }))
    }

    /// Encrypts an input whose first bytes, `start`, have been read, if it is as it has to be.
    pub(crate) fn encrypt(
        &self,
        encryption: FileEncryption<'_>,
        input: &Input,
        start: Vec<u8>,
        output: &mut Output,
    ) -> Result<EncryptedFile> {
        if self.options.expect_end.is_none()
            && let Some(len) = input.regular_len()
        {
            self.check_len(len)?;
            return encryption.write(input, start, output);
        }
        let contents = Contents::Of(input, start).stream();
        let written = self.encrypt_stream(encryption, contents, output)?;
        input.check_read_whole()?;
        Ok(written)
    }

    /// Calls the input by another name.
    pub(crate) fn about(self, subject: Subject) -> Self {
        Self { subject, ..self }
    }

    /// Encrypts a stream, if it is as it has to be.
    pub(crate) fn encrypt_stream(
        &self,
        encryption: FileEncryption<'_>,
        source: impl Read + Send,
        output: &mut Output,
    ) -> Result<EncryptedFile> {
        let failed = Mutex::new(None);
        let checked = CheckedInput {
            source,
            end: self.options.expect_end.as_deref().map(EndToken::new),
            bytes: 0,
            is_complete: false,
            demands: self,
            failed: &failed,
        };
        let written = encryption.write_from(Contents::Stream(Box::new(checked)), output);
        match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => written,
        }
    }

    fn check(&self, len: u64, has_end: bool) -> Result<()> {
        // Its own failure explains all others.
        if let Some(producer) = self.producer {
            producer.finish()?;
        }
        if !has_end {
            return Err(self.failure(
                "does not end as --expect-end says, so it may be incomplete".to_owned(),
                None,
            ));
        }
        self.check_len(len)
    }

    fn check_len(&self, len: u64) -> Result<()> {
        if len == 0 && self.producer.is_some() && !self.options.allow_empty {
            let hint = "To accept an empty output: --allow-empty";
            return Err(self.failure("is empty".to_owned(), Some(hint)));
        }
        if let Some(least) = self.options.min_size.filter(|least| len < *least) {
            return Err(self.failure(
                format!(
                    "has {}, less than the {} of --min-size",
                    human_bytes(len),
                    human_bytes(least)
                ),
                None,
            ));
        }
        if let (Some(percent), Some((name, old))) = (self.options.at_least, &self.replaced)
            && u128::from(len) * 100 < u128::from(*old) * u128::from(percent)
        {
            let hint = "If it is right that so much less is left, encrypt it without --at-least";
            return Err(self.failure(
                format!(
                    "has {}, less than {percent}% of what {name} contains ({})",
                    human_bytes(len),
                    human_bytes(*old)
                ),
                Some(hint),
            ));
        }
        Ok(())
    }

    fn failure(&self, why: String, hint: Option<&'static str>) -> CommandError {
        let text = format!("{} {why}", self.subject.at_start());
        Failure::Incomplete { text, hint }.into()
    }
}

/// Returns the length of the plaintext of an age file, as its size says it, or the length of any
/// other file; `None` if there is no regular file.
fn contents_of(path: &std::path::Path) -> Result<Option<u64>> {
    if !path.exists() {
        return Ok(None);
    }
    let Some(input) = Input::open_if_regular(path)? else {
        return Ok(None);
    };
    let Ok(mut begun) = read_header(&input, &HeaderLimits::default()) else {
        return Ok(input.regular_len());
    };
    let payload = match begun.payload {
        Some((_, len)) => len,
        None => count(&mut begun.source).map_err(bulla_age::stream::PayloadError::Read)?,
    };
    let seen = Inspection::new(&begun.closed, Some(payload));
    Ok(seen.plaintext.or_else(|| input.regular_len()))
}

/// A reader that ends only if the input is complete.
struct CheckedInput<'a, R> {
    source: R,
    end: Option<EndToken<'a>>,
    bytes: u64,
    is_complete: bool,
    demands: &'a Demands<'a>,
    failed: &'a Mutex<Option<CommandError>>,
}

impl<R: Read> Read for CheckedInput<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_complete || buffer.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.end {
            Some(end) => end.read_before(&mut self.source, buffer)?,
            None => self.source.read(buffer)?,
        };
        if read > 0 {
            self.bytes += read as u64;
            return Ok(read);
        }
        let has_end = self.end.as_ref().is_none_or(|end| end.was_found);
        if let Err(error) = self.demands.check(self.bytes, has_end) {
            *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            return Err(io::Error::other("the input is incomplete"));
        }
        self.is_complete = true;
        Ok(0)
    }
}

/// A token at the end of a stream, alone or with a line end after it. It is found there and nowhere
/// else, and left out.
struct EndToken<'a> {
    token: &'a str,
    /// What was read and not given on.
    held: Zeroizing<Vec<u8>>,
    /// How much of it was given on already.
    given: usize,
    has_ended: bool,
    was_found: bool,
}

impl<'a> EndToken<'a> {
    fn new(token: &'a str) -> Self {
        Self {
            token,
            held: Zeroizing::new(Vec::with_capacity(PIECE + token.len() + 1)),
            given: 0,
            has_ended: false,
            was_found: false,
        }
    }

    /// Reads what comes before the token.
    fn read_before(&mut self, source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
        let kept_back = self.token.len() + 1;
        while !self.has_ended && self.held.len() - self.given <= kept_back {
            self.held.copy_within(self.given.., 0);
            let left = self.held.len() - self.given;
            // Its capacity is enough for that, so no copy is left behind.
            self.held.resize(left + PIECE, 0);
            self.given = 0;
            let read = source.read(&mut self.held[left..]);
            self.held
                .truncate(left + read.as_ref().copied().unwrap_or_default());
            self.has_ended = read? == 0;
            if self.has_ended {
                let text = self.held.strip_suffix(b"\n").unwrap_or(&self.held);
                let before = text.strip_suffix(self.token.as_bytes()).map(<[u8]>::len);
                self.was_found = before.is_some();
                let len = before.unwrap_or(self.held.len());
                self.held.truncate(len);
            }
        }
        let kept_back = if self.has_ended { 0 } else { kept_back };
        let len = buffer.len().min(self.held.len() - self.given - kept_back);
        buffer[..len].copy_from_slice(&self.held[self.given..][..len]);
        self.given += len;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a stream in pieces of these sizes. Returns what comes before the token, and whether
    /// that is there.
    fn before(text: &[u8], token: &str, pieces: (usize, usize)) -> (Vec<u8>, bool) {
        struct InPieces<'a>(&'a [u8], usize);
        impl Read for InPieces<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let len = self.1.min(buffer.len());
                self.0.read(&mut buffer[..len])
            }
        }
        let (mut source, mut end) = (InPieces(text, pieces.0), EndToken::new(token));
        let (mut read, mut buffer) = (Vec::new(), vec![0; pieces.1]);
        loop {
            match end.read_before(&mut source, &mut buffer).unwrap() {
                0 => return (read, end.was_found),
                len => read.extend_from_slice(&buffer[..len]),
            }
        }
    }

    #[test]
    fn a_token_counts_only_at_the_very_end_and_is_left_out() {
        for (text, expected, found) in [
            ("dump\nEND\n", "dump\n", true),
            ("dumpEND", "dump", true),
            ("END", "", true),
            ("END\n", "", true),
            ("dump END END\n", "dump END ", true),
            ("dump\nEND\n\n", "dump\nEND\n\n", false),
            ("dump\nEND\nx", "dump\nEND\nx", false),
            ("dump\nEN", "dump\nEN", false),
            ("", "", false),
            ("\n", "\n", false),
            ("dump\nEND\r\n", "dump\nEND\r\n", false),
        ] {
            for pieces in [(1, 1), (2, 3), (7, 1), (100, 100), (1, 100)] {
                let got = before(text.as_bytes(), "END", pieces);
                assert_eq!(got, (expected.into(), found), "{text:?} {pieces:?}");
            }
        }
    }

    #[test]
    fn nothing_is_lost_of_a_long_stream() {
        let long: Vec<u8> = (0..3 * PIECE + 17).map(|at| (at % 251) as u8).collect();
        let ended = [&long[..], b"THE END\n"].concat();
        for pieces in [(PIECE, PIECE), (1000, 70_000), (PIECE + 1, 999)] {
            assert!(before(&ended, "THE END", pieces) == (long.clone(), true));
            assert!(before(&long, "THE END", pieces) == (long.clone(), false));
        }
    }
}
