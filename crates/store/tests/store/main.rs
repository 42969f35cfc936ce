//! Real files and real processes.

mod chores;
mod crash;
mod full_disk;
mod help;
mod history;
mod node_compat;
mod opening;
mod resources;
