//! Builds the page in: every file of `web/` that a browser may ask for, as it
//! is and compressed, with its hash. There is no other build step.

// A build that cannot go on must stop, and with the reason.
#![allow(clippy::expect_used)]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

fn main() {
    let manifest = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    let web = manifest.join("../../web").canonicalize().expect("the web folder");

    let mut files = Vec::new();
    collect(&web, &mut files);
    files.sort();

    let mut code = String::from("pub static FILES: &[File] = &[\n");
    for (index, path) in files.iter().enumerate() {
        let name = path.strip_prefix(&web).expect("below it").to_str().expect("UTF-8");
        let content = fs::read(path).expect("readable");
        let gzip = out.join(format!("{index}.gz"));
        fs::write(&gzip, compress(&content)).expect("writable");
        let etag = format!("\\\"{:.16}\\\"", hex(&Sha256::digest(&content)));
        writeln!(
            code,
            "File {{ name: {name:?}, content: include_bytes!({path:?}), gzip: include_bytes!({gzip:?}), etag: \"{etag}\" }},"
        )
        .expect("a String");
    }
    code.push_str("];\n");
    let index = fs::read_to_string(web.join("index.html")).expect("index.html");
    writeln!(code, "pub const IMPORT_MAP_SHA256: &str = {:?};", import_map_hash(&index))
        .expect("a String");
    fs::write(out.join("web.rs"), code).expect("writable");
    println!("cargo::rerun-if-changed={}", web.display());
}

/// What browsers may ask for; tests, types and tools stay outside.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !matches!(name, "node_modules" | "tests") {
                collect(&path, files);
            }
            continue;
        }
        let served = ["html", "js", "mjs", "css", "svg", "png", "txt"];
        let extension = path.extension().and_then(|ext| ext.to_str()).unwrap_or_default();
        if served.contains(&extension) {
            files.push(path);
        }
    }
}

fn compress(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).expect("a Vec");
    encoder.finish().expect("a Vec")
}

/// The one inline script that the content security policy lets pass.
fn import_map_hash(page: &str) -> String {
    let start = r#"<script type="importmap">"#;
    let map = page
        .split_once(start)
        .and_then(|(_, rest)| rest.split_once("</script>"))
        .map(|(map, _)| map)
        .expect("index.html has an import map");
    STANDARD.encode(Sha256::digest(map))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
