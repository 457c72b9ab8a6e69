//! Runs requests over any stored text. Each is answered, and another instance can read what the first one writes.

use super::one_key_store::OneKeyStore;
use fuseboard::time::{Millis, Mono, Now, Wall};
use fuseboard::{Answer, End, EventKind, Identity, Need, Outcome, Report, RequestStep, Seen, Sources, StepAnswer, Steps, Target};

const NOW: Now = Now { wall: Wall(1_800_000_000_000), mono: Mono(0) };

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut store = OneKeyStore::new(Some(text.to_owned()));
    for writer in [1, 2] {
        let mut steps = Steps::default();
        steps.configure(&Sources::default(), Identity { writer, seed: writer }).expect("the defaults are valid");
        let target = Target::host("api.example.org").role("metadata");
        let first = steps.allow(NOW, &target, Seen::Nothing, Seen::Nothing).expect("a valid target");
        let answer = run_to_end(&mut steps, &mut store, NOW, first);
        let permit = match &answer {
            StepAnswer::Decided(decision) => match &decision.answer {
                Answer::Admitted(admitted) => Some(admitted.permit),
                Answer::Refused(_) => None,
            },
            other => panic!("not a decision: {other:?}"),
        };
        let later = Now { wall: NOW.wall.plus(Millis(1_000)), mono: NOW.mono.plus(Millis(1_000)) };
        let failure = Report::new(End::counted(Outcome::Failure));
        let first = steps.settle(later, &target, permit.as_ref(), &failure).expect("a valid target");
        let settled = run_to_end(&mut steps, &mut store, later, first);
        // The second instance reads what the first one wrote, or a text that the first one did not replace.
        if let (2, StepAnswer::Settled(verdict)) = (writer, settled) {
            assert!(
                verdict.events.iter().all(|event| event.kind != EventKind::RecordReplaced),
                "the first instance wrote a damaged record"
            );
        }
    }
}

/// Carries out the operations of a request until it ends.
fn run_to_end(steps: &mut Steps, store: &mut OneKeyStore, now: Now, mut step: RequestStep) -> StepAnswer {
    loop {
        match step.need {
            Need::Nothing(answer) => return answer,
            Need::Store(token, operation) => step = steps.resume(now, token, store.carry_out(&operation)).expect("the request waits"),
            Need::Wait(token, _) => panic!("{token:?} waits, although no other request does"),
        }
    }
}
