//! `hookreel send`: one callback now.

use std::fmt::Write;
use std::time::Duration;

use super::args::{EditionArgs, RunArgs, SendArgs, TimeArgs};
use super::exit::{Exit, Refused};
use super::shell_commands::quote;
use super::show::{Circumstances, leading_to};
use super::sign::edition;
use super::{ProcessContext, captured, complain, planned, run, sources};
use crate::callback::Edit;
use crate::duration::show_duration;
use crate::fault::terms::Spec;
use crate::plan::{NOW_A_TEXT, Renewal, Single};
use crate::play::Planned;
use crate::problem::{Source, did_you_mean};
use crate::provider::diagnosis::recognise;
use crate::provider::event_of;
use crate::provider::{self, EventKind, Provider, Revision};
use crate::report::inert;
use crate::scenario::faults::Wanted;
use crate::speed::Speed;

pub(super) fn run(args: SendArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    let (provider, revision) = edition(&args.sender.provider, args.sender.revision.as_deref())?;
    let kind = event(&args, provider, revision)?;
    EditionArgs { method: args.sender.method.clone(), ..EditionArgs::default() }.read()?;
    // One that no circumstances lead to is refused when it is planned.
    let circumstances = leading_to(provider, revision, kind)
        .unwrap_or(Circumstances { broadcast: "[{0s: push}, {50m: drop}]", setting: None });
    let single = single(&args, kind.name)?;
    look_at_the_body(&args, &single, provider)?;
    warn_of_unknown_fields(&single, provider, revision);
    let command = command(&args);
    let source = |text| Source { name: "hookreel send".into(), text };
    let scenarios = (1..=args.count).map(|n| {
        {
            let wanted = WantedCallback { event: kind.name, circumstances: &circumstances, n };
            scenario(&args, provider, revision, &wanted)
        }
        .map(source)
    });
    let mut loaded =
        sources::parse(scenarios.collect::<Result<_, _>>()?, &context.environment, context.colour)?;
    args.settings.apply(&mut loaded, &context.environment)?;
    // At full speed the event has just happened; when it is sent does not hang on the speed.
    let told = TimeArgs { seed: args.time.seed, now: args.time.now, speed: Speed::Max };
    let flags =
        planned::PlanFlags { key: &args.key, time: &told, jobs: 1, editions: &EditionArgs::default() };
    let mut planned = planned::of(loaded, &flags, context, Some(single))?;
    planned.command = Some(command);
    warn_of_texts(&planned);
    let mut time = args.time;
    if let Some(every) = args.every {
        time.speed = space_out(&mut planned, every, time.speed);
        planned.conditions.speed = time.speed;
    }
    let mut output = args.output;
    // The answer is what one sends for.
    output.verbose = !output.quiet;
    let args = RunArgs::of(args.key, time, args.receiver, output);
    run::play(&args, &mut planned).map(|(exit, _)| exit)
}

/// A body that is not a callback of this provider is signed by nobody's rule; sent as it is, it may be meant.
fn look_at_the_body(args: &SendArgs, single: &Single, provider: &Provider) -> Result<(), Refused> {
    let (Some(file), Some((bytes, renewal))) = (&args.body, &single.bytes) else { return Ok(()) };
    let kept = matches!(renewal, Renewal::Kept);
    let body = match captured::object_of(file, bytes) {
        Ok(body) => body,
        Err(refused) if kept => {
            let why = refused.text.trim_start_matches("error: ").trim_end();
            complain(&format!("warning: {why}; it is sent as it is\n"));
            return Ok(());
        }
        Err(refused) => return Err(refused),
    };
    let Some(found) = recognise(&body.fields) else { return Ok(()) };
    if found.provider.name == provider.name {
        warn_of_another_event(file, single, event_of(found, &body.fields));
        return Ok(());
    }
    let (title, other) = (found.provider.title, found.provider.name);
    let text = format!("{file}: the fields of the body are those of {title}, not of {}", provider.title);
    if kept {
        complain(&format!("warning: {text}; it is sent as it is\n"));
        return Ok(());
    }
    Err(Refused::usage(format!(
        "{text}: hookreel send {other} EVENT --body {}; nothing was sent",
        quote(file)
    )))
}

/// A body of another event than the one that was asked for may be meant: it is sent, under the name that was given.
fn warn_of_another_event(file: &str, single: &Single, says: Option<&'static str>) {
    if let Some(says) = says.filter(|says| *says != single.event) {
        complain(&format!(
            "warning: {file}: the body says {says}, not {}; its bytes are sent, under the name that was given\n",
            single.event
        ));
    }
}

