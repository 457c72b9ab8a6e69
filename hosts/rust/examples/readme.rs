use fuseboard_host::{Board, CallError, Target};
use std::net::TcpStream;

fn main() -> Result<(), fuseboard_host::Error> {
    let breakers = r#"{"defaults": {"fail_max": 3, "reset_timeout_s": 30}}"#;
    let board = Board::builder().document("breakers.json", breakers).build()?;
    let target = Target::host("localhost:9").role("metadata");
    for _ in 0..5 {
        match board.call(&target, || TcpStream::connect("localhost:9")) {
            Ok(_) => println!("connected"),
            Err(CallError::Refused(refused)) => println!("refused; retry after {:?} ms", refused.retry_after_ms),
            Err(failed) => println!("{failed}"),
        }
    }
    Ok(())
}
