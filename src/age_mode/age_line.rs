//! The command line of `age`.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::age_mode::go_flags::{self, Flag, Given, Stopped, Takes};
use crate::age_mode::request::{Action, IdentityFlag, KeyFlags, Manners, Request, unless_stream};
use crate::age_mode::trouble::{Trouble, quoted};

/// The most that age lets the passphrase of a file cost.
const MAX_WORK_FACTOR: u8 = 22;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Version,
    Decrypt,
    Encrypt,
    Passphrase,
    Output,
    Armor,
    Recipient,
    RecipientsFile,
    Identity,
    Plugin,
}

const FLAGS: [Flag<Key>; 10] = [
    switch(&["version"], Key::Version),
    switch(&["d", "decrypt"], Key::Decrypt),
    switch(&["e", "encrypt"], Key::Encrypt),
    switch(&["p", "passphrase"], Key::Passphrase),
    switch(&["a", "armor"], Key::Armor),
    value(&["o", "output"], Key::Output),
    value(&["r", "recipient"], Key::Recipient),
    value(&["R", "recipients-file"], Key::RecipientsFile),
    value(&["i", "identity"], Key::Identity),
    value(&["j"], Key::Plugin),
];

const fn switch(names: &'static [&'static str], key: Key) -> Flag<Key> {
    let takes = Takes::Nothing;
    Flag { names, key, takes }
}

const fn value(names: &'static [&'static str], key: Key) -> Flag<Key> {
    let takes = Takes::Value;
    Flag { names, key, takes }
}

/// What to do for a command line of age.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AgeLine {
    Version,
    Work(Request),
}

/// Reads the arguments after the name of the program.
pub(super) fn parse(program: &OsString, args: &[OsString]) -> Result<AgeLine, Trouble> {
    if args.is_empty() {
        return Err(Trouble::UsageShown);
    }
    let line = go_flags::parse(args, &FLAGS).map_err(|stopped| match stopped {
        Stopped::HelpAsked => Trouble::HelpAsked,
        Stopped::Wrong(why) => Trouble::WrongFlags(why),
    })?;
    let mut typed = Typed::default();
    for (key, given) in line.flags {
        typed.take(key, given);
    }
    if typed.version {
        return Ok(AgeLine::Version);
    }
    if let [_, second, ..] = line.arguments.as_slice() {
        let hints = if second.as_encoded_bytes().starts_with(b"-") {
            hints_of_order(program, args, line.arguments.len())
        } else {
            vec!["only a single input file may be specified at a time".to_owned()]
        };
        let all: Vec<String> = line.arguments.iter().map(quoted).collect();
        let text = format!("too many INPUT arguments: {}", all.join(" "));
        return Err(Trouble::hinted(text, hints));
    }
    let input = line.arguments.into_iter().next().map(PathBuf::from);
    typed.request(input).map(AgeLine::Work)
}

/// Returns hints for a line with flags after its input, unless a shell could take the line in
/// another way than it was typed.
fn hints_of_order(program: &OsString, args: &[OsString], arguments: usize) -> Vec<String> {
    let mut hints = vec!["the input file must be specified after all flags".to_owned()];
    let mut words: Vec<&OsString> = std::iter::once(program).chain(args).collect();
    let is_plain = |word: &&OsString| {
        let may = |byte: &u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(byte);
        word.as_encoded_bytes().iter().all(may)
    };
    if words.iter().all(is_plain) {
        let input = words.remove(words.len() - arguments);
        words.push(input);
        let line: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        hints.push("did you mean:".to_owned());
        hints.push(format!("    {}", line.join(" ")));
    }
    hints
}

#[derive(Default)]
struct Typed {
    version: bool,
    decrypt: bool,
    encrypt: bool,
    passphrase: bool,
    armor: bool,
    output: Option<PathBuf>,
    keys: KeyFlags,
}

