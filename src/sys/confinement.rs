//! Keeps files from child processes: what stands in them is not theirs to read.
//!
//! Linux does it for us (Landlock, from 5.13 on): the thread that starts a process gives up the right to read first,
//! and all that the process starts, however deep, is bound by it. Landlock knows only what is allowed, so all is allowed
//! beside the way that leads to a hidden file. A file that is made beside that way while the process runs cannot be read
//! by it; where processes are likely to do so, such as in the folder for temporary files, nothing is hidden, and
//! [`Confinement::exposed`] says so.
//!
//! Not done here: the network, and other rights than reading.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::process::{Child, Command};

mod kernel;

/// Folders that every program may write to and read from.
const TEMPORARY: &[&str] = &["/tmp", "/var/tmp", "/dev/shm"];

/// Files and folders that child processes cannot read. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Confinement {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    hidden: BTreeSet<PathBuf>,
    /// The folders on the way to what is hidden.
    ways: BTreeSet<PathBuf>,
    exposed: Vec<Exposed>,
}

/// Something that should be hidden and is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposed {
    /// What.
    pub path: PathBuf,
    /// Why not.
    pub reason: String,
}

impl Confinement {
    /// Hides those of `paths` that exist. `busy` names folders, beside those for temporary files, in which child
    /// processes make files that they read again.
    pub fn hiding(paths: impl IntoIterator<Item = PathBuf>, busy: &[&Path]) -> Self {
        Self::within(paths, busy.iter().copied().chain(TEMPORARY.iter().map(Path::new)), kernel::is_supported())
    }

    fn within<'a>(
        paths: impl IntoIterator<Item = PathBuf>,
        busy: impl Iterator<Item = &'a Path>,
        supported: bool,
    ) -> Self {
        let busy: Vec<PathBuf> = busy.filter_map(|path| path.canonicalize().ok()).collect();
        let mut inner = Inner::default();
        let present: BTreeSet<PathBuf> = paths.into_iter().filter_map(|path| path.canonicalize().ok()).collect();
        for path in present {
            match obstacle(&path, &busy, supported) {
                Some(reason) => inner.exposed.push(Exposed { path, reason }),
                None => {
                    inner.ways.extend(path.ancestors().skip(1).map(Path::to_owned));
                    inner.hidden.insert(path);
                }
            }
        }
        Self { inner: Arc::new(inner) }
    }

    /// Returns what could not be hidden.
    pub fn exposed(&self) -> &[Exposed] {
        &self.inner.exposed
    }

    /// Starts a process that cannot read what is hidden, nor can anything that it starts.
    pub(super) fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        if self.inner.hidden.is_empty() {
            return command.spawn();
        }
        let runtime = tokio::runtime::Handle::current();
        // A thread of its own, because what a thread gives up it never gets back.
        std::thread::scope(|scope| {
            let starter = scope.spawn(|| {
                self.inner.give_up()?;
                let _entered = runtime.enter();
                command.spawn()
            });
            starter.join().unwrap_or_else(|_| Err(io::Error::other("the thread that starts processes broke")))
        })
    }
}

impl Inner {
    /// Gives up, for this thread and all it starts, the right to read what is hidden.
    fn give_up(&self) -> io::Result<()> {
        let allowed = self.ways.iter().flat_map(|way| self.beside(way));
        kernel::read_only_these(allowed)
    }

    /// Returns what stands in a folder beside the ways to what is hidden. Links are left out: what they lead to is
    /// allowed or not where it stands.
    fn beside(&self, folder: &Path) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let paths = entries.flatten().map(|entry| entry.path());
        paths.filter(|path| !path.is_symlink() && !self.hidden.contains(path) && !self.ways.contains(path)).collect()
    }
}

