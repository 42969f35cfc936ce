//! What open pages are told as it happens.

mod crowds;
mod old_page;
mod stream;
