# ruff: noqa: F841
"""The tests that the usage reference prints for pybreaker. Only the import lines are ours."""

import time

import pytest

from fuseboard import pybreaker


# fmt: off
def test_breaker_trips_on_consecutive_failures():
    breaker = pybreaker.CircuitBreaker(fail_max=3, reset_timeout=60)
    
    def failing_call():
        raise ValueError("API is down")
    
    # Fail 3 times
    for _ in range(3):
        with pytest.raises(ValueError):
            breaker.call(failing_call)
    
    # 4th call short-circuits
    with pytest.raises(pybreaker.CircuitBreakerError):
        breaker.call(failing_call)
    
    assert breaker.current_state == pybreaker.STATE_OPEN

def test_half_open_recovery():
    breaker = pybreaker.CircuitBreaker(
        fail_max=2,
        reset_timeout=0.1,  # 100ms for testing
        success_threshold=2
    )
    
    def failing_call():
        raise ValueError("API is down")
    
    # Trip the breaker
    for _ in range(2):
        with pytest.raises(ValueError):
            breaker.call(failing_call)
    
    # Wait for reset_timeout
    time.sleep(0.2)
    
    # Now in half-open state
    assert breaker.current_state == pybreaker.STATE_HALF_OPEN
    
    # Define a working call
    def working_call():
        return "success"
    
    # Need 2 successes to close
    result1 = breaker.call(working_call)
    result2 = breaker.call(working_call)
    
    assert breaker.current_state == pybreaker.STATE_CLOSED
    assert result2 == "success"
