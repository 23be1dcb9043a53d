use super::*;

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\nspec:\n  replicas: ${N}\n";

fn stage(fence: &str, body: &str) -> Stage {
    let shelf = Shelf::default();
    let live = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"}, "spec": {"replicas": 3, "paused": false}});
    shelf.objects.lock().unwrap().insert("Deployment/api".to_owned(), live);
    let mut stage = Stage::new(&format!("```yaml {fence}\n{body}```\n")).value("N", "3").value("ZERO", "0");
    stage.cluster = Some(shelf);
    stage
}

async fn look(fence: &str, body: &str) -> StepResult {
    stage(fence, body).result(0).await
}

#[tokio::test]
async fn a_live_object_that_contains_the_documented_one_passes() {
    let result = look("check", DEPLOYMENT).await;
    assert_eq!((result.outcome, result.stdout.as_str()), (Outcome::Passed, "deployment/api\n"), "{result:?}");
}

#[tokio::test]
async fn what_differs_is_placed_at_its_line() {
    let result = look("check", &DEPLOYMENT.replace("${N}", "5")).await;
    assert_eq!(first(&result), (Outcome::Failed, "object", "deployment/api: spec.replicas: expected 5, found 3"));
    assert_eq!(result.findings[0].place.start.line, 7);
}

#[tokio::test]
async fn a_missing_object_is_drift() {
    let result = look("check", &DEPLOYMENT.replace("name: api", "name: gone")).await;
    assert_eq!(first(&result), (Outcome::Drifted, "missing-object", "there is no deployment/gone"));
    assert_eq!(result.findings[0].place.start.line, 5);
    let result = look("check", &DEPLOYMENT.replace("Deployment", "Unknown")).await;
    assert_eq!(first(&result).1, "unknown-kind");
}

#[tokio::test]
async fn an_absent_object_must_not_exist() {
    let result = look("check absent", DEPLOYMENT).await;
    assert_eq!(first(&result), (Outcome::Failed, "present-object", "deployment/api should not exist, and does"));
    assert_eq!(look("check absent", &DEPLOYMENT.replace("name: api", "name: gone")).await.outcome, Outcome::Passed);
}

#[tokio::test]
async fn expectations_speak_of_the_object() {
    assert_eq!(look("check expect='object.spec.replicas > 2'", DEPLOYMENT).await.outcome, Outcome::Passed);
    assert_eq!(look("check expect='object.spec.replicas > 3'", DEPLOYMENT).await.outcome, Outcome::Failed);
}

#[tokio::test]
async fn an_action_applies_the_object() {
    let mut stage = stage("action", &DEPLOYMENT.replace("${N}", "${ZERO}"));
    assert_eq!(stage.result(0).await.outcome, Outcome::Passed);
    let objects = stage.cluster.as_ref().unwrap().objects.lock().unwrap();
    assert_eq!(objects["Deployment/api"]["spec"]["replicas"], json!(0));
}

#[tokio::test]
async fn an_object_the_server_refuses_fails() {
    let result = look("action", &DEPLOYMENT.replace("${N}", "-1")).await;
    assert_eq!(first(&result), (Outcome::Failed, "refused-object", "spec.replicas: must not be negative"));
}

#[tokio::test]
async fn without_a_cluster_nothing_is_claimed() {
    let mut stage = stage("check", DEPLOYMENT);
    stage.cluster.as_mut().unwrap().unavailable = true;
    assert_eq!(stage.result(0).await.outcome, Outcome::Errored);
    stage.cluster = None;
    assert_eq!(first(&stage.result(0).await), (Outcome::Errored, "no-cluster", "there is no cluster to ask"));
}
