//! Asks the server whether it would accept a change, without making it.

use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Method, StatusCode};

use super::answer::{Answer, status_message};
use super::client::{Cluster, collection_path, object_path, request};
use crate::model::{Actor, Patch, PatchForm, Rehearsal, ResourceKind, Rights, Unavailable, World as _};

impl Cluster {
    /// Returns what the server says to a change; no refusal where it would accept it, or cannot say.
    ///
    /// It is sent as a dry run through our own door, which lets nothing else pass that writes.
    pub(crate) async fn try_out(
        &self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        name: &str,
        patch: &Patch,
    ) -> Result<Rehearsal, Unavailable> {
        let Some(path) = object_path(kind, namespace, name) else { return Ok(Rehearsal::default()) };
        let part = patch.subresource.as_ref().map_or_else(String::new, |part| format!("/{part}"));
        let path = format!("{path}{part}?dryRun=All&{}", manner(patch.form));
        let ask = async |headers: HeaderMap| {
            let mut request = request(Method::PATCH, &path, "application/json", patch.body.to_string().into())?;
            request.head.headers.extend(headers);
            request.head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(patch.form)));
            self.ask(request).await
        };
        let mut answer = ask(self.as_actor()).await?;
        if answer.status == StatusCode::FORBIDDEN
            && status_message(answer.status, &answer.body).contains(" cannot impersonate ")
        {
            // What the server says to us says most of what it would say to them.
            answer = ask(HeaderMap::new()).await?;
        }
        if matches!(patch.form, PatchForm::Apply { .. }) && is_about_rights(&answer) {
            // Who may create and not patch sends a new object as `kubectl apply` does.
            let created = self.try_to_create(kind, namespace, patch).await?;
            if !matches!(created.status, StatusCode::CONFLICT | StatusCode::FORBIDDEN) {
                answer = created;
            }
        }
        let applies = matches!(patch.form, PatchForm::Apply { .. });
        let message = status_message(answer.status, &answer.body);
        let is_right = is_about_rights(&answer);
        let untried = is_right && *self.rights() != Rights::Own;
        let refusal = match answer.status {
            status if status.is_success() => None,
            // Of an apply, the fields that somebody else has set.
            StatusCode::CONFLICT if applies => Some(message),
            // Something changed between the look and the try, or a webhook cannot take part in a dry run.
            StatusCode::NOT_FOUND | StatusCode::CONFLICT => None,
            StatusCode::BAD_REQUEST if message.contains("dry run") => None,
            // Whose right it is, is another question.
            _ if is_right => None,
            status if status.is_client_error() => Some(message),
            // A field that the kind does not have; servers count this as a failure of their own.
            _ if applies && message.starts_with("failed to create typed patch object") => Some(message),
            _ => return Err(Unavailable::Unexpected(message)),
        };
        Ok(Rehearsal { refusal, warnings: answer.warnings, untried })
    }

    async fn try_to_create(
        &self,
        kind: &ResourceKind,
        namespace: Option<&str>,
        patch: &Patch,
    ) -> Result<Answer, Unavailable> {
        let path = format!("{}?dryRun=All&{}", collection_path(kind, namespace), manner(patch.form));
        let path = path.replace("&force=true", "").replace("&force=false", "");
        let mut request = request(Method::POST, &path, "application/json", patch.body.to_string().into())?;
        request.head.headers.extend(self.as_actor());
        self.ask(request).await
    }

    /// Returns the headers that say as whom something is done: as who carries runbooks out, where that is somebody else.
    fn as_actor(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let Rights::Of(Actor { user: Some(user), groups, .. }) = self.rights() else { return headers };
        let Ok(user) = HeaderValue::from_str(user) else { return headers };
        headers.insert("impersonate-user", user);
        // The server adds those of its own.
        let groups = groups.iter().filter(|group| !group.starts_with("system:"));
        for group in groups.filter_map(|group| HeaderValue::from_str(group).ok()) {
            headers.append("impersonate-group", group);
        }
        headers
    }
}

/// Returns whether the server would not even look: whoever asks may not.
fn is_about_rights(answer: &Answer) -> bool {
    answer.status == StatusCode::FORBIDDEN
        && status_message(answer.status, &answer.body).contains("is forbidden: User \"")
}

fn manner(form: PatchForm) -> String {
    match form {
        PatchForm::Apply { manager, yields, lax } => {
            let validation = if lax { "Ignore" } else { "Strict" };
            format!("fieldManager={manager}&force={}&fieldValidation={validation}", !yields)
        }
        PatchForm::Strategic | PatchForm::Merge | PatchForm::Json => "fieldManager=kubectl".to_owned(),
    }
}

const fn media_type(form: PatchForm) -> &'static str {
    match form {
        PatchForm::Strategic => "application/strategic-merge-patch+json",
        PatchForm::Merge => "application/merge-patch+json",
        PatchForm::Json => "application/json-patch+json",
        // JSON is YAML.
        PatchForm::Apply { .. } => "application/apply-patch+yaml",
    }
}
