use super::*;

const PODS: &str = "NAME                   READY   STATUS    RESTARTS      AGE
api-6d4cf56db6-2xk4z   1/1     Running   3 (2m ago)    5d
api-6d4cf56db6-9zzhw   1/1     Running   0             5d
web-0                  1/1     Running   0             5d";

fn said(expected: &str, actual: &str) -> String {
    match compare(expected, actual) {
        Compared::Same => String::new(),
        Compared::Different(difference) => difference.message,
        Compared::Unusable(reason) => reason,
    }
}

#[test]
fn what_changes_by_itself_is_free() {
    let documented = "NAME  READY  STATUS  RESTARTS  AGE
web-0                  1/1     Running   7             1m
api-7d9f8b6c5a-abcde   1/1     Running   0             10s
api-7d9f8b6c5a-fghij   1/1     Running   0             10s";
    assert_eq!(said(documented, PODS), "");
    assert_eq!(
        said(&documented.replace("NAME  READY  STATUS  RESTARTS  AGE", "NAME READY STATUS RESTARTS AGE"), PODS),
        ""
    );
}

#[test]
fn everything_else_is_strict() {
    let ready = PODS.replace("web-0                  1/1", "web-0                  0/1");
    assert_eq!(said(PODS, &ready), "row `web-0`: READY is `0/1`, documented `1/1`");
    let crash = PODS.replace("Running   3", "Crashed   3");
    assert!(said(PODS, &crash).starts_with("row `api-6d4cf56db6-2xk4z`: STATUS is `Crashed`"));
}

#[test]
fn the_documented_columns_are_compared_and_no_others() {
    let documented = "NAME STATUS\napi-… Running\napi-… Running\nweb-0 Running";
    assert_eq!(said(documented, PODS), "");
    assert_eq!(said("STATUS  NAME\nRunning  web-0\n...", PODS), "");
    assert_eq!(said(documented, &PODS.replace("1/1", "0/1")), "");
    let failing = PODS.replace("web-0                  1/1     Running", "web-0                  1/1     Pending");
    assert_eq!(said(documented, &failing), "row `web-0`: STATUS is `Pending`, documented `Running`");
}

#[test]
fn a_documented_column_that_is_not_there_is_named() {
    let message = "there is no column `PORTS`, but NAME, READY, STATUS, RESTARTS, AGE";
    assert_eq!(said("NAME  PORTS\nweb-0  80\n...", PODS), message);
    assert_eq!(said("NAME PORTS\nweb-0 80\n...", PODS), message);
    assert_eq!(
        said("NAME  PORTS\n...", "Error from server (Forbidden)"),
        "there is no column `NAME`, but Error from server (Forbidden)"
    );
}

#[test]
fn a_row_that_does_not_fit_its_header_is_said_to_the_author() {
    assert_eq!(
        said("NAME READY STATUS\nweb-0 Running\n...", PODS),
        "`web-0 Running` does not fit under `NAME READY STATUS`: which cell is which?"
    );
}

#[test]
fn rows_are_counted() {
    let fewer = PODS.lines().take(3).collect::<Vec<_>>().join("\n");
    assert_eq!(said(PODS, &fewer), "there is no row `web-0`");
    assert_eq!(said(&fewer, PODS), "row `web-0` is not documented");
    assert_eq!(said(&format!("{fewer}\n..."), PODS), "");
    let one = PODS.lines().filter(|line| !line.contains("9zzhw")).collect::<Vec<_>>().join("\n");
    assert!(said(PODS, &one).starts_with("there is no row `api-"), "two rows need two pods");
}

#[test]
fn a_general_row_takes_nothing_away_from_a_special_one() {
    let documented = "NAME READY\n[..] 1/1\nweb-0 1/1\napi-… 1/1";
    assert_eq!(said(documented, PODS), "");
}

#[test]
fn no_output_and_no_table_are_told() {
    assert_eq!(said(PODS, ""), "there is no output");
    assert!(said("", PODS).contains("no table"));
}

#[test]
fn wildcards_work_in_cells() {
    assert_eq!(said("NAME  STATUS\nweb-0  [..]", "NAME    STATUS\nweb-0   Running"), "");
    assert_eq!(said("NAME  STATUS\nweb-0  …ing", "NAME    STATUS\nweb-0   Running"), "");
    assert_ne!(said("NAME  STATUS\nweb-0  …ing", "NAME    STATUS\nweb-0   Failed"), "");
}

#[test]
fn an_empty_cell_stays_in_its_column() {
    let table = "NAME   NODE   READY\na      n1     1/1\nb             0/1";
    assert_eq!(said(table, table), "");
    assert_eq!(said(table, &table.replace("0/1", "1/1")), "row `b`: READY is `1/1`, documented `0/1`");
    let placed = table.replace("b             0/1", "b      n2     0/1");
    assert_eq!(said(table, &placed), "row `b`: NODE is `n2`, documented empty");
}

#[test]
fn several_tables_are_compared_one_by_one() {
    let both = "NAME                  READY\ndeployment.apps/api   1/1\n\nNAME          TYPE\nservice/api   ClusterIP";
    assert_eq!(said(both, both), "");
    assert_eq!(
        said(both, &both.replace("ClusterIP", "NodePort")),
        "row `service/api`: TYPE is `NodePort`, documented `ClusterIP`"
    );
    assert_eq!(said("NAME READY\ndeployment.apps/api 1/1", both), "2 tables came, one is documented");
}

#[test]
fn a_diff_shows_what_differs_and_nothing_else() {
    let actual = PODS.replace("web-0                  1/1", "web-0                  0/1");
    let Compared::Different(difference) = compare("NAME READY AGE\nweb-0 1/1 1m\n...", &actual) else {
        panic!("they differ");
    };
    assert_eq!(difference.expected, "NAME                   READY   AGE\nweb-0                  1/1     5d");
    assert_eq!(difference.actual, "NAME                   READY   AGE\nweb-0                  0/1     5d");
}
