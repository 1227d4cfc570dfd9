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
    ("huawei/md5", include_str!("../../scenarios/huawei/md5.yaml")),
    ("huawei/revision-2021-05", include_str!("../../scenarios/huawei/revision-2021-05.yaml")),
    ("tencent/single-file", include_str!("../../scenarios/tencent/single-file.yaml")),
    ("tencent/flv-cycle", include_str!("../../scenarios/tencent/flv-cycle.yaml")),
    ("tencent/hls-resume-one-file", include_str!("../../scenarios/tencent/hls-resume-one-file.yaml")),
    ("tencent/resume-exceeded", include_str!("../../scenarios/tencent/resume-exceeded.yaml")),
    ("tencent/hls-and-mp4", include_str!("../../scenarios/tencent/hls-and-mp4.yaml")),
    ("tencent/api-task", include_str!("../../scenarios/tencent/api-task.yaml")),
    ("tencent/receiver-down-then-up", include_str!("../../scenarios/tencent/receiver-down-then-up.yaml")),
    ("tencent/revision-2021-07", include_str!("../../scenarios/tencent/revision-2021-07.yaml")),
    ("tencent/revision-2022-01", include_str!("../../scenarios/tencent/revision-2022-01.yaml")),
    ("tencent/revision-2022-11", include_str!("../../scenarios/tencent/revision-2022-11.yaml")),
    ("both/one-broadcast", include_str!("../../scenarios/both/one-broadcast.yaml")),
];
