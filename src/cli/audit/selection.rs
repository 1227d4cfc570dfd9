//! The command line of an audit again.

use std::fmt::Write;

use crate::cli::args::AuditArgs;
use crate::cli::expectations::STATE;
use crate::cli::shell_commands::{address, quote};
use crate::delivery::target::ReceiverUrl;
use crate::duration::show_duration;
use crate::play::AuditSelection;

/// The command line again, without what `Words` adds.
pub(super) fn command(args: &AuditArgs) -> String {
    let mut line = format!("hookreel audit {}", quote(&args.sender.provider));
    let mut flag = |name: &str, value: &str| {
        let _ = write!(line, " --{name} {}", quote(value));
    };
    args.sender.revision.iter().for_each(|value| flag("revision", value));
    args.sender.method.iter().for_each(|value| flag("method", value));
    args.settings.setting.iter().for_each(|(name, value)| flag("setting", &format!("{name}={value}")));
    args.stream.iter().for_each(|value| flag("stream", value));
    args.expects.expect.iter().for_each(|value| flag("expect", value));
    args.expects.state_path.iter().for_each(|value| flag("state-path", value));
    args.expects.state_within.iter().for_each(|within| flag("state-within", &show_duration(*within)));
    if let Some(url) = &args.expects.state {
        let shown = ReceiverUrl::parse(url).map_or_else(|_| quote(url), |target| address(&target, STATE));
        let _ = write!(line, " --state {shown}");
    }
    line
}

/// Flags about the cases.
pub(super) fn of(args: &AuditArgs) -> AuditSelection {
    let list = |name: &str, words: &[String]| match words {
        [] => String::new(),
        words => format!(" --{name} {}", quote(&words.join(","))),
    };
    let quick = if args.quick { " --quick" } else { "" };
    let cases = [list("only", &args.only), list("case", &args.case), list("skip", &args.skip)].concat();
    let counts = if args.strict { " --strict" } else { "" };
    AuditSelection { cases: format!("{quick}{cases}"), counts: counts.into() }
}
