//! The command lines of `rage` and `rage-keygen`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{ArgAction, Parser};

use crate::age_mode::keygen::Keygen;
use crate::age_mode::program::Program;
use crate::age_mode::request::{Action, IdentityFlag, KeyFlags, Manners, Request};
use crate::age_mode::trouble::Trouble;
use crate::age_mode::usage;

/// The most that rage lets the passphrase of a file cost, if nothing else is said: four more than
/// what it would choose itself.
const MAX_WORK_FACTOR: u8 = 22;

/// What to do for a command line.
pub(super) enum RageLine<T> {
    /// Print this: the help, or the version.
    Print(String),
    Work(T),
}

#[derive(Debug, Parser)]
#[command(
    name = "rage",
    override_usage = usage::RAGE_LINES,
    disable_help_flag = true,
    disable_version_flag = true,
    version = usage::RAGE_VERSION,
    about = "Encrypt and decrypt files in the age format",
    after_help = usage::RAGE_NOTES
)]
struct RageArgs {
    /// File to read (default: standard input)
    #[arg(value_parser = any_path())]
    input: Option<PathBuf>,
    /// Print this help
    #[arg(short, long, action = ArgAction::Help)]
    help: Option<bool>,
    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
    /// Encrypt (the default)
    #[arg(short, long)]
    encrypt: bool,
    /// Decrypt
    #[arg(short, long)]
    decrypt: bool,
    /// Encrypt with a passphrase instead of to recipients
    #[arg(short, long)]
    passphrase: bool,
    /// The most that checking a passphrase may cost, as a work factor
    #[arg(long, value_name = "WF")]
    max_work_factor: Option<u8>,
    /// Write text (armor) instead of binary data
    #[arg(short, long)]
    armor: bool,
    /// Encrypt to this recipient (repeatable)
    #[arg(short, long, value_name = "RECIPIENT")]
    recipient: Vec<String>,
    /// Encrypt to the recipients in this file (repeatable)
    #[arg(short = 'R', long, value_name = "PATH", value_parser = any_path())]
    recipients_file: Vec<PathBuf>,
    /// Use the identities in this file (repeatable)
    #[arg(short, long, value_name = "IDENTITY", value_parser = any_path())]
    identity: Vec<PathBuf>,
    /// Use the default identity of age-plugin-PLUGIN-NAME
    #[arg(short = 'j', value_name = "PLUGIN-NAME")]
    plugin_name: Option<String>,
    /// File to write (default: standard output)
    #[arg(short, long, value_name = "OUTPUT", value_parser = any_path())]
    output: Option<PathBuf>,
}

#[derive(Debug, Parser)]
#[command(
    name = "rage-keygen",
    disable_help_flag = true,
    disable_version_flag = true,
    version = usage::RAGE_VERSION,
    about = "Create a key for age files, or print the recipients of identities"
)]
struct KeygenArgs {
    /// File to read identities from, with -y (default: standard input)
    #[arg(value_parser = any_path())]
    input: Option<PathBuf>,
    /// Print this help
    #[arg(short, long, action = ArgAction::Help)]
    help: Option<bool>,
    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
    /// File to write (default: standard output)
    #[arg(short, long, value_name = "OUTPUT", value_parser = any_path())]
    output: Option<PathBuf>,
    /// Print the recipients of identities
    #[arg(short = 'y')]
    convert: bool,
}

/// A path, also an empty one: rage fails when it opens that.
fn any_path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn read<T: Parser>(program: Program, args: &[OsString]) -> Result<RageLine<T>, Trouble> {
    let name = OsString::from(program.name());
    match T::try_parse_from(std::iter::once(&name).chain(args)) {
        Ok(parsed) => Ok(RageLine::Work(parsed)),
        Err(error) => {
            let text = error.render().to_string();
            match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(RageLine::Print(text)),
                _ => Err(Trouble::WrongFlags(text)),
            }
        }
    }
}

/// Reads the arguments of rage.
pub(super) fn parse(args: &[OsString]) -> Result<RageLine<Request>, Trouble> {
    match read::<RageArgs>(Program::Rage, args)? {
        RageLine::Print(text) => Ok(RageLine::Print(text)),
        RageLine::Work(args) => args.request().map(RageLine::Work),
    }
}

