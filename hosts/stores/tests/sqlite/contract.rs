use crate::folder::Folder;
use fuseboard_stores::{ManualClock, SqliteOptions, SqliteStore, StoreGuard, Synchronous, contract};

fn checked(folder: &Folder, options: SqliteOptions) -> Result<(), contract::Violation> {
    let clock = ManualClock::default();
    let store = SqliteStore::with_options(options.clock(clock.clone()));
    contract::check(&StoreGuard::new(store), contract::Controls { pass: &|by| clock.advance(by), wipe: &|| folder.delete_file() })
}

#[test]
fn the_store_upholds_the_storage_contract() {
    let folder = Folder::new("contract");
    assert_eq!(checked(&folder, SqliteOptions::new(folder.file())), Ok(()));
}

#[test]
fn the_contract_holds_with_full_synchronisation_and_few_connections() {
    let folder = Folder::new("contract-full");
    let options = SqliteOptions::new(folder.file()).synchronous(Synchronous::Full).connections(2);
    assert_eq!(checked(&folder, options), Ok(()));
}
