//! What a path asks for, and what a file is.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Returns the path of a file as the table of files has it: decoded, without slashes at its start.
pub(super) fn path(uri: &str) -> String {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.trim_start_matches('/').as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| first == b'%') {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the media type of a file by its extension.
pub(super) fn kind(path: &str) -> &'static str {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match extension.as_str() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "xml" => "application/xml",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "pdf" => "application/pdf",
        "woff2" => "font/woff2",
        "txt" | "md" | "sh" | "yaml" | "yml" | "toml" | "log" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Returns a name for these bytes in this version, so that a browser need not fetch what it has.
pub(super) fn tag(bytes: &[u8], version: u64) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    version.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}
