//! What a plugin sends, and word of a long wait for it.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;

/// Says that a plugin is waited for.
pub(super) type TellWait = Box<dyn FnOnce() + Send>;

/// The output of a plugin. The first read that takes long says so, because a token may wait for a
/// touch, or a card for its reader.
pub(super) struct PluginOutput<R> {
    output: R,
    patience: Duration,
    tell: Option<TellWait>,
}

impl<R: Read + AsFd> PluginOutput<R> {
    pub(super) fn new(output: R, patience: Duration, tell: TellWait) -> Self {
        Self {
            output,
            patience,
            tell: Some(tell),
        }
    }

    /// Returns whether there is something to read, or will be before the patience ends.
    fn comes_soon(&self) -> bool {
        let patience = Timespec::try_from(self.patience).ok();
        let wait = || {
            let mut output = [PollFd::new(&self.output, PollFlags::IN)];
            poll(&mut output, patience.as_ref())
        };
        // Without an answer, the read has it.
        retry_on_intr(wait) != Ok(0)
    }
}

impl<R: Read + AsFd> Read for PluginOutput<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.tell.is_some()
            && !self.comes_soon()
            && let Some(tell) = self.tell.take()
        {
            tell();
        }
        self.output.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::mpsc::channel;

    #[test]
    fn a_wait_is_told_once_and_only_if_there_is_one() {
        let (reader, mut writer) = io::pipe().unwrap();
        let (to, told) = channel();
        let tell = Box::new(move || to.send(()).unwrap());
        let mut output = PluginOutput::new(reader, Duration::from_millis(1), tell);
        writer.write_all(b"a").unwrap();
        assert_eq!(output.read(&mut [0]).unwrap(), 1);
        assert!(told.try_recv().is_err(), "it was there");
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| {
                let read = output.read(&mut [0]).unwrap();
                read + output.read(&mut [0]).unwrap()
            });
            // It is read only after the wait was told.
            told.recv().unwrap();
            writer.write_all(b"bc").unwrap();
            assert_eq!(reading.join().unwrap(), 2);
        });
        assert!(told.try_recv().is_err(), "once is enough");
        drop(writer);
        assert_eq!(output.read(&mut [0]).unwrap(), 0);
    }
}
