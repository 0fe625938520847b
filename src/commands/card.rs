//! `bulla card`: your own card, to send to others.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::card::{Card, is_real_date};
use crate::command::{Command, Sandbox};
use crate::context::{Context, confine_to};
use crate::errors::{Failure, Result, usage};
use crate::files::{Destination, Mode, Options, Output, Replace};
use crate::identities::own_card::NextCard;
use crate::identities::{confinement, edit, own_card, secret};
use crate::keyring::{IdentityKind, Name, StoredIdentity};
use crate::select::options::{OutputOptions, PassphraseSource};
use crate::ui::Stream;
use crate::ui::qr::Picture;
use bulla_age::fingerprint::safety_number;
use bulla_age::signing;
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;

/// Your contact card, to hand to others
///
/// It says what you are called, what others need to encrypt for you, and is signed by your identity. "age -R" takes it as it
/// is. The first time, and with --renew, --name or --expires, a card is made and kept; otherwise the present one is given
/// once more, for which no passphrase is needed. Whoever takes it in checks it by your safety number, which you read out
/// to them: bulla identity show --number.
#[derive(Args, Clone, Debug)]
pub(crate) struct CardArgs {
    /// Of this identity of the keyring; of the default one otherwise
    #[arg(long = "as", value_name = "NAME")]
    identity: Option<String>,
    /// Make the next card, with another serial number and two more years
    #[arg(long)]
    renew: bool,
    /// What others shall call you: up to 64 characters; the identity's name at first
    #[arg(long = "name", value_name = "TEXT")]
    called: Option<String>,
    /// The last day it is good for: a date (2028-11-23) or a time from now (90d, 2y)
    #[arg(long, value_name = "DATE", value_parser = parse_expiry)]
    expires: Option<Expiry>,
    /// Text that survives chats and mail: quoted, wrapped, among other words
    #[arg(short, long)]
    armor: bool,
    /// A QR code: drawn on the terminal (classic cards), or a picture with -o x.png or -o x.svg
    #[arg(long, conflicts_with = "armor")]
    qr: bool,
    /// One JSON object
    #[arg(long, conflicts_with_all = ["armor", "qr", "output"])]
    json: bool,
    #[command(flatten)]
    output: OutputOptions,
    /// Accept a passphrase up to this cost (2^N KiB of memory)
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=30))]
    max_work_factor: u8,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
}

/// The expiry date of a card.
#[derive(Clone, Debug)]
enum Expiry {
    On(String),
    In(Duration),
}

/// Longer than anyone keeps a key.
const LONGEST: Duration = Duration::from_secs(100 * 366 * 24 * 60 * 60);

fn parse_expiry(text: &str) -> Result<Expiry, &'static str> {
    if is_real_date(text) {
        return Ok(Expiry::On(text.to_owned()));
    }
    match humantime::parse_duration(text) {
        Ok(time) if time <= LONGEST => Ok(Expiry::In(time)),
        _ => Err("neither a date like 2028-11-23 nor a time like 90d or 2y, of at most 100 years"),
    }
}

/// The form in which a card is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Armored,
    Drawn,
    Png,
    Svg,
    Json,
}

#[derive(serde::Serialize)]
struct DisplayName {
    identity: String,
    name: String,
    signing_key: String,
    safety_number: String,
    serial: u64,
    created: String,
    expires: String,
    recipients: Vec<String>,
    text: String,
}

impl Command for CardArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::ConfinesItself
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &CardArgs, context: &Context) -> Result<()> {
    let form = form(args)?;
    context.keyring()?.settle()?;
    let name = edit::chosen(args.identity.as_deref(), context)?;
    let public = context.keyring()?.get::<StoredIdentity>(&name)?;
    if form == Form::Drawn && public.kind == IdentityKind::Hybrid {
        let text = "a post-quantum card is too large a QR code for a terminal".to_owned();
        let hint = "write a picture: bulla card --qr -o card.png".to_owned();
        return Err(Failure::Refused(text, Some(hint)).into());
    }
    let mut output = output(args, form)?;
    let changed = args.renew || args.called.is_some() || args.expires.is_some();
    let present = if changed {
        None
    } else {
        context.keyring()?.card(&name)?
    };
    let (card, is_new) = match present {
        Some(card) => {
            let folder = path(args).map(|path| Ok(Destination::of(path)?.directory().to_owned()));
            let folders: Vec<PathBuf> = folder.into_iter().collect::<Result<_>>()?;
            confine_to(&folders, &context.ui);
            (card, false)
        }
        None => (make(args, &name, context)?, true),
    };
    refuse_stale(&card, &public, &name)?;
    match output.take() {
        Some(output) => write(&rendered(&card, form)?, output, args, context)?,
        None => show(&card, form, &name, context)?,
    }
    if is_new {
        context.ui.status(&format_args!(
            "identity {name} has a new card, good until {}",
            card.expires()
        ));
        context.ui.hint(&format_args!(
            "they check it by your safety number, read out by voice or in person: bulla identity show --number {name}"
        ));
    }
    if let Some(warning) = own_card::expiry(&card, &name, context) {
        context.ui.warning(&warning);
        context.ui.hint(&format_args!(
            "make the next one: {}",
            own_card::renewal(&name)
        ));
    }
    Ok(())
}

