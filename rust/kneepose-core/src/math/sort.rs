//! Sorting with a single compiled copy of the algorithm. The sorting methods of slices are compiled
//! again for every type and comparison, 4 to 8 kB each. No sort in this crate is large enough to
//! need that.

use std::cmp::Ordering;

use crate::memory::gathered;

/// Sorts indices by comparing the elements that they refer to; equal elements by index.
pub fn sort_indices(indices: &mut [usize], compare: &dyn Fn(usize, usize) -> Ordering) {
    indices.sort_unstable_by(|&a, &b| compare(a, b).then(a.cmp(&b)));
}

/// Sorts items by a comparison; equal items keep their order.
pub fn sort_items<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut sources: Vec<usize> = gathered(0..items.len());
    sort_indices(&mut sources, &|a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    bring(&mut sources, &mut |a, b| items.swap(a, b));
}

/// Moves the item at `sources[i]` to each place `i`, by swaps. Each cycle of the permutation is
/// followed until it returns to its start.
fn bring(sources: &mut [usize], swap: &mut dyn FnMut(usize, usize)) {
    for first in 0..sources.len() {
        let mut place = first;
        while let Some(slot) = sources.get_mut(place) {
            let source = std::mem::replace(slot, place);
            if source == first {
                break;
            }
            swap(place, source);
            place = source;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Reverse;

    #[test]
    fn items_are_sorted_as_by_a_stable_sort() {
        for count in [0, 1, 2, 3, 20, 21, 500] {
            let made: Vec<_> = (0..count).map(|i| (i * i * 7919 % 31, i)).collect();
            let (mut found, mut expected) = (made.clone(), made);
            sort_items(&mut found, |a, b| b.0.cmp(&a.0));
            expected.sort_by_key(|item| Reverse(item.0));
            assert_eq!(found, expected);
        }
    }
}
