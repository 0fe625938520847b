//! The identities on a command line, in the order in which they are there.

use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, FromArgMatches};

/// Identities from `-i` and `-j`, in order: a plugin before a locked file is asked first.
#[derive(Clone, Debug, Default)]
pub(crate) struct GivenIdentities(Vec<GivenIdentity>);

/// What names an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GivenIdentity {
    /// `-i`: a file of identities.
    File(PathBuf),
    /// `-j`: the default identity of a plugin.
    Plugin(String),
}

/// The options as clap collects them: one list for each.
#[derive(Args, Clone, Debug)]
struct Lists {
    /// Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard
    /// input)
    #[arg(short, long, value_name = "PATH")]
    identity: Vec<PathBuf>,
    /// Use this age plugin's default identity (repeatable)
    #[arg(short = 'j', long, value_name = "NAME")]
    plugin: Vec<String>,
}

impl GivenIdentities {
    /// Returns them in order.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, GivenIdentity> {
        self.0.iter()
    }

    /// Returns whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromArgMatches for GivenIdentities {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let lists = Lists::from_arg_matches(matches)?;
        let places = |id: &str| matches.indices_of(id).into_iter().flatten();
        let files = lists.identity.into_iter().map(GivenIdentity::File);
        let plugins = lists.plugin.into_iter().map(GivenIdentity::Plugin);
        let mut given: Vec<(usize, GivenIdentity)> = places("identity")
            .zip(files)
            .chain(places("plugin").zip(plugins))
            .collect();
        given.sort_by_key(|(place, _)| *place);
        Ok(Self(given.into_iter().map(|(_, one)| one).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for GivenIdentities {
    fn augment_args(command: Command) -> Command {
        Lists::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Lists::augment_args_for_update(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_plugins_keep_the_order_of_the_command_line() {
        let given = |line: &str| {
            let command = GivenIdentities::augment_args(Command::new("x"));
            let matches = command.get_matches_from(line.split(' '));
            GivenIdentities::from_arg_matches(&matches).unwrap().0
        };
        let file = |name: &str| GivenIdentity::File(name.into());
        let plugin = |name: &str| GivenIdentity::Plugin(name.to_owned());
        assert_eq!(
            given("x -j a -i b --plugin=c -id -j e"),
            [plugin("a"), file("b"), plugin("c"), file("d"), plugin("e")]
        );
        assert_eq!(given("x -i b -j a"), [file("b"), plugin("a")]);
        assert_eq!(given("x"), []);
    }
}
