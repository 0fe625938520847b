//! Being called as a plugin of other age programs: by the name `age-plugin-bulla`, or with an option
//! that only they use. Some of them follow a symlink first, and call the program by its own name.

use std::ffi::OsString;
use std::path::Path;

use crate::commands::age_plugin::AgePlugin;

/// The plugin's name.
const PLUGIN: &str = "age-plugin-bulla";

/// Returns what an age program wants from its plugin, if the program was called as one. `Err` if it
/// was not an age program that called it.
pub(crate) fn plugin(args: &[OsString]) -> Option<Result<AgePlugin, &'static str>> {
    let name = Path::new(args.first()?).file_name()?;
    let machine = match &args[1..] {
        [only] => only.to_str().and_then(|only| {
            let machine = only.strip_prefix("--age-plugin=")?;
            AgePlugin::of_machine(machine)
        }),
        _ => None,
    };
    if machine.is_none() && name != PLUGIN {
        return None;
    }
    Some(machine.ok_or("age-plugin-bulla is started by age programs, to use your identities"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(args: &[&str]) -> Option<Result<AgePlugin, &'static str>> {
        let args: Vec<_> = args.iter().map(OsString::from).collect();
        plugin(&args)
    }

    #[test]
    fn only_an_age_program_starts_the_plugin() {
        let machine = "--age-plugin=identity-v1";
        assert_eq!(
            called(&["/usr/bin/age-plugin-bulla", machine]),
            Some(Ok(AgePlugin::Unwrap))
        );
        assert_eq!(
            called(&["age-plugin-bulla", "--age-plugin=recipient-v1"]),
            Some(Ok(AgePlugin::Wrap))
        );
        for args in [
            &["age-plugin-bulla"][..],
            &["age-plugin-bulla", "--age-plugin=other-v9"],
            &["age-plugin-bulla", machine, "x"],
            &["age-plugin-bulla", "encrypt"],
        ] {
            assert!(called(args).unwrap().is_err(), "{args:?}");
        }
        assert_eq!(called(&["bulla", machine]), Some(Ok(AgePlugin::Unwrap)));
        assert_eq!(called(&["bulla", machine, "x"]), None);
        assert_eq!(called(&["bulla", "--age-plugin=other-v9"]), None);
        assert_eq!(called(&["bulla"]), None);
        assert_eq!(called(&[]), None);
    }
}
