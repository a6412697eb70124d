//! The last samples of something that goes on for ever, in one piece and in memory that never grows.

/// Keeps at least the last `least` values.
#[derive(Debug, Clone)]
pub struct Trail<T> {
    values: Vec<T>,
    least: usize,
    /// How many values came before the first one that is kept.
    before: usize,
}

impl<T: Copy> Trail<T> {
    /// Takes its memory at once: `filler` is written to all of it and thrown away.
    pub fn new(least: usize, filler: T) -> Self {
        let least = least.max(1);
        let mut values = vec![filler; 2 * least];
        values.clear();
        Self { values, least, before: 0 }
    }

    /// Appends a value; the oldest ones go when twice as many as must be kept have come together.
    pub fn push(&mut self, value: T) {
        if self.values.len() >= 2 * self.least {
            let old = self.values.len() - self.least;
            self.values.copy_within(old.., 0);
            self.values.truncate(self.least);
            self.before += old;
        }
        self.values.push(value);
    }

    /// The values that are kept, the oldest first.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// The number of the first value that is kept, counted from the beginning.
    pub fn first(&self) -> usize {
        self.before
    }

    /// The number that the next value will have.
    pub fn next(&self) -> usize {
        self.before + self.values.len()
    }

    /// Forgets all values and begins to count anew.
    pub fn clear(&mut self) {
        self.values.clear();
        self.before = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_last_ones_in_the_memory_it_began_with() {
        let mut trail = Trail::new(4, 0);
        let room = trail.values.capacity();
        for i in 0..1000 {
            trail.push(i);
            assert_eq!(trail.values.last(), Some(&i));
            assert!(trail.values.len() >= trail.least.min(i + 1));
            assert_eq!(trail.values.first(), Some(&trail.first()));
            assert_eq!(trail.next(), i + 1);
        }
        assert_eq!(trail.values.capacity(), room);
    }
}
