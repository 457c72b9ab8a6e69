"""The intended differences, each with its reason. The README of the package lists them for users."""

from enum import Enum


class Difference(Enum):
    HALF_OPEN_WHEN_DUE = "the state is half-open once the reset timeout has passed; pybreaker waits for the next call"
    STORED_DEADLINE = "the end of the wait is decided when the circuit opens; a later, shorter timeout counts from then"
    ONE_TRIAL_CALL = "a half-open circuit admits one trial call at a time; pybreaker admits any number of generators"
    STALE_OUTCOME = "a call that began before the state changed does not count; in pybreaker it does"
    ONE_STEP = "a failure is counted and opens the circuit in one step, so `failure` listeners see the new state"
    STATE_BEFORE_LISTENERS = (
        "`state_change` listeners find the new state stored; in pybreaker it is stored after they return"
    )
    STREAK_IN_TRIAL = (
        "a successful trial call that does not close the circuit keeps `fail_counter`; pybreaker sets it to 0"
    )
    ERROR_OF_BOTH_TYPES = (
        "the error of the call that opens the circuit is also an instance of the original exception's type"
    )
    THROWN_IN = "an exception thrown into a generator reaches it; only if it comes out of it does it count"


ALL = frozenset(Difference)
