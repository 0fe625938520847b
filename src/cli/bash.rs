//! How bash asks for completions.
//!
//! We use our own script because clap's does not quote file names. bash quotes them, and adds the
//! slash of a folder, once it knows that there are file names among the candidates.

use std::ffi::OsString;
use std::io::{Error, Write};
use std::path::Path;

use clap::Command;
use clap_complete::env::{Bash as Claps, EnvCompleter};

pub(super) struct Bash;

/// There is one candidate per line. A space follows it, unless it ends in a character after which
/// the word continues.
const REGISTRATION: &str = r#"_bulla_people() {
    local line
    COMPREPLY=()
    while IFS= read -r line || [[ -n $line ]]; do
        COMPREPLY+=("$line")
        case $line in
            */ | *[=:]) compopt -o nospace ;;
        esac
        case $line in
            *[!A-Za-z0-9._=:,@%+-]*) compopt -o filenames ;;
        esac
    done < <(VARIABLE=bash _CLAP_IFS=$'\n' _CLAP_COMPLETE_INDEX=$COMP_CWORD COMPLETER -- "${COMP_WORDS[@]:0:COMP_CWORD}" "$2" 2>/dev/null)
}
complete -o bashdefault -F _bulla_people BINARY
"#;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == "bash"
    }

    fn write_registration(
        &self,
        variable: &str,
        _name: &str,
        binary: &str,
        completer: &str,
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        let completer = format!("'{}'", completer.replace('\'', r"'\''"));
        let text = REGISTRATION
            .replace("VARIABLE", variable)
            .replace("BINARY", binary);
        out.write_all(text.replace("COMPLETER", &completer).as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut Command,
        args: Vec<OsString>,
        folder: Option<&Path>,
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        Claps.write_complete(command, args, folder, out)
    }
}
