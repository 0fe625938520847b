//! The records of an extended POSIX header (pax).

use std::collections::HashSet;

use crate::entry::Timestamp;
use crate::read::error::{Fault, Field, Refusal};
use crate::read::number::{decimal, time};
use crate::read::path;

/// The largest extended header, in bytes. Extended attributes are its largest part.
pub(super) const LARGEST: u64 = 1 << 20;
/// The most records of one entry.
const MOST_RECORDS: usize = 4096;
/// The longest name of an extended attribute on Linux.
const LONGEST_ATTRIBUTE: usize = 255;

/// What the records of an entry say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Extended {
    pub(super) path: Option<Vec<u8>>,
    pub(super) target: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
    pub(super) modified: Option<Timestamp>,
    pub(super) attributes: Vec<(Vec<u8>, Vec<u8>)>,
    /// The length of a file whose contents begin with a list of its parts.
    pub(super) holes: Option<u64>,
}

/// The records about holes, of which all four must be there.
#[derive(Default)]
struct Holes {
    major: bool,
    minor: bool,
    path: Option<Vec<u8>>,
    len: Option<u64>,
}

impl Extended {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let mut extended = Self::default();
        let mut holes = Holes::default();
        let mut keywords: HashSet<&[u8]> = HashSet::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let record = Record::take(&mut rest).ok_or(Refusal::Records)?;
            if !keywords.insert(record.keyword) {
                return Err(Refusal::Twice(field(record.keyword)));
            }
            if keywords.len() > MOST_RECORDS {
                return Err(Refusal::Limit(Field::Extended, LARGEST));
            }
            extended.add(&record, &mut holes)?;
        }
        extended.settle(holes)
    }

    fn add(&mut self, record: &Record<'_>, holes: &mut Holes) -> Result<(), Refusal> {
        let value = record.value;
        match record.keyword {
            // Some readers take the last of the two paths, others always that of the holes.
            b"path" if holes.path.is_some() => return Err(Refusal::Twice(Field::Path)),
            b"path" => self.path = Some(some_text(value, Field::Path)?),
            b"linkpath" => self.target = Some(some_text(value, Field::Link)?),
            b"size" => self.size = Some(decimal(value, Field::Size)?),
            b"uid" => self.uid = Some(decimal(value, Field::Owner)?),
            b"gid" => self.gid = Some(decimal(value, Field::Owner)?),
            b"mtime" => self.modified = Some(time(value)?),
            b"hdrcharset" if is_charset(value) => {}
            b"hdrcharset" => return Err(Refusal::Field(Field::Charset, Fault::Unknown)),
            b"GNU.sparse.major" if value == b"1" => holes.major = true,
            b"GNU.sparse.minor" if value == b"0" => holes.minor = true,
            b"GNU.sparse.name" => holes.path = Some(some_text(value, Field::Path)?),
            b"GNU.sparse.realsize" => holes.len = Some(decimal(value, Field::Size)?),
            keyword if is_ignored(keyword) => {}
            keyword => match keyword.strip_prefix(b"SCHILY.xattr.") {
                Some(name) => self.attributes.push(attribute(name, value)?),
                None => return Err(Refusal::Keyword),
            },
        }
        Ok(())
    }

    fn settle(mut self, holes: Holes) -> Result<Self, Refusal> {
        match holes {
            Holes {
                major: true,
                minor: true,
                path: Some(path),
                len: Some(len),
            } => {
                self.path = Some(path);
                self.holes = Some(len);
            }
            Holes {
                major: false,
                minor: false,
                path: None,
                len: None,
            } => {}
            _ => return Err(Refusal::Holes),
        }
        Ok(self)
    }
}

/// Checks a header for all entries after it. Only comments are accepted, as git writes one: what
/// else it holds some readers apply and others do not.
pub(super) fn check_global(bytes: &[u8]) -> Result<(), Refusal> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let record = Record::take(&mut rest).ok_or(Refusal::Records)?;
        if record.keyword != b"comment" {
            return Err(Refusal::Global);
        }
    }
    Ok(())
}

/// One record: its length in decimal digits, a space, the keyword, `=`, the value, a line end.
struct Record<'a> {
    keyword: &'a [u8],
    value: &'a [u8],
}

impl<'a> Record<'a> {
    fn take(rest: &mut &'a [u8]) -> Option<Self> {
        let space = rest.iter().take(8).position(|byte| *byte == b' ')?;
        let len = decimal(&rest[..space], Field::Extended).ok()?;
        let (record, after) = rest.split_at_checked(usize::try_from(len).ok()?)?;
        let text = record.get(space + 1..)?.strip_suffix(b"\n")?;
        let equals = text.iter().position(|byte| *byte == b'=')?;
        let (keyword, value) = (&text[..equals], &text[equals + 1..]);
        if keyword.is_empty() || keyword.contains(&0) {
            return None;
        }
        *rest = after;
        Some(Self { keyword, value })
    }
}

fn some_text(value: &[u8], field: Field) -> Result<Vec<u8>, Refusal> {
    if value.is_empty() {
        return Err(Refusal::Field(field, Fault::Empty));
    }
    if value.len() > path::LONGEST_PATH {
        return Err(Refusal::Limit(field, path::LONGEST_PATH as u64));
    }
    if value.contains(&0) {
        return Err(Refusal::Field(field, Fault::Nul));
    }
    Ok(value.to_vec())
}

