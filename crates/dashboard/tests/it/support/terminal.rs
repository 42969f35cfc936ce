//! A terminal, and somebody who types on it.

use std::fs::File;
use std::io::{Read, Write};
use std::process::Command;
use std::sync::{Arc, Mutex};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::{eventually, wait};

pub fn run(command: &mut Command, lines: &[&str]) -> (Option<i32>, String) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
    let theirs = File::options().read(true).write(true).open(name).unwrap();
    let (stdin, stdout) = (theirs.try_clone().unwrap(), theirs.try_clone().unwrap());
    command.stdin(stdin).stdout(stdout).stderr(theirs);
    let mut child = command.spawn().unwrap();
    // Only the program keeps the other end now.
    *command = Command::new("/nowhere");

    let mut ours = File::from(ours);
    let shown = Arc::new(Mutex::new(String::new()));
    let (mut reading, showing) = (ours.try_clone().unwrap(), shown.clone());
    let reader = std::thread::spawn(move || {
        let mut chunk = [0; 1024];
        while let Ok(length @ 1..) = reading.read(&mut chunk) {
            showing.lock().unwrap().push_str(&String::from_utf8_lossy(&chunk[..length]));
        }
    });
    for (n, line) in lines.iter().enumerate() {
        let asked = eventually("the question", || {
            let questions = shown.lock().unwrap().matches(": ").count();
            (questions > n || child.try_wait().unwrap().is_some()).then_some(questions > n)
        });
        if asked {
            writeln!(ours, "{line}").unwrap();
        }
    }
    let code = wait(&mut child).expect("it ends").code();
    reader.join().unwrap();
    let shown = shown.lock().unwrap().clone();
    (code, shown)
}
