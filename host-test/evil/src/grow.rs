//! Takes memory until there is none, tells the store how much it had, and traps.

use crate::wit::fuseboard::breaker::storage;

const PIECE_BYTES: usize = 1 << 20;

pub fn until_stopped() -> ! {
    let mut pieces = Vec::new();
    // Room to speak with at the end.
    let spare = vec![1_u8; PIECE_BYTES];
    loop {
        let mut piece: Vec<u8> = Vec::new();
        if piece.try_reserve_exact(PIECE_BYTES).is_err() {
            break;
        }
        // Touched, or the host would have promised it and given nothing.
        piece.resize(PIECE_BYTES, 1);
        pieces.push(piece);
    }
    drop(spare);
    let held = (pieces.len() * PIECE_BYTES).to_string();
    let _ = storage::compare_and_swap("n:held", None, &held, None, 10);
    panic!("no more memory to take")
}
