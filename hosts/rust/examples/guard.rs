//! Guards: `cargo run -p fuseboard-host --example guard`. A guard that is not settled is cancelled. The classifier
//! distinguishes a closed port from a time-out.

use fuseboard_host::{Board, End, GuardError, Report, Target};
use std::io::{Error, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

fn classify(error: &(dyn std::error::Error + 'static)) -> Option<Report> {
    let error: &Error = error.downcast_ref()?;
    let what = match error.kind() {
        ErrorKind::TimedOut => "timeout",
        ErrorKind::ConnectionRefused => "closed-port",
        _ => return None,
    };
    Some(Report::new(End::Raised(vec![what.to_owned()])))
}

/// Connects under a guard. The `?` before the call leaves nothing to settle.
fn connect(board: &Board, address: SocketAddr) -> Result<TcpStream, Box<dyn std::error::Error>> {
    let guard = board.guard(&Target::host(address.to_string()))?;
    match TcpStream::connect_timeout(&address, Duration::from_secs(1)) {
        Ok(stream) => {
            guard.success();
            Ok(stream)
        }
        Err(error) => {
            guard.failure(&error);
            Err(error.into())
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let breakers = r#"{"defaults": {"fail_max": 2}}"#;
    let board = Board::builder().document("breakers.json", breakers).classify_error(classify).build()?;
    let address = SocketAddr::from(([127, 0, 0, 1], 9));
    for _ in 0..3 {
        match connect(&board, address) {
            Ok(_) => println!("connected"),
            Err(error) => match error.downcast_ref() {
                Some(GuardError::Refused(refused)) => println!("refused; try again in {:?}", refused.retry_after()),
                _ => println!("failed: {error}"),
            },
        }
    }
    let status = board.status(&Target::host(address.to_string()))?;
    println!("last failure: {}", status.circuit.last_failure.map_or_else(|| "none".to_owned(), |failure| failure.what));
    drop(board.guard(&Target::name("orders-db"))?);
    println!("the second guard was not settled: its call was cancelled, and counts as neither success nor failure");
    Ok(())
}
