//! `bulla card`: your own card, to send to others.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::card::{Card, is_real_date};
use crate::command::{Command, Sandbox};
use crate::context::{Context, confine_to};
use crate::errors::{Refusal, Result, usage};
use crate::files::{Destination, Mode, Options, Output, Replace};
use crate::identities::own_card::NextCard;
use crate::identities::{confinement, edit, own_card, secret};
use crate::keyring::{IdentityKind, Name, StoredIdentity};
use crate::select::options::{CostLimit, OutputOptions, PassphraseSource};
use crate::ui::Stream;
use crate::ui::qr::Picture;
use bulla_age::fingerprint::safety_number;
use bulla_age::signing;
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;

/// Print your contact card, to send to others
///
/// The card contains your name and public keys and is signed by your identity. Others import it
/// with "bulla contact add", and "age -R" accepts it too. The first run makes the card and asks for
/// your passphrase. Later runs print the same card without asking; --renew, --name or --expires
/// make a new one. The people you send it to should check it against your safety number. Read it to
/// them by phone or in person: bulla identity show --number.
#[derive(Args, Clone, Debug)]
pub(crate) struct CardArgs {
    /// Use this identity (default: your default identity)
    #[arg(long = "as", value_name = "NAME")]
    identity: Option<String>,
    /// Make a new card, valid for two more years
    #[arg(long)]
    renew: bool,
    /// Your name on the card, up to 64 characters (default: the name of the identity)
    #[arg(long = "name", value_name = "TEXT")]
    called: Option<String>,
    /// Last day the card is valid: a date (2028-11-23) or a time from now (90d, 2y)
    #[arg(long, value_name = "DATE", value_parser = parse_expiry)]
    expires: Option<Expiry>,
    /// Write text that survives chats and mail, even quoted or wrapped
    #[arg(short, long)]
    armor: bool,
    /// Write a QR code: on the terminal (classic cards only), or as a picture with -o x.png or -o
    /// x.svg
    #[arg(long, conflicts_with = "armor")]
    qr: bool,
    /// Print a JSON object
    #[arg(long, conflicts_with_all = ["armor", "qr", "output"])]
    json: bool,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    limit: CostLimit,
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
        _ => Err("Not a date (2028-11-23) or a time from now (90d, 2y; at most 100 years)"),
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
        return Err(Refusal::CardTooLargeForTerminal.into());
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
            "Made a new card for identity {name}, valid until {}",
            card.expires()
        ));
        context.ui.hint(&format_args!(
            "They can check it with your safety number; read it to them by phone or in person: \
             bulla identity show --number {name}"
        ));
    }
    if let Some(warning) = own_card::expiry(&card, &name, context) {
        context.ui.warning(&warning);
        context.ui.hint(&format_args!(
            "Make a new card: {}",
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
            "A picture contains the card as it is, so --armor does not apply",
            None,
        )),
        (Some(picture), _) => Ok(picture),
        (None, Some(_)) if args.qr => Err(usage(
            "A picture must be a PNG or SVG file",
            Some("Choose one with -o card.png or -o card.svg"),
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
        return Err(usage("The expiry date is in the past", None));
    }
    let own = secret::own_keys(name, context, args.limit.max_work_factor)?;
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
    Err(Refusal::StaleCard {
        name: name.clone(),
        renewal: own_card::renewal(name),
    }
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
    Ok(Picture::of(card.text()).ok_or(Refusal::CardTooLongForQr)?)
}

fn write(bytes: &[u8], mut output: Output, args: &CardArgs, context: &Context) -> Result<()> {
    output.write_all(bytes).map_err(PayloadError::Write)?;
    output.commit()?;
    if let Some(path) = path(args) {
        let path = Untrusted::from(path.as_path());
        context.ui.status(&format_args!(
            "Wrote your card to {path}. Send it to your contacts"
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
        "Make the window wider, or write a picture: bulla card --qr -o card.png",
        &context.ui,
    )?;
    Ok(drawn.draw(&context.ui)?)
}
