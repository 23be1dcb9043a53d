__runbooks_save() {
  __runbooks_status=$? __runbooks_flags=$-
  set +eux
  {
    printf 'begin\0%s\0\0\0\0\0\0\0' "$__runbooks_flags"
    pwd
    printf '\0'
    set
    printf '\0\0'
    alias
    printf '\0'
    export -p
    printf '\0end\0'
  } 1<>"$__runbooks_mailbox"
  return "$__runbooks_status"
}