fn form(args: &CardArgs) -> Result<Form> {
    let path = path(args);
    let ending = path
        .and_then(|path| path.extension())
        .map(|ending| ending.to_ascii_lowercase());
    let picture = match ending.as_ref().and_then(|ending| ending.to_str()) {
        Some("png") => Some(Form::Png),
        Some("svg") => Some(Form::Svg),
        _ => None,
    };
    match (picture, path) {
        (Some(_), _) if args.armor => Err(usage(
            "a picture holds the card's text, not its armored form",
            None,
        )),
        (Some(picture), _) => Ok(picture),
        (None, Some(_)) if args.qr => Err(usage(
            "a picture is a PNG or an SVG",
            Some("name it with -o card.png or -o card.svg"),
        )),
        _ if args.json => Ok(Form::Json),
        _ if args.qr => Ok(Form::Drawn),
        _ if args.armor => Ok(Form::Armored),
        _ => Ok(Form::Text),
    }
}

fn make(args: &CardArgs, name: &Name, context: &Context) -> Result<Card> {
    let expires = match &args.expires {
        Some(Expiry::On(date)) => Some(date.clone()),
        Some(Expiry::In(time)) => Some(context.date_in(*time)),
        None => None,
    };
    if expires.as_ref().is_some_and(|date| *date < context.today()) {
        return Err(usage("a card that has expired already is of no use", None));
    }
    let own = secret::own_keys(name, context, args.max_work_factor)?;
    confinement::confine(path(args), context)?;
    let next = NextCard {
        called: args.called.as_deref(),
        expires: expires.as_deref(),
        succession: None,
    };
    context
        .keyring()?
        .change(|change| next.put(change, name, &own, context))
}

/// Refuses to export a card that is from elsewhere or out of date.
fn refuse_stale(card: &Card, public: &StoredIdentity, name: &Name) -> Result<()> {
    if own_card::is_of(card, public) {
        return Ok(());
    }
    let text = format!("the card that is kept is not of the keys of identity {name}");
    Err(Failure::Refused(
        text,
        Some(format!("make one that is: {}", own_card::renewal(name))),
    )
    .into())
}

/// Returns the output path, unless it is standard output.
fn path(args: &CardArgs) -> Option<&PathBuf> {
    args.output
        .output
        .as_ref()
        .filter(|path| path.as_os_str() != "-")
}

/// Opens the output before a card is made in vain; `None` if the output is not bytes.
fn output(args: &CardArgs, form: Form) -> Result<Option<Output>> {
    let replace = if args.output.force {
        Replace::Always
    } else {
        Replace::Never
    };
    Ok(match (form, path(args)) {
        (Form::Json | Form::Drawn, _) => None,
        (_, Some(path)) => Some(Output::create(
            path,
            &Options {
                replace,
                mode: Mode::Ciphertext,
                not: &[],
            },
        )?),
        (_, None) => Some(Output::stdout(&[])?),
    })
}

fn rendered(card: &Card, form: Form) -> Result<Vec<u8>> {
    Ok(match form {
        Form::Armored => card.armored().into_bytes(),
        Form::Png => picture(card)?.png()?,
        Form::Svg => picture(card)?.svg().into_bytes(),
        Form::Text | Form::Json | Form::Drawn => card.text().as_bytes().to_vec(),
    })
}

fn picture(card: &Card) -> Result<Picture> {
    let too_long = "this card is too long for a QR code; hand it over as a file, or with --armor";
    Ok(Picture::of(card.text()).ok_or_else(|| Failure::Refused(too_long.to_owned(), None))?)
}

fn write(bytes: &[u8], mut output: Output, args: &CardArgs, context: &Context) -> Result<()> {
    output.write_all(bytes).map_err(PayloadError::Write)?;
    output.commit()?;
    if let Some(path) = path(args) {
        let path = Untrusted::from(path.as_path());
        context.ui.status(&format_args!(
            "{path} is your card: hand it to your contacts"
        ));
    }
    Ok(())
}

fn show(card: &Card, form: Form, name: &Name, context: &Context) -> Result<()> {
    if form == Form::Json {
        let shown = DisplayName {
            identity: name.to_string(),
            name: card.name().as_raw().to_owned(),
            signing_key: signing::text(card.signing_key()),
            safety_number: safety_number(card.signing_key()),
            serial: card.serial(),
            created: card.created().to_owned(),
            expires: card.expires().to_owned(),
            recipients: card.recipients().iter().map(ToString::to_string).collect(),
            text: card.text().to_owned(),
        };
        return Ok(context.ui.json(&shown, Stream::Stdout)?);
    }
    let drawn = picture(card)?;
    drawn.fits(
        "make the window wider, or write a picture: bulla card --qr -o card.png",
        &context.ui,
    )?;
    Ok(drawn.draw(&context.ui)?)
}
