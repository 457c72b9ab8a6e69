//! Every sequence of inputs up to a length, on one board and on two that share a store.

use crate::figures::{Figures, size};
use crate::observer::Clocks;
use crate::settings::Settings;
use crate::stored::Record;
use crate::world::{World, report};
use fuseboard::{Answer, DEFAULT_ROLE, Outcome, Permit, Scope, Target, key};
use std::collections::BTreeSet;

/// The lengths that the reliability page states. A build without optimisation stops one shorter.
const ONE: u64 = if cfg!(debug_assertions) { 7 } else { 8 };
const TWO: u64 = if cfg!(debug_assertions) { 5 } else { 6 };
/// The step of the clock: long enough for an open circuit to half-open, and for an expired probe's slot to be reused.
const TICK: u64 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Letter {
    Allow(usize),
    /// Settles the newest permit held, or settles without a permit.
    Success(usize),
    Failure(usize),
    /// Settles the oldest permit held, on whichever board.
    LateSuccess(usize),
    LateFailure(usize),
    Tick,
    /// The wall clock of the first board jumps ahead, and back.
    Jump,
}

/// The boards that sequences are played on. Each sequence uses a new name.
struct Stage {
    world: World,
    jump: i64,
    names: u64,
    /// The records at the ends of sequences, without names and with times relative to the end.
    states: BTreeSet<String>,
    figures: Figures,
}

impl Stage {
    fn new(name: &'static str, boards: usize, settings: &Settings, jump: i64) -> Stage {
        let mut world = World::new(&vec![settings.clone(); boards]);
        world.observer.clocks = Clocks::WithinSkew;
        Stage { world, jump, names: 0, states: BTreeSet::new(), figures: Figures::new(name, &[1, 2, 3, 4, 5, 6, 7, 8, 12, 13]) }
    }

    /// Plays a sequence on a fresh name.
    fn play(&mut self, sequence: &[Letter]) {
        self.names += 1;
        if self.names.is_multiple_of(64) {
            // Restarting the boards is cheaper than looking up one name among thousands.
            self.world.store.wipe();
            (0..self.world.boards.len()).for_each(|board| self.world.restart(board));
        }
        self.world.observer.forget();
        let target = Target::name(format!("n{:09}", self.names));
        let mut held: Vec<Permit> = Vec::new();
        for letter in sequence {
            self.step(&target, *letter, &mut held);
        }
        self.figures.add("steps", sequence.len() as u64);
        self.note_state(&target);
        self.assert_recovers(&target);
        self.world.set_ahead(0, 0);
    }

    fn step(&mut self, target: &Target, letter: Letter, held: &mut Vec<Permit>) {
        match letter {
            Letter::Allow(board) => {
                let decision = self.world.allow(board, target).expect("a decision");
                if let Answer::Admitted(admitted) = decision.answer {
                    held.push(admitted.permit);
                }
            }
            Letter::Success(board) => self.settle(board, target, held.pop(), Outcome::Success),
            Letter::Failure(board) => self.settle(board, target, held.pop(), Outcome::Failure),
            Letter::LateSuccess(board) | Letter::LateFailure(board) => {
                let outcome = if matches!(letter, Letter::LateSuccess(_)) { Outcome::Success } else { Outcome::Failure };
                let permit = (held.len() > 1).then(|| held.remove(0));
                self.settle(board, target, permit, outcome);
            }
            Letter::Tick => self.world.advance(TICK),
            Letter::Jump => {
                let ahead = self.world.boards[0].ahead;
                self.world.set_ahead(0, if ahead == 0 { self.jump } else { 0 });
            }
        }
    }

    fn settle(&mut self, board: usize, target: &Target, permit: Option<Permit>, outcome: Outcome) {
        self.world.settle(board, target, permit.as_ref(), &report(outcome)).expect("a verdict");
    }

    fn note_state(&mut self, target: &Target) {
        let text = self.world.text(&key::key(&Scope::name(target.name.as_str())));
        let record = Record::read(text.as_deref()).expect("a record that can be read");
        self.states.insert(record.circuit(DEFAULT_ROLE).as_seen_at(self.world.now));
    }

    /// Promise 5: after any sequence, a late enough `allow` is admitted.
    fn assert_recovers(&mut self, target: &Target) {
        self.world.advance(3 * TICK);
        let decision = self.world.allow(0, target).expect("a decision");
        assert!(matches!(decision.answer, Answer::Admitted(_)), "promise 5: {decision:?}");
    }

    fn write(mut self) {
        self.figures.add_assertions(&self.world.observer.made);
        self.figures.write();
    }
}

/// Prints the sequence in which an assertion failed.
struct ShowOnPanic<'a>(&'a [Letter], &'a Settings);

impl Drop for ShowOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("in the sequence {:?}\nby {:?}", self.0, self.1);
        }
    }
}

