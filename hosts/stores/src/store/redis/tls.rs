use std::sync::Once;

/// Chooses the process's cryptography for TLS, unless the program has chosen already. rustls needs one choice per process.
pub fn choose_provider() {
    static CHOICE: Once = Once::new();
    // An error means that the program chose another provider, which serves as well.
    CHOICE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}
