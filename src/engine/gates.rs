//! One writer for each key: which request writes a record now, and which requests wait until it is written.

use super::group_member::{Counted, GroupMember};
use super::record_error::RecordError;
use super::request_step::Token;
use crate::time::{Millis, Mono};
use std::collections::VecDeque;
use std::sync::Arc;

/// The gates of all keys that are being written. They are not part of the record cache, so that an eviction removes no gate.
#[derive(Default)]
pub(super) struct Gates {
    busy: Vec<Gate>,
    /// The results of group members that have not fetched them yet.
    results: Vec<(Token, Result<Counted, RecordError>)>,
    /// Requests that may go on. The next request step names them.
    woken: Vec<Token>,
}

/// Keeps other writers from the record of one key while its writer works.
struct Gate {
    key: Arc<str>,
    writer: Token,
    swap: SwapState,
    /// How long the last swap took, successful or not. Zero before the first one.
    last_swap: Millis,
    waiting: VecDeque<Waiter>,
    /// The requests whose outcomes the writer writes together with its own.
    group: Vec<Token>,
}

/// Whether the writer of a gate waits for the result of a swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SwapState {
    None,
    UnderWay,
}

/// A request that waits for a gate. An outcome may join the group of the next writer.
pub(super) struct Waiter {
    pub token: Token,
    /// When its caller began to wait. Its time ends a storage budget later.
    pub start: Mono,
    pub outcome: Option<GroupMember>,
}

/// Where a request stands at a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// It is the writer.
    Writer,
    Waiting,
    /// The writer writes its outcome.
    InGroup,
    None,
}

impl Gates {
    fn gate(&mut self, key: &str) -> Option<&mut Gate> {
        self.busy.iter_mut().find(|gate| &*gate.key == key)
    }

    /// Makes a request the writer of a key that has no writer. Returns the request's position.
    pub fn enter(&mut self, key: &Arc<str>, token: Token) -> Position {
        if let Some(gate) = self.gate(key) {
            return if gate.writer == token { Position::Writer } else { Position::None };
        }
        self.busy.push(Gate {
            key: Arc::clone(key),
            writer: token,
            swap: SwapState::None,
            last_swap: Millis::ZERO,
            waiting: VecDeque::new(),
            group: Vec::new(),
        });
        Position::Writer
    }

    /// Adds a waiter behind all others.
    pub fn wait(&mut self, key: &str, waiter: Waiter) {
        if let Some(gate) = self.gate(key) {
            gate.waiting.push_back(waiter);
        }
    }

    pub fn position_of(&mut self, key: &str, token: Token) -> Position {
        let Some(gate) = self.gate(key) else { return Position::None };
        if gate.writer == token {
            Position::Writer
        } else if gate.group.contains(&token) {
            Position::InGroup
        } else if gate.waiting.iter().any(|waiter| waiter.token == token) {
            Position::Waiting
        } else {
            Position::None
        }
    }

    /// Ends a request's turn as the writer, and makes the next waiter the writer.
    pub fn leave(&mut self, key: &str, token: Token) {
        let Some(at) = self.busy.iter().position(|gate| &*gate.key == key && gate.writer == token) else { return };
        let next = self.busy.get_mut(at).and_then(|gate| gate.waiting.pop_front().map(|next| (gate, next.token)));
        match next {
            Some((gate, next)) => {
                gate.writer = next;
                gate.swap = SwapState::None;
                self.woken.push(next);
            }
            None => drop(self.busy.swap_remove(at)),
        }
    }

    /// Removes a request that no longer waits.
    pub fn withdraw(&mut self, key: &str, token: Token) {
        if let Some(gate) = self.gate(key) {
            gate.waiting.retain(|waiter| waiter.token != token);
            gate.group.retain(|member| *member != token);
        }
        self.results.retain(|(member, _)| *member != token);
    }

    pub fn set_swap(&mut self, key: &str, token: Token, swap: SwapState) {
        if let Some(gate) = self.gate(key).filter(|gate| gate.writer == token) {
            gate.swap = swap;
        }
    }

    /// Keeps how long a swap of the writer took.
    pub fn note_swap(&mut self, key: &str, token: Token, took: Millis) {
        if let Some(gate) = self.gate(key).filter(|gate| gate.writer == token) {
            gate.last_swap = took;
        }
    }

    /// How long the last swap of a key took; zero if the key was without a writer after it.
    pub fn last_swap(&mut self, key: &str) -> Millis {
        self.gate(key).map_or(Millis::ZERO, |gate| gate.last_swap)
    }

    /// Whether another request's swap of this key is under way.
    pub fn is_swapped_by_other(&self, key: &str, token: Option<Token>) -> bool {
        self.busy.iter().any(|gate| gate.swap == SwapState::UnderWay && &*gate.key == key && Some(gate.writer) != token)
    }

    /// Takes the waiting outcomes of a key into the writer's group, except those of callers who began to wait before `earliest`.
    pub fn take_group(&mut self, key: &str, earliest: Mono) -> Vec<(Token, GroupMember)> {
        let Some(gate) = self.gate(key) else { return Vec::new() };
        let mut members = Vec::new();
        for waiter in std::mem::take(&mut gate.waiting) {
            match waiter.outcome {
                Some(outcome) if waiter.start >= earliest => members.push((waiter.token, outcome)),
                outcome => gate.waiting.push_back(Waiter { outcome, ..waiter }),
            }
        }
        gate.group = members.iter().map(|(token, _)| *token).collect();
        members
    }

    /// Puts the members of a group back in front of all waiters.
    pub fn put_back(&mut self, key: &str, members: Vec<(Token, GroupMember)>) {
        let Some(gate) = self.gate(key) else { return };
        let group = std::mem::take(&mut gate.group);
        for (token, outcome) in members.into_iter().rev().filter(|(token, _)| group.contains(token)) {
            gate.waiting.push_front(Waiter { token, start: outcome.start, outcome: Some(outcome) });
        }
    }

    /// Gives the members of a group their results. Members that were abandoned meanwhile get none.
    pub fn finish(&mut self, key: &str, results: impl Iterator<Item = (Token, Result<Counted, RecordError>)>) {
        let Some(gate) = self.gate(key) else { return };
        let group = std::mem::take(&mut gate.group);
        for (token, result) in results.filter(|(token, _)| group.contains(token)) {
            self.results.push((token, result));
            self.woken.push(token);
        }
    }

    pub fn take_result(&mut self, token: Token) -> Option<Result<Counted, RecordError>> {
        let at = self.results.iter().position(|(member, _)| *member == token)?;
        Some(self.results.swap_remove(at).1)
    }

    pub fn take_woken(&mut self) -> Vec<Token> {
        std::mem::take(&mut self.woken)
    }
}
