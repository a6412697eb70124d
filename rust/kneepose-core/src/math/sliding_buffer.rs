//! Preallocated buffer that keeps the most recent rows contiguous.

use crate::memory::filled;

/// Buffer that keeps at least the last `least` rows and is never reallocated.
#[derive(Debug)]
pub struct SlidingBuffer<T> {
    values: Vec<T>,
    width: usize,
    /// Number of values in the minimum number of rows.
    room: usize,
    /// Number of rows dropped so far.
    before: usize,
}

impl<T: Copy> SlidingBuffer<T> {
    /// Allocates all memory and writes `filler` to it once, so that the pages exist. Rows have `width`
    /// values.
    pub fn new(least: usize, width: usize, filler: T) -> Self {
        let (least, width) = (least.max(1), width.max(1));
        let mut values = filled(filler, 2 * least * width);
        values.clear();
        Self { values, width, room: least * width, before: 0 }
    }

    /// Appends a row. When the buffer holds twice the minimum, the older half is dropped. A row of wrong
    /// length is ignored.
    #[inline]
    pub fn push(&mut self, row: &[T]) {
        if row.len() != self.width {
            return;
        }
        if self.is_full() {
            self.drop_older_half();
        }
        self.values.extend_from_slice(row);
    }

    /// True if appending another row will drop the older half.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.values.len() >= 2 * self.room
    }

    #[cold]
    fn drop_older_half(&mut self) {
        let old = self.values.len() - self.room;
        self.values.copy_within(old.., 0);
        self.values.truncate(self.room);
        self.before += old / self.width;
    }

    /// Values of the kept rows, oldest first.
    #[inline]
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Mutable values of the kept rows, oldest first.
    pub fn values_mut(&mut self) -> &mut [T] {
        &mut self.values
    }

    /// Number of values in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of kept rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// True if no row is kept.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Index of the first kept row, counted from the first row that was ever added.
    pub fn first(&self) -> usize {
        self.before
    }

    /// Drops all rows and restarts the count.
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
