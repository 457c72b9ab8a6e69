//! A waiting request of a process.

use crate::operation::{ModelOperation, ModelReply};
use crate::stored_circuit::StoredCircuit;
use crate::stored_text::{StoreContent, circuit_of};
use fuseboard::Token;

/// A request that waits. Times are true time, in milliseconds since the model began.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    pub token: Token,
    pub kind: RequestKind,
    pub stage: RequestStage,
    pub last_read: LastRead,
    pub fault: StoreFault,
    pub began_at: u64,
    /// When it requested its last operation.
    pub operation_at: u64,
    /// The index of the policy by which it did.
    pub operation_policy: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    Allow,
    /// The number of the call.
    Settle(u8),
    Flush,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RequestStage {
    /// The store has not carried out the operation yet.
    NeedsStore(ModelOperation),
    /// The operation was carried out. The reply is not delivered yet.
    Replied(ModelReply),
    /// It waits for another request of its process.
    Waits,
    MayGoOn,
}

/// What the store held when it last carried out an operation of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LastRead {
    /// The store has carried out none.
    Never,
    Content(StoreContent),
}

/// Whether an operation of a request failed, or its process considered the store lost in the meantime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreFault {
    None,
    Occurred,
}

impl Request {
    /// The circuit by which a request decided, if the store answered all its operations.
    pub fn deciding_circuit(&self) -> Option<StoredCircuit> {
        match (&self.last_read, self.fault) {
            (LastRead::Content(content), StoreFault::None) => Some(circuit_of(content)),
            _ => None,
        }
    }
}
