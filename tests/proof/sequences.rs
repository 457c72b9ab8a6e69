//! Every sequence of inputs up to a length, on one board and on two that share a store.

use crate::figures::{Figures, number_from_env};
use crate::observer::Clocks;
use crate::settings::Settings;
use crate::simulation::{Simulation, report};
use crate::stored::Record;
use fuseboard::{Answer, DEFAULT_ROLE, Outcome, Permit, Scope, Target, key};
use std::collections::BTreeSet;

/// The lengths that the reliability page states. A build without optimisation stops one shorter.
const ONE: u64 = if cfg!(debug_assertions) { 7 } else { 8 };
const TWO: u64 = if cfg!(debug_assertions) { 5 } else { 6 };
/// The step of the clock: long enough for an open circuit to half-open, and for an expired probe's slot to be reused.
const TICK: u64 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    Allow(usize),
    /// Settles the newest permit held, or settles without a permit.
    Success(usize),
    Failure(usize),
    /// Settles the oldest permit held, whichever board gave it.
    LateSuccess(usize),
    LateFailure(usize),
    Tick,
    /// The wall clock of the first board jumps ahead, and back.
    Jump,
}

/// The boards that sequences are played on. Each sequence uses a new name.
struct Run {
    simulation: Simulation,
    jump: i64,
    names: u64,
    /// The records at the ends of sequences, without names and with times relative to the end.
    states: BTreeSet<String>,
    figures: Figures,
}

impl Run {
    fn new(name: &'static str, boards: usize, settings: &Settings, jump: i64) -> Run {
        let mut simulation = Simulation::new(&vec![settings.clone(); boards]);
        simulation.observer.clocks = Clocks::WithinSkew;
        Run { simulation, jump, names: 0, states: BTreeSet::new(), figures: Figures::new(name, &[1, 2, 3, 4, 5, 6, 7, 8, 12, 13]) }
    }

    /// Plays a sequence on a fresh name.
    fn play(&mut self, sequence: &[Input]) {
        self.names += 1;
        if self.names.is_multiple_of(64) {
            // Restarting the boards is cheaper than looking up one name among thousands.
            self.simulation.store.wipe();
            (0..self.simulation.boards.len()).for_each(|board| self.simulation.restart(board));
        }
        self.simulation.observer.forget();
        let target = Target::name(format!("n{:09}", self.names));
        let mut held: Vec<Permit> = Vec::new();
        for input in sequence {
            self.step(&target, *input, &mut held);
        }
        self.figures.add("steps", sequence.len() as u64);
        self.note_state(&target);
        self.assert_recovers(&target);
        self.simulation.set_ahead(0, 0);
    }

    fn step(&mut self, target: &Target, input: Input, held: &mut Vec<Permit>) {
        match input {
            Input::Allow(board) => {
                let decision = self.simulation.allow(board, target).expect("a decision");
                if let Answer::Admitted(admitted) = decision.answer {
                    held.push(admitted.permit);
                }
            }
            Input::Success(board) => self.settle(board, target, held.pop(), Outcome::Success),
            Input::Failure(board) => self.settle(board, target, held.pop(), Outcome::Failure),
            Input::LateSuccess(board) | Input::LateFailure(board) => {
                let outcome = if matches!(input, Input::LateSuccess(_)) { Outcome::Success } else { Outcome::Failure };
                let permit = (held.len() > 1).then(|| held.remove(0));
                self.settle(board, target, permit, outcome);
            }
            Input::Tick => self.simulation.advance(TICK),
            Input::Jump => {
                let ahead = self.simulation.boards[0].ahead;
                self.simulation.set_ahead(0, if ahead == 0 { self.jump } else { 0 });
            }
        }
    }

    fn settle(&mut self, board: usize, target: &Target, permit: Option<Permit>, outcome: Outcome) {
        self.simulation.settle(board, target, permit.as_ref(), &report(outcome)).expect("a verdict");
    }

    fn note_state(&mut self, target: &Target) {
        let text = self.simulation.text(&key::key(&Scope::name(target.name.as_str())));
        let record = Record::read(text.as_deref()).expect("a record that can be read");
        self.states.insert(record.circuit(DEFAULT_ROLE).text_relative_to(self.simulation.now));
    }