impl Typed {
    fn take(&mut self, key: Key, given: Given) {
        match (key, given) {
            (Key::Version, Given::Switch(on)) => self.version = on,
            (Key::Decrypt, Given::Switch(on)) => self.decrypt = on,
            (Key::Encrypt, Given::Switch(on)) => self.encrypt = on,
            (Key::Passphrase, Given::Switch(on)) => self.passphrase = on,
            (Key::Armor, Given::Switch(on)) => self.armor = on,
            (Key::Output, Given::Value(path)) => self.output = Some(path.into()),
            (Key::Recipient, Given::Value(text)) => {
                self.keys
                    .recipients
                    .push(text.to_string_lossy().into_owned());
            }
            (Key::RecipientsFile, Given::Value(path)) => {
                self.keys.recipients_files.push(path.into());
            }
            (Key::Identity, Given::Value(path)) => {
                self.keys.identities.push(IdentityFlag::File(path.into()));
            }
            (Key::Plugin, Given::Value(name)) => {
                let name = name.to_string_lossy().into_owned();
                self.keys.identities.push(IdentityFlag::Plugin(name));
            }
            // The grammar gives a switch to those that take nothing, and a value to the others.
            _ => {}
        }
    }

    fn request(self, input: Option<PathBuf>) -> Result<Request, Trouble> {
        let action = if self.decrypt {
            self.refuse_beside_decrypt()?;
            Action::Decrypt {
                identities: self.keys.identities,
            }
        } else {
            self.refuse_mixed_readers()?;
            if self.passphrase {
                Action::EncryptWithPassphrase
            } else {
                Action::EncryptToKeys(self.keys)
            }
        };
        Ok(Request {
            manners: Manners::Age,
            action,
            armor: self.armor,
            max_work_factor: MAX_WORK_FACTOR,
            output: self.output.filter(|path| !path.as_os_str().is_empty()),
            input: unless_stream(input),
        })
    }

    fn refuse_beside_decrypt(&self) -> Result<(), Trouble> {
        let is_private = "did you mean to use -i/--identity to specify a private key?";
        let (flag, hint) = if self.encrypt {
            ("-e/--encrypt", "")
        } else if self.armor {
            let hint =
                "note that armored files are detected automatically, try again without -a/--armor";
            ("-a/--armor", hint)
        } else if self.passphrase {
            let hint = "note that password protected files are detected automatically";
            ("-p/--passphrase", hint)
        } else if !self.keys.recipients.is_empty() {
            ("-r/--recipient", is_private)
        } else if !self.keys.recipients_files.is_empty() {
            ("-R/--recipients-file", is_private)
        } else {
            return Ok(());
        };
        let hints = Some(hint.to_owned()).filter(|hint| !hint.is_empty());
        Err(Trouble::hinted(
            format!("{flag} can't be used with -d/--decrypt"),
            hints.into_iter().collect(),
        ))
    }

    fn refuse_mixed_readers(&self) -> Result<(), Trouble> {
        let keys = &self.keys;
        if !keys.identities.is_empty() && !self.encrypt {
            return Err(Trouble::hinted(
                "-i/--identity and -j can't be used in encryption mode unless symmetric encryption \
                 is explicitly selected with -e/--encrypt",
                vec!["did you forget to specify -d/--decrypt?".to_owned()],
            ));
        }
        let beside = if !keys.recipients.is_empty() {
            "-r/--recipient"
        } else if !keys.recipients_files.is_empty() {
            "-R/--recipients-file"
        } else if !keys.identities.is_empty() {
            "-i/--identity and -j"
        } else if self.passphrase {
            return Ok(());
        } else {
            let hint = "did you forget to specify -r/--recipient, -R/--recipients-file or -p/--passphrase?";
            return Err(Trouble::hinted("missing recipients", vec![hint.to_owned()]));
        };
        if self.passphrase {
            let text = format!("-p/--passphrase can't be combined with {beside}");
            return Err(Trouble::said(text));
        }
        Ok(())
    }
}
