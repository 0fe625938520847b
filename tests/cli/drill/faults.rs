//! Three hundred faults, each reported as what it is, and none called proved.

use std::collections::BTreeMap;
use std::fs;

use crate::env::TestEnv;
use crate::people::ONE;

/// Random numbers, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }
}

/// The bytes of a sealed chunk.
const CHUNK: usize = 65536 + 16;

/// Where the payload begins: after the line of the MAC and the nonce.
fn payload(file: &[u8]) -> usize {
    let mac = file.windows(5).position(|part| part == b"\n--- ").unwrap();
    let line = file[mac + 1..]
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap();
    mac + 1 + line + 1 + 16
}

/// A folder of copies, and what a drill must call each of them.
struct Campaign {
    env: TestEnv,
    random: Random,
    expected: BTreeMap<String, &'static [&'static str]>,
}

const PER_KIND: usize = 20;

impl Campaign {
    fn new() -> Self {
        let env = TestEnv::new();
        env.does(&["identity", "new", "me", "--no-passphrase"]);
        env.does(&["identity", "new", "recovery", "--no-passphrase"]);
        fs::create_dir(env.path("media")).unwrap();
        Self {
            env,
            random: Random(16),
            expected: BTreeMap::new(),
        }
    }

    fn name(kind: &str, number: usize) -> String {
        format!("{kind}-{number:02}")
    }

    /// Makes the good copies of one kind: of one to four chunks.
    fn grow(&mut self, kind: &str) -> Vec<String> {
        let names: Vec<String> = (0..PER_KIND).map(|at| Self::name(kind, at)).collect();
        for name in &names {
            let len = 1 + self.random.below(3 * 65536);
            let byte = self.random.below(256) as u8;
            self.env.write(&format!("live/{name}"), vec![byte; len]);
        }
        self.encrypt(&names, &["--to", "me", "--to", "recovery", "--sign"]);
        names
    }

    fn encrypt(&self, names: &[String], readers: &[&str]) {
        let paths: Vec<String> = names.iter().map(|name| format!("live/{name}")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let line = ["encrypt", "-q", "-f", "-o", "media"];
        self.env.does(&[&line[..], readers, &paths].concat());
    }

    fn copy(name: &str) -> String {
        format!("media/{name}.age")
    }

    fn change(&mut self, name: &str, kinds: &'static [&'static str], new: Vec<u8>) {
        let path = Self::copy(name);
        assert_ne!(self.env.read(&path), new, "{name}: this is no fault");
        self.env.write(&path, new);
        self.expect(name, kinds);
    }

