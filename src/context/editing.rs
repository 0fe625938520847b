//! Text from the user's editor: which editor, and where the text is stored meanwhile.

use std::ffi::OsString;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::{CommandError, Refusal, Result};
use crate::files::{EditingFolder, Program, find_program};
use crate::process::editor;
use crate::process::editor::Editor;
use crate::process::signals;
use crate::process::signals::EndHeld;
use crate::ui::{Relay, WarningKind};
use bulla_age::untrusted::Untrusted;

/// The name of the file in the editor.
const FILE: &str = "message.txt";

/// The most bytes that are read back after an existing text was edited. More than can be encrypted
/// in memory is no reason to lose a text.
const LARGEST: u64 = 1 << 30;

impl Context {
    /// Fails if there is no editor, or nobody to use it, before anything is asked.
    pub(crate) fn check_editor(&self) -> Result<Editor> {
        Ok(self.find_editor()?)
    }

    /// Returns the editor that VISUAL or EDITOR names, if there is a terminal for it.
    pub(crate) fn find_editor(&self) -> Result<Editor, editor::Error> {
        let editor = from_environment()?;
        if self.ui.can_ask() {
            Ok(editor)
        } else {
            Err(editor::Error::NoTerminal)
        }
    }

    /// Lets the user type a text in VISUAL or EDITOR, in a folder that is removed afterwards.
    /// Returns up to `limit` bytes. Call it before the process is confined.
    pub(crate) fn edit(&self, limit: u64) -> Result<Zeroizing<Vec<u8>>> {
        let editor = self.check_editor()?;
        let places = editing_places();
        let places: Vec<_> = places.iter().map(PathBuf::as_path).collect();
        let editing = EditingFolder::create(&places, FILE)?;
        if !editing.is_in_memory() {
            self.warn_of_disk(&editing);
        }
        self.run_editor(&editor, &editing)?;
        Ok(editing.read(limit)?)
    }

    fn run_editor(&self, editor: &Editor, editing: &EditingFolder) -> Result<()> {
        Ok(self.ui.lend_terminal(|terminal| {
            let lent = terminal.try_clone().map_err(editor::Error::Start)?;
            let mut relay = Relay::on(lent, &editor.name());
            let show = Box::new(move |piece: &[u8]| relay.show(piece));
            editor.edit(editing.file(), terminal, show)
        })??)
    }
}

/// What an editor made of a text. The end of the run by a signal is held back as long as this
/// exists, so that the text can be saved.
pub(crate) struct EditedText {
    /// The text as it was saved last, or why it cannot be read.
    pub(crate) text: Result<Zeroizing<Vec<u8>>>,
    /// How the editor ended.
    pub(crate) ended: Result<()>,
    pub(crate) held: EndHeld,
}

impl EditedText {
    /// Returns whether a signal is waiting to end the run.
    pub(crate) fn is_ending(&self) -> bool {
        self.held.is_ending()
    }
}

/// Where a text may be while it is in the editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EditingPlace {
    InMemory,
    /// In memory where such a place exists, and else on a disk.
    Anywhere,
}

impl Context {
    /// Lets the user edit a text in VISUAL or EDITOR, under the given file name. The folder of the
    /// file is removed before this returns. Call it before the process is confined.
    ///
    /// # Errors
    /// Those before the editor runs. What goes wrong later is in the result.
    pub(crate) fn edit_text(
        &self,
        name: &str,
        text: &[u8],
        place: EditingPlace,
    ) -> Result<EditedText> {
        let editor = self.check_editor()?;
        let places = editing_places();
        let places: Vec<_> = places.iter().map(PathBuf::as_path).collect();
        let editing = EditingFolder::create(&places, name)?;
        if !editing.is_in_memory() {
            if place == EditingPlace::InMemory {
                return Err(Refusal::NotInMemory.into());
            }
            self.warn_of_disk(&editing);
        }
        editing.fill(text)?;
        let held = signals::hold_end();
        let ended = self.run_editor(&editor, &editing);
        let text = editing.read(LARGEST).map_err(CommandError::from);
        Ok(EditedText { text, ended, held })
    }

    fn warn_of_disk(&self, editing: &EditingFolder) {
        let folder = Untrusted::from(editing.path());
        self.ui.warn(
            WarningKind::EditorOnDisk,
            &format_args!(
                "There is no in-memory folder here. The text is in {folder} until the editor \
                 ends, and the disk may keep traces of it"
            ),
        );
    }
}

fn from_environment() -> Result<Editor, editor::Error> {
    let named = ["VISUAL", "EDITOR"].map(std::env::var_os);
    chosen(named, std::env::var_os("PATH"))
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
pub(crate) fn editing_places() -> Vec<PathBuf> {
    places(std::env::var_os("XDG_RUNTIME_DIR"))
}

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
    fn visual_wins_and_a_missing_editor_is_reported() {
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
