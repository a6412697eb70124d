//! The last rows of something that goes on for ever, in one piece and in memory that never grows.

/// Keeps at least the last `least` rows.
#[derive(Debug)]
pub struct SlidingBuffer<T> {
    values: Vec<T>,
    width: usize,
    least: usize,
    /// How many rows came before the first one that is kept.
    before: usize,
}

impl<T: Copy> SlidingBuffer<T> {
    /// Takes its memory at once: `filler` is written to all of it and thrown away. Rows have `width` values.
    pub fn new(least: usize, width: usize, filler: T) -> Self {
        let (least, width) = (least.max(1), width.max(1));
        let mut values = vec![filler; 2 * least * width];
        values.clear();
        Self { values, width, least, before: 0 }
    }

    /// Appends a row; the oldest ones go when twice as many as must be kept have come together. A row
    /// that is too short or too long is left out.
    pub fn push(&mut self, row: &[T]) {
        if row.len() != self.width {
            return;
        }
        let room = self.least * self.width;
        if self.values.len() >= 2 * room {
            let old = self.values.len() - room;
            self.values.copy_within(old.., 0);
            self.values.truncate(room);
            self.before += old / self.width;
        }
        self.values.extend_from_slice(row);
    }

    /// The rows that are kept, one after the other, the oldest first.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Values of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows that are kept.
    pub fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The number of the first row that is kept, counted from the beginning.
    pub fn first(&self) -> usize {
        self.before
    }

    /// Forgets all rows and begins to count anew.
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
        let mut trail = SlidingBuffer::new(4, 2, 0);
        let room = trail.values.capacity();
        for i in 0..1000 {
            trail.push(&[i, -i]);
            assert_eq!(trail.values().last_chunk(), Some(&[i, -i]));
            let seen = usize::try_from(i).unwrap_or(0) + 1;
            assert!(trail.len() >= 4.min(seen));
            assert_eq!(trail.first() + trail.len(), seen);
        }
        assert_eq!(trail.values.capacity(), room);
    }
}
