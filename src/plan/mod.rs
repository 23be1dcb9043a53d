//! Runbook, selection, params and target → what will be done. Nothing runs here.
