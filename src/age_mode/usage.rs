//! The help of the programs, and what they say about their version.

use crate::age_mode::program::Program;

/// What a program says about its version: first that of the program whose command line this is,
/// because tools ask for it to know what they can use.
const AGE_VERSION: &str = concat!("v1.3.2 (bulla ", env!("CARGO_PKG_VERSION"), ")\n");
pub(super) const RAGE_VERSION: &str = concat!("0.12.1 (bulla ", env!("CARGO_PKG_VERSION"), ")");

/// Follows every error of rage, whose users look for it at the end.
pub(super) const AFTER_RAGE_ERRORS: &str = "\
[ Did rage not do what you expected? Could an error be more useful? ]
[ Tell us: https://str4d.xyz/rage/report                            ]";

pub(super) const RAGE_LINES: &str = "\
rage [--encrypt] (-r RECIPIENT | -R PATH)... [-i IDENTITY] [-a] [-o OUTPUT] [INPUT]
       rage [--encrypt] --passphrase [-a] [-o OUTPUT] [INPUT]
       rage --decrypt [-i IDENTITY] [-o OUTPUT] [INPUT]";

pub(super) const RAGE_NOTES: &str = "\
This is bulla, called as rage. An existing OUTPUT is replaced when the new one is complete. PATH and
IDENTITY can be \"-\" for standard input.";

const AGE: &str = "\
Usage:
    age [--encrypt] (-r RECIPIENT | -R PATH)... [--armor] [-o OUTPUT] [INPUT]
    age [--encrypt] --passphrase [--armor] [-o OUTPUT] [INPUT]
    age --decrypt [-i PATH]... [-j PLUGIN]... [-o OUTPUT] [INPUT]

Options:
    -e, --encrypt               Encrypt (the default)
    -d, --decrypt               Decrypt
    -r, --recipient RECIPIENT   Encrypt to this recipient (repeatable)
    -R, --recipients-file PATH  Encrypt to the recipients in this file (repeatable)
    -i, --identity PATH         Use the identities in this file (repeatable)
    -j PLUGIN                   Use the default identity of age-plugin-PLUGIN (repeatable)
    -p, --passphrase            Encrypt with a passphrase
    -a, --armor                 Write text (armor) instead of binary data
    -o, --output OUTPUT         Write to this file instead of standard output
    --version                   Print the version

This is bulla, called as age. All options precede INPUT, and \"-\" is a standard stream. An existing
OUTPUT is replaced when the new one is complete and checked. Neither the keyring nor the settings of
bulla are read. See docs/age-mode.md.";

const AGE_KEYGEN: &str = "\
Usage:
    age-keygen [-pq] [-o OUTPUT]
    age-keygen -y [-o OUTPUT] [INPUT]

Options:
    -pq                   Create a post-quantum key
    -y                    Print the recipients of the identities in INPUT
    -o, --output OUTPUT   Write to this new file instead of standard output
    --version             Print the version

This is bulla, called as age-keygen.";

const AGE_INSPECT: &str = "\
Usage:
    age-inspect [--json] [INPUT]

Options:
    --json      Print JSON
    --version   Print the version

This is bulla, called as age-inspect.";

/// Returns the help of a program of age. Those of rage are made from their options.
pub(super) fn of(program: Program) -> &'static str {
    match program {
        Program::Age => AGE,
        Program::AgeKeygen => AGE_KEYGEN,
        Program::AgeInspect => AGE_INSPECT,
        Program::Rage | Program::RageKeygen => "",
    }
}

/// Returns what a program of age says about its version.
pub(super) fn version() -> &'static str {
    AGE_VERSION
}
