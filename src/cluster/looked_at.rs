//! The body of an answer on its way to a child process, looked at as it passes: what is no answer of an API server, is
//! broken, or breaks off, nobody has looked at, whatever the child makes of it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use kube::client::Body;

use super::door::DoorState;
use super::json_text::JsonText;
use super::pass::broke_off;

/// How much of what is no answer is shown, in characters.
const SHOWN: usize = 80;

/// A body that tells its door what is wrong with it.
pub(crate) struct LookedAt {
    body: Body,
    door: Arc<DoorState>,
    /// Whether its first bytes must be those of one of Kubernetes' own texts, and have not come yet.
    expects_kubernetes: bool,
    /// Where its JSON stands, while it is sound.
    json: Option<JsonText>,
}

impl LookedAt {
    pub(crate) const fn new(body: Body, door: Arc<DoorState>, expects_kubernetes: bool) -> Self {
        Self { body, door, expects_kubernetes, json: None }
    }

    fn look(&mut self, bytes: &Bytes) {
        if self.expects_kubernetes && !bytes.is_empty() {
            self.expects_kubernetes = false;
            if bytes.trim_ascii_start().starts_with(b"{") {
                self.json = Some(JsonText::new());
            } else if !begins_as_kubernetes(bytes) {
                let beginning: String = String::from_utf8_lossy(bytes).chars().take(SHOWN).collect();
                self.no_answer(&beginning);
            }
        }
        if let Some(json) = &mut self.json
            && json.feed(bytes).is_err()
        {
            self.json = None;
            self.no_answer("JSON that is broken");
        }
        if self.is_over() {
            self.end();
        }
    }

    /// Returns whether nothing more will come. Whoever reads may not ask for more than there is.
    fn is_over(&self) -> bool {
        self.body.is_end_stream() || self.body.size_hint().exact() == Some(0)
    }

    fn end(&mut self) {
        if self.json.take().is_some_and(|json| !json.is_whole()) {
            self.no_answer("JSON that ends too early");
        }
    }

    fn no_answer(&self, what: &str) {
        self.door.audit.unreachable("", &format!("the cluster answered: not what was asked for: {what:?}"));
    }
}

/// Protobuf and CBOR begin like this, and nothing that a proxy or a sign-in page puts in their place.
fn begins_as_kubernetes(start: &[u8]) -> bool {
    start.starts_with(b"k8s\0") || start.starts_with(&[0xd9, 0xd9, 0xf7])
}

impl HttpBody for LookedAt {
    type Data = Bytes;
    type Error = kube::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, kube::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(bytes) = frame.data_ref() {
                    self.look(&bytes.clone());
                }
            }
            Poll::Ready(Some(Err(error))) => {
                self.json = None;
                broke_off(&self.door, error);
            }
            Poll::Ready(None) => self.end(),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