    fn expect(&mut self, name: &str, kinds: &'static [&'static str]) {
        self.expected.insert(Self::copy(name), kinds);
    }

    /// Runs a drill, and returns what it calls each copy.
    fn drill(&self, line: &[&str]) -> BTreeMap<String, String> {
        let line = [&["drill", "--json"], line].concat();
        let outcome = self.env.bulla(line).run();
        let mut called = BTreeMap::new();
        for object in outcome.json() {
            let Some(file) = object["file"].as_str() else {
                continue;
            };
            let kind = match object["status"].as_str() {
                Some("ok") => "proved",
                _ => object["error"]["kind"].as_str().unwrap(),
            };
            called.insert(file.to_owned(), kind.to_owned());
        }
        called
    }

    /// Compares what a drill says with what was planted. Returns the number of faults.
    fn check(&self, called: &BTreeMap<String, String>) -> usize {
        let mut wrong = Vec::new();
        for (file, kinds) in &self.expected {
            let found = called.get(file).map_or("nothing", String::as_str);
            if !kinds.contains(&found) {
                wrong.push(format!("{file} is {kinds:?}, called {found}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let faults = self.expected.values().filter(|kinds| **kinds != ["proved"]);
        faults.count()
    }

    /// Bit rot: one bit of a part of the file.
    fn rot(&mut self, kind: &str, names: &[String], kinds: &'static [&'static str]) {
        for name in names {
            let mut bytes = self.env.read(&Self::copy(name));
            let (start, len) = (payload(&bytes), bytes.len());
            let last = start + (len - start - 1) / CHUNK * CHUNK;
            let range = match kind {
                "header" => 0..start - 16,
                "nonce" => start - 16..start,
                "chunk" if last > start => start..last,
                _ => last..len,
            };
            let at = range.start + self.random.below(range.len());
            bytes[at] ^= 1 << self.random.below(8);
            self.change(name, kinds, bytes);
        }
    }

    fn cut(&mut self, kind: &str, names: &[String]) {
        for name in names {
            let bytes = self.env.read(&Self::copy(name));
            let start = payload(&bytes);
            let len = match kind {
                "cut-header" => self.random.below(start - 16),
                "cut-nonce" => start - 16 + self.random.below(16),
                "cut-boundary" => {
                    start + self.random.below((bytes.len() - start).div_ceil(CHUNK)) * CHUNK
                }
                _ => start + self.random.below(bytes.len() - start),
            };
            self.change(name, &["truncated"], bytes[..len].to_vec());
        }
    }
}

#[test]
fn three_hundred_faults_are_called_what_they_are_and_none_is_proved() {
    let mut campaign = Campaign::new();
    let kinds = [
        "good",
        "header",
        "nonce",
        "chunk",
        "last",
        "moved",
        "cut-header",
        "cut-nonce",
        "cut-boundary",
        "cut-chunk",
        "missing",
        "missing-too",
        "swapped",
        "again",
        "older",
        "stale",
        "signer",
        "wrong",
    ];
    let names: BTreeMap<&str, Vec<String>> = kinds
        .into_iter()
        .map(|kind| (kind, campaign.grow(kind)))
        .collect();
    let of = |kind: &str| names[kind].as_slice();
    // Copies that are older than those that a drill will know, and that no drill has seen.
    let old: Vec<Vec<u8>> = of("older")
        .iter()
        .map(|name| campaign.env.read(&Campaign::copy(name)))
        .collect();
    // Statements have whole seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    campaign.encrypt(of("older"), &["--to", "recovery", "--sign"]);

    let all = campaign.drill(&["media", "--identity", "recovery"]);
    assert_eq!(all.len(), kinds.len() * PER_KIND);
    assert!(all.values().all(|kind| kind == "proved"), "{all:?}");

    for name in of("good") {
        campaign.expect(name, &["proved"]);
    }
    campaign.rot("header", of("header"), &["bad-header", "not-age"]);
    campaign.rot("nonce", of("nonce"), &["damaged", "bad-header"]);
    campaign.rot("chunk", of("chunk"), &["damaged"]);
    campaign.rot("last", of("last"), &["damaged"]);
    for name in of("moved") {
        // The beginning of the payload of another file, under this header.
        let bytes = campaign.env.read(&Campaign::copy(name));
        let other = campaign.env.read(&Campaign::copy(&of("good")[0]));
        let (start, from) = (payload(&bytes), payload(&other));
        let len = (bytes.len() - start).min(other.len() - from);
        let mut new = bytes.clone();
        new[start..start + len].copy_from_slice(&other[from..from + len]);
        campaign.change(name, &["damaged"], new);
    }
    for kind in ["cut-header", "cut-nonce", "cut-boundary", "cut-chunk"] {
        campaign.cut(kind, of(kind));
    }
    // The daily key can say that the reader is missing, and for the others nobody can.
    for (kind, readers) in [
        ("missing", &["--to", "me", "--sign"][..]),
        ("missing-too", &["--no-self", "-r", ONE]),
    ] {
        campaign.encrypt(of(kind), readers);
        for name in of(kind) {
            campaign.expect(name, &["missing-reader"]);
        }
    }
    for pair in of("swapped").chunks(2) {
        let [one, other] = [&pair[0], &pair[1]].map(|name| Campaign::copy(name));
        let bytes = campaign.env.read(&one);
        fs::rename(campaign.env.path(&other), campaign.env.path(&one)).unwrap();
        campaign.env.write(&other, bytes);
        for name in pair {
            campaign.expect(name, &["swapped"]);
        }
    }
    // A newer copy is proved, and then the one before it comes back.
    let before: Vec<Vec<u8>> = of("again")
        .iter()
        .map(|name| campaign.env.read(&Campaign::copy(name)))
        .collect();
    campaign.encrypt(of("again"), &["--to", "recovery", "--sign"]);
    let again: Vec<String> = of("again")
        .iter()
        .map(|name| Campaign::copy(name))
        .collect();
    let again: Vec<&str> = again.iter().map(String::as_str).collect();
    let newer = campaign.drill(&[&["--identity", "recovery"], &again[..]].concat());
    assert!(newer.values().all(|kind| kind == "proved"), "{newer:?}");
    for (kind, earlier) in [("again", before), ("older", old)] {
        for (name, bytes) in of(kind).iter().zip(earlier) {
            campaign.change(name, &["stale"], bytes);
        }
    }
    let called = campaign.drill(&["media", "--identity", "recovery"]);
    let mut faults = campaign.check(&called);

    // What depends on the question rather than on the copy.
    let stale: Vec<String> = of("stale")
        .iter()
        .map(|name| Campaign::copy(name))
        .collect();
    for copy in &stale {
        let line = [copy, "--identity", "recovery", "--not-older", "1s"];
        let called = campaign.drill(&line);
        assert_eq!(called[copy], "stale");
        faults += 1;
    }
    let env = &campaign.env;
    env.does(&["contact", "add", "host", ONE]);
    let asked = |kind: &str, line: &[&str], expected: &str| {
        let copies: Vec<String> = of(kind).iter().map(|name| Campaign::copy(name)).collect();
        let copies: Vec<&str> = copies.iter().map(String::as_str).collect();
        let called = campaign.drill(&[line, &copies[..]].concat());
        assert_eq!(called.len(), PER_KIND);
        assert!(called.values().all(|kind| kind == expected), "{called:?}");
        called.len()
    };
    faults += asked(
        "signer",
        &["--identity", "recovery", "--signed-by", "host"],
        "sender",
    );
    env.does(&["identity", "new", "stick", "--no-passphrase"]);
    // Without the daily key nobody can say more.
    env.does(&["identity", "default", "stick"]);
    let wrong = asked("wrong", &["--daily"], "missing-reader");
    env.does(&["identity", "export", "stick", "--secret", "-o", "stick.key"]);
    let home = env.path("nothing");
    let copies: Vec<String> = of("wrong")
        .iter()
        .map(|name| Campaign::copy(name))
        .collect();
    let line = [
        "drill",
        "--json",
        "--identity",
        "stick.key",
        "--receipts",
        "there",
    ];
    let outcome = env
        .bulla(line.into_iter().chain(copies.iter().map(String::as_str)))
        .env("BULLA_HOME", home)
        .run();
    let kinds: Vec<_> = outcome
        .json()
        .iter()
        .filter(|object| object["file"].is_string())
        .map(|object| object["error"]["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, vec!["wrong-key"; PER_KIND]);
    faults += wrong + kinds.len();
    assert!(faults >= 300, "only {faults} faults");
}
