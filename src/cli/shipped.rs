//! The scenarios that come with the program.

/// Name and text, in the order of the list. A test holds it against the folder.
pub(super) static ALL: &[(&str, &str)] = &[
    ("huawei/normal", include_str!("../../scenarios/huawei/normal.yaml")),
    ("huawei/cycle", include_str!("../../scenarios/huawei/cycle.yaml")),
    ("huawei/new-file-after-drop", include_str!("../../scenarios/huawei/new-file-after-drop.yaml")),
    ("huawei/drop-inside-window", include_str!("../../scenarios/huawei/drop-inside-window.yaml")),
    ("huawei/drop-outside-window", include_str!("../../scenarios/huawei/drop-outside-window.yaml")),
    ("huawei/forever", include_str!("../../scenarios/huawei/forever.yaml")),
    ("huawei/upload-overtaken", include_str!("../../scenarios/huawei/upload-overtaken.yaml")),
    ("huawei/several-formats", include_str!("../../scenarios/huawei/several-formats.yaml")),
    ("huawei/once-per-task", include_str!("../../scenarios/huawei/once-per-task.yaml")),
    ("huawei/pull-failed", include_str!("../../scenarios/huawei/pull-failed.yaml")),
    ("huawei/upload-failed", include_str!("../../scenarios/huawei/upload-failed.yaml")),
    ("huawei/file-complete-only", include_str!("../../scenarios/huawei/file-complete-only.yaml")),
    ("huawei/push-and-recording", include_str!("../../scenarios/huawei/push-and-recording.yaml")),
    ("huawei/every-order", include_str!("../../scenarios/huawei/every-order.yaml")),
    ("tencent/single-file", include_str!("../../scenarios/tencent/single-file.yaml")),
    ("tencent/flv-cycle", include_str!("../../scenarios/tencent/flv-cycle.yaml")),
    ("tencent/hls-resume-one-file", include_str!("../../scenarios/tencent/hls-resume-one-file.yaml")),
    ("tencent/resume-exceeded", include_str!("../../scenarios/tencent/resume-exceeded.yaml")),
    ("tencent/hls-and-mp4", include_str!("../../scenarios/tencent/hls-and-mp4.yaml")),
    ("tencent/api-task", include_str!("../../scenarios/tencent/api-task.yaml")),
    ("tencent/receiver-down-then-up", include_str!("../../scenarios/tencent/receiver-down-then-up.yaml")),
    ("tencent/every-event", include_str!("../../scenarios/tencent/every-event.yaml")),
    ("srs/session", include_str!("../../scenarios/srs/session.yaml")),
    ("srs/segments", include_str!("../../scenarios/srs/segments.yaml")),
    ("srs/hls", include_str!("../../scenarios/srs/hls.yaml")),
    ("srs/drop-and-return", include_str!("../../scenarios/srs/drop-and-return.yaml")),
    ("srs/every-hook", include_str!("../../scenarios/srs/every-hook.yaml")),
    ("srs/every-order", include_str!("../../scenarios/srs/every-order.yaml")),
    ("zlmediakit/single-file", include_str!("../../scenarios/zlmediakit/single-file.yaml")),
    ("zlmediakit/cycle", include_str!("../../scenarios/zlmediakit/cycle.yaml")),
    ("zlmediakit/short-gap", include_str!("../../scenarios/zlmediakit/short-gap.yaml")),
    ("zlmediakit/long-gap", include_str!("../../scenarios/zlmediakit/long-gap.yaml")),
    ("zlmediakit/every-hook", include_str!("../../scenarios/zlmediakit/every-hook.yaml")),
    ("zlmediakit/answer-lost", include_str!("../../scenarios/zlmediakit/answer-lost.yaml")),
    ("zlmediakit/compact", include_str!("../../scenarios/zlmediakit/compact.yaml")),
    ("both/one-broadcast", include_str!("../../scenarios/both/one-broadcast.yaml")),
    ("keys/rotation", include_str!("../../scenarios/keys/rotation.yaml")),
    ("methods/huawei-md5", include_str!("../../scenarios/methods/huawei-md5.yaml")),
    ("revisions/huawei-2021-05", include_str!("../../scenarios/revisions/huawei-2021-05.yaml")),
    ("revisions/huawei-2020-03", include_str!("../../scenarios/revisions/huawei-2020-03.yaml")),
    ("revisions/huawei-2020-06", include_str!("../../scenarios/revisions/huawei-2020-06.yaml")),
    ("revisions/huawei-2021-09", include_str!("../../scenarios/revisions/huawei-2021-09.yaml")),
    ("revisions/tencent-livecode", include_str!("../../scenarios/revisions/tencent-livecode.yaml")),
    ("revisions/tencent-equal-sizes", include_str!("../../scenarios/revisions/tencent-equal-sizes.yaml")),
    ("revisions/tencent-2020-08", include_str!("../../scenarios/revisions/tencent-2020-08.yaml")),
    ("revisions/tencent-2021-07", include_str!("../../scenarios/revisions/tencent-2021-07.yaml")),
    ("revisions/tencent-2022-01", include_str!("../../scenarios/revisions/tencent-2022-01.yaml")),
    ("revisions/tencent-2022-11", include_str!("../../scenarios/revisions/tencent-2022-11.yaml")),
    ("revisions/srs-3.0", include_str!("../../scenarios/revisions/srs-3.0.yaml")),
    ("revisions/srs-4.0", include_str!("../../scenarios/revisions/srs-4.0.yaml")),
    ("revisions/srs-5.0", include_str!("../../scenarios/revisions/srs-5.0.yaml")),
    ("revisions/srs-6.0", include_str!("../../scenarios/revisions/srs-6.0.yaml")),
    ("revisions/zlmediakit-2021-05", include_str!("../../scenarios/revisions/zlmediakit-2021-05.yaml")),
    ("revisions/zlmediakit-2022-06", include_str!("../../scenarios/revisions/zlmediakit-2022-06.yaml")),
    ("revisions/zlmediakit-2023-08", include_str!("../../scenarios/revisions/zlmediakit-2023-08.yaml")),
];

/// Name and title of each.
pub(super) fn titles() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter().map(|(name, text)| {
        let title = text.lines().find_map(|line| line.strip_prefix("name: "));
        (*name, title.unwrap_or(name).trim_matches('"'))
    })
}
