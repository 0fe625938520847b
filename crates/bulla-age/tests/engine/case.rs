//! One case: an operation, the length, the number of threads, the faults, and the expected outcome.

use bulla_age::stream::{CHUNK, SEALED_CHUNK, TAG, sealed_len};

use crate::oracle::{LONGEST, chunks};
use crate::rough::Numbers;

/// The number of chunks read before the first of them is written, and lost if reading fails.
const SEGMENT: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Seal,
    Open,
    Authenticate,
}

/// Damage done to the payload before it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoiled {
    No,
    /// One bit of this byte is flipped.
    Flip(usize),
    /// Only this number of bytes is left.
    Cut(usize),
    /// This number of bytes is appended.
    More(usize),
}

#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) work: Work,
    /// True for positioned input and output, as with files; false for streams.
    pub(crate) positioned: bool,
    /// True if the content root is requested.
    pub(crate) rooted: bool,
    /// The length of the plaintext in bytes.
    pub(crate) len: usize,
    pub(crate) threads: usize,
    pub(crate) spoiled: Spoiled,
    /// The offsets in the input and output at which reading and writing fail.
    pub(crate) read_fault: Option<usize>,
    pub(crate) write_fault: Option<usize>,
    /// The offset at which a positioned input ends, although it claims to be longer.
    pub(crate) shrunk: Option<usize>,
}

/// The expected outcome of a case: the number of bytes written (for failures, only of streams), and
/// the failure.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) released: usize,
    pub(crate) failure: Option<String>,
}

impl Case {
    pub(crate) fn draw(numbers: &mut Numbers) -> Self {
        let work = [Work::Seal, Work::Open, Work::Open, Work::Authenticate][numbers.below(4)];
        let len = draw_len(numbers);
        let sealed = usize::try_from(sealed_len(len as u64)).unwrap();
        let spoiled = match numbers.below(8) {
            _ if work == Work::Seal => Spoiled::No,
            0 => Spoiled::Flip(edge(numbers, sealed)),
            1 => Spoiled::Cut(edge(numbers, sealed)),
            2 => Spoiled::More(1 + [numbers.below(40), numbers.below(2 * CHUNK)][numbers.below(2)]),
            _ => Spoiled::No,
        };
        let mut case = Self {
            work,
            positioned: numbers.once_in(2),
            len,
            threads: 1 + numbers.below(64),
            spoiled,
            read_fault: None,
            write_fault: None,
            shrunk: None,
            rooted: numbers.once_in(2),
        };
        if numbers.once_in(6) {
            case.read_fault = Some(edge(numbers, case.input() + 1))
                .filter(|&at| !case.positioned || at < case.input());
        }
        if numbers.once_in(6) && work != Work::Authenticate {
            case.write_fault = Some(edge(numbers, case.output().max(1)));
        }
        if case.positioned && case.read_fault.is_none() && case.input() > 0 && numbers.once_in(8) {
            case.shrunk = Some(edge(numbers, case.input()));
        }
        case
    }

    /// The length of the input in bytes, damage included.
    pub(crate) fn input(&self) -> usize {
        let sealed = usize::try_from(sealed_len(self.len as u64)).unwrap();
        match (self.work, self.spoiled) {
            (Work::Seal, _) => self.len,
            (_, Spoiled::Cut(left)) => left,
            (_, Spoiled::More(added)) => sealed + added,
            _ => sealed,
        }
    }

    /// The length of the output in bytes if nothing fails.
    pub(crate) fn output(&self) -> usize {
        match self.work {
            Work::Seal => usize::try_from(sealed_len(self.len as u64)).unwrap(),
            _ => self.len,
        }
    }

    fn segments(&self) -> (usize, usize) {
        match self.work {
            Work::Seal => (SEGMENT * CHUNK, SEGMENT * SEALED_CHUNK),
            _ => (SEGMENT * SEALED_CHUNK, SEGMENT * CHUNK),
        }
    }

