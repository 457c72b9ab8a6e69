//! Plays one sequence on two engines.

use super::documents;
use super::input_kind::kind;
use super::random::Random;
use super::steps::{History, step};
use crate::story::{Action, Config, Played, Start, StartTime, Step, Story, StoryRun, play};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const STEPS_MIN: usize = 4;
const STEPS_MORE: usize = 12;

/// How often each kind of input and of answer occurred.
#[derive(Default)]
pub struct Occurrences {
    pub inputs: BTreeMap<&'static str, u64>,
    pub answers: BTreeMap<String, u64>,
}

/// A story whose last step, or whose records, differ between the engines.
#[derive(Debug)]
pub struct Difference {
    pub story: Story,
    pub what: String,
}

/// Plays the sequence of a seed on two engines: a native one (or a board over it), and a component (or a board over it).
///
/// # Errors
/// The story up to the first difference.
pub fn play_both<N: Start, C: Start>(seed: u64, occurrences: &mut Occurrences) -> Result<usize, Box<Difference>> {
    let random = &mut Random::with_seed(seed);
    let mut story = blank(seed, random);
    let (mut native, mut component) = open::<N, C>(&mut story, occurrences)?;
    let (mut now_ms, steps) = (0, STEPS_MIN + random.below(STEPS_MORE));
    for place in 0..steps {
        let stored = || native.store.contents();
        let boards = usize::try_from(story.boards).unwrap_or(1);
        let next = step(random, &History { admissions: &native.admissions, stored: &stored, boards, now_ms, place });
        now_ms = next.at_ms.unwrap_or(now_ms);
        native.wait_until(next.at_ms);
        component.wait_until(next.at_ms);
        let answers = (native.play(&story, &next), component.play(&story, &next));
        let native_answer = answers.0.as_ref().ok().and_then(Option::as_ref);
        occurrences.count(&next, native_answer);
        let unavoidable = native_answer.and_then(|answer| unavoidable_problem(&next.action, answer));
        story.steps.push(next);
        if let Some(problem) = unavoidable {
            return Err(Box::new(Difference { story, what: format!("step {place}: promise 17: a call failed with {problem}") }));
        }
        if answers.0 != answers.1 {
            let what = format!("step {place}: native {:?},\n component {:?}", answers.0, answers.1);
            return Err(Box::new(Difference { story, what }));
        }
    }
    if native.store.contents() != component.store.contents() {
        let what = format!("records: native {:?},\n component {:?}", native.store.contents(), component.store.contents());
        return Err(Box::new(Difference { story, what }));
    }
    Ok(steps)
}

/// The problem of a call's request that its caller could not have avoided (promise 17).
fn unavoidable_problem(action: &Action, answer: &Value) -> Option<Value> {
    let is_of_call = matches!(action, Action::Allow { .. } | Action::Settle { .. } | Action::SettleLeased { .. });
    let problem = answer.get("problem").filter(|_| is_of_call)?;
    let code = problem.get("code").and_then(Value::as_str)?;
    (!matches!(code, "not-configured" | "bad-target" | "bad-permit")).then(|| problem.clone())
}

/// A story without steps.
fn blank(seed: u64, random: &mut Random) -> Story {
    Story {
        name: format!("seed {seed}"),
        promises: vec![15],
        seed: random.any() >> 1,
        boards: if random.one_in(4) { 2 } else { 1 },
        start: StartTime::default(),
        config: Config::Json(documents::configuration(random)),
        steps: Vec::new(),
        records: Map::new(),
    }
}

/// The runs of both engines. If both reject the configuration with equal errors, they use the built-in one.
fn open<N: Start, C: Start>(story: &mut Story, occurrences: &mut Occurrences) -> Result<(StoryRun<N>, StoryRun<C>), Box<Difference>> {
    let mut opened = (StoryRun::open(story), StoryRun::open(story));
    if let (Err(native), Err(component)) = (&opened.0, &opened.1)
        && native == component
    {
        *occurrences.inputs.entry("bad configuration").or_default() += 1;
        story.config = Config::default();
        opened = (StoryRun::open(story), StoryRun::open(story));
    }
    match opened {
        (Ok(native), Ok(component)) => Ok((native, component)),
        (native, component) => {
            let what = format!("opening: native {:?}, component {:?}", native.err(), component.err());
            Err(Box::new(Difference { story: story.clone(), what }))
        }
    }
}

/// Plays a complete story. Returns the first difference. A story that cannot be played, because it names something that does not exist, has
/// none.
pub(super) fn difference<N: Start, C: Start>(story: &Story) -> Option<String> {
    let (native, component) = (play::<N>(story, |_, _, _| {}).ok()?, play::<C>(story, |_, _, _| {}));
    let Ok(component) = component else { return Some(format!("the component's story cannot be played: {component:?}")) };
    let Played { answers, records } = &native;
    let step = answers.iter().zip(&component.answers).position(|(native, component)| native != component);
    let of_step = |step: usize| format!("step {step}: native {:?},\n component {:?}", answers.get(step), component.answers.get(step));
    let of_records = (*records != component.records).then(|| format!("records: native {records:?},\n component {:?}", component.records));
    step.map(of_step).or(of_records)
}

impl Occurrences {
    fn count(&mut self, step: &Step, answer: Option<&Value>) {
        *self.inputs.entry(kind(&step.action)).or_default() += 1;
        if let Some(answer) = answer {
            self.count_answer("", answer);
        }
    }

    /// Counts the words that show the kind of an answer, at any depth.
    fn count_answer(&mut self, field: &str, value: &Value) {
        match value {
            // Scopes have kinds too.
            Value::String(word)
                if matches!(field, "reason" | "kind" | "written" | "phase" | "code")
                    && !matches!(&**word, "host" | "name" | "resolver") =>
            {
                *self.answers.entry(format!("{field} {word}")).or_default() += 1;
            }
            Value::Array(items) => items.iter().for_each(|item| self.count_answer(field, item)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    if matches!(name.as_str(), "admitted" | "refused" | "lease" | "would_refuse") && value.is_object() {
                        *self.answers.entry(name.clone()).or_default() += 1;
                    }
                    self.count_answer(name, value);
                }
            }
            _ => {}
        }
    }

    pub fn add(&mut self, other: Occurrences) {
        for (kind, count) in other.inputs {
            *self.inputs.entry(kind).or_default() += count;
        }
        for (kind, count) in other.answers {
            *self.answers.entry(kind).or_default() += count;
        }
    }
}
