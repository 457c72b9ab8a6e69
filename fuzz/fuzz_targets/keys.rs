#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuseboard_fuzz::keys::run(data));
