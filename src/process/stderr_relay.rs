//! Passes on what a program writes to its standard error.

use std::io;
use std::io::{PipeReader, PipeWriter, Read};
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// How long the end of the text is waited for once the program has ended. Another program that it
/// left behind may have the pipe open for ever.
const PATIENCE: Duration = Duration::from_secs(2);

/// Shows a piece of the text; an empty one is the end.
pub(crate) type ShowPiece = Box<dyn FnMut(&[u8]) + Send>;

/// The text of one program, shown by a thread as it comes, so that a question without a line end is
/// seen before it is answered.
pub(super) struct StderrRelay(Receiver<()>);

impl StderrRelay {
    /// Begins to show what is written to the pipe that is returned with it.
    ///
    /// # Errors
    /// There is no room for a pipe or a thread.
    pub(super) fn begin(show: ShowPiece) -> io::Result<(Self, PipeWriter)> {
        let (reader, writer) = io::pipe()?;
        let (ended, end) = mpsc::channel();
        std::thread::Builder::new()
            .name("stderr".into())
            .spawn(move || {
                relay(reader, show);
                // Nobody may be waiting any more.
                let _ = ended.send(());
            })?;
        Ok((Self(end), writer))
    }

    /// Waits until everything is shown.
    pub(super) fn finish(self) {
        self.wait(PATIENCE);
    }

    /// Waits until everything is shown, but only so long. What comes later is shown later.
    pub(super) fn wait(&self, most: Duration) {
        let _ = self.0.recv_timeout(most);
    }
}

fn relay(mut reader: PipeReader, mut show: ShowPiece) {
    let mut piece = [0; 4096];
    loop {
        match reader.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => return show(&[]),
            Ok(read) => show(&piece[..read]),
        }
    }
}