fn attribute(name: &[u8], value: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Refusal> {
    if name.is_empty() {
        return Err(Refusal::Field(Field::Attribute, Fault::Empty));
    }
    if name.len() > LONGEST_ATTRIBUTE {
        return Err(Refusal::Limit(Field::Attribute, LONGEST_ATTRIBUTE as u64));
    }
    Ok((name.to_vec(), value.to_vec()))
}

/// Returns whether names are in UTF-8, or taken as they are, which is the same here.
fn is_charset(value: &[u8]) -> bool {
    matches!(value, b"BINARY" | b"ISO-IR 10646 2000 UTF-8")
}

/// Returns whether a record changes neither the name nor the contents of anything.
fn is_ignored(keyword: &[u8]) -> bool {
    matches!(
        keyword,
        b"atime"
            | b"ctime"
            | b"uname"
            | b"gname"
            | b"comment"
            | b"LIBARCHIVE.creationtime"
            | b"SCHILY.dev"
            | b"SCHILY.ino"
            | b"SCHILY.nlink"
            | b"SCHILY.fflags"
            | b"SCHILY.acl.access"
            | b"SCHILY.acl.default"
            | b"SCHILY.acl.ace"
            | b"RHT.security.selinux"
    ) || keyword.starts_with(b"LIBARCHIVE.xattr.")
}

fn field(keyword: &[u8]) -> Field {
    match keyword {
        b"path" | b"GNU.sparse.name" => Field::Path,
        b"linkpath" => Field::Link,
        b"size" | b"GNU.sparse.realsize" => Field::Size,
        b"uid" | b"gid" | b"uname" | b"gname" => Field::Owner,
        b"mtime" | b"atime" | b"ctime" => Field::Time,
        _ if keyword.starts_with(b"SCHILY.xattr.") => Field::Attribute,
        _ => Field::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(text: &str) -> Vec<u8> {
        let digits = (1..5)
            .find(|digits| (text.len() + digits + 2).to_string().len() == *digits)
            .expect("short");
        format!("{} {text}\n", text.len() + digits + 2).into_bytes()
    }

    fn parse(records: &[&str]) -> Result<Extended, Refusal> {
        Extended::parse(
            &records
                .iter()
                .flat_map(|text| record(text))
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn records_of_the_usual_writers_are_understood() {
        let read = parse(&[
            "path=a/ü",
            "linkpath=../b",
            "size=9000000000",
            "uid=4000000",
            "mtime=1.5",
            "atime=2",
            "hdrcharset=BINARY",
            "SCHILY.xattr.user.a=b=\n",
            "LIBARCHIVE.xattr.user.a=Yj0K",
            "SCHILY.fflags=nodump",
        ])
        .unwrap();
        let expected = Extended {
            path: Some("a/ü".into()),
            target: Some("../b".into()),
            size: Some(9_000_000_000),
            uid: Some(4_000_000),
            modified: Some(Timestamp {
                seconds: 1,
                nanoseconds: 500_000_000,
            }),
            attributes: vec![(b"user.a".to_vec(), b"b=\n".to_vec())],
            ..Extended::default()
        };
        assert_eq!(read, expected);
        let holes = [
            "GNU.sparse.major=1",
            "GNU.sparse.minor=0",
            "GNU.sparse.name=real",
            "GNU.sparse.realsize=5",
        ];
        let read = parse(&holes).unwrap();
        assert_eq!((read.path, read.holes), (Some(b"real".to_vec()), Some(5)));
        for missing in 0..holes.len() {
            let mut some = holes.to_vec();
            some.remove(missing);
            assert_eq!(parse(&some), Err(Refusal::Holes));
        }
        // Python takes the last of the two paths, GNU tar that of the holes.
        let path_last = [&holes[..], &["path=other"]].concat();
        assert_eq!(parse(&path_last), Err(Refusal::Twice(Field::Path)));
        let path_first = [&["path=other"], &holes[..]].concat();
        assert_eq!(parse(&path_first).unwrap().path, Some(b"real".to_vec()));
    }

    #[test]
    fn what_readers_could_understand_differently_is_refused() {
        for (records, refusal) in [
            (&["path=a", "path=a"][..], Refusal::Twice(Field::Path)),
            (&["path="], Refusal::Field(Field::Path, Fault::Empty)),
            (&["path=a\0b"], Refusal::Field(Field::Path, Fault::Nul)),
            (&["size=-1"], Refusal::Field(Field::Size, Fault::Number)),
            (&["size= 1"], Refusal::Field(Field::Size, Fault::Number)),
            (
                &["size=9223372036854775808"],
                Refusal::Field(Field::Size, Fault::Range),
            ),
            (&["GNU.sparse.map=0,1"], Refusal::Keyword),
            (&["SCHILY.realsize=1"], Refusal::Keyword),
            (&["GNU.sparse.major=0"], Refusal::Keyword),
            (
                &["hdrcharset=LATIN"],
                Refusal::Field(Field::Charset, Fault::Unknown),
            ),
        ] {
            assert_eq!(parse(records), Err(refusal), "{records:?}");
        }
        for malformed in [
            &b"6 a=b"[..],
            b"5 a=b\n",
            b"7 a=b\n",
            b"06 a=b\n",
            b" 6 a=b\n",
            b"6\ta=b\n",
            b"5 ab\n",
            b"4 =\n",
            b"99999999999 a=b\n",
            b"9 path=x\n\0\0",
        ] {
            assert_eq!(
                Extended::parse(malformed),
                Err(Refusal::Records),
                "{}",
                malformed.escape_ascii()
            );
        }
        assert_eq!(check_global(&record("comment=0123")), Ok(()));
        assert_eq!(check_global(&record("path=x")), Err(Refusal::Global));
    }
}
