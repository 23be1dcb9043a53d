//! Asks the server whether it would accept a change, without making it.

use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, StatusCode};

use super::answer::status_message;
use super::client::{Cluster, object_path, request};
use crate::model::{Patch, PatchForm, ResourceKind, Unavailable};

impl Cluster {
    /// Returns why the server would refuse a patch; `None` where it would accept it, or cannot say.
    ///
    /// It is sent as a dry run through our own door, which lets nothing else pass that writes.
    pub(crate) async fn refusal(
        &self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        name: &str,
        patch: &Patch,
    ) -> Result<Option<String>, Unavailable> {
        let Some(path) = object_path(kind, namespace, name) else { return Ok(None) };
        let part = patch.subresource.as_ref().map_or_else(String::new, |part| format!("/{part}"));
        let path = format!("{path}{part}?dryRun=All&fieldManager=kubectl");
        let mut request = request(Method::PATCH, &path, "application/json", patch.body.to_string().into())?;
        let media_type = match patch.form {
            PatchForm::Strategic => "application/strategic-merge-patch+json",
            PatchForm::Merge => "application/merge-patch+json",
            PatchForm::Json => "application/json-patch+json",
        };
        request.head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        let answer = self.ask(request).await?;
        let message = status_message(answer.status, &answer.body);
        match answer.status {
            status if status.is_success() => Ok(None),
            // Something changed between the look and the try, or a webhook cannot take part in a dry run.
            StatusCode::NOT_FOUND | StatusCode::CONFLICT => Ok(None),
            StatusCode::BAD_REQUEST if message.contains("dry run") => Ok(None),
            status if status.is_client_error() => Ok(Some(message)),
            _ => Err(Unavailable::Unexpected(message)),
        }
    }
}