    /// The effect of the damage: the chunk at which it is detected, the number of chunks before the
    /// failure, and the failure.
    fn spoil(&self) -> Option<(usize, usize, String)> {
        let count = chunks(self.len);
        match self.spoiled {
            Spoiled::No => None,
            Spoiled::Flip(at) => {
                let chunk = at / SEALED_CHUNK;
                Some((chunk, chunk, format!("damaged {chunk}")))
            }
            Spoiled::Cut(left) => {
                let (whole, rest) = (left / SEALED_CHUNK, left % SEALED_CHUNK);
                match rest {
                    0 => Some((whole.saturating_sub(1), whole, format!("truncated {whole}"))),
                    _ if rest < TAG || (rest == TAG && whole > 0) => {
                        Some((whole, whole, format!("truncated {whole}")))
                    }
                    _ => Some((whole, whole, format!("damaged {whole}"))),
                }
            }
            Spoiled::More(_) if self.len == count * CHUNK => {
                Some((count - 1, count, format!("damaged {count}")))
            }
            Spoiled::More(_) => Some((count - 1, count - 1, format!("damaged {}", count - 1))),
        }
    }

    pub(crate) fn expected(&self) -> Expected {
        if self.positioned {
            self.expected_at()
        } else {
            self.expected_of_stream()
        }
    }

    fn expected_of_stream(&self) -> Expected {
        let (input, output) = self.segments();
        // A segment is written once the byte after it has been read.
        let readable = self
            .read_fault
            .map_or(usize::MAX, |at| at.saturating_sub(1) / input);
        let spoiled = self.spoil().filter(|(seen, ..)| seen / SEGMENT < readable);
        let (released, failure) = match (spoiled, self.read_fault) {
            (Some((_, whole, failure)), _) => (whole * CHUNK, Some(failure)),
            (None, Some(_)) => (readable * output, Some("read".to_owned())),
            (None, None) => (self.output(), None),
        };
        match self.write_fault {
            Some(at) if at < released => Expected {
                released: at,
                failure: Some("write".to_owned()),
            },
            _ => Expected { released, failure },
        }
    }

    fn expected_at(&self) -> Expected {
        let (input, output) = self.segments();
        let failures = [
            self.read_fault.map(|at| (at / input, 0, "read".to_owned())),
            self.shrunk.map(|at| (at / input, 0, "shrunk".to_owned())),
            self.spoil()
                .map(|(seen, _, failure)| (seen / SEGMENT, 1, failure)),
            self.write_fault
                .filter(|&at| at < self.output())
                .map(|at| (at / output, 2, "write".to_owned())),
        ];
        let first = failures.into_iter().flatten().min();
        Expected {
            released: self.output(),
            failure: first.map(|(.., failure)| failure),
        }
    }
}

/// A length around k * 65,536: nine in ten below 6 chunks, the others up to 300.
fn draw_len(numbers: &mut Numbers) -> usize {
    let k = match numbers.below(1000) {
        0..900 => numbers.below(6).min(numbers.below(6)),
        900..985 => 6 + numbers.below(32),
        985..997 => 30 + numbers.below(70),
        _ => 100 + numbers.below(201),
    };
    let around = [0, 1, 2, 15, 16, 17, 32, CHUNK / 2, numbers.below(CHUNK)][numbers.below(9)];
    let len = if numbers.once_in(2) {
        k * CHUNK + around
    } else {
        (k * CHUNK).saturating_sub(around)
    };
    assert!(len < LONGEST * CHUNK);
    if k < 6 { len.min(6 * CHUNK - 1) } else { len }
}

/// A position below `end`, often near the edge of a chunk or the end.
fn edge(numbers: &mut Numbers, end: usize) -> usize {
    let near = |at: usize, numbers: &mut Numbers| {
        (at + numbers.below(4)).saturating_sub(numbers.below(20))
    };
    let at = match numbers.below(4) {
        0 => near(end, numbers),
        1 => near(numbers.below(end / CHUNK + 1) * CHUNK, numbers),
        2 => near(
            numbers.below(end / SEALED_CHUNK + 1) * SEALED_CHUNK,
            numbers,
        ),
        _ => numbers.below(end),
    };
    at.min(end - 1)
}