/// A field that no message of the edition has may be meant; one that is misspelt is not.
fn warn_of_unknown_fields(single: &Single, provider: &Provider, revision: &Revision) {
    let rows = || provider.fields.iter().flat_map(|table| table.iter());
    let known = || rows().filter(|row| row.editions.contains(&revision.edition)).map(|row| row.name);
    // Bytes of one's own have the fields that they have.
    for edit in single.edits.iter().filter(|_| single.bytes.is_none()) {
        let field = edit.field();
        if !known().any(|name| name == field) && edit.sets(field) {
            let near = did_you_mean(field, known()).map_or_else(String::new, |near| format!("; {near}"));
            complain(&inert(&format!(
                "warning: --set {field}: no message of {} {} has such a field; it is added, as JSON where the value is JSON, \
                 else as text{near}",
                provider.name, revision.name
            )));
            complain("\n");
        }
    }
}

/// Makes every callback but the first wait this long after the one before it, at the speed that is given back.
fn space_out(prepared: &mut Planned, every: Duration, speed: Speed) -> Speed {
    let (speed, wait) = match speed {
        Speed::Max => (Speed::Times(1.0), every),
        Speed::Times(factor) => (speed, every.mul_f64(factor)),
    };
    let mut after = Duration::ZERO;
    for play in prepared.plays.iter_mut().skip(1) {
        play.after = after;
        play.callbacks.iter_mut().for_each(|callback| callback.due += wait);
        after += wait;
    }
    speed
}

/// The event that is meant.
fn event(
    args: &SendArgs,
    provider: &'static Provider,
    revision: &Revision,
) -> Result<&'static EventKind, Refused> {
    let known = || provider.events.iter().filter(|kind| kind.editions.contains(&revision.edition));
    known().find(|kind| kind.is(&args.event)).ok_or_else(|| {
        let names = || known().map(|kind| kind.name);
        let of_another =
            provider::ALL.iter().filter(|other| other.events.iter().any(|kind| kind.is(&args.event)));
        let others: Vec<&str> = of_another.map(|other| other.name).collect();
        let near = match others.as_slice() {
            [] => did_you_mean(&args.event, names()).map_or_else(String::new, |near| format!("; {near}")),
            [own] if *own == provider.name => String::new(),
            others => format!("; it is an event of {}", others.join(" and ")),
        };
        Refused::usage(format!(
            "{} {} has no event `{}`; expected one of {}{near}",
            provider.name,
            revision.name,
            args.event,
            names().collect::<Vec<_>>().join(", ")
        ))
    })
}

fn single(args: &SendArgs, event: &str) -> Result<Single, Refused> {
    let set = args.set.iter().map(|text| Edit::set(text).map_err(|error| format!("--set: {error}")));
    let unset = args.unset.iter().map(|text| Edit::unset(text).map_err(|error| format!("--unset: {error}")));
    let edits: Vec<Edit> = set.chain(unset).collect::<Result<_, _>>().map_err(Refused::usage)?;
    contradictory(&edits, args.set.len())?;
    let bytes = args.body.as_deref().map(sources::bytes).transpose()?;
    let renewal = match (args.sign, args.resign) {
        (_, true) => Renewal::Replaced,
        (true, false) => Renewal::Added,
        (false, false) => Renewal::Kept,
    };
    Ok(Single { event: event.to_owned(), edits, bytes: bytes.map(|bytes| (bytes.into(), renewal)) })
}

/// Refuses an edit of which nothing is left: the first `sets` of them are of `--set`, the others of `--unset`.
fn contradictory(edits: &[Edit], sets: usize) -> Result<(), Refused> {
    let flag = |index: usize| if index < sets { "--set" } else { "--unset" };
    for (index, edit) in edits.iter().enumerate() {
        let later = edits.iter().enumerate().skip(index + 1).find(|(_, later)| later.overrules(edit));
        if let Some((at, later)) = later {
            return Err(Refused::usage(format!(
                "{} {edit} has no effect beside {} {later}; leave one of them out; nothing was sent",
                flag(index),
                flag(at)
            )));
        }
    }
    Ok(())
}

/// Warns of each number that becomes a text.
fn warn_of_texts(planned: &Planned) {
    let callbacks = planned.plays.first().into_iter().flat_map(|play| &play.callbacks);
    for place in callbacks.flat_map(|callback| &callback.changed) {
        if let Some(place) = place.strip_suffix(NOW_A_TEXT) {
            complain(&format!(
                "warning: --set: {}is a number or a truth value in this message, and what is given is a text\n",
                inert(place)
            ));
        }
    }
}

