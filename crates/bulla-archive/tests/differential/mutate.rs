//! Changes archives a little, so that they stay nearly valid.

/// The size of a block.
pub(crate) const BLOCK: usize = 512;

/// Numbers that look random, always the same for one seed (xorshift).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most.max(1) as u64).unwrap()
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let index = self.below(from.len());
        &from[index]
    }
}

/// The fields of a header: offset and length.
const FIELDS: [(usize, usize); 17] = [
    (0, 100),
    (100, 8),
    (108, 8),
    (116, 8),
    (124, 12),
    (136, 12),
    (156, 1),
    (157, 100),
    (257, 8),
    (265, 32),
    (297, 32),
    (329, 8),
    (337, 8),
    (345, 155),
    (386, 96),
    (482, 1),
    (483, 29),
];

const VALUES: [&[u8]; 40] = [
    b"",
    b"0",
    b"1",
    b"2",
    b"5",
    b"L",
    b"K",
    b"x",
    b"g",
    b"S",
    b"7",
    b"a",
    b"a/",
    b"a/b",
    b"./a",
    b"a//b",
    b"./",
    b".",
    b"./.",
    b"a/.",
    b" a",
    b"a ",
    b"a\nb",
    b"\xff\xfe",
    b"\xc3\xa9",
    b"e\xcc\x81",
    b"file",
    b"dir/file",
    b"00000000000",
    b"00000000001\0",
    b"00000001000\0",
    b"0000000001 ",
    b"       1\0",
    b"1\0",
    b"1 \0",
    b"\x80\0\0\0\0\0\0\0\0\0\0\x01",
    b"\x80\0\0\0\0\0\x01\0",
    b"ustar\x0000",
    b"ustar  \0",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
];

const RECORDS: [&str; 34] = [
    "path=a",
    "path=dir/long",
    "path=./a",
    "path=a/",
    "path=",
    "path=\u{e9}",
    "linkpath=file",
    "linkpath=a",
    "linkpath=",
    "size=0",
    "size=1",
    "size=5",
    "size=512",
    "size=00",
    "mtime=1",
    "mtime=1.5",
    "mtime=-1.5",
    "uid=5",
    "comment=x",
    "comment=a\nb",
    "hdrcharset=BINARY",
    "hdrcharset=ISO-IR 10646 2000 UTF-8",
    "GNU.sparse.major=1",
    "GNU.sparse.minor=0",
    "GNU.sparse.name=a",
    "GNU.sparse.name=dir/holes",
    "GNU.sparse.realsize=5",
    "GNU.sparse.realsize=2000",
    "GNU.sparse.size=5",
    "GNU.sparse.map=0,5",
    "SCHILY.xattr.user.a=b",
    "SCHILY.realsize=5",
    "atime=1",
    "VENDOR.x=1",
];

fn is_header(block: &[u8]) -> bool {
    &block[257..262] == b"ustar"
}

fn set_sum(block: &mut [u8]) {
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

fn header(path: &[u8], kind: u8, size: usize, gnu: bool) -> Vec<u8> {
    let mut block = vec![0; BLOCK];
    block[..path.len()].copy_from_slice(path);
    for (at, text) in [(100, "0000644\0"), (108, "0000000\0"), (116, "0000000\0")] {
        block[at..at + 8].copy_from_slice(text.as_bytes());
    }
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[136..148].copy_from_slice(b"00000000001\0");
    block[156] = kind;
    block[257..265].copy_from_slice(if gnu { b"ustar  \0" } else { b"ustar\x0000" });
    set_sum(&mut block);
    block
}

fn filled(bytes: &[u8]) -> Vec<u8> {
    let mut filled = bytes.to_vec();
    filled.resize(bytes.len().next_multiple_of(BLOCK), 0);
    filled
}

/// A header that describes the next entry.
fn description(random: &mut Random) -> Vec<u8> {
    if random.below(3) == 0 {
        let kind = *random.pick(b"LK");
        let mut text = random.pick(&VALUES[11..28]).to_vec();
        text.push(0);
        return [
            header(b"././@LongLink", kind, text.len(), true),
            filled(&text),
        ]
        .concat();
    }
    let mut bytes = Vec::new();
    for _ in 0..=random.below(4) {
        let text = random.pick(&RECORDS);
        let len = (1..4)
            .map(|digits| text.len() + 2 + digits)
            .find(|len| len.to_string().len() + text.len() + 2 == *len)
            .unwrap();
        bytes.extend_from_slice(format!("{len} {text}\n").as_bytes());
    }
    let kind = if random.below(8) == 0 { b'g' } else { b'x' };
    [header(b"pax", kind, bytes.len(), false), filled(&bytes)].concat()
}

/// An entry of any kind.
fn entry(random: &mut Random) -> Vec<u8> {
    let kind = *random.pick(b"0000125");
    let contents = vec![b'c'; if kind == b'0' { random.below(700) } else { 0 }];
    let path = random.pick(&VALUES[11..28]);
    let mut block = header(path, kind, contents.len(), random.below(2) == 0);
    if matches!(kind, b'1' | b'2') {
        let target = random.pick(&VALUES[11..28]);
        block[157..157 + target.len()].copy_from_slice(target);
        set_sum(&mut block);
    }
    [block, filled(&contents)].concat()
}

/// Returns an archive that differs a little from one of the seeds.
pub(crate) fn mutant(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut archive = random.pick(seeds).clone();
    for _ in 0..=random.below(3) {
        let blocks = (archive.len() / BLOCK).max(1);
        archive.resize(blocks * BLOCK, 0);
        let headers: Vec<usize> = (0..blocks)
            .map(|block| block * BLOCK)
            .filter(|at| is_header(&archive[*at..at + BLOCK]))
            .collect();
        let at = headers
            .get(random.below(headers.len()))
            .copied()
            .unwrap_or(0);
        let any = random.below(blocks) * BLOCK;
        match random.below(12) {
            0..=4 => {
                let (offset, len) = *random.pick(&FIELDS);
                let value = random.pick(&VALUES);
                let value = &value[..value.len().min(len)];
                let field = &mut archive[at + offset..at + offset + len];
                if random.below(3) > 0 {
                    field.fill(0);
                }
                field[..value.len()].copy_from_slice(value);
            }
            5 => {
                let bit = random.below(8);
                archive[at + random.below(BLOCK)] ^= 1 << bit;
            }
            6 => {
                // Often in the records of an extended header.
                let byte = (at + BLOCK + random.below(64)).min(archive.len() - 1);
                archive[byte] = *random.pick(b"0123456789 =\n\0a/.");
            }
            7 | 8 => {
                let new = description(random);
                archive.splice(at..at, new);
            }
            9 => {
                let new = entry(random);
                archive.splice(at..at, new);
            }
            10 => {
                let other = random.pick(seeds);
                let from = random.below(other.len() / BLOCK) * BLOCK;
                let len = (1 + random.below(3)) * BLOCK;
                let piece = other[from..other.len().min(from + len)].to_vec();
                archive.splice(any..any, piece);
            }
            _ => {
                let end = archive.len().min(any + (1 + random.below(3)) * BLOCK);
                archive.drain(any..end);
            }
        }
        if random.below(20) > 0 {
            for block in archive.chunks_exact_mut(BLOCK) {
                if is_header(block) {
                    set_sum(block);
                }
            }
        }
    }
    archive
}
