if \[ -n "${RUNBOOKS_PRIVATE-}" ]; then
  \eval "$RUNBOOKS_PRIVATE" 2>/dev/null
fi
\unset RUNBOOKS_PRIVATE
\trap '{ __runbooks_save; } 2>/dev/null' EXIT