/// Reads the arguments of rage-keygen.
pub(super) fn parse_keygen(args: &[OsString]) -> Result<RageLine<Keygen>, Trouble> {
    match read::<KeygenArgs>(Program::RageKeygen, args)? {
        RageLine::Print(text) => Ok(RageLine::Print(text)),
        RageLine::Work(args) => Ok(RageLine::Work(Keygen {
            program: Program::RageKeygen,
            post_quantum: false,
            converts: args.convert,
            output: args.output.filter(|path| !is_stream(path)),
            input: args.input.filter(|path| !is_stream(path)),
        })),
    }
}

impl RageArgs {
    fn request(self) -> Result<Request, Trouble> {
        if self.encrypt && self.decrypt {
            return Err(cannot("-e/--encrypt", "-d/--decrypt"));
        }
        if !self.identity.is_empty() && !self.encrypt && !self.decrypt {
            return Err(Trouble::said(
                "-i/--identity requires either -e/--encrypt or -d/--decrypt.",
            ));
        }
        self.refuse_mixed()?;
        let files = self.identity.into_iter().map(IdentityFlag::File);
        let mut identities: Vec<IdentityFlag> = files.collect();
        identities.extend(self.plugin_name.map(IdentityFlag::Plugin));
        let action = if self.decrypt {
            Action::Decrypt { identities }
        } else if self.passphrase {
            Action::EncryptWithPassphrase
        } else {
            Action::EncryptToKeys(KeyFlags {
                recipients: self.recipient,
                recipients_files: self.recipients_file,
                identities,
            })
        };
        Ok(Request {
            manners: Manners::Rage,
            action,
            armor: self.armor,
            max_work_factor: self.max_work_factor.unwrap_or(MAX_WORK_FACTOR),
            output: self.output,
            input: self.input.filter(|path| !is_stream(path)),
        })
    }

    fn refuse_mixed(&self) -> Result<(), Trouble> {
        let decrypt = "-d/--decrypt";
        let is_private = "Did you mean to use -i/--identity to specify a private key?";
        let note = |flag: &str, hint: &str| {
            let text = format!("{flag} can't be used with {decrypt}.");
            Err(Trouble::hinted(text, vec![hint.to_owned()]))
        };
        let names_readers = !self.recipient.is_empty()
            || !self.recipients_file.is_empty()
            || !self.identity.is_empty();
        match self {
            args if args.decrypt && args.armor => note(
                "-a/--armor",
                "Note that armored files are detected automatically.",
            ),
            args if args.decrypt && args.passphrase => note(
                "-p/--passphrase",
                "Note that passphrase-encrypted files are detected automatically.",
            ),
            args if args.decrypt && !args.recipient.is_empty() => {
                note("-r/--recipient", is_private)
            }
            args if args.decrypt && !args.recipients_file.is_empty() => {
                note("-R/--recipients-file", is_private)
            }
            args if args.decrypt && !args.identity.is_empty() && args.plugin_name.is_some() => {
                Err(cannot("-i/--identity", "-j"))
            }
            args if args.decrypt => Ok(()),
            args if args.plugin_name.is_some() => Err(cannot("-j", "-e/--encrypt")),
            args if args.passphrase && !args.identity.is_empty() => {
                Err(cannot("-i/--identity", "-p/--passphrase"))
            }
            args if args.passphrase && !args.recipient.is_empty() => {
                Err(cannot("-r/--recipient", "-p/--passphrase"))
            }
            args if args.passphrase && !args.recipients_file.is_empty() => {
                Err(cannot("-R/--recipients-file", "-p/--passphrase"))
            }
            args if !args.passphrase && !names_readers => Err(Trouble::hinted(
                "Missing recipients.",
                vec!["Did you forget to specify -r/--recipient?".to_owned()],
            )),
            _ => Ok(()),
        }
    }
}

fn cannot(flag: &str, beside: &str) -> Trouble {
    Trouble::said(format!("{flag} can't be used with {beside}."))
}
