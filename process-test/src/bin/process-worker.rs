//! One process of a fleet: `process-worker STORE_URL TIME_SOURCE SERVICE_PORT`. It reads commands from standard input, and writes messages
//! to standard output.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match process_test::worker::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("process-worker: {error}");
            ExitCode::FAILURE
        }
    }
}