/// Goes through every sequence of exactly `length` letters (each shorter one is the beginning of one), depth first.
fn every(alphabet: &[Letter], length: usize, sequence: &mut Vec<Letter>, visit: &mut impl FnMut(&[Letter])) {
    if sequence.len() == length {
        visit(sequence);
        return;
    }
    let is_last = sequence.len() + 1 == length;
    for letter in alphabet {
        if is_canonical(sequence, *letter, is_last) {
            sequence.push(*letter);
            every(alphabet, length, sequence, visit);
            sequence.pop();
        }
    }
}

/// Whether no other sequence has the same effect. Of two orders of a jump and a tick, only the jump before the tick is played. The first
/// request is to the first board, the last step is a request, and the oldest permit is settled only if it is not also the newest.
fn is_canonical(before: &[Letter], next: Letter, is_last: bool) -> bool {
    let first_asked = |board: usize| board == 0 || before.iter().any(|letter| board_of(*letter) == Some(0));
    match next {
        Letter::LateSuccess(board) | Letter::LateFailure(board) => held_at_most(before) > 1 && first_asked(board),
        Letter::Allow(board) | Letter::Success(board) | Letter::Failure(board) => first_asked(board),
        Letter::Tick => !before.is_empty() && !is_last,
        Letter::Jump => !matches!(before.last(), Some(Letter::Tick | Letter::Jump)) && !is_last,
    }
}

/// The number of permits held if every `allow` was admitted.
fn held_at_most(before: &[Letter]) -> usize {
    before.iter().fold(0_usize, |held, letter| match letter {
        Letter::Allow(_) => held + 1,
        Letter::Tick | Letter::Jump => held,
        _ => held.saturating_sub(1),
    })
}

fn board_of(letter: Letter) -> Option<usize> {
    match letter {
        Letter::Allow(board)
        | Letter::Success(board)
        | Letter::Failure(board)
        | Letter::LateSuccess(board)
        | Letter::LateFailure(board) => Some(board),
        Letter::Tick | Letter::Jump => None,
    }
}

fn run(name: &'static str, boards: usize, length: u64, jump: i64, trial_calls: u64, success_threshold: u64) {
    let settings = Settings { trial_calls, success_threshold, ..Settings::default() };
    let of_board = |board| {
        [Letter::Allow(board), Letter::Success(board), Letter::Failure(board), Letter::LateSuccess(board), Letter::LateFailure(board)]
    };
    let alphabet: Vec<Letter> = (0..boards).flat_map(of_board).chain([Letter::Tick, Letter::Jump]).collect();
    let mut stage = Stage::new(name, boards, &settings, jump);
    let length = usize::try_from(length).expect("a length");
    every(&alphabet, length, &mut Vec::new(), &mut |sequence| {
        let _show = ShowOnPanic(sequence, &settings);
        stage.play(sequence);
    });
    stage.figures.add("length", length as u64);
    let sequences = stage.names;
    stage.figures.add("sequences", sequences);
    let states = stage.states.len() as u64;
    stage.figures.add("states", states);
    stage.write();
}

macro_rules! policies {
    ($($test:ident: $boards:literal boards, length $length:ident by $variable:literal, jump $jump:expr, $calls:literal calls, $threshold:literal successes;)*) => {
        $(#[test]
        fn $test() {
            run(stringify!($test), $boards, size($variable, $length), $jump, $calls, $threshold);
        })*
    };
}

// One board's own deadlines do not move, however far its clock jumps. The clocks of two boards stay within the skew.
policies! {
    one_board_1_call_1_success: 1 boards, length ONE by "PROOF_LENGTH_ONE", jump 3_600_000, 1 calls, 1 successes;
    one_board_1_call_2_successes: 1 boards, length ONE by "PROOF_LENGTH_ONE", jump 3_600_000, 1 calls, 2 successes;
    one_board_2_calls_1_success: 1 boards, length ONE by "PROOF_LENGTH_ONE", jump 3_600_000, 2 calls, 1 successes;
    one_board_2_calls_2_successes: 1 boards, length ONE by "PROOF_LENGTH_ONE", jump 3_600_000, 2 calls, 2 successes;
    two_boards_1_call_1_success: 2 boards, length TWO by "PROOF_LENGTH_TWO", jump 250, 1 calls, 1 successes;
    two_boards_1_call_2_successes: 2 boards, length TWO by "PROOF_LENGTH_TWO", jump 250, 1 calls, 2 successes;
    two_boards_2_calls_1_success: 2 boards, length TWO by "PROOF_LENGTH_TWO", jump 250, 2 calls, 1 successes;
    two_boards_2_calls_2_successes: 2 boards, length TWO by "PROOF_LENGTH_TWO", jump 250, 2 calls, 2 successes;
}
