//! As much of Kubernetes' protobuf as an audit needs: clients written in Go prefer it to JSON, answers included.

/// A message in the envelope that Kubernetes puts around each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    /// The kind of the object.
    pub(crate) kind: &'a [u8],
    /// The object itself.
    pub(crate) object: &'a [u8],
}

impl<'a> Message<'a> {
    /// Opens the envelope: four bytes that are always the same, then the type as field 1 and the object as field 2.
    pub(crate) fn open(body: &'a [u8]) -> Option<Self> {
        let envelope = body.strip_prefix(b"k8s\0")?;
        Some(Self { kind: field(field(envelope, 1)?, 2)?, object: field(envelope, 2)? })
    }
}

/// Returns the text of a field; `None` where there is none, or an empty one.
pub(crate) fn text(message: &[u8], number: u64) -> Option<String> {
    let text = std::str::from_utf8(field(message, number)?).ok()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// Returns the bytes of the first length-delimited field with this number.
pub(crate) fn field(mut message: &[u8], number: u64) -> Option<&[u8]> {
    loop {
        let tag = varint(&mut message)?;
        match tag & 7 {
            0 => {
                varint(&mut message)?;
            }
            1 => message = message.get(8..)?,
            2 => {
                let length = usize::try_from(varint(&mut message)?).ok()?;
                let (value, rest) = message.split_at_checked(length)?;
                if tag >> 3 == number {
                    return Some(value);
                }
                message = rest;
            }
            5 => message = message.get(4..)?,
            _ => return None,
        }
    }
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_breaks_off_has_no_fields() {
        let whole = [0x0a, 3, b'o', b'n', b'e', 0x10, 0x96, 1, 0x1a, 1, b'x'];
        assert_eq!(
            (text(&whole, 1).as_deref(), text(&whole, 3).as_deref(), text(&whole, 4)),
            (Some("one"), Some("x"), None)
        );
        for end in 0..whole.len() {
            assert_eq!(field(&whole[..end], 3), None);
        }
        assert_eq!(field(&[0xff; 20], 1), None);
    }
}
