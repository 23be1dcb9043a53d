# The fate of a pod that has just been bound to a node, by the names of its images.
select(.metadata.deletionTimestamp == null and .status.phase == "Pending" and .status.containerStatuses == null)
| .spec.restartPolicy as $restart
| [.spec.containers[].image]
| if any(contains("nopull")) then "nopull"
  elif any(contains("crash")) and $restart != "Never" then "crash"
  elif any(contains("slow")) then "slow"
  else "plain" end
