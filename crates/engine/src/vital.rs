//! Tasks without which a dashboard that still answers would be lying: if one
//! ends, the whole program ends, and whoever supervises it starts it anew.
//! The miner is not touched by that.

use tokio::sync::watch;

const STACK_BYTES: usize = 512 * 1024;

#[derive(Clone)]
pub struct Vitals(watch::Sender<Option<&'static str>>);

impl Vitals {
    pub(crate) fn new() -> Self {
        Vitals(watch::Sender::new(None))
    }

    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let alarm = Alarm { name, ended: self.0.clone() };
        tokio::spawn(async move {
            let _alarm = alarm;
            task.await;
        });
    }

    /// Runs a task on a thread and reactor of its own. For one that reads and
    /// writes files as it goes: a disk that hangs then holds up nobody else.
    pub(crate) fn spawn_apart(
        &self,
        name: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let alarm = Alarm { name, ended: self.0.clone() };
        let thread = std::thread::Builder::new().name(name.to_owned()).stack_size(STACK_BYTES);
        let started = thread.spawn(move || {
            let _alarm = alarm;
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            match runtime.enable_time().max_blocking_threads(1).build() {
                Ok(runtime) => runtime.block_on(task),
                Err(error) => log::error!("No runtime for {name}: {error}"),
            }
        });
        if let Err(error) = started {
            log::error!("No thread for {name}: {error}");
        }
    }

    /// Completes with the name of the first task that ended.
    pub async fn broken(&self) -> &'static str {
        let mut ended = self.0.subscribe();
        match ended.wait_for(Option::is_some).await.map(|name| *name) {
            Ok(Some(name)) => name,
            // The sender lives in `self`.
            _ => std::future::pending().await,
        }
    }
}

/// Sounds when it is dropped, which a panic does as well.
struct Alarm {
    name: &'static str,
    ended: watch::Sender<Option<&'static str>>,
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.ended.send_replace(Some(self.name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_noticed() {
        let vitals = Vitals::new();
        vitals.spawn("lasting", std::future::pending());
        vitals.spawn("failing", async { panic!("as this test wants") });
        assert_eq!(vitals.broken().await, "failing");
        let vitals = Vitals::new();
        vitals.spawn_apart("failing apart", async { panic!("as this test wants") });
        assert_eq!(vitals.broken().await, "failing apart");
    }
}
