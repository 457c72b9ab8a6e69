//! Shortens a story that shows a difference.

use super::comparison::{Difference, difference};
use crate::story::{Start, Story};

/// Removes the steps that a difference does not need: first halves of the story, then quarters, and at last single steps.
#[must_use]
pub fn shrink<N: Start, C: Start>(found: Difference) -> Difference {
    let Difference { mut story, mut what } = found;
    let mut size = story.steps.len();
    while size > 0 {
        let mut start = 0;
        while start < story.steps.len() {
            let shorter = without(&story, start, size);
            match difference::<N, C>(&shorter) {
                Some(still) => (story, what) = (shorter, still),
                None => start += size,
            }
        }
        size /= 2;
    }
    Difference { story, what }
}

fn without(story: &Story, start: usize, size: usize) -> Story {
    let kept = |(place, _): &(usize, &_)| !(start..start + size).contains(place);
    Story { steps: story.steps.iter().enumerate().filter(kept).map(|(_, step)| step.clone()).collect(), ..story.clone() }
}
