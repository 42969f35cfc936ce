//! What happens on a fault of the program itself, a panic: it says where, and
//! begins anew at once, as the same process. A part that is missing would lie
//! to the owner or keep silent, and somebody who started the program by hand
//! has nobody else to start it again. Miners go on, and are taken up again.
//!
//! This is also why the release needs no unwinding, which is a tenth of it.

use std::io;
use std::os::unix::process::CommandExt;
use std::panic::PanicHookInfo;
use std::process::Command;
use std::time::{Duration, Instant};

/// A fault that comes back sooner would come back for ever.
pub const AT_MOST_EVERY: Duration = Duration::from_secs(10);

/// From now on a panic in any thread makes the program begin anew, or end
/// with exit code 1 if it has not run for `at_most_every`.
pub fn begin_anew_on_panic(at_most_every: Duration) {
    let started = Instant::now();
    std::panic::set_hook(Box::new(move |panic| {
        let what = describe(panic);
        if started.elapsed() < at_most_every {
            log::error!("{what}. It has just been started, so it ends. Please report this");
        } else {
            log::error!("{what}. It starts anew. Please report this");
            log::error!("It cannot be started anew: {}", start_anew());
        }
        std::process::exit(1);
    }));
}

fn describe(panic: &PanicHookInfo<'_>) -> String {
    let payload = panic.payload();
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let place = panic.location().map_or_else(String::new, |place| format!(" at {place}"));
    format!("A fault of the program itself{place}: {message}")
}

/// Comes back only if it failed. Files and sockets are closed by it, and the
/// database is as after a power cut, which it is made for.
fn start_anew() -> io::Error {
    let mut own = std::env::args_os();
    // This very program, even if the file has been replaced meanwhile.
    let mut command = Command::new("/proc/self/exe");
    if let Some(name) = own.next() {
        command.arg0(name);
    }
    command.args(own).exec()
}
