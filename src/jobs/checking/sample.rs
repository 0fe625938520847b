//! Which files of many are looked at.

use std::str::FromStr;

use crate::errors::Result;

/// A part of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sample {
    /// So many, drawn at random.
    Count(usize),
    /// So many of a hundred, drawn at random: at least one.
    Percent(u8),
    /// The oldest one.
    Oldest,
}

impl FromStr for Sample {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let sample = match text.strip_suffix('%') {
            Some(percent) => percent
                .parse()
                .ok()
                .filter(|percent| (1..=100).contains(percent))
                .map(Self::Percent),
            None if text == "oldest" => Some(Self::Oldest),
            None => text
                .parse()
                .ok()
                .filter(|count| *count > 0)
                .map(Self::Count),
        };
        sample.ok_or("Not a number of files (3), a percentage (5%) or \"oldest\"")
    }
}

impl Sample {
    /// Returns the places of the chosen ones among `all` files, in order; `None` for the oldest,
    /// which only the caller knows.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    fn draw(self, all: usize) -> Result<Option<Vec<usize>>> {
        let wanted = match self {
            Self::Count(count) => count.min(all),
            Self::Percent(percent) => (all * usize::from(percent)).div_ceil(100),
            Self::Oldest => return Ok(None),
        };
        let mut places: Vec<usize> = (0..all).collect();
        for at in 0..wanted {
            let other = at + below(all - at)?;
            places.swap(at, other);
        }
        places.truncate(wanted);
        places.sort_unstable();
        Ok(Some(places))
    }
}

/// Keeps those of the files that belong to the sample; the oldest one is that with the lowest date.
pub(crate) fn keep<T, D: Ord>(
    sample: Option<Sample>,
    files: Vec<T>,
    date: impl Fn(&T) -> D,
) -> Result<Vec<T>> {
    let Some(sample) = sample else {
        return Ok(files);
    };
    Ok(match sample.draw(files.len())? {
        Some(drawn) => {
            let mut drawn = drawn.into_iter().peekable();
            let places = files.into_iter().enumerate();
            places
                .filter_map(|(place, file)| drawn.next_if_eq(&place).map(|_| file))
                .collect()
        }
        None => files.into_iter().min_by_key(date).into_iter().collect(),
    })
}

/// Returns a random number below this one, each with the same chance.
fn below(limit: usize) -> Result<usize> {
    let limit = limit as u64;
    let fair = u64::MAX - u64::MAX % limit;
    loop {
        let drawn = getrandom::u64()?;
        if drawn < fair {
            return Ok((drawn % limit) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_a_number_a_percentage_or_the_oldest() {
        let parsed = |text: &str| text.parse::<Sample>().ok();
        assert_eq!(parsed("3"), Some(Sample::Count(3)));
        assert_eq!(parsed("5%"), Some(Sample::Percent(5)));
        assert_eq!(parsed("oldest"), Some(Sample::Oldest));
        for none in ["", "0", "0%", "101%", "-1", "%", "newest", "3.5", "5 %"] {
            assert_eq!(parsed(none), None, "{none}");
        }
    }

    #[test]
    fn every_file_has_the_same_chance_and_none_is_drawn_twice() {
        let mut drawn = [0; 10];
        for _ in 0..1000 {
            let places = Sample::Count(3).draw(10).unwrap().unwrap();
            assert!(places.is_sorted_by(|one, other| one < other));
            assert_eq!(places.len(), 3);
            places.into_iter().for_each(|place| drawn[place] += 1);
        }
        // 300 is expected; 8 standard deviations are 116.
        assert!(
            drawn.iter().all(|times| (184..416).contains(times)),
            "{drawn:?}"
        );
    }

    #[test]
    fn a_sample_keeps_the_order_and_the_oldest_is_alone() {
        let files = vec![30, 10, 20, 40];
        let kept = |sample| keep(sample, files.clone(), |file| *file).unwrap();
        assert_eq!(kept(None), files);
        assert_eq!(kept(Some(Sample::Oldest)), [10]);
        assert_eq!(kept(Some(Sample::Count(4))), files);
        let two = kept(Some(Sample::Count(2)));
        let place = |file: &i32| files.iter().position(|known| known == file).unwrap();
        assert!(two.len() == 2 && place(&two[0]) < place(&two[1]), "{two:?}");
    }

    #[test]
    fn a_percentage_is_rounded_up_and_a_number_is_at_most_all() {
        let count = |sample: Sample, all| sample.draw(all).unwrap().unwrap().len();
        assert_eq!(count(Sample::Percent(5), 1), 1);
        assert_eq!(count(Sample::Percent(5), 100), 5);
        assert_eq!(count(Sample::Percent(5), 101), 6);
        assert_eq!(count(Sample::Percent(100), 7), 7);
        assert_eq!(count(Sample::Count(9), 7), 7);
        assert_eq!(count(Sample::Count(9), 0), 0);
    }
}
