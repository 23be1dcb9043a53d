//! Random names.

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::model::hexadecimal;

/// Returns `bytes` random bytes in hexadecimal, from the system's generator; zeros where the system has none to give,
/// so this names things and protects nothing.
pub fn random_hex(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    let _ = SystemRandom::new().fill(&mut buffer);
    hexadecimal(&buffer)
}
