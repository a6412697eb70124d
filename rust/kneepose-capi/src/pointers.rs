//! Every raw pointer of the interface, and what is checked before one is followed. The only file with
//! `unsafe`.
//!
//! What C hands over is declared with the types of this file, so that all other files are safe Rust. A
//! value of these types is made by a C caller, who promises what `kneepose.h` says: that a pointer
//! which is not null points to as many elements as the arguments beside it state, for as long as the
//! call lasts, and that no other thread writes to them meanwhile. Null, wrong alignment, and sizes
//! that no object can have are found here and become a [`Failure`].
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char};
use std::ops::Range;

use ndarray::{ArrayView3, Ix3, ShapeBuilder};

use crate::status::{Failure, KneeposeStatus, Result};

/// Elements that are read.
#[repr(transparent)]
pub struct In<T>(*const T);

/// Elements that are written, or changed in place.
#[repr(transparent)]
pub struct Out<T>(*mut T);

/// Where a new object goes.
#[repr(transparent)]
pub struct New<T>(*mut *mut T);

/// An object that is given back.
#[repr(transparent)]
pub struct Owned<T>(*mut T);

/// Text that ends with a zero byte.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Text(*const c_char);

/// How keypoints lie in memory, counted in elements (not bytes). Element `[t][k][d]` is found at
/// `points[t * frame_stride + k * keypoint_stride + d * component_stride]`. All three strides 0: packed,
/// `(frames, keypoints, components)` in C order.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KneeposeLayout {
    /// Number of frames.
    pub frames: usize,
    /// Number of keypoints of a frame.
    pub keypoints: usize,
    /// 2 in an image, 3 in the world.
    pub components: usize,
    /// From a frame to the next.
    pub frame_stride: usize,
    /// From a keypoint to the next.
    pub keypoint_stride: usize,
    /// From a component to the next.
    pub component_stride: usize,
}

impl KneeposeLayout {
    /// Lengths and strides, and the number of elements from the first to the last.
    fn checked(&self, what: &str) -> Result<([usize; 3], [usize; 3], usize)> {
        let lengths = [self.frames, self.keypoints, self.components];
        let mut strides = [self.frame_stride, self.keypoint_stride, self.component_stride];
        let huge = || {
            Failure::shape(format!(
                "the layout of {what} spans more memory than an object can have"
            ))
        };
        if strides == [0; 3] {
            let frame = self.keypoints.checked_mul(self.components).ok_or_else(huge)?;
            strides = [frame, self.components, 1];
        }
        if lengths.contains(&0) {
            return Ok((lengths, [0; 3], 0));
        }
        let mut reach = 1_usize;
        for (length, stride) in lengths.into_iter().zip(strides) {
            if length > 1 && stride == 0 {
                return Err(Failure::shape(format!(
                    "a stride of {what} is 0: give all three in elements, or leave all three 0 for \
                     packed ones"
                )));
            }
            let axis = (length - 1).checked_mul(stride).ok_or_else(huge)?;
            reach = reach.checked_add(axis).ok_or_else(huge)?;
        }
        // Overlapping strides can name more elements than there are.
        lengths.into_iter().try_fold(1_usize, usize::checked_mul).ok_or_else(huge)?;
        Ok((lengths, strides, reach))
    }
}

/// Checks what can be known of a pointer to `count` elements, without following it.
fn check<T>(pointer: *const T, what: &str, count: usize) -> Result<()> {
    if pointer.is_null() {
        return Err(Failure::null(what));
    }
    if !pointer.is_aligned() {
        return Err(Failure::new(
            KneeposeStatus::InvalidPointer,
            format!("{what} does not lie at a multiple of {} bytes", align_of::<T>()),
        ));
    }
    let bytes = count.checked_mul(size_of::<T>());
    if bytes.is_none_or(|bytes| isize::try_from(bytes).is_err()) {
        return Err(Failure::shape(format!(
            "{count} elements of {what} are more than an object can have"
        )));
    }
    if bytes.and_then(|bytes| pointer.addr().checked_add(bytes)).is_none() {
        return Err(Failure::shape(format!(
            "{count} elements of {what} reach beyond the end of memory"
        )));
    }
    Ok(())
}

fn addresses<T>(pointer: *const T, count: usize) -> Range<usize> {
    let first = pointer.addr();
    first..first.saturating_add(count.saturating_mul(size_of::<T>()))
}

/// Refuses memory that is written where other memory is read.
pub fn check_disjoint(
    a: &Range<usize>,
    b: &Range<usize>,
    written: &str,
    other: &str,
) -> Result<()> {
    if a.start < b.end && b.start < a.end {
        return Err(Failure::new(
            KneeposeStatus::InvalidPointer,
            format!("{written} overlaps {other}; give each its own memory"),
        ));
    }
    Ok(())
}

impl<T> In<T> {
    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// The one element.
    pub fn one(&self, what: &str) -> Result<&T> {
        check(self.0, what, 1)?;
        // SAFETY: not null, aligned; the caller promises one element that stays.
        Ok(unsafe { &*self.0 })
    }

    /// All elements; null is allowed where there are none.
    pub fn slice(&self, what: &str, count: usize) -> Result<&[T]> {
        if count == 0 {
            return Ok(&[]);
        }
        check(self.0, what, count)?;
        // SAFETY: not null, aligned, of a possible size; the caller promises `count` elements.
        Ok(unsafe { std::slice::from_raw_parts(self.0, count) })
    }

