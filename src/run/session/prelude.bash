unset BASH_ENV
shopt -s expand_aliases
__runbooks_options=$BASHOPTS __runbooks_line= __runbooks_command= __runbooks_statuses= __runbooks_broken_pipe=
__runbooks_on_exit='{ __runbooks_save; } 2>/dev/null'
# Notes what failed, where. A writer whose reader had enough (`kubectl … | head`) did not fail: the shell goes on, and
# `set -e` is back before the next command.
__runbooks_error() {
  [[ $- == *e* ]] || return 0
  local line=$1 command=$2 status broken=
  shift 2
  for status; do
    case $status in
      0) ;;
      141) broken=1 ;;
      *) broken= && break ;;
    esac
  done
  if [[ ! $broken ]]; then
    # Inside a function of an earlier block the line that counts is where this block called it.
    [[ ${BASH_SOURCE[1]-} == "${BASH_SOURCE[0]}" ]] && line=${BASH_LINENO[-1]}
    __runbooks_line=$line __runbooks_command=$command __runbooks_statuses=$*
    return 0
  fi
  __runbooks_broken_pipe=1
  set +e -T
  # Must stay last: it fires before whatever comes next.
  builtin trap 'set -e +T; builtin trap - DEBUG' DEBUG
}
# Hands the state on. Builtins only: a fork would cost more than all the rest.
__runbooks_save() {
  local __runbooks_status=$? __runbooks_flags=$-
  [[ $BASHPID == "$$" ]] || return "$__runbooks_status"
  set +eux
  builtin trap - ERR
  builtin trap - DEBUG
  unset -f __runbooks_error __runbooks_save trap
  {
    builtin printf 'begin\0%s\0%s\0%s\0' "$__runbooks_flags" "$__runbooks_options" "$BASHOPTS"
    builtin printf '%s\0%s\0%s\0%s\0' \
      "$__runbooks_line" "$__runbooks_command" "$__runbooks_statuses" "$__runbooks_broken_pipe"
    builtin pwd
    builtin printf '\0'
    builtin declare -p
    builtin printf '\0'
    builtin declare -f
    builtin printf '\0'
    builtin declare -F
    builtin printf '\0'
    builtin alias -p
    builtin printf '\0end\0'
  } 1<>"$__runbooks_mailbox"
  return "$__runbooks_status"
}
# The block's own EXIT trap runs after ours; other traps are none of our business.
if [[ ${RUNBOOKS_TRAP-} ]]; then
  trap() {
    [[ ${1-} == -- ]] && shift
    if [[ $BASHPID != "$$" || ${1-} == -[lp]* || $# -eq 0 ]]; then
      builtin trap "$@"
      return
    fi
    local __runbooks_act=- __runbooks_signal
    if (($# > 1)); then
      __runbooks_act=$1
      shift
    fi
    for __runbooks_signal; do
      case ${__runbooks_signal^^} in
        EXIT | 0)
          case $__runbooks_act in
            - | '') builtin trap -- "$__runbooks_on_exit" EXIT ;;
            *) builtin trap -- "$__runbooks_on_exit"$'\n'"$__runbooks_act" EXIT ;;
          esac
          ;;
        *) builtin trap -- "$__runbooks_act" "$__runbooks_signal" ;;
      esac
    done
  }
fi
unset RUNBOOKS_TRAP
