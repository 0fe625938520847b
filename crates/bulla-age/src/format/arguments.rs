//! The arguments of a stanza, as ranges of one buffer: a header can have very many short ones.

use std::fmt;
use std::ops::Index;

/// The arguments of a stanza, in order.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Arguments {
    text: String,
    /// Where each of them ends in the text.
    ends: Vec<u32>,
}

impl Arguments {
    /// Adds an argument after the others.
    pub fn push(&mut self, argument: &str) {
        self.text.push_str(argument);
        let end = u32::try_from(self.text.len()).expect("arguments: a stanza is below 4 GiB");
        self.ends.push(end);
    }

    /// Returns the number of arguments.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns true if there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns the argument at a place, counted from 0.
    pub fn get(&self, place: usize) -> Option<&str> {
        let end = *self.ends.get(place)? as usize;
        let start = match place.checked_sub(1) {
            Some(before) => self.ends[before] as usize,
            None => 0,
        };
        self.text.get(start..end)
    }

    /// Returns the arguments, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|place| self.get(place))
    }

    /// Returns all arguments if there are exactly `N`.
    pub fn exactly<const N: usize>(&self) -> Option<[&str; N]> {
        (self.len() == N).then(|| std::array::from_fn(|place| &self[place]))
    }

    /// Removes the first argument and returns it.
    pub(crate) fn remove_first(&mut self) -> Option<String> {
        let first = self.get(0)?.to_owned();
        *self = self.iter().skip(1).collect();
        Some(first)
    }

    /// Reserves room for arguments that have this many bytes together.
    pub(crate) fn with_capacity(count: usize, bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            ends: Vec::with_capacity(count),
        }
    }
}

impl Index<usize> for Arguments {
    type Output = str;

    fn index(&self, place: usize) -> &str {
        self.get(place)
            .expect("arguments: there is one at this place")
    }
}

impl<T: AsRef<str>> FromIterator<T> for Arguments {
    fn from_iter<I: IntoIterator<Item = T>>(arguments: I) -> Self {
        let mut all = Self::default();
        for argument in arguments {
            all.push(argument.as_ref());
        }
        all
    }
}

impl<T: AsRef<str>, const N: usize> From<[T; N]> for Arguments {
    fn from(arguments: [T; N]) -> Self {
        arguments.into_iter().collect()
    }
}

impl<const N: usize> PartialEq<[&str; N]> for Arguments {
    fn eq(&self, others: &[&str; N]) -> bool {
        self.iter().eq(others.iter().copied())
    }
}

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_stay_apart_in_one_buffer() {
        let mut all = Arguments::from(["a", "", "bcd"]);
        assert_eq!((all.len(), &all[0], &all[1], &all[2]), (3, "a", "", "bcd"));
        assert_eq!(all.get(3), None);
        assert_eq!(all.exactly(), Some(["a", "", "bcd"]));
        assert_eq!(all.exactly::<2>(), None);
        assert_ne!(all, Arguments::from(["ab", "", "cd"]));
        assert_eq!(all.remove_first().as_deref(), Some("a"));
        assert_eq!(all, ["", "bcd"]);
        assert_eq!(format!("{all:?}"), r#"["", "bcd"]"#);
        assert_eq!(Arguments::default().remove_first(), None);
        assert!(Arguments::default().is_empty());
    }
}