    /// As many elements as the array has, or `None` for null.
    pub fn optional<const N: usize>(&self, what: &str) -> Result<Option<[T; N]>>
    where
        T: Copy,
    {
        if self.is_null() {
            return Ok(None);
        }
        Ok(self.slice(what, N)?.try_into().ok())
    }

    /// The elements where they lie, with their strides.
    pub fn array(&self, what: &str, layout: &KneeposeLayout) -> Result<ArrayView3<'_, T>> {
        let (lengths, strides, reach) = layout.checked(what)?;
        let pointer = if reach == 0 {
            std::ptr::NonNull::dangling().as_ptr()
        } else {
            check(self.0, what, reach)?;
            self.0
        };
        let shape = Ix3::from(ndarray::Dim(lengths)).strides(ndarray::Dim(strides));
        // SAFETY: not null, aligned, every element within `reach`, which fits into an isize of bytes;
        // the caller promises that the elements that the layout names are there.
        Ok(unsafe { ArrayView3::from_shape_ptr(shape, pointer) })
    }

    /// Addresses that a layout covers.
    pub fn reach(&self, what: &str, layout: &KneeposeLayout) -> Result<Range<usize>> {
        Ok(addresses(self.0, layout.checked(what)?.2))
    }
}

impl<T: Copy> Out<T> {
    /// Whether nothing is wanted.
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Addresses of `count` elements.
    pub fn reach(&self, count: usize) -> Range<usize> {
        addresses(self.0, count)
    }

    /// Room for `count` elements, all set to `fill` first: memory from `malloc` holds nothing yet.
    pub fn filled(&mut self, what: &str, count: usize, fill: T) -> Result<&mut [T]> {
        if count == 0 {
            return Ok(&mut []);
        }
        check(self.0, what, count)?;
        for i in 0..count {
            // SAFETY: within the `count` elements of room that the caller promises.
            unsafe { self.0.add(i).write(fill) };
        }
        // SAFETY: as above, and every element was just written.
        Ok(unsafe { std::slice::from_raw_parts_mut(self.0, count) })
    }

    /// Elements that are there already and are changed in place.
    pub fn existing(&mut self, what: &str, count: usize) -> Result<&mut [T]> {
        if count == 0 {
            return Ok(&mut []);
        }
        check(self.0, what, count)?;
        // SAFETY: not null, aligned, of a possible size; the caller promises `count` elements that
        // nobody else uses during the call.
        Ok(unsafe { std::slice::from_raw_parts_mut(self.0, count) })
    }

    /// Writes one element.
    pub fn set(&mut self, what: &str, value: T) -> Result<()> {
        self.filled(what, 1, value).map(|_| ())
    }

    /// Copies a list to a buffer with room for `capacity` elements; none where that is too few.
    pub fn copy(&mut self, what: &str, capacity: usize, list: &[T]) -> Result<()> {
        if list.len() > capacity {
            return Err(Failure::room(what, capacity, list.len()));
        }
        if let Some(first) = list.first() {
            self.filled(what, list.len(), *first)?.copy_from_slice(list);
        }
        Ok(())
    }
}

impl Out<c_char> {
    /// Copies as much of a text as fits, always with a zero byte at the end and never half a
    /// character; returns its whole length in bytes without the zero.
    pub fn text(&mut self, size: usize, text: &str) -> usize {
        let room = size.saturating_sub(1).min(text.len());
        let fits = (0..=room).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        let bytes = text.bytes().take(fits).chain([0]);
        if size > 0 && !self.is_null() {
            for (i, byte) in bytes.enumerate() {
                // SAFETY: at most `size` bytes, for which the caller promises room.
                unsafe { self.0.add(i).write(byte.cast_signed() as c_char) };
            }
        }
        text.len()
    }
}

impl<T> New<T> {
    /// Makes the object and hands it over; the place holds null where that fails.
    pub fn make(&mut self, what: &str, make: impl FnOnce() -> Result<T>) -> Result<()> {
        check(self.0, what, 1)?;
        // SAFETY: not null, aligned; the caller promises room for one pointer.
        unsafe { self.0.write(std::ptr::null_mut()) };
        let object = Box::new(make()?);
        // SAFETY: as above.
        unsafe { self.0.write(Box::into_raw(object)) };
        Ok(())
    }
}

impl<T> Owned<T> {
    /// Takes the object back, to drop it; `None` for null.
    pub fn take(self) -> Option<Box<T>> {
        // SAFETY: the caller promises that the object came from `New::make` and is given back once.
        (!self.0.is_null()).then(|| unsafe { Box::from_raw(self.0) })
    }
}

impl Text {
    /// Nothing.
    pub const NULL: Self = Self(std::ptr::null());

    /// Text that lives as long as its owner, which the header states.
    pub fn of(text: &CStr) -> Self {
        Self(text.as_ptr())
    }

    /// The text, which must be there.
    pub fn get(&self, what: &str) -> Result<&str> {
        self.optional(what)?.ok_or_else(|| Failure::null(what))
    }

    /// The text, or `None` for null.
    pub fn optional(&self, what: &str) -> Result<Option<&str>> {
        if self.0.is_null() {
            return Ok(None);
        }
        // SAFETY: not null; the caller promises a zero byte at the end.
        let text = unsafe { CStr::from_ptr(self.0) };
        text.to_str().map(Some).map_err(|_| {
            Failure::new(KneeposeStatus::InvalidText, format!("{what} is not valid UTF-8"))
        })
    }
}
