//! All raw pointers of the C interface, and the checks before they are dereferenced. This is the
//! only file of the crate with `unsafe`.
//!
//! Arguments from C are declared with the types of this file, so all other files are safe Rust. The C
//! caller creates these values and guarantees what `kneepose.h` states: a non-null pointer points to as
//! many elements as the arguments beside it state, for the duration of the call, and no other thread writes
//! to them meanwhile. Null pointers, wrong alignment and impossible sizes are detected here and become a
//! [`Failure`].
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char};
use std::ops::Range;

use ndarray::{ArrayView3, Ix3, ShapeBuilder};

use crate::status::{Failure, KneeposeStatus, Result};

/// Pointer to input elements.
#[repr(transparent)]
pub struct In<T>(*const T);

/// Pointer to output elements, or to elements that are changed in place.
#[repr(transparent)]
pub struct Out<T>(*mut T);

/// Address at which the pointer to a new object is stored.
#[repr(transparent)]
pub struct New<T>(*mut *mut T);

/// Pointer to an object that the caller returns to be freed.
#[repr(transparent)]
pub struct Owned<T>(*mut T);

/// Pointer to a zero-terminated text.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Text(*const c_char);

/// Memory layout of keypoints, in elements (not bytes). Element `[t][k][d]` is
/// `points[t * frame_stride + k * keypoint_stride + d * component_stride]`. If all three strides are 0,
/// the array is packed: `(frames, keypoints, components)` in C order.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KneeposeLayout {
    /// Number of frames.
    pub frames: usize,
    /// Number of keypoints in a frame.
    pub keypoints: usize,
    /// 2 in an image, 3 in world space.
    pub components: usize,
    /// Stride between frames.
    pub frame_stride: usize,
    /// Stride between keypoints.
    pub keypoint_stride: usize,
    /// Stride between components.
    pub component_stride: usize,
}

