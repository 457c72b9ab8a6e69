//! Endless recursion: on the stack in this guest's memory, and on the native stack of its host.

use std::hint::black_box;

pub fn in_memory() -> ! {
    black_box(deep_in_memory(black_box(1)));
    unreachable!("endless recursion returned")
}

pub fn on_the_stack() -> ! {
    black_box(deep_on_the_stack(black_box(1)));
    unreachable!("endless recursion returned")
}

#[allow(unconditional_recursion)]
fn deep_in_memory(depth: u64) -> u64 {
    // A value with an address is in the guest's memory.
    let here = black_box([depth; 64]);
    deep_in_memory(here[0].wrapping_add(1)).wrapping_add(black_box(&here)[63])
}

/// A plain number is on the host's stack. The rotation keeps the compiler from turning the recursion into a loop, as it does with a sum.
#[allow(unconditional_recursion)]
fn deep_on_the_stack(depth: u64) -> u64 {
    deep_on_the_stack(depth.wrapping_add(1)).rotate_left(5) ^ depth
}
