# What happens next to a pod that runs. Pods that are not restarted end by themselves, unless
# their command sleeps, as people have it do in pods made for `kubectl exec`.
select(.metadata.deletionTimestamp == null and .status.phase == "Running")
| ([.spec.containers[].image] | any(contains("slow"))) as $slow
| ([.status.conditions[]? | select(.type == "Ready" and .status == "True")] | length > 0) as $ready
| ([.status.containerStatuses[]?.state.waiting | select(. != null)] | length > 0) as $waiting
| ([.spec.containers[] | (.command[]?, .args[]?)] | any(contains("sleep"))) as $sleeps
| if $waiting then "stay"
  elif $slow and ($ready | not) then "get-ready"
  elif (.spec.ephemeralContainers | length) > (.status.ephemeralContainerStatuses | length) then "debug"
  elif .spec.restartPolicy != "Always" and ($sleeps | not) then "finish"
  else "stay" end
