use std::process::ExitCode;

fn main() -> ExitCode {
    quaiminer_dashboard::main(std::env::args_os().skip(1))
}
