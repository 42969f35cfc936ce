use proptest::prelude::*;

use super::*;

#[test]
fn limits_as_documented() {
    let number = |query: &str| {
        Query::parse(query).number("limit", 100, 500).map_err(|error| error.field.unwrap())
    };
    assert_eq!(number(""), Ok(100));
    assert_eq!(number("limit="), Ok(100));
    assert_eq!(number("limit=0"), Ok(100));
    assert_eq!(number("limit=7"), Ok(7));
    assert_eq!(number("limit=501"), Ok(500));
    assert_eq!(number("limit=99999999999999999999"), Ok(500));
    for list in ["limit=2&limit=3", "limit[]=2", "limit%5B%5D=2&limit%5B%5D=3", "limit[0]=2"] {
        assert_eq!(number(list), Ok(2), "{list}");
    }
    assert_eq!(number("limit[a]=2"), Ok(100));
    for wrong in ["-1", "1e3", "0x10", "ten", "1.5", "%2B1"] {
        assert_eq!(number(&format!("limit={wrong}")), Err("limit".into()), "{wrong}");
    }
}

/// A value as it may stand in an address, and the text that it means.
fn value() -> impl Strategy<Value = (String, String)> {
    let text = prop_oneof![
        3 => "[0-9]{1,25}",
        1 => any::<u32>().prop_map(|number| number.to_string()),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => "[+-]?[0-9]{1,3}(\\.[0-9]|e[0-9])?",
        1 => any::<String>(),
        1 => " {0,2}[0-9]{0,3} {0,2}",
    ];
    text.prop_map(|text| {
        (form_urlencoded::byte_serialize(text.as_bytes()).collect(), text.trim().to_owned())
    })
}

fn culprit<T: std::fmt::Debug>(result: Result<T, ApiError>) -> String {
    result.unwrap_err().field.unwrap().into_owned()
}

proptest! {
    #[test]
    fn a_value_is_in_range_or_refused_by_name(
        (written, text) in value(),
        default in 1..100_u32,
        cap in 100..u32::MAX,
        others in prop::collection::vec(("[a-km-z]{1,5}", value()), 0..4),
        later in value(),
    ) {
        let mut pairs: Vec<String> =
            others.iter().map(|(name, (written, _))| format!("{name}={written}")).collect();
        pairs.push(format!("limit={written}"));
        // Of a repeated parameter the first counts.
        pairs.push(format!("limit={}", later.0));
        let query = Query::parse(&pairs.join("&"));
        let number = query.number("limit", default, cap);
        let optional = query.optional("limit", cap);
        let time = query.time_ms("limit");
        if text.is_empty() {
            prop_assert_eq!((number, optional, time), (Ok(default), Ok(None), Ok(None)));
        } else if is_decimal(&text) {
            let meant = text.parse::<u128>().unwrap().min(cap.into());
            prop_assert_eq!(optional.unwrap().map(u128::from), Some(meant));
            let counted = if meant == 0 { default.into() } else { meant };
            prop_assert_eq!(u128::from(number.unwrap()), counted);
            let meant = text.parse::<i64>().ok().filter(|ms| *ms <= MAX_TIME_MS);
            match meant {
                Some(ms) => prop_assert_eq!(time, Ok(Some(ms))),
                None => prop_assert_eq!(culprit(time), "limit"),
            }
        } else {
            let culprits = [culprit(number), culprit(optional), culprit(time)];
            prop_assert_eq!(culprits, ["limit"; 3]);
        }
    }

    #[test]
    fn any_text_after_the_question_mark(
        query in "([a-c&=+;%]|%[0-9a-fA-F]{2}|%[g-z]|[0-9]|\\PC){0,60}",
        cap in 1..1000_u32,
    ) {
        let query = Query::parse(&query);
        for name in ["a", "b", "c"] {
            let number = query.number(name, 1, cap);
            prop_assert!(number.is_ok_and(|n| (1..=cap).contains(&n)) || query.get(name).is_some());
            prop_assert!(query.time_ms(name).is_ok_and(|ms| ms.is_none_or(|ms| (0..=MAX_TIME_MS).contains(&ms)))
                || query.get(name).is_some());
            prop_assert!(query.get(name).is_none_or(|text| !text.is_empty() && text == text.trim()));
        }
    }
}

#[test]
fn very_many_and_very_long_values() {
    let many = "limit=x&".repeat(20_000) + "from=5";
    assert_eq!(Query::parse(&many).time_ms("from"), Ok(Some(5)));
    assert_eq!(culprit(Query::parse(&many).number("limit", 1, 9)), "limit");
    let long = format!("limit={}&from={0}", "9".repeat(1 << 20));
    let query = Query::parse(&long);
    assert_eq!(query.number("limit", 1, 9), Ok(9));
    let refused = query.time_ms("from").unwrap_err();
    assert!(refused.message.len() < 100, "{refused:?}");
}

#[test]
fn amounts_with_and_without_fraction() {
    let amount = |text: &str| {
        let query = Query::parse(&format!("a={text}"));
        query.amount("a", 7.0, 1000.0).map_err(|error| error.field.unwrap())
    };
    for (text, expected) in
        [("", 7.0), ("0", 7.0), ("0.0", 7.0), ("0.25", 0.25), ("1e-5", 1e-5), ("1000", 1000.0)]
    {
        assert_eq!(amount(text), Ok(expected), "{text}");
    }
    for wrong in
        ["-1", "1001", "1e21", "inf", "nan", "NaN", "infinity", "abc", "1,5", "0x10", "1e", "."]
    {
        assert_eq!(amount(wrong), Err("a".into()), "{wrong}");
    }
}
