if [[ ${RUNBOOKS_PRIVATE-} ]]; then
  \builtin eval "$RUNBOOKS_PRIVATE" 2>/dev/null
fi
\builtin unset -v RUNBOOKS_PRIVATE
\builtin trap -- "$__runbooks_on_exit" EXIT
\builtin trap -- '__runbooks_error "$LINENO" "$BASH_COMMAND" "${PIPESTATUS[@]}"' ERR
