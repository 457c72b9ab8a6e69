//! Calls itself without end: on the stack that this guest keeps in its memory, and on the one that its host keeps for it.

use std::hint::black_box;

pub fn in_memory() -> ! {
    black_box(deep_in_memory(black_box(1)));
    unreachable!("it came back")
}

pub fn on_the_stack() -> ! {
    black_box(deep_on_the_stack(black_box(1)));
    unreachable!("it came back")
}

#[allow(unconditional_recursion)]
fn deep_in_memory(depth: u64) -> u64 {
    // What has an address lies in memory.
    let here = black_box([depth; 64]);
    deep_in_memory(here[0].wrapping_add(1)).wrapping_add(black_box(&here)[63])
}

/// A number alone lies on the host's stack. What is done with it afterwards is no sum, or the compiler would make a loop of this.
#[allow(unconditional_recursion)]
fn deep_on_the_stack(depth: u64) -> u64 {
    deep_on_the_stack(depth.wrapping_add(1)).rotate_left(5) ^ depth
}
