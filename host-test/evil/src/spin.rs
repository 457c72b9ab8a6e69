//! An endless loop that asks nobody anything.

use std::hint::black_box;

pub fn on_and_on() -> ! {
    let mut count = 0_u64;
    loop {
        count = black_box(count.wrapping_add(1));
    }
}
