//! `quaiminer-dashboard user …`: the way in when nobody can sign in. It works
//! on the database itself, whether a dashboard runs or not; whoever can write
//! that file owns the rig anyway.

use std::io::{BufRead, IsTerminal};

use lexopt::prelude::{Long, Value, ValueExt};
use quaiminer_domain::access::Role;
use quaiminer_domain::text::clean;
use quaiminer_engine::clock::now_ms;
use quaiminer_store::{Beside, UserChange};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::access::{password, totp};
use crate::config::Config;
use crate::console::say;

pub const USAGE: &str = "\
  user list                       who may sign in, and as what
  user reset-password NAME        asks for a new password; --generate makes one
  user set-role NAME ROLE         owner, technician or viewer
  user disable-totp NAME          sign in without the code of an app again
";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    List,
    ResetPassword { name: String, generate: bool },
    SetRole { name: String, role: Role },
    DisableTotp { name: String },
}

/// What follows the word `user`.
pub fn parse(parser: &mut lexopt::Parser) -> Result<Command, String> {
    let (mut words, mut generate) = (Vec::new(), false);
    while let Some(arg) = parser.next().map_err(|error| error.to_string())? {
        match arg {
            Value(word) => words.push(word.string().map_err(|error| error.to_string())?),
            Long("generate") => generate = true,
            other => return Err(other.unexpected().to_string()),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let command = match words.as_slice() {
        ["list"] => Command::List,
        ["reset-password", name] => {
            return Ok(Command::ResetPassword { name: (*name).to_owned(), generate });
        }
        ["set-role", name, role] => {
            let roles = [Role::Viewer, Role::Technician, Role::Owner];
            let role = roles.into_iter().find(|known| known.name() == *role);
            let role = role.ok_or("A role is owner, technician or viewer")?;
            Command::SetRole { name: (*name).to_owned(), role }
        }
        ["disable-totp", name] => Command::DisableTotp { name: (*name).to_owned() },
        _ => return Err("After user comes list, reset-password, set-role or disable-totp".into()),
    };
    if generate {
        return Err("--generate is for reset-password".into());
    }
    Ok(command)
}

pub fn run(command: Command, config: &Config) -> Result<(), String> {
    let path = config.data_dir.join("quaiminer.db");
    let open = || Beside::open(&path).map_err(|error| error.to_string());
    match command {
        Command::List => list(&open()?),
        Command::ResetPassword { name, generate } => {
            // Asked first, so that the database is not held meanwhile.
            find(&open()?, &name)?;
            let password = if generate { generated()? } else { asked()? };
            let hash = password::hash_now(&password)?;
            if !open()?.replace_password(&name, &hash, now_ms()).map_err(text)? {
                return Err(nobody(&name));
            }
            if generate {
                say(format_args!("The password of {} is now: {password}", shown(&name)));
            } else {
                say(format_args!("{} has a new password", shown(&name)));
            }
            say(
                "Everybody who was signed in with that name has to sign in again, within a minute.",
            );
            Ok(())
        }
        Command::SetRole { name, role } => match open()?.set_role(&name, role).map_err(text)? {
            UserChange::Done => {
                say(format_args!("{} is {}", shown(&name), role.name()));
                Ok(())
            }
            UserChange::NoSuchUser => Err(nobody(&name)),
            UserChange::LastOwner => Err(format!(
                "{} is the only owner who can sign in: make somebody else an owner first",
                shown(&name)
            )),
        },
        Command::DisableTotp { name } => match open()?.remove_totp(&name).map_err(text)? {
            Some(true) => {
                say(format_args!("{} signs in with the password only", shown(&name)));
                Ok(())
            }
            Some(false) => Err(format!("{} has no codes of an app", shown(&name))),
            None => Err(nobody(&name)),
        },
    }
}

fn list(users: &Beside) -> Result<(), String> {
    let rows = users.users().map_err(text)?;
    for row in &rows {
        let account = &row.account;
        let mut line = format!("{:20} {:10}", shown(&account.user.name), account.user.role.name());
        if account.password_hash.is_empty() {
            line += "  no password";
        }
        if account.has_totp {
            line += "  codes of an app";
        }
        match &row.last_login {
            Some(at) => line += &format!("  last sign-in {at} UTC"),
            None => line += "  never signed in",
        }
        say(line);
    }
    if rows.is_empty() {
        say("There are no users yet; the dashboard prints a link for the first one when it starts");
    }
    Ok(())
}

fn find(users: &Beside, name: &str) -> Result<(), String> {
    let rows = users.users().map_err(text)?;
    match rows.iter().any(|row| row.account.user.name == name) {
        true => Ok(()),
        false => Err(nobody(name)),
    }
}

fn nobody(name: &str) -> String {
    format!("There is no user called {}; see: quaiminer-dashboard user list", shown(name))
}

/// Names in a Node database are any text.
fn shown(name: &str) -> String {
    clean(name, 60)
}

fn text(error: quaiminer_store::StoreError) -> String {
    error.to_string()
}

/// 80 bits that can be read out over the telephone.
fn generated() -> Result<String, String> {
    let code = totp::recovery_codes()?.pop().ok_or("No random numbers")?;
    Ok(code.to_lowercase())
}

fn asked() -> Result<String, String> {
    if !std::io::stdin().is_terminal() {
        return Err("There is no terminal to ask on: use --generate".into());
    }
    let password = silently("New password: ")?;
    if let Some(weakness) = password::weakness(&password) {
        return Err(format!("{weakness}; nothing was changed"));
    }
    match silently("The same once more: ")? == password {
        true => Ok(password),
        false => Err("The two are not the same; nothing was changed".into()),
    }
}

/// A line that the terminal does not show.
fn silently(prompt: &str) -> Result<String, String> {
    let no_terminal = |error: rustix::io::Errno| format!("The terminal does not obey: {error}");
    let terminal = std::io::stdin();
    let before = tcgetattr(&terminal).map_err(no_terminal)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    silent.local_modes.insert(LocalModes::ECHONL);
    // Flushing drops what was typed before the question.
    tcsetattr(&terminal, OptionalActions::Flush, &silent).map_err(no_terminal)?;
    say(prompt);
    let mut line = String::new();
    let read = terminal.lock().read_line(&mut line);
    let _ = tcsetattr(&terminal, OptionalActions::Now, &before);
    match read {
        Ok(0) => Err("Nothing was typed; nothing was changed".into()),
        Ok(_) => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
        Err(error) => Err(format!("The terminal cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Result<Command, String> {
        parse(&mut lexopt::Parser::from_args(line.split_ascii_whitespace()))
    }

    #[test]
    fn commands() {
        let name = || "admin".to_owned();
        assert_eq!(words("list"), Ok(Command::List));
        for line in ["reset-password admin --generate", "--generate reset-password admin"] {
            assert_eq!(words(line), Ok(Command::ResetPassword { name: name(), generate: true }));
        }
        let role = Role::Technician;
        assert_eq!(words("set-role admin technician"), Ok(Command::SetRole { name: name(), role }));
        assert_eq!(words("disable-totp admin"), Ok(Command::DisableTotp { name: name() }));
        for wrong in [
            "",
            "list all",
            "reset-password",
            "set-role admin emperor",
            "list --generate",
            "--what",
        ] {
            assert!(words(wrong).is_err(), "{wrong}");
        }
    }
}
