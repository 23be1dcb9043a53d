//! A certificate for tests, signed by nobody: `test.example`, `localhost` and 127.0.0.1, good until 21 December 2026.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The certificate, DER in base64.
pub(crate) const CERTIFICATE: &str = "\
    MIIByzCCAXGgAwIBAgIUaVB+0G5ATnzhLU3/wukSejJdQVkwCgYIKoZIzj0EAwIwJjEVMBMGA1UEAwwMdGVzdC5leGFtcGxlMQ0wCwYDVQQK\
    DARUZXN0MB4XDTI2MTEyMTA1MzI1OFoXDTI2MTIyMTA1MzI1OFowJjEVMBMGA1UEAwwMdGVzdC5leGFtcGxlMQ0wCwYDVQQKDARUZXN0MFkw\
    EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE6ypSkCzinidVlfFtlPIKzovP70nopx2Fa1dhFwOLZ0ngsWfst8PzDUU/qmstXSjyN8gzyzXhQ6tH\
    Td7BHqrzuKN9MHswHQYDVR0OBBYEFLyuylJ3U/dXGmJ5G9bu0cX1E7CNMB8GA1UdIwQYMBaAFLyuylJ3U/dXGmJ5G9bu0cX1E7CNMA8GA1Ud\
    EwEB/wQFMAMBAf8wKAYDVR0RBCEwH4IMdGVzdC5leGFtcGxlgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZIzj0EAwIDSAAwRQIhAO/SRGYoG0Rq\
    lq7qebZ9VhjqBdKkJ4rbnRgK7T+EAQuRAiBpFiWwjPwgruMPl26SVNDpx5l5lCTbR52rAZNFtRYadA==";

/// Its key, PKCS #8 in base64; it guards nothing.
pub(crate) const KEY: &str = "\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJi846pg+q9i4lm8JRHHNulWjWtUI48YDAsMzudDPt+ihRANCAATrKlKQLOKe\
    J1WV8W2U8grOi8/vSeinHYVrV2EXA4tnSeCxZ+y3w/MNRT+qay1dKPI3yDPLNeFDq0dN3sEeqvO4";

/// Returns the bytes of one of these.
pub(crate) fn der(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}
