//! Ends long work early on request of the caller, such as on Ctrl-C. The caller passes a callback
//! to [`answering`]. Long loops call [`check`], which calls it at intervals and unwinds with
//! [`Interrupted`] if it returns true. Without a callback, as in the C ABI, nothing unwinds.

use std::cell::{Cell, RefCell};
use std::panic::resume_unwind;

/// Payload of the unwinding that ends the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

/// Callback that returns true to end the work.
pub type Question = Box<dyn FnMut() -> bool>;

thread_local! {
    static IS_ASKED: Cell<bool> = const { Cell::new(false) };
    static QUESTION: RefCell<Option<Question>> = const { RefCell::new(None) };
}

/// Number of frames, or steps of similar duration, between two checks in a loop; a power of two.
/// Source: chosen: takes a few milliseconds of the slowest loop; held by test
/// tests/hostile/test_time.py.
pub const EVERY: usize = 512;

/// Runs `work`, which ends early if `question` returns true. Only work on this thread calls it.
pub fn answering<T>(question: Question, work: impl FnOnce() -> T) -> T {
    let _before = Restored(replace(Some(question)));
    work()
}

/// Restores the previous callback on drop, also when the work unwinds.
struct Restored(Option<Question>);

impl Drop for Restored {
    fn drop(&mut self) {
        replace(self.0.take());
    }
}

fn replace(question: Option<Question>) -> Option<Question> {
    IS_ASKED.set(question.is_some());
    QUESTION.with_borrow_mut(|slot| std::mem::replace(slot, question))
}

/// Ends the work if its caller requests it.
#[inline]
pub fn check() {
    if IS_ASKED.get() {
        ask();
    }
}

/// Calls [`check`] in every [`EVERY`]th step of a loop.
#[inline]
pub fn check_at(step: usize) {
    if step.is_multiple_of(EVERY) {
        check();
    }
}

#[cold]
fn ask() {
    // The callback may start other work on this thread with its own callback, so it is removed
    // while it runs.
    let Some(mut question) = replace(None) else { return };
    let ends = question();
    replace(Some(question));
    if ends {
        resume_unwind(Box::new(Interrupted));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn steps_done(question: Question) -> usize {
        let mut done = 0;
        let work = || {
            answering(question, || {
                for step in 0..10 * EVERY {
                    check_at(step);
                    done += 1;
                }
            });
        };
        let ended = catch_unwind(AssertUnwindSafe(work));
        let is_ours = ended.is_err_and(|why| why.downcast_ref() == Some(&Interrupted));
        assert_eq!(is_ours, done < 10 * EVERY);
        check();
        done
    }

    #[test]
    fn work_ends_at_the_next_check_after_a_yes() {
        let mut asked = 0;
        let third = Box::new(move || {
            asked += 1;
            asked == 3
        });
        assert_eq!(steps_done(third), 2 * EVERY);
        assert_eq!(steps_done(Box::new(|| false)), 10 * EVERY);
    }

    #[test]
    fn a_question_may_lead_to_other_work() {
        let inner = || steps_done(Box::new(|| true)) == 0;
        assert_eq!(steps_done(Box::new(move || !inner())), 10 * EVERY);
    }
}
