//! Offsets from which no chain of frames goes on to a gap, so that no part of one is walked twice.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

/// The most offsets that are remembered.
const MOST: usize = 1 << 19;

/// Which chains end in vain at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum DeadEnd {
    /// Every chain.
    Always,
    /// Those that had their last frame, or the catalogue: more frames follow.
    AfterLast,
    /// Those in which no frame has contents: a gap follows.
    WithoutFrames,
}

/// An offset on a chain, and what is before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) offset: u64,
    /// Whether no frame with contents may follow.
    pub(super) is_after_last: bool,
    /// Whether there was a frame with contents.
    pub(super) has_frames: bool,
}

/// Remembers where chains ended in vain. What is at an offset has one successor, so chains that meet
/// never part, and a chain that meets one that ended in vain does so too.
///
/// A file can have any number of marks, but takes a limited amount of memory: if there are too many,
/// half of them are forgotten, then half of the rest, and so on. Which ones is random, so that no file
/// can avoid those that stay.
pub(super) struct DeadEnds {
    known: HashSet<(u64, DeadEnd)>,
    /// Where the chain begins that is being walked.
    begin: u64,
    /// Its steps.
    walked: Vec<Step>,
    most: usize,
    /// How often half of the offsets were forgotten.
    halvings: u32,
    random: RandomState,
    #[cfg(test)]
    steps: usize,
}

impl Default for DeadEnds {
    fn default() -> Self {
        Self::with_most(MOST)
    }
}

impl DeadEnds {
    pub(super) fn with_most(most: usize) -> Self {
        Self {
            known: HashSet::new(),
            begin: 0,
            walked: Vec::new(),
            most,
            halvings: 0,
            random: RandomState::new(),
            #[cfg(test)]
            steps: 0,
        }
    }

    /// Begins a chain. Each one begins behind the one before it.
    pub(super) fn begin(&mut self, offset: u64) {
        self.begin = offset;
        self.walked.clear();
    }

    /// Adds a step to the chain. Returns false, and ends the chain, if it is known to end in vain.
    pub(super) fn step(&mut self, step: Step) -> bool {
        #[cfg(test)]
        {
            self.steps += 1;
        }
        let is_known = |end| self.known.contains(&(step.offset, end));
        if is_known(DeadEnd::Always) || step.is_after_last && is_known(DeadEnd::AfterLast) {
            self.something_else();
            return false;
        }
        if !step.has_frames && is_known(DeadEnd::WithoutFrames) {
            self.no_frames();
            return false;
        }
        if is_kept(&self.random, step.offset, self.halvings) {
            self.walked.push(step);
        }
        if self.walked.len() > self.most / 2 {
            self.halve();
        }
        true
    }

    /// Ends the chain: something follows that does not belong there.
    pub(super) fn something_else(&mut self) {
        self.end(|step| {
            if step.is_after_last {
                DeadEnd::AfterLast
            } else {
                DeadEnd::Always
            }
        });
    }

    /// Ends the chain, which has no frame with contents up to a gap.
    pub(super) fn no_frames(&mut self) {
        self.end(|_| DeadEnd::WithoutFrames);
    }

    fn end(&mut self, end: impl Fn(Step) -> DeadEnd) {
        let walked = self.walked.drain(..);
        self.known
            .extend(walked.map(|step| (step.offset, end(step))));
        if self.known.len() > self.most {
            // No chain comes back to what is before this one.
            self.known.retain(|(offset, _)| *offset > self.begin);
            while self.known.len() > self.most / 2 {
                self.halve();
            }
        }
    }

    fn halve(&mut self) {
        self.halvings += 1;
        let (random, halvings) = (&self.random, self.halvings);
        self.walked
            .retain(|step| is_kept(random, step.offset, halvings));
        self.known
            .retain(|(offset, _)| is_kept(random, *offset, halvings));
    }
}

#[cfg(test)]
impl DeadEnds {
    /// Returns how many offsets are remembered, and how many steps all chains had.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.known.len() + self.walked.len(), self.steps)
    }
}

/// Returns whether an offset is among those that stay.
fn is_kept(random: &RandomState, offset: u64, halvings: u32) -> bool {
    random.hash_one(offset).trailing_zeros() >= halvings
}
