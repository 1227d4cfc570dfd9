//! A: duplicates, order, retries. At least once comes in, exactly once has effect.

use super::super::advice::TAKE_ALL;
use super::super::case::{Case, HANDSHAKE, MIXED, Needs};

const THREE_FILES: &[(&str, &str)] =
    &[("recording", "{hls: {cycle: 30m}}"), ("broadcast", "[{0s: push}, {90m: drop}]")];
const FIVE_FILES: &[(&str, &str)] =
    &[("recording", "{hls: {cycle: 30m}}"), ("broadcast", "[{0s: push}, {150m: drop}]")];

pub(super) static CASES: &[Case] = &[
    Case::new(
        "A1",
        "the same callback twice, one after the other",
        "[{duplicate: {}}]",
        "every sender repeats itself after a lost answer, and a recording is then listed or billed twice",
        "remember the file's id under a unique key, and answer a repetition with success",
    ),
    Case::new(
        "A2",
        "the same callback twice in the same instant",
        "[{duplicate: {when: at-once}}]",
        "two workers both look, both find nothing, and both insert",
        "let the database decide: a unique key and an insert that ignores conflicts, not a look before it",
    ),
    Case::new(
        "A3",
        "fifty copies in the same instant",
        "[{duplicate: {when: at-once, copies: 49}}]",
        "a receiver that looks first and inserts later inserts many; locks that are held meanwhile make others wait, and end in errors 500",
        "let a unique key on the file's id decide, keep the transaction short, and treat a conflict as success",
    ),
    Case {
        keys: FIVE_FILES,
        ..Case::new(
            "A4",
            "a copy after everything else, freshly signed",
            "[{duplicate: {nth: 1, when: last, signature: fresh}}]",
            "a memory of the last few callbacks forgets the file before the sender stops repeating it",
            "keep the file's id as long as the file, not in a cache",
        )
    },
    Case::new(
        "A5",
        "a retry with a signature of its own",
        "[{duplicate: {signature: fresh}}]",
        "a receiver that recognises a repetition by its signature or its bytes takes a retry for something new",
        "recognise the file by its id; time and signature differ in each attempt",
    ),
    Case::new(
        "A6",
        "a retry that comes after its signature has expired",
        "[{duplicate: {signature: fresh}}, {expire: {nth: 2}}]",
        "the last retries of a long outage may come expired; accepting them allows replays",
        "refuse them, and find lost files by asking the vendor's API",
    ),
    Case::new(
        "A7",
        "the receiver was slow but did its work, and the callback comes again",
        "[{lose-answer: {how: open, after: 300ms}}]",
        "the first request is still being worked on when the second comes",
        "answer first, process the callback later; make the processing repeatable",
    ),
    Case::new(
        "A8",
        "the connection is reset after the whole request, and it comes again",
        "[{lose-answer: {how: reset}}]",
        "the work was done, the answer was lost, and the second request does it again",
        "commit by the file's id before answering",
    ),
    Case::new(
        "A10",
        "a second callback about the same file with another address",
        "[{contradict: {}}]",
        "the last one wins silently, so one stray message redirects every download",
        "keep the first, and log the contradiction; overwrite nothing silently",
    ),
    Case {
        keys: FIVE_FILES,
        ..Case::new(
            "A11",
            "neighbours change places",
            "[{reorder: {how: swap}}]",
            "nobody promises an order, and a state machine that needs one drops callbacks that come early",
            "accept in any order; sort by the times inside the messages",
        )
    },
    Case {
        keys: FIVE_FILES,
        ..Case::new(
            "A11.b",
            "everything comes backwards",
            "[{reorder: {how: reverse}}]",
            "the last file of a broadcast comes first after an outage",
            "accept in any order; sort by the times inside the messages",
        )
    },
    Case {
        only: &["huawei"],
        keys: &[("subscribe", "[RECORD_START, RECORD_NEW_FILE_START, RECORD_FILE_COMPLETE, RECORD_OVER]")],
        ..Case::new(
            "A12",
            "the file before its start",
            "[{straggle: {on: RECORD_START}}, {straggle: {on: RECORD_NEW_FILE_START}}, {straggle: {on: RECORD_OVER}}]",
            "a file whose start was never seen is refused, and its retries run out",
            "create the stream at the first callback about it",
        )
    },
    Case {
        only: &["tencent"],
        keys: &[("subscribe", "[push, interrupt, record]")],
        ..Case::new(
            "A13",
            "the file before the end of its push",
            "[{reorder: {how: reverse}}]",
            "a stream is marked live again after its recording has been published",
            "treat the end of a push and its file as two facts that may come in either order",
        )
    },
    Case {
        keys: THREE_FILES,
        ..Case::new(
            "A15",
            "one of three callbacks never comes",
            "[{omit: {nth: 2}}]",
            "a receiver that waits for a complete sequence waits for ever",
            "take each file by itself, and reconcile with the vendor's API now and then",
        )
    },
    Case {
        keys: THREE_FILES,
        ..Case::new(
            "A16",
            "one of three callbacks comes an hour after the others",
            "[{straggle: {nth: 1, by: 1h}}]",
            "a late file of a closed broadcast is refused or opens it again",
            "accept it as a file of the past",
        )
    },
    Case {
        keys: &[("recording", "{hls: {cycle: 10m}}"), ("broadcast", "[{0s: push}, {300m: drop}]")],
        ..Case::new(
            "A17",
            "thirty callbacks at once after an outage",
            "[{burst: {}}]",
            "everything that was queued comes in one second, and the receiver fails again right after its restart",
            "queue before working; answer 429 or 503 rather than losing one",
        )
        .or(TAKE_ALL)
    },
    Case::new(
        "A18",
        "an event that nobody has heard of",
        "[{unknown-event: {}}]",
        "vendors add events; a 4xx makes them retry for minutes, and may switch the callback off",
        "acknowledge and ignore what is not known",
    ),
    Case::new(
        "A19",
        "a field that no page names",
        "[add-field]",
        "vendors add fields without notice, and a strict parser refuses every callback from that day on",
        "read the fields you need, and ignore the others",
    ),
    Case {
        only: &["tencent"],
        ..Case::new(
            "A20",
            "optional fields are missing",
            "[{unset: {field: stream_param, class: legal}}, {unset: {field: task_id, class: legal}}]",
            "recordings made through the API have no stream_param, and a receiver that needs it loses them all",
            "demand only what identifies the file",
        )
    },
    Case {
        only: &["huawei"],
        ..Case::new(
            "A20",
            "optional fields are missing",
            "[{unset: {field: file_size, class: legal}}, {unset: {field: obs_location, class: legal}}]",
            "which fields a message has differs by revision and account",
            "demand only what identifies the file; an absent signed field counts as the empty text",
        )
    },
    Case {
        keys: &[("provider", MIXED)],
        ..Case::new(
            "A21",
            "two revisions of the same provider, one after the other",
            "[]",
            "accounts are moved to a new revision one by one, and half of the callbacks fail for weeks",
            "accept the fields and JSON types of every revision that your accounts use",
        )
    },
    Case {
        only: &["huawei"],
        ..Case::new(
            "A24",
            "rightly signed, about an application that is not yours",
            "[{set: {field: app, to: \"\\\"somebody-elses\\\"\", class: unprotected}}]",
            "one key for several tenants lets each write into the others' streams",
            "know your applications, and refuse others; only you can tell, so it is not judged",
        )
    },
    Case {
        only: &["tencent"],
        ..Case::new(
            "A24",
            "rightly signed, about an application that is not yours",
            "[{set: {field: appname, to: \"\\\"somebody-elses\\\"\", class: unprotected}}]",
            "one key for several tenants lets each write into the others' streams",
            "know your applications, and refuse others; only you can tell, so it is not judged",
        )
    },
    Case::new(
        "A25",
        "a restart between the callback and its copy",
        "[{duplicate: {signature: fresh}}, {restart: {nth: 2}}]",
        "what was known only in memory is forgotten by each deployment, and retries are stored again",
        "keep the ids of files with the files",
    ),
    Case {
        keys: THREE_FILES,
        needs: Needs::State,
        ..Case::new(
            "A26",
            "acknowledged, and a restart before the callback of the next file",
            "[{restart: {nth: 2}}]",
            "what was acknowledged and not stored yet is lost by each deployment, and the sender never sends it again",
            "store the file where a restart leaves it, and answer after that",
        )
    },
    Case {
        keys: &[("subscribe", HANDSHAKE)],
        needs: Needs::Handshake,
        ..Case::new(
            "A23",
            "the handshake of the callback URL",
            "[]",
            "a URL that does not answer its handshake rightly is never sent anything",
            "answer with the token and its signature, as the vendor's page has it, and with status 200",
        )
    },
];
