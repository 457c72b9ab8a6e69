use fuseboard_host::{Board, CallError, Target};
use std::net::TcpStream;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let breakers = r#"{"defaults": {"fail_max": 3, "reset_timeout_s": 30}}"#;
    let board = Board::builder().document("breakers.json", breakers).build()?;
    let target = Target::host("localhost:9").role("metadata");
    // A closure: the board makes the call and settles it.
    for _ in 0..5 {
        match board.call(&target, || TcpStream::connect("localhost:9")) {
            Ok(_) => println!("connected"),
            Err(CallError::Refused(refused)) => println!("refused; retry after {:?}", refused.retry_after()),
            Err(failed) => println!("{failed}"),
        }
    }
    // A guard: you make the call. A guard that is dropped before it is settled is settled as cancelled.
    let guard = board.guard(&Target::name("orders-db"))?;
    guard.success();
    Ok(())
}
