//! What the kernel does for us, where it does.

#[cfg(target_os = "linux")]
pub(super) use linux::{is_supported, read_only_these};
#[cfg(not(target_os = "linux"))]
pub(super) use none::{is_supported, read_only_these};

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::path::PathBuf;

    use landlock::{
        AccessFs, BitFlags, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
        RulesetCreated, RulesetCreatedAttr as _, RulesetError,
    };

    pub(in super::super) fn is_supported() -> bool {
        ruleset().is_ok()
    }

    /// Gives up, for this thread and all it starts, the right to read files elsewhere than in these.
    pub(in super::super) fn read_only_these(paths: impl Iterator<Item = PathBuf>) -> io::Result<()> {
        restrict(paths).map_err(io::Error::other)
    }

    fn restrict(paths: impl Iterator<Item = PathBuf>) -> Result<(), RulesetError> {
        let mut rules = ruleset()?;
        for path in paths {
            // Gone meanwhile, or not ours to look into.
            let Ok(opened) = PathFd::new(&path) else { continue };
            rules = rules.add_rule(PathBeneath::new(opened, rights(path.is_dir())))?;
        }
        rules.restrict_self()?;
        Ok(())
    }

    /// Returns rules that allow nothing yet. Moving files between folders is a right of its own, which Landlock takes
    /// away unless it is asked not to; kernels before 5.19 cannot be asked, and `mv` copies there.
    fn ruleset() -> Result<RulesetCreated, RulesetError> {
        Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::ReadFile)?
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::Refer)?
            .create()
    }

    fn rights(of_folder: bool) -> BitFlags<AccessFs> {
        if of_folder { AccessFs::ReadFile | AccessFs::Refer } else { AccessFs::ReadFile.into() }
    }
}

#[cfg(not(target_os = "linux"))]
mod none {
    use std::io;
    use std::path::PathBuf;

    pub(in super::super) const fn is_supported() -> bool {
        false
    }

    pub(in super::super) fn read_only_these(_: impl Iterator<Item = PathBuf>) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
