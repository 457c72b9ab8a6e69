//! Allocates memory until none is left, stores the number of allocated bytes, and traps.

use crate::wit::fuseboard::breaker::storage;

const PIECE_BYTES: usize = 1 << 20;

pub fn until_stopped() -> ! {
    let mut pieces = Vec::new();
    // Freed before the import is called, which needs memory too.
    let spare = vec![1_u8; PIECE_BYTES];
    loop {
        let mut piece: Vec<u8> = Vec::new();
        if piece.try_reserve_exact(PIECE_BYTES).is_err() {
            break;
        }
        // Written to: the operating system may give memory out only when it is used.
        piece.resize(PIECE_BYTES, 1);
        pieces.push(piece);
    }
    drop(spare);
    let held = (pieces.len() * PIECE_BYTES).to_string();
    let _ = storage::compare_and_swap("n:held", None, &held, None, 10);
    panic!("no memory is left")
}
