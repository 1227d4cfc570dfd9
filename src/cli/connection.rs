//! The flags of the connection to a receiver, read: headers, trust, and the certificate to show.

use std::io::Read;
use std::path::Path;

use super::args::ConnectionArgs;
use super::exit::Refused;
use super::files;
use super::shell_commands::quote;
use super::{complain, secrets};
use crate::delivery::http::ConnectionSettings;
use crate::delivery::target::Allowed;
use crate::delivery::trust::ClientCertificate;
use crate::play::Planned;

/// The largest file of certificates or keys that is read, in bytes.
const LONGEST: u64 = 4 << 20;

/// Connection settings from the flags.
///
/// # Errors
/// A file cannot be read, or does not hold what it should.
pub(super) fn connection(args: &ConnectionArgs) -> Result<ConnectionSettings, Refused> {
    let authorities = args.cacert.as_deref().map(authorities).transpose()?;
    Ok(ConnectionSettings {
        allowed: Allowed(args.allow_remote.clone()),
        headers: args.headers.iter().fold(http::HeaderMap::new(), |mut headers, (name, value)| {
            headers.append(name, value.clone());
            headers
        }),
        authorities,
        identity: args.cert.as_deref().map(|path| identity(path, args.cert_key.as_deref())).transpose()?,
        insecure: args.insecure,
    })
}

/// The certificates of `--cacert`.
fn authorities(path: &Path) -> Result<Vec<u8>, Refused> {
    let pem = read("--cacert", path)?;
    let found = ClientCertificate::certificates(&pem);
    found.map_err(|why| Refused::usage(format!("--cacert: `{}` {why}", path.display())))?;
    Ok(pem)
}

/// The certificate of `--cert` and its key, from a file of its own or the same.
fn identity(cert: &Path, key: Option<&Path>) -> Result<ClientCertificate, Refused> {
    let certificates = ClientCertificate::certificates(&read("--cert", cert)?)
        .map_err(|why| Refused::usage(format!("--cert: `{}` {why}", cert.display())))?;
    let (flag, path) = key.map_or(("--cert", cert), |path| ("--cert-key", path));
    let of_key = |why: String| {
        let hint = if key.is_none() { "; --cert-key FILE names the file of the key" } else { "" };
        Refused::usage(format!("{flag}: `{}` {why}{hint}", path.display()))
    };
    let key = ClientCertificate::key(&read(flag, path)?).map_err(of_key)?;
    ClientCertificate::of(certificates, key).map_err(|why| {
        Refused::usage(format!("--cert: `{}` and the key in `{}` {why}", cert.display(), path.display()))
    })
}

fn read(flag: &str, path: &Path) -> Result<Vec<u8>, Refused> {
    let failed = |why: String| Refused::usage(format!("{flag}: cannot read `{}`: {why}", path.display()));
    let mut bytes = Vec::new();
    let file = files::read(path).map_err(|error| failed(error.to_string()))?;
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > LONGEST {
        return Err(failed(format!("it is larger than {LONGEST} bytes")));
    }
    Ok(bytes)
}

/// Makes sure that no header of the user's stands in the place of a signature.
///
/// # Errors
/// One would: what is sent would prove nothing, and nobody would see why.
pub(super) fn keep_signatures(args: &ConnectionArgs, planned: &Planned) -> Result<(), Refused> {
    let signed = planned.plays.iter().filter(|play| play.signing.is_some());
    let owned = signed.flat_map(|play| play.revision.signed_headers.iter().map(move |header| (play, header)));
    for (play, header) in owned {
        if args.headers.iter().any(|(name, _)| name.as_str().eq_ignore_ascii_case(header.name)) {
            return Err(Refused::usage(format!(
                "-H {}: this header holds the signature of {}; leave it out, or send the callback unsigned with `signing: \
                 {{method: none}}` (send: --method none) and your own header. Nothing was sent",
                header.name, play.provider.name
            )));
        }
    }
    Ok(())
}

/// Warns of what makes a connection less safe than it looks.
pub(super) fn warn(args: &ConnectionArgs) {
    if args.insecure {
        complain("warning: certificates are not verified (--insecure)\n");
    }
    let key = args.cert_key.as_deref().or(args.cert.as_deref());
    if let Some(warning) = key.and_then(secrets::readable_by_others) {
        complain(&format!("warning: {warning}\n"));
    }
}

/// The flags again, for a line that is run again.
pub(super) fn trust(args: &ConnectionArgs) -> String {
    flags(args, ["--cacert", "--cert", "--cert-key"])
}

/// The same as `curl` calls them.
pub(super) fn trust_of_curl(args: &ConnectionArgs) -> String {
    let own = flags(args, ["--cacert", "--cert", "--key"]);
    if args.insecure { format!(" -k{own}") } else { own }
}

fn flags(args: &ConnectionArgs, [cacert, cert, key]: [&str; 3]) -> String {
    let given = [(cacert, &args.cacert), (cert, &args.cert), (key, &args.cert_key)];
    let line = |(flag, path): (&str, &Option<std::path::PathBuf>)| {
        Some(format!(" {flag} {}", quote(&path.as_ref()?.display().to_string())))
    };
    given.into_iter().filter_map(line).collect()
}