/// One of the callbacks that are asked for.
struct WantedCallback<'a> {
    event: &'a str,
    /// Circumstances under which it is sent.
    circumstances: &'a Circumstances,
    /// Counted from 1.
    n: u16,
}

/// The scenario behind the one callback. Its name makes ids of its own for each.
fn scenario(
    args: &SendArgs,
    provider: &Provider,
    revision: &Revision,
    wanted: &WantedCallback<'_>,
) -> Result<String, Refused> {
    let &WantedCallback { event, circumstances, n } = wanted;
    let (setting, broadcast) = (circumstances.settings(), circumstances.broadcast);
    let mut text = format!(
        "name: \"{event} {n}\"\nprovider: {{name: {}, revision: \"{}\"{setting}}}\n",
        provider.name, revision.name
    );
    let method = args.sender.method.as_ref().map_or_else(String::new, |method| format!("method: {method}, "));
    let unsigned = revision.signatures.is_empty() && args.sender.method.is_none();
    let method = if unsigned { "method: none, ".to_owned() } else { method };
    // Writing into a String cannot fail.
    let _ = writeln!(
        text,
        "stream: {{params: \"txSecret=0a1b2c&txTime=65F0A1B2\"}}\nrecording: {}",
        revision.eventful(provider)
    );
    let _ =
        writeln!(text, "signing: {{{method}key: \"${{HOOKREEL_KEY:-0123456789abcdef0123456789abcdef}}\"}}");
    let _ = writeln!(text, "broadcast: {broadcast}\nsubscribe: [{event}]\ndelivery: {{retry: none}}");
    if !args.fault.is_empty() {
        text.push_str("faults:\n");
    }
    for wanted in &args.fault {
        let _ = writeln!(text, "  - {}", fault(wanted)?);
    }
    Ok(text)
}

/// `expire:by=1s` as an entry of `faults:`.
fn fault(text: &str) -> Result<String, Refused> {
    let (name, terms) = text.split_once(':').unwrap_or((text, ""));
    let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let terms = terms.split(',').filter(|term| !term.is_empty()).map(|term| {
        let (key, value) = term.split_once('=').filter(|(key, _)| plain(key))?;
        Some(format!("{key}: {}", serde_json::json!(value)))
    });
    let terms: Option<Vec<_>> = terms.collect();
    match terms {
        Some(terms) if plain(name) => {
            known(text)?;
            Ok(format!("{name}: {{{}}}", terms.join(", ")))
        }
        _ => Err(Refused::usage(format!(
            "--fault: `{text}` is not written as NAME or NAME:KEY=VALUE,KEY=VALUE, for example expire:by=1s; a value \
             with a comma needs a scenario file"
        ))),
    }
}

/// Checks that fault and parameters are known. An error names the command line: the scenario behind it is generated.
fn known(text: &str) -> Result<(), Refused> {
    let (name, terms) = text.split_once(':').unwrap_or((text, ""));
    let terms = terms.split(',').filter_map(|term| term.split_once('='));
    let terms = terms.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let wanted = Wanted { path: String::new(), name: name.to_owned(), terms };
    let Err(problems) = Spec::read(&wanted) else { return Ok(()) };
    let said = problems.iter().map(|problem| {
        let help: String = problem.help.iter().map(|help| format!("; {help}")).collect();
        format!("{}: {}{help}", problem.title, problem.label)
    });
    Err(Refused::usage(format!("--fault {text}: {}", said.collect::<Vec<_>>().join("\n  "))))
}

/// The command line again, without what `Words` adds.
fn command(args: &SendArgs) -> String {
    let mut line = format!("hookreel send {} {}", quote(&args.sender.provider), quote(&args.event));
    let mut flag = |name: &str, value: &str| {
        let _ = write!(line, " --{name} {}", quote(value));
    };
    args.sender.revision.iter().for_each(|value| flag("revision", value));
    args.sender.method.iter().for_each(|value| flag("method", value));
    args.settings.setting.iter().for_each(|(name, value)| flag("setting", &format!("{name}={value}")));
    args.set.iter().for_each(|value| flag("set", value));
    args.unset.iter().for_each(|value| flag("unset", value));
    args.body.iter().for_each(|value| flag("body", value));
    args.fault.iter().for_each(|value| flag("fault", value));
    if args.sign {
        line.push_str(" --sign");
    }
    if args.resign {
        line.push_str(" --resign");
    }
    if args.count > 1 {
        let _ = write!(line, " --count {}", args.count);
    }
    if let Some(every) = args.every {
        let _ = write!(line, " --every {}", show_duration(every));
    }
    if args.time.speed != Speed::Max {
        let _ = write!(line, " --speed {}", args.time.speed);
    }
    line
}