    /// Promise 5: after any sequence, a late enough `allow` is admitted.
    fn assert_recovers(&mut self, target: &Target) {
        self.simulation.advance(3 * TICK);
        let decision = self.simulation.allow(0, target).expect("a decision");
        assert!(matches!(decision.answer, Answer::Admitted(_)), "promise 5: {decision:?}");
    }

    fn write(mut self) {
        self.figures.add_assertions(&self.simulation.observer.assertions);
        self.figures.write();
    }
}

/// Prints the sequence in which an assertion failed.
struct ShowOnPanic<'a>(&'a [Input], &'a Settings);

impl Drop for ShowOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("in the sequence {:?}\nby {:?}", self.0, self.1);
        }
    }
}

/// Visits every sequence of exactly `length` inputs, depth first. Each shorter sequence is the beginning of one.
fn each_sequence(inputs: &[Input], length: usize, sequence: &mut Vec<Input>, visit: &mut impl FnMut(&[Input])) {
    if sequence.len() == length {
        visit(sequence);
        return;
    }
    let is_last = sequence.len() + 1 == length;
    for input in inputs {
        if is_canonical(sequence, *input, is_last) {
            sequence.push(*input);
            each_sequence(inputs, length, sequence, visit);
            sequence.pop();
        }
    }
}

/// Excludes sequences with the same effect as another one. A jump and a tick are played only in this order. The first request is to the
/// first board, the last step is a request, and the oldest permit is settled only if it is not also the newest.
fn is_canonical(before: &[Input], next: Input, is_last: bool) -> bool {
    let first_board_used = |board: usize| board == 0 || before.iter().any(|input| board_of(*input) == Some(0));
    match next {
        Input::LateSuccess(board) | Input::LateFailure(board) => held_at_most(before) > 1 && first_board_used(board),
        Input::Allow(board) | Input::Success(board) | Input::Failure(board) => first_board_used(board),
        Input::Tick => !before.is_empty() && !is_last,
        Input::Jump => !matches!(before.last(), Some(Input::Tick | Input::Jump)) && !is_last,
    }
}

/// The number of permits held if every `allow` was admitted.
fn held_at_most(before: &[Input]) -> usize {
    before.iter().fold(0_usize, |held, input| match input {
        Input::Allow(_) => held + 1,
        Input::Tick | Input::Jump => held,
        _ => held.saturating_sub(1),
    })
}

fn board_of(input: Input) -> Option<usize> {
    match input {
        Input::Allow(board) | Input::Success(board) | Input::Failure(board) | Input::LateSuccess(board) | Input::LateFailure(board) => {
            Some(board)
        }
        Input::Tick | Input::Jump => None,
    }
}

fn run(name: &'static str, boards: usize, length: u64, jump: i64, trial_calls: u64, success_threshold: u64) {
    let settings = Settings { trial_calls, success_threshold, ..Settings::default() };
    let of_board =
        |board| [Input::Allow(board), Input::Success(board), Input::Failure(board), Input::LateSuccess(board), Input::LateFailure(board)];
    let inputs: Vec<Input> = (0..boards).flat_map(of_board).chain([Input::Tick, Input::Jump]).collect();
    let mut run = Run::new(name, boards, &settings, jump);
    let length = usize::try_from(length).expect("a length");
    each_sequence(&inputs, length, &mut Vec::new(), &mut |sequence| {
        let _show = ShowOnPanic(sequence, &settings);
        run.play(sequence);
    });
    run.figures.add("length", length as u64);
    let sequences = run.names;
    run.figures.add("sequences", sequences);
    let states = run.states.len() as u64;
    run.figures.add("states", states);
    run.write();
}

macro_rules! policies {
    ($($test:ident: $boards:literal boards, length $length:ident by $variable:literal, jump $jump:expr, $calls:literal calls, $threshold:literal successes;)*) => {
        $(#[test]
        fn $test() {
            run(stringify!($test), $boards, number_from_env($variable, $length), $jump, $calls, $threshold);
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