/// Returns why a path cannot be hidden.
fn obstacle(path: &Path, busy: &[PathBuf], supported: bool) -> Option<String> {
    if !supported {
        return Some("this system has no Landlock".to_owned());
    }
    if let Some(folder) = path.ancestors().skip(1).find(|way| busy.iter().any(|busy| busy == way)) {
        return Some(format!("commands make files of their own in `{}`", folder.display()));
    }
    let closed = path.ancestors().skip(1).find(|way| std::fs::read_dir(way).is_err())?;
    Some(format!("the folder `{}` cannot be listed", closed.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::files;

    /// A folder that is not in one for temporary files, where nothing could be hidden: this repository may be in one.
    fn folder() -> tempfile::TempDir {
        let home = crate::sys::Environment::of_process().get("HOME").map(PathBuf::from);
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
        let places = [Some(own), home].into_iter().flatten();
        let mut fit =
            places.filter(|place| place.is_dir() && !TEMPORARY.iter().any(|temporary| place.starts_with(temporary)));
        tempfile::tempdir_in(fit.next().expect("this repository or the home is elsewhere than in /tmp")).unwrap()
    }

    async fn says(confinement: &Confinement, folder: &Path, script: &str) -> (bool, String) {
        #[expect(clippy::disallowed_methods, reason = "the process is what is tested")]
        let mut command = Command::new("bash");
        command.args(["-c", script]).current_dir(folder);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
        let output = confinement.spawn(&mut command).unwrap().wait_with_output().await.unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    #[tokio::test]
    async fn a_hidden_file_cannot_be_read_however_deep_and_all_else_can() {
        let folder = folder();
        files::write(&folder.path().join("kube/config"), b"secret\n").unwrap();
        files::write(&folder.path().join("kube/other"), b"other\n").unwrap();
        files::write(&folder.path().join("work/input"), b"input\n").unwrap();
        let confinement = Confinement::hiding([folder.path().join("kube/config")], &[]);
        assert_eq!(confinement.exposed(), [], "this system can hide files");
        let perl = "perl -e 'open F, q(<), q(kube/config) or exit 1; print <F>'";
        assert_eq!(
            says(&confinement, folder.path(), &perl.replace("config", "other")).await,
            (true, "other\n".to_owned())
        );
        for read in ["cat kube/config", perl, "setsid cat kube/config"] {
            assert_eq!(says(&confinement, folder.path(), read).await, (false, String::new()), "{read}");
        }
        let link = "ln -s ../kube/config work/link; cat work/link";
        assert_eq!(says(&confinement, folder.path(), link).await, (false, String::new()));
        let moved = "mv kube/config work/stolen; cat work/stolen";
        assert_eq!(says(&confinement, folder.path(), moved).await, (false, String::new()));
        let free = "cat kube/other work/input; cd work; echo made > fresh; mv fresh here; cat here; cat <<< text; cat <(echo sub)";
        assert_eq!(says(&confinement, folder.path(), free).await, (true, "other\ninput\nmade\ntext\nsub\n".to_owned()));
        assert_eq!(files::read_text(&folder.path().join("kube/config")).unwrap(), "secret\n", "we read it still");
    }

    #[test]
    fn what_cannot_be_hidden_is_told() {
        let folder = folder();
        let file = folder.path().join("config");
        files::write(&file, b"").unwrap();
        let exposed = |busy: &[&Path], supported| {
            let confinement = Confinement::within([file.clone()], busy.iter().copied(), supported);
            confinement.exposed().iter().map(|exposed| exposed.reason.clone()).collect::<Vec<_>>()
        };
        assert_eq!(exposed(&[], true), [""; 0]);
        assert_eq!(exposed(&[], false), ["this system has no Landlock"]);
        let busy = format!("commands make files of their own in `{}`", folder.path().display());
        assert_eq!(exposed(&[folder.path()], true), [busy]);
        let temporary = tempfile::NamedTempFile::new_in("/tmp").unwrap();
        assert_eq!(Confinement::hiding([temporary.path().to_owned()], &[]).exposed().len(), 1);
        assert_eq!(Confinement::hiding([folder.path().join("missing")], &[]).exposed(), []);
    }
}