impl KneeposeLayout {
    /// Checks lengths and strides, and returns them with the number of elements from the first to
    /// the last.
    fn checked(&self, what: &str) -> Result<([usize; 3], [usize; 3], usize)> {
        let lengths = [self.frames, self.keypoints, self.components];
        let mut strides = [self.frame_stride, self.keypoint_stride, self.component_stride];
        let huge = || {
            Failure::shape(format!("the layout of {what} spans more memory than an array can have"))
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
        // Overlapping strides can address more elements than the array has.
        lengths.into_iter().try_fold(1_usize, usize::checked_mul).ok_or_else(huge)?;
        Ok((lengths, strides, reach))
    }
}

/// Validates a pointer to `count` elements without dereferencing it.
fn check<T>(pointer: *const T, what: &str, count: usize) -> Result<()> {
    if pointer.is_null() {
        return Err(Failure::null(what));
    }
    if !pointer.is_aligned() {
        return Err(Failure::new(
            KneeposeStatus::InvalidPointer,
            format!("{what} is not aligned to {} bytes", align_of::<T>()),
        ));
    }
    let bytes = count.checked_mul(size_of::<T>());
    if bytes.is_none_or(|bytes| isize::try_from(bytes).is_err()) {
        return Err(Failure::shape(format!(
            "{count} elements of {what} exceed the maximum size of an array"
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

/// Rejects output memory that overlaps other memory.
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
    /// True for a null pointer.
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Reference to the single element behind the pointer.
    pub fn one(&self, what: &str) -> Result<&T> {
        check(self.0, what, 1)?;
        // SAFETY: not null and aligned; the caller guarantees one element for the duration of the call.
        Ok(unsafe { &*self.0 })
    }

    /// Slice of `count` elements; a null pointer is allowed if `count` is 0.
    pub fn slice(&self, what: &str, count: usize) -> Result<&[T]> {
        if count == 0 {
            return Ok(&[]);
        }
        check(self.0, what, count)?;
        // SAFETY: not null, aligned, of a valid size; the caller guarantees `count` elements.
        Ok(unsafe { std::slice::from_raw_parts(self.0, count) })
    }

    /// Copy of `N` elements, or `None` for a null pointer.
    pub fn optional<const N: usize>(&self, what: &str) -> Result<Option<[T; N]>>
    where
        T: Copy,
    {
        if self.is_null() {
            return Ok(None);
        }
        Ok(self.slice(what, N)?.try_into().ok())
    }

    /// View of strided elements, without a copy.
    pub fn array(&self, what: &str, layout: &KneeposeLayout) -> Result<ArrayView3<'_, T>> {
        let (lengths, strides, reach) = layout.checked(what)?;
        let pointer = if reach == 0 {
            std::ptr::NonNull::dangling().as_ptr()
        } else {
            check(self.0, what, reach)?;
            self.0
        };
        let shape = Ix3::from(ndarray::Dim(lengths)).strides(ndarray::Dim(strides));
        // SAFETY: not null and aligned; every element is within `reach`, which fits into an isize of bytes.
        // The caller guarantees the elements that the layout describes.
        Ok(unsafe { ArrayView3::from_shape_ptr(shape, pointer) })
    }

    /// Address range that a layout covers.
    pub fn reach(&self, what: &str, layout: &KneeposeLayout) -> Result<Range<usize>> {
        Ok(addresses(self.0, layout.checked(what)?.2))
    }
}

impl<T> Out<T> {
    /// Mutable reference to the object behind the pointer. No other thread may use the object
    /// meanwhile.
    pub fn object(&mut self, what: &str) -> Result<&mut T> {
        check(self.0, what, 1)?;
        // SAFETY: not null and aligned; the caller guarantees an object of `New::make` that no
        // other thread uses during the call.
        Ok(unsafe { &mut *self.0 })
    }
}

impl<T: Copy> Out<T> {
    /// True for a null pointer.
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Address range of `count` elements.
    pub fn reach(&self, count: usize) -> Range<usize> {
        addresses(self.0, count)
    }

    /// Output slice of `count` elements, initialized to `fill` because memory from `malloc` is
    /// uninitialized.
    pub fn filled(&mut self, what: &str, count: usize, fill: T) -> Result<&mut [T]> {
        if count == 0 {
            return Ok(&mut []);
        }
        check(self.0, what, count)?;
        for i in 0..count {
            // SAFETY: within the `count` elements that the caller guarantees.
            unsafe { self.0.add(i).write(fill) };
        }
        // SAFETY: within the `count` elements that the caller guarantees, and every element is
        // initialized now.
        Ok(unsafe { std::slice::from_raw_parts_mut(self.0, count) })
    }

    /// Existing elements, to be changed in place.
    pub fn existing(&mut self, what: &str, count: usize) -> Result<&mut [T]> {
        if count == 0 {
            return Ok(&mut []);
        }
        check(self.0, what, count)?;
        // SAFETY: not null, aligned, of a valid size; the caller guarantees `count` elements that
        // no other thread uses during the call.
        Ok(unsafe { std::slice::from_raw_parts_mut(self.0, count) })
    }

    /// Writes one element.
    pub fn set(&mut self, what: &str, value: T) -> Result<()> {
        self.filled(what, 1, value).map(|_| ())
    }

    /// Copies a list to a buffer with room for `capacity` elements. Fails without writing if
    /// `capacity` is too small.
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
    /// Copies as much of a text as fits, zero-terminated and without splitting a character. Returns the
    /// full length in bytes without the zero.
    pub fn text(&mut self, size: usize, text: &str) -> usize {
        let room = size.saturating_sub(1).min(text.len());
        let fits = (0..=room).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        let bytes = text.bytes().take(fits).chain([0]);
        if size > 0 && !self.is_null() {
            for (i, byte) in bytes.enumerate() {
                // SAFETY: at most `size` bytes, which the caller guarantees.
                unsafe { self.0.add(i).write(byte.cast_signed() as c_char) };
            }
        }
        text.len()
    }
}

impl<T> New<T> {
    /// Creates the object and stores its pointer; stores null if the creation fails.
    pub fn make(&mut self, what: &str, make: impl FnOnce() -> Result<T>) -> Result<()> {
        check(self.0, what, 1)?;
        // SAFETY: not null and aligned; the caller guarantees room for one pointer.
        unsafe { self.0.write(std::ptr::null_mut()) };
        let object = Box::new(make()?);
        // SAFETY: not null and aligned; the caller guarantees room for one pointer.
        unsafe { self.0.write(Box::into_raw(object)) };
        Ok(())
    }
}

impl<T> Owned<T> {
    /// Takes ownership of the object; `None` for null.
    pub fn take(self) -> Option<Box<T>> {
        // SAFETY: the caller guarantees that the object came from `New::make` and is passed once.
        (!self.0.is_null()).then(|| unsafe { Box::from_raw(self.0) })
    }
}

impl Text {
    /// Null pointer.
    pub const NULL: Self = Self(std::ptr::null());

    /// Pointer to a text. It is valid as long as the owner of the text, as the header states.
    pub fn of(text: &CStr) -> Self {
        Self(text.as_ptr())
    }

    /// Text behind the pointer; fails for a null pointer.
    pub fn get(&self, what: &str) -> Result<&str> {
        self.optional(what)?.ok_or_else(|| Failure::null(what))
    }

    /// Text behind the pointer, or `None` for a null pointer.
    pub fn optional(&self, what: &str) -> Result<Option<&str>> {
        if self.0.is_null() {
            return Ok(None);
        }
        // SAFETY: not null; the caller guarantees a terminating zero byte.
        let text = unsafe { CStr::from_ptr(self.0) };
        text.to_str().map(Some).map_err(|_| {
            Failure::new(KneeposeStatus::InvalidText, format!("{what} is not valid UTF-8"))
        })
    }
}
