//! The format of a story.

use super::config::Config;
use fuseboard::advisor::Metrics;
use fuseboard::time::{Mono, Wall};
use fuseboard::{Command, Filter, Lease, Permit, Report, Scope, Tally, Target};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// What the story shows, as a sentence.
    pub name: String,
    /// The promises of DESIGN.md that it tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<u8>,
    /// Board n has the seed `seed + n`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub seed: u64,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub boards: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub start: StartTime,
    #[serde(default, skip_serializing_if = "Config::is_empty")]
    pub config: Config,
    pub steps: Vec<Step>,
    /// What is stored at the end, by key.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub records: Map<String, Value>,
}

/// The readings of all boards' clocks at the start of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartTime {
    pub wall_ms: Wall,
    pub mono_ns: Mono,
}

impl Default for StartTime {
    fn default() -> StartTime {
        StartTime { wall_ms: Wall(1_800_000_000_000), mono_ns: Mono(1_000_000_000) }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    /// Advances both clocks of every board to this time after the start. None: no time passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub board: usize,
    #[serde(flatten)]
    pub action: Action,
    /// A part of the answer, written by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub must: Option<Value>,
    /// The whole answer, written by `BLESS=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Value>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    Allow {
        target: Target,
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// Without a target, the target of the `allow` that the permit names.
    Settle {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<Target>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        permit: Option<PermitRef>,
        report: Report,
    },
    SettleLeased {
        lease: LeaseRef,
        tally: Tally,
    },
    Status {
        target: Target,
    },
    List {
        #[serde(default)]
        filter: Filter,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
        limit: u32,
    },
    Command {
        scope: Scope,
        command: Command,
    },
    UpdatePolicy {
        scope: Scope,
        /// A string is used as it is, an object as its JSON text.
        patch: Option<Value>,
    },
    Define {
        scope: Scope,
        /// Text as it is; an object as JSON.
        settings: Value,
    },
    Forget {
        scope: Scope,
    },
    Explain {
        target: Target,
        /// The settings that the story needs. Empty: all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        only: Vec<String>,
    },
    Health {},
    About {},
    Flush {},
    ParseRetryAfter {
        value: String,
    },
    Classify {
        target: Target,
        report: Report,
    },
    NormalizeHost {
        host: String,
    },
    Advise {
        target: Target,
        metrics: Metrics,
    },
    Configure {
        config: Config,
    },
    /// Replaces the instance by a new one. Without a writer it gets a new writer.
    Restart {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        writer: Option<u64>,
    },
    /// Moves only this board's wall clock.
    Clock {
        wall_add_ms: i64,
    },
    /// The next `times` operations of this kind by this board fail.
    Fault {
        op: Op,
        kind: FaultKind,
        #[serde(default = "once")]
        times: u32,
        /// For `late`: how long the answer takes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ms: Option<u64>,
    },
    /// Ends this board's faults.
    Heal {},
    /// Writes a text to the store directly. A string is used as it is, an object as its JSON text.
    Put {
        key: String,
        value: Value,
    },
    Wipe {},
    /// Undoes the last writes of a key that this board has seen, as a failover or a power loss may.
    Rollback {
        key: String,
        writes: usize,
    },
}

/// A permit: by the name of its `allow`, or by its fields.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PermitRef {
    Named(String),
    Literal(Permit),
}

/// A lease: by the name of its `allow`, or by its fields.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LeaseRef {
    Named(String),
    Literal(Lease),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Op {
    Load,
    Swap,
    List,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    Unavailable,
    /// The operation is done and its answer is lost.
    Unknown,
    /// The operation is not done, and the caller cannot know that.
    UnknownNotDone,
    Refused,
    Late,
}

impl Story {
    /// Whether a step settles a lease. A board does that itself, so boards cannot play such a story.
    #[must_use]
    pub fn settles_leases(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.action, Action::SettleLeased { .. }))
    }
}

fn one() -> u64 {
    1
}

fn once() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_one(count: &u64) -> bool {
    *count == 1
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The folder of the stories.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scenarios")
}

/// All stories of a folder and the folders in it, in the order of their paths.
///
/// # Errors
/// Which file could not be read, and why.
pub fn load_all(folder: &Path) -> Result<Vec<(PathBuf, Story)>, String> {
    let mut stories = Vec::new();
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        if path.is_dir() {
            stories.extend(load_all(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let story = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
            stories.push((path, story));
        }
    }
    stories.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(stories)
}
