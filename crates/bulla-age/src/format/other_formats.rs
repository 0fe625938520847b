//! What a file is that is not an age file, told by its beginning.

/// How files of other formats begin, and what they are called.
const BEGINNINGS: [(&[u8], &str); 20] = [
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"\xfd7zXZ\0", "an xz file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"Salted__", "a file of openssl enc"),
    (b"untrusted comment:", "a file of minisign or signify"),
    (b"-----BEGIN PGP MESSAGE", "an OpenPGP message"),
    (b"-----BEGIN PGP SIGNED MESSAGE", "a signed OpenPGP message"),
    (b"-----BEGIN PGP", "an OpenPGP key or signature"),
    (b"-----BEGIN CMS", "an S/MIME message"),
    (b"-----BEGIN PKCS7", "an S/MIME message"),
    (b"-----BEGIN CERTIFICATE", "a certificate"),
    (b"-----BEGIN BULLA CARD", CARD),
    (b"AGE-SECRET-KEY-", IDENTITY),
    (b"AGE-PLUGIN-", IDENTITY),
    (b"age1", RECIPIENTS),
];
const CARD: &str = "a contact card";
const RECIPIENTS: &str = "a file of recipients (public keys)";
const IDENTITY: &str = "an identity file (a secret key)";

/// Returns what a file is called, with its article, if it begins like one of a format that has
/// nothing to do with age.
pub fn foreign_format(start: &[u8]) -> Option<&'static str> {
    kind(start).filter(|kind| ![CARD, RECIPIENTS, IDENTITY].contains(kind))
}

/// Returns what a file that begins like this is called, with its article.
pub(super) fn kind(start: &[u8]) -> Option<&'static str> {
    if is_open_pgp(start) {
        return Some("an OpenPGP file");
    }
    let text = past_comments(start);
    if start.starts_with(b"# bulla identity ") {
        return Some(IDENTITY);
    }
    if start.starts_with(b"# bulla card ") {
        return Some(CARD);
    }
    if text.starts_with(b"-----BEGIN ") && first_line(text).ends_with(b" PRIVATE KEY-----") {
        return Some("a private key");
    }
    let beginning = BEGINNINGS
        .iter()
        .find(|(begins, _)| text.starts_with(begins));
    beginning.map(|(_, kind)| *kind)
}

/// Returns the bytes after the lines that are empty or comments.
fn past_comments(mut text: &[u8]) -> &[u8] {
    loop {
        text = text.trim_ascii_start();
        match text.iter().position(|byte| *byte == b'\n') {
            Some(end) if text.starts_with(b"#") => text = &text[end..],
            _ => return text,
        }
    }
}

fn first_line(text: &[u8]) -> &[u8] {
    let line = text.split(|byte| *byte == b'\n').next();
    line.unwrap_or_default().trim_ascii_end()
}

/// Returns true if this is the packet with which an encrypted OpenPGP file begins: a session key,
/// for a public key or for a passphrase (RFC 9580, sections 4.2, 5.1 and 5.3).
fn is_open_pgp(start: &[u8]) -> bool {
    let (tag, header) = match start {
        [first @ 0x80..=0xbf, ..] => ((first >> 2) & 15, 1 + [1, 2, 4, 0][usize::from(first & 3)]),
        [first @ 0xc0..=0xff, 192..=223, ..] => (first & 63, 3),
        [first @ 0xc0..=0xff, ..] => (first & 63, 2),
        _ => return false,
    };
    match (tag, start.get(header..)) {
        (1, Some([3, rest @ ..])) => matches!(rest.get(8), Some(1..=3 | 16..=25)),
        (1, Some([6, ..])) => true,
        (3, Some([4..=6, 0..=13, ..])) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_pgp_is_told_from_other_binary_files() {
        let for_a_key = [&[0x85, 1, 12, 3][..], &[7; 8], &[1, 8, 0]].concat();
        let for_an_elliptic_key = [&[0x84, 0x5e, 3][..], &[7; 8], &[18, 1]].concat();
        let new_format = [&[0xc1, 0xc0, 0x4c, 3][..], &[7; 8], &[1, 8, 0]].concat();
        for file in [
            &for_a_key[..],
            &for_an_elliptic_key,
            &new_format,
            &[0x8c, 13, 4, 9, 3, 2],
            &[0xc3, 13, 4, 9, 3, 2],
        ] {
            assert_eq!(kind(file), Some("an OpenPGP file"), "{file:02x?}");
        }
        for other in [
            &b"\x85hello world"[..],
            &[0xff; 40],
            &[0x80; 3],
            b"",
            b"age-encryption.org/v1",
        ] {
            assert_eq!(kind(other), None, "{other:02x?}");
        }
    }

    #[test]
    fn comments_do_not_hide_what_a_file_is() {
        let identity = b"# created: today\r\n# public key: age1x\r\nAGE-SECRET-KEY-1Q\r\n";
        assert_eq!(kind(identity), Some(IDENTITY));
        assert_eq!(kind(b"# only a comment"), None);
        let key = b"-----BEGIN RSA PRIVATE KEY-----\r\nMII";
        assert_eq!(kind(key), Some("a private key"));
    }
}
