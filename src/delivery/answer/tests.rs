use super::*;

fn whole(bytes: &[u8], end: End) -> (usize, u16, String) {
    match read(bytes, end) {
        AnswerProgress::Whole { length, answer, .. } => (length, answer.status, answer.body),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_ends_where_its_length_its_chunks_or_the_connection_say() {
    let sized = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 400";
    assert_eq!(whole(sized, End::Open), (40, 200, "hi".into()));
    let chunked =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1;a=b\r\n!\r\n0\r\nX: 1\r\n\r\n";
    assert_eq!(whole(chunked, End::Open), (chunked.len(), 200, "hi!".into()));
    let open = b"HTTP/1.0 200 OK\r\n\r\nhi";
    assert_eq!(read(open, End::Open), AnswerProgress::More);
    assert_eq!(whole(open, End::Closed).2, "hi");
    assert_eq!(whole(b"HTTP/1.1 204 No Content\r\n\r\n", End::Open).1, 204);
}

fn lack(bytes: &[u8], end: End) -> (Option<Lack>, String) {
    match read(bytes, end) {
        AnswerProgress::Partial(answer, lack) => (Some(lack), answer.body),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_whose_body_did_not_end_is_not_whole() {
    let sized = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"code\":0}";
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n";
    let open = b"HTTP/1.1 200 OK\r\n\r\nhi";
    for end in [End::Closed, End::Broken] {
        assert_eq!(lack(sized, end), (Some(Lack::Bytes(10, 20)), "{\"code\":0}".into()));
        assert_eq!(lack(chunked, end), (Some(Lack::LastChunk), "hi".into()));
    }
    assert_eq!(lack(open, End::Broken), (Some(Lack::Close), "hi".into()));
    // Nobody has to wait for the end of what cannot end.
    let huge = [&chunked[..], b"100000000000000000\r\nx"].concat();
    assert_eq!(lack(&huge, End::Open), (Some(Lack::ChunkSize), "hi".into()));
    let text = |lack: Lack, cause| lack.trouble(cause).text;
    assert_eq!(
        text(Lack::Bytes(11, 20), Cause::Closed),
        "the answer is not complete: 11 of 20 bytes of the body came before the connection was closed"
    );
    let late = Cause::Late(Duration::from_secs(3));
    assert_eq!(text(Lack::Close, late), "the answer is not complete: the body did not end within 3s");
}

#[test]
fn a_length_that_two_readers_would_understand_differently_is_garbage() {
    for line in ["Content-Length: 1\r\nContent-Length: 2", "Content-Length: -1", "Content-Length: +1"] {
        let answer = format!("HTTP/1.1 200 OK\r\n{line}\r\n\r\nab");
        assert!(matches!(read(answer.as_bytes(), End::Open), AnswerProgress::Garbage(_)), "{line}");
    }
    let twice = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2, 2\r\n\r\nab";
    assert_eq!(whole(twice, End::Open).2, "ab");
}

#[test]
fn a_switch_of_protocols_is_an_answer_after_which_nothing_follows() {
    let (_, status, body) = whole(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n\0\0", End::Open);
    assert_eq!((status, body.as_str()), (101, ""));
}

#[test]
fn the_place_of_a_redirect_is_kept_without_what_may_be_secret() {
    for (location, kept) in [
        ("/callback/", "/callback/"),
        ("/a//b@c/", "/a//b@c/"),
        ("https://user:pass@example.com:1/cb?token=a#b", "https://example.com:1/cb?..."),
        ("//user@example.com", "//example.com"),
        ("?a=b", "?..."),
    ] {
        let answer = format!("HTTP/1.1 301 X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let AnswerProgress::Whole { answer, .. } = read(answer.as_bytes(), End::Open) else { panic!() };
        assert_eq!(answer.location.as_deref(), Some(kept));
    }
}

#[test]
fn an_interim_answer_is_not_the_answer() {
    assert_eq!(read(b"HTTP/1.1 100 Continue\r\n\r\n", End::Open), AnswerProgress::Interim(25));
}

#[test]
fn what_is_no_answer_or_never_ends_is_not_waited_for() {
    assert!(matches!(read(b"\x16\x03\x01", End::Open), AnswerProgress::Garbage(_)));
    let endless = [&b"HTTP/1.1 200 OK\r\nX: "[..], &vec![b'a'; LONGEST_HEAD]].concat();
    assert!(matches!(read(&endless, End::Open), AnswerProgress::Garbage(_)));
    let huge = [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999\r\n\r\n"[..],
        &vec![b'a'; LONGEST_BODY + 1],
    ]
    .concat();
    assert!(matches!(read(&huge, End::Open), AnswerProgress::Whole { answer: Answer { cut: true, .. }, .. }));
    let long = [&endless[..], b"\r\n\r\n"].concat();
    assert!(matches!(read(&long, End::Open), AnswerProgress::Garbage(_)), "also when its end came");
}
