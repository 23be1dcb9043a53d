//! Commands → references, and references with a world → findings. The grammar of kubectl lives here.
