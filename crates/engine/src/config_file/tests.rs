use serde_json::json;

use super::*;

fn file() -> (tempfile::TempDir, ConfigFile) {
    let directory = tempfile::tempdir().unwrap();
    let file = ConfigFile::new(&directory.path().join("etc/quaiminer"));
    (directory, file)
}

async fn set(file: &ConfigFile, name: &'static str, value: i64) -> Result<(), ConfigError> {
    file.update(move |mut members| {
        members.insert(name.to_owned(), value.into());
        Ok((Some(members), ()))
    })
    .await
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn the_directory_is_made_and_the_one_before_is_kept() {
    let (_directory, file) = file();
    assert_eq!(file.read().await, Ok(Content::new()));
    set(&file, "a", 1).await.unwrap();
    let directory = file.path.parent().unwrap();
    assert_eq!(names(directory), ["config.json"]);
    fs::set_permissions(&file.path, fs::Permissions::from_mode(0o640)).unwrap();
    set(&file, "b", 2).await.unwrap();
    assert_eq!(names(directory), ["config.json", "config.json.previous"]);
    assert_eq!(fs::read_to_string(&file.path).unwrap(), "{\n  \"a\": 1,\n  \"b\": 2\n}");
    let previous = file.path.with_extension("json.previous");
    assert_eq!(fs::read_to_string(&previous).unwrap(), "{\n  \"a\": 1\n}");
    for path in [&file.path, &previous] {
        assert_eq!(fs::metadata(path).unwrap().mode() & 0o777, 0o640);
    }
    // What a killed process left is in nobody's way.
    fs::write(directory.join(".config.json.new"), "{ half").unwrap();
    set(&file, "c", 3).await.unwrap();
    assert_eq!(names(directory).len(), 2);
}

#[tokio::test]
async fn changes_at_the_same_moment_are_all_kept() {
    let (_directory, file) = file();
    let tasks: Vec<_> = ["a", "b", "c", "d", "e", "f", "g", "h"]
        .into_iter()
        .map(|name| {
            let file = file.clone();
            tokio::spawn(async move { set(&file, name, 1).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(file.read().await.unwrap().len(), 8);
}

#[tokio::test]
async fn what_is_not_understood_stays() {
    let (directory, file) = file();
    set(&file, "a", 1).await.unwrap();
    for (text, expected) in [
        ("{ \"a\": }", "is not valid JSON"),
        ("[1]", "does not hold a JSON object"),
        (&"x".repeat(1024 * 1024 + 1), "larger than 1 MiB"),
    ] {
        fs::write(&file.path, text).unwrap();
        let error = set(&file, "b", 2).await.unwrap_err();
        assert!(matches!(&error, ConfigError::Wrong(why) if why.contains(expected)), "{error:?}");
        assert_eq!(fs::read_to_string(&file.path).unwrap(), *text);
    }
    fs::write(&file.path, "{}").unwrap();
    let large = file.update(|mut members| {
        members.insert("a".to_owned(), "x".repeat(1 << 20).into());
        Ok((Some(members), ()))
    });
    assert!(matches!(large.await, Err(ConfigError::TooLarge(_))));
    assert_eq!(fs::read_to_string(&file.path).unwrap(), "{}");
    // A link is not followed, and not replaced.
    let target = directory.path().join("target");
    fs::write(&target, "{}").unwrap();
    fs::remove_file(&file.path).unwrap();
    std::os::unix::fs::symlink(&target, &file.path).unwrap();
    let error = set(&file, "b", 2).await.unwrap_err();
    assert!(matches!(&error, ConfigError::Unavailable(why) if why.contains("a link")), "{error:?}");
    assert_eq!(fs::read_to_string(&target).unwrap(), "{}");
    assert!(fs::symlink_metadata(&file.path).unwrap().is_symlink());
}

/// A pipe without a writer is what a hung disk looks like.
#[tokio::test]
async fn a_disk_that_hangs_holds_one_thread() {
    let (_directory, file) = file();
    set(&file, "a", 1).await.unwrap();
    fs::remove_file(&file.path).unwrap();
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, &file.path, fifo, mode, 0).unwrap();
    for _ in 0..2 {
        let error = file.read().await.unwrap_err();
        assert!(matches!(&error, ConfigError::Unavailable(why) if why.contains("did not answer")));
    }
    // The disk is back.
    fs::write(&file.path, "{\"a\":2}").unwrap();
    fs::remove_file(&file.path).unwrap();
    fs::write(&file.path, "{\"a\":3}").unwrap();
    assert_eq!(file.read().await.unwrap().get("a"), Some(&json!(3)));
}

#[test]
fn comments_are_not_part_of_it() {
    let check = |text: &str, expected: Value| {
        assert_eq!(parse(Path::new("f"), text.as_bytes()), Ok(expected), "{text}");
    };
    check("{ // by the installer\n\"a\": \"http://b\" // c \"\n}", json!({ "a": "http://b" }));
    check(r#"{"a":"\"//\\"}//"#, json!({ "a": "\"//\\" }));
    assert!(parse(Path::new("f"), b"{ // no JSON").is_err());
    assert!(parse(Path::new("f"), b"// nothing").is_err());
}
