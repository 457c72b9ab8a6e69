//! An endless loop that calls no import.

use std::hint::black_box;

pub fn forever() -> ! {
    let mut count = 0_u64;
    loop {
        count = black_box(count.wrapping_add(1));
    }
}
