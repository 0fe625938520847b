//! Text from the user's editor: which editor, and where the text is stored meanwhile.

use std::ffi::OsString;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::Result;
use crate::files::{EditingFolder, Program, find_program};
use crate::process::editor;
use crate::process::editor::Editor;
use bulla_age::untrusted::Untrusted;

/// The name of the file in the editor.
const FILE: &str = "message.txt";

impl Context {
    /// Lets the user type a text in VISUAL or EDITOR, in a folder that is removed afterwards.
    /// Returns up to `limit` bytes. Call it before the process is confined.
    pub(crate) fn edit(&self, limit: u64) -> Result<Zeroizing<Vec<u8>>> {
        let editor = chosen(
            ["VISUAL", "EDITOR"].map(std::env::var_os),
            std::env::var_os("PATH"),
        )?;
        if !self.ui.can_ask() {
            return Err(editor::Error::NoTerminal.into());
        }
        let places = places(std::env::var_os("XDG_RUNTIME_DIR"));
        let places: Vec<_> = places.iter().map(PathBuf::as_path).collect();
        let editing = EditingFolder::create(&places, FILE)?;
        if !editing.is_in_memory() {
            let folder = Untrusted::from(editing.path());
            self.ui.warning(&format_args!(
                "There is no in-memory folder here. The text is in {folder} until the editor \
                 ends, and the disk may keep traces of it"
            ));
        }
        self.ui
            .lend_terminal(|terminal| editor.edit(editing.file(), terminal))??;
        Ok(editing.read(limit)?)
    }
}

/// Returns the editor named by the first of two variables that is not empty.
fn chosen(named: [Option<OsString>; 2], path: Option<OsString>) -> Result<Editor, editor::Error> {
    let named = named
        .into_iter()
        .flatten()
        .find(|value| !value.is_empty())
        .unwrap_or_default();
    let (program, arguments) = editor::words(named.to_str().ok_or(editor::Error::Shell)?)?;
    if program.contains('/') {
        return Editor::new(program.into(), arguments);
    }
    match find_program(&program, &path.unwrap_or_default()) {
        Program::At(program) => Editor::new(program, arguments),
        Program::OnlyRelative => Err(editor::Error::Relative),
        Program::Nowhere => Err(editor::Error::Nowhere(Untrusted::new(program))),
    }
}

/// Returns the folders to try: that of the session, one in memory on Linux, and then the others.
fn places(session: Option<OsString>) -> Vec<PathBuf> {
    let session = session.map(PathBuf::from);
    session
        .into_iter()
        .chain([PathBuf::from("/dev/shm"), std::env::temp_dir()])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn editor(visual: &str, editor: &str) -> Result<Editor, String> {
        let named = [visual, editor].map(|value| Some(value.into()));
        chosen(named, Some("/usr/bin:/bin".into())).map_err(|error| error.to_string())
    }

    #[test]
    fn visual_wins_and_what_is_no_program_is_said() {
        let of = |program: &str, rest: &[&str]| {
            Editor::new(
                program.into(),
                rest.iter().map(ToString::to_string).collect(),
            )
            .map_err(|error| error.to_string())
        };
        assert_eq!(editor("/bin/ed -s", "/bin/vi"), of("/bin/ed", &["-s"]));
        assert_eq!(editor("", "/bin/vi"), of("/bin/vi", &[]));
        let sh = editor("sh", "").unwrap();
        assert!(sh == of("/usr/bin/sh", &[]).unwrap() || sh == of("/bin/sh", &[]).unwrap());
        assert_eq!(
            editor("", "").unwrap_err(),
            "no editor is set in VISUAL or EDITOR"
        );
        assert_eq!(
            editor("no-such-editor", "").unwrap_err(),
            "no-such-editor is not on the PATH"
        );
        assert_eq!(
            editor("./ed", "").unwrap_err(),
            "the editor's path is not absolute"
        );
        assert!(editor("ed 'x'", "").unwrap_err().contains("quotation mark"));
        assert!(chosen([None, None], None).is_err());
    }

    #[test]
    fn the_session_s_folder_comes_first() {
        assert_eq!(
            places(Some("/run/user/1".into()))[..2],
            [Path::new("/run/user/1"), Path::new("/dev/shm")]
        );
        assert_eq!(places(None)[0], Path::new("/dev/shm"));
    }
}
