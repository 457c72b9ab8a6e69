//! A board that takes up its configuration while it runs: `cargo run -p fuseboard-host --example reload breakers.yaml`, then change
//! the file.

use fuseboard_host::{Board, Target};
use std::io::stdin;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("the path of a configuration is expected")?;
    let board = Board::builder()
        .config_file(path)
        .env("FUSEBOARD")
        .watch()
        .reload_listener(|warnings| println!("reloaded; {} warnings", warnings.len()))
        .error_listener(|error| eprintln!("{error}"))
        .build()?;
    println!("enter a host's name to see its policy, and where each value comes from; end the input to stop");
    for host in stdin().lines() {
        match board.explain(&Target::host(host?)) {
            Ok(explained) => explained.circuit.iter().for_each(|one| println!("{:32} {:12} {}", one.path, one.value, one.origin)),
            Err(error) => eprintln!("{error}"),
        }
    }
    Ok(())
}
