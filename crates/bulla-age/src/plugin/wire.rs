//! Stanzas over a pipe (C2SP age-plugin.md, "IPC protocol"). Lengths are limited, so that a plugin
//! cannot fill the memory.

use std::io::{ErrorKind, Read, Write};

use crate::format::Stanza;
use age_core::format::read::age_stanza;
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use zeroize::{Zeroize, Zeroizing};

use crate::format::MAX_LINE;
use crate::plugin_error::Fault;

/// The most bytes of base64 in one stanza.
const MAX_BODY: usize = 1 << 20;
const COLUMNS: usize = 64;
/// The number of bytes read at a time.
const CHUNK: usize = 4096;

/// The pipes from and to a plugin.
pub(crate) struct Wire<R, W> {
    input: R,
    output: W,
    /// Bytes that were read but not used yet.
    pending: Zeroizing<Vec<u8>>,
}

impl<R: Read, W: Write> Wire<R, W> {
    pub(crate) fn new(input: R, output: W) -> Self {
        Self {
            input,
            output,
            pending: Zeroizing::default(),
        }
    }

    /// Sends one stanza with these words and this body.
    pub(crate) fn send<'a>(
        &mut self,
        words: impl IntoIterator<Item = &'a str>,
        body: &[u8],
    ) -> Result<(), Fault> {
        let mut text = b"->".to_vec();
        for word in words {
            text.push(b' ');
            text.extend_from_slice(word.as_bytes());
        }
        text.push(b'\n');
        let encoded = Zeroizing::new(BASE64_STANDARD_NO_PAD.encode(body));
        text.reserve_exact(encoded.len() + encoded.len() / COLUMNS + 2);
        for line in encoded.as_bytes().chunks(COLUMNS) {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        if encoded.len().is_multiple_of(COLUMNS) {
            text.push(b'\n');
        }
        let sent = self
            .output
            .write_all(&text)
            .and_then(|()| self.output.flush());
        text.zeroize();
        Ok(sent?)
    }

    /// Receives one stanza.
    pub(crate) fn receive(&mut self) -> Result<Stanza, Fault> {
        let mut text = self.line(MAX_LINE)?;
        if !text.starts_with(b"-> ") {
            return Err(Fault::Nonsense("it sent something that is not a stanza"));
        }
        loop {
            let line = self.line(COLUMNS + 1)?;
            text.extend_from_slice(&line);
            if line.len() <= COLUMNS {
                break;
            }
            if text.len() > MAX_LINE + MAX_BODY {
                return Err(Fault::Nonsense("it sent an oversized stanza"));
            }
        }
        match age_stanza(&text) {
            Ok(([], stanza)) => Ok(Stanza {
                tag: stanza.tag.to_owned(),
                args: stanza.args.iter().collect(),
                body: stanza.body(),
            }),
            _ => Err(Fault::Nonsense("it sent a malformed stanza")),
        }
    }

    /// Reads the next line, including its LF.
    fn line(&mut self, max: usize) -> Result<Zeroizing<Vec<u8>>, Fault> {
        loop {
            let end = self
                .pending
                .iter()
                .position(|&byte| byte == b'\n')
                .map(|at| at + 1);
            if end.unwrap_or(self.pending.len()) > max {
                return Err(Fault::Nonsense("it sent an oversized line"));
            }
            if let Some(end) = end {
                let rest = Zeroizing::new(self.pending[end..].to_vec());
                self.pending.truncate(end);
                return Ok(std::mem::replace(&mut self.pending, rest));
            }
            let mut chunk = Zeroizing::new([0; CHUNK]);
            match self.input.read(chunk.as_mut_slice()) {
                Ok(0) => return Err(Fault::Died),
                Ok(count) => self.pending.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receive(input: impl Read) -> Result<Stanza, Fault> {
        Wire::new(input, std::io::sink()).receive()
    }

    #[test]
    fn bodies_of_every_length_round_trip() {
        for len in (0..200).chain([4096, 100_000]) {
            let (mut sent, body) = (Vec::new(), vec![7; len]);
            Wire::new(&[][..], &mut sent)
                .send(["msg", "a", "b"], &body)
                .unwrap();
            Wire::new(&[][..], &mut sent).send(["done"], &[]).unwrap();
            let mut wire = Wire::new(&sent[..], std::io::sink());
            let args = ["a", "b"].into();
            assert_eq!(
                wire.receive().unwrap(),
                Stanza {
                    tag: "msg".to_owned(),
                    args,
                    body
                }
            );
            assert_eq!(wire.receive().unwrap().tag, "done");
            assert!(matches!(wire.receive(), Err(Fault::Died)));
        }
    }

    #[test]
    fn malformed_plugin_messages_are_errors() {
        let cases: [&[u8]; 8] = [
            b"hello\n",
            b"\n",
            &[0, 255, 254, b'\n'],
            b"->\n\n",
            b"-> a  b\n\n",
            b"-> msg\nAB=\n",
            b"-> msg\nAB\n",
            b"-> msg\n\xff\n",
        ];
        for case in cases {
            assert!(matches!(receive(case), Err(Fault::Nonsense(_))), "{case:?}");
        }
    }

    #[test]
    fn a_plugin_that_ends_early_has_died() {
        let whole = b"-> msg\nQUJD\n";
        assert!(receive(&whole[..]).is_ok());
        for len in 0..whole.len() {
            assert!(matches!(receive(&whole[..len]), Err(Fault::Died)), "{len}");
        }
    }

    #[test]
    fn endless_plugin_output_is_cut_off() {
        let lines = std::io::repeat(b'A').take(64).chain(&b"\n"[..]);
        let mut endless = b"-> msg\n".to_vec();
        let mut line = Vec::new();
        std::io::copy(&mut { lines }, &mut line).unwrap();
        endless.extend(line.repeat(40_000));
        assert!(matches!(
            receive(std::io::repeat(b'x')),
            Err(Fault::Nonsense(_))
        ));
        assert!(matches!(
            receive((&b"-> msg "[..]).chain(std::io::repeat(b'x'))),
            Err(Fault::Nonsense(_))
        ));
        assert!(matches!(
            receive((&b"-> msg\n"[..]).chain(std::io::repeat(b'A'))),
            Err(Fault::Nonsense(_))
        ));
        assert!(matches!(receive(&endless[..]), Err(Fault::Nonsense(_))));
    }
}
