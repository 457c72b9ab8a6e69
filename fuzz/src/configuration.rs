//! Configures an engine with any document, in YAML and in JSON. It is accepted, or each fault in it has a message.

use fuseboard::{Document, Identity, Sources, Steps, Target};

pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for name in ["breakers.yaml", "breakers.json"] {
        let documents = vec![Document { name: name.to_owned(), text: text.clone().into_owned() }];
        let mut steps = Steps::default();
        match steps.configure(&Sources { documents, ..Sources::default() }, Identity { writer: 1, seed: 1 }) {
            Ok(_) => {
                let now = fuseboard::time::Now::default();
                assert!(steps.explain(now, &Target::host("api.example.org")).is_ok());
            }
            Err(faults) => assert!(!faults.is_empty() && faults.iter().all(|fault| !fault.message.is_empty())),
        }
    }
}
