//! Allocates memory whose size depends on the input. If there is not enough, the work unwinds with
//! [`OutOfMemory`] instead of ending the process; the bindings catch it.

use std::panic::resume_unwind;

use ndarray::{Array, Array2, ArrayView, Dimension, ShapeBuilder};

/// Payload of the unwinding: the number of bytes that could not be allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfMemory(pub usize);

/// Empty vector with capacity for `count` items.
pub fn room<T>(count: usize) -> Vec<T> {
    let mut made = Vec::new();
    reserve(&mut made, count);
    made
}

/// Reserves capacity for exactly `more` further items.
pub fn reserve<T>(vector: &mut Vec<T>, more: usize) {
    if vector.try_reserve_exact(more).is_err() {
        resume_unwind(Box::new(OutOfMemory(more.saturating_mul(size_of::<T>()))));
    }
}

/// Vector of `count` equal items.
pub fn filled<T: Clone>(value: T, count: usize) -> Vec<T> {
    let mut made = room(count);
    made.resize(count, value);
    made
}

/// Copy of a slice as a vector.
pub fn copied<T: Clone>(items: &[T]) -> Vec<T> {
    let mut made = room(items.len());
    made.extend_from_slice(items);
    made
}

/// Collects the items of an iterator into a vector.
pub fn gathered<T>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let items = items.into_iter();
    let (least, most) = items.size_hint();
    let mut made = room(most.unwrap_or(least));
    if most.is_some() {
        made.extend(items);
    } else {
        extend(&mut made, items);
    }
    made
}

/// Appends items whose number is not known in advance.
pub fn extend<T>(vector: &mut Vec<T>, items: impl IntoIterator<Item = T>) {
    for item in items {
        push(vector, item);
    }
}

/// Appends an item. The capacity doubles when needed, as for [`Vec::push`].
#[inline]
pub fn push<T>(vector: &mut Vec<T>, item: T) {
    if vector.len() == vector.capacity() {
        reserve(vector, vector.len().max(8));
    }
    vector.push(item);
}

/// Array whose elements are all equal.
pub fn array<T: Clone, D: Dimension, S: ShapeBuilder<Dim = D> + Clone>(
    shape: S,
    value: T,
) -> Array<T, D> {
    let count = shape.clone().into_shape_with_order().size();
    let made = Array::from_shape_vec(shape.clone(), filled(value.clone(), count));
    // Building the array cannot fail, because the number of items equals that of the shape.
    made.unwrap_or_else(|_| Array::from_elem(shape, value))
}

/// Array whose elements `item` returns for each row and column.
pub fn array_of<T: Clone>(
    shape: (usize, usize),
    mut item: impl FnMut((usize, usize)) -> T,
) -> Array2<T> {
    let (rows, columns) = shape;
    let places = (0..rows * columns).map(|i| (i / columns, i % columns));
    let made = Array2::from_shape_vec(shape, gathered(places.map(&mut item)));
    // Building the array cannot fail, because the number of items equals that of the shape.
    made.unwrap_or_else(|_| Array2::from_shape_fn(shape, item))
}

/// Copy of a view in standard memory order.
pub fn owned<T: Clone, D: Dimension>(view: &ArrayView<'_, T, D>) -> Array<T, D> {
    let items = view.as_slice().map_or_else(|| gathered(view.iter().cloned()), copied);
    Array::from_shape_vec(view.raw_dim(), items).unwrap_or_else(|_| view.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::catch_unwind;

    #[test]
    fn what_does_not_fit_unwinds_with_its_size() {
        let asked = catch_unwind(|| filled(0_u64, usize::MAX / 32));
        let why = asked.err().and_then(|why| why.downcast_ref::<OutOfMemory>().copied());
        assert_eq!(why, Some(OutOfMemory(usize::MAX / 32 * 8)));
        assert!(catch_unwind(|| room::<u64>(usize::MAX)).is_err());
    }

    #[test]
    fn what_fits_is_made() {
        assert_eq!(filled(3, 4), [3; 4]);
        assert_eq!(gathered((0..9).filter(|i| i % 3 == 0)), [0, 3, 6]);
        let array = array((2, 3), 1.5);
        assert_eq!(array.dim(), (2, 3));
        assert_eq!(owned(&array.t()), array.t());
    }
}
