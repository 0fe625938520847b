//! `bulla card`: your own card, to send to others.

use std::time::Duration;

use clap::Args;

use crate::card::{Card, is_real_date};
use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Refusal, Result, usage};
use crate::files::{Mode, Output};
use crate::identities::own_card::NextCard;
use crate::identities::{confirmed, edit, own_card};
use crate::keyring::{IdentityKind, Name, StoredIdentity};
use crate::process::clock::parse_span;
use crate::select::options::{CostLimit, OutputOptions, PassphraseSource, data_beside_json};
use crate::ui::WarningKind;
use crate::ui::qr::Picture;
use bulla_age::fingerprint::safety_number;
use bulla_age::untrusted::Untrusted;

/// Print your contact card, to send to others
///
/// The card contains your name and public keys and is signed by your identity. Others import it
/// with "bulla contact add", and "age -R" accepts it too. "bulla identity new" makes it, and this
/// command prints it without asking for your passphrase; --renew, --name or --expires make a new
/// one, and so does the first run for an identity that has no card yet. The people you send it to
/// should check it against your safety number. Read it to them in person or by phone: bulla identity
/// show --number.
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
    match parse_span(text) {
        Some(time) if time <= LONGEST => Ok(Expiry::In(time)),
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
}

#[derive(serde::Serialize)]
struct CardJson {
    identity: String,
    card_name: String,
    signing_key: String,
    safety_number: String,
    serial: u64,
    created: String,
    expires: String,
    recipients: Vec<String>,
    /// Whether this run made the card.
    new: bool,
    /// The card in the form that was asked for, unless that is a picture.
    text: Option<String>,
    output: Option<String>,
}

impl Command for CardArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn prints(&self) -> bool {
        self.output.path().is_none()
    }

    fn owes_data(&self) -> bool {
        self.prints()
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs()
            .keyring()
            .output(self.output.output.as_ref())
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &CardArgs, context: &Context) -> Result<()> {
    let form = form(args)?;
    context.keyring()?.settle()?;
    let name = edit::chosen(args.identity.as_deref(), context)?;
    let public = confirmed::own(&name, context)?;
    if form == Form::Drawn && context.ui.is_json() {
        return Err(data_beside_json());
    }
    if form == Form::Drawn && public.kind == IdentityKind::Hybrid {
        return Err(Refusal::CardTooLargeForTerminal.into());
    }
    let mut output = output(args, form, context)?;
    let changed = args.renew || args.called.is_some() || args.expires.is_some();
    let present = if changed {
        None
    } else {
        context.keyring()?.card(&name)?
    };
    let (card, is_new) = match present {
        Some(card) => (card, false),
        None => (make(args, &name, &public, context)?, true),
    };
    context.start_no_more_programs();
    refuse_stale(&card, &public, &name)?;
    refuse_ahead(&card, &name, context)?;
    match output.take() {
        Some(output) => write(&rendered(&card, form)?, output, args, context)?,
        None if context.ui.is_json() => {}
        None => show(&card, context)?,
    }
    if context.ui.is_json() {
        context
            .ui
            .json(&as_json(&card, form, is_new, &name, args)?)?;
    }
    if is_new {
        context.ui.status(&format_args!(
            "Made a new card for identity {name}, valid until {}",
            card.expires()
        ));
    }
    if is_new || context.ui.can_ask() && !context.ui.is_json() {
        context.ui.tip(&format_args!(
            "They can check it with your safety number; read it to them in person or by phone: \
             bulla identity show --number {name}"
        ));
        if context.ui.can_ask() && card.name().as_raw() == name.as_str() && name.is_generic() {
            context.ui.tip(&format_args!(
                "The name on the card is \"{name}\". To put yours on it: bulla card --as {name} --name \
                 \"Your Name\""
            ));
        }
    }
    if let Some(warning) = own_card::expiry(&card, &name, context) {
        context.ui.warn(WarningKind::CardExpiry, &warning);
        context.ui.hint(&format_args!(
            "Make a new card: {}",
            own_card::renewal(&name)
        ));
    }
    Ok(())
}

fn form(args: &CardArgs) -> Result<Form> {
    let path = args.output.path();
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
        _ if args.qr => Ok(Form::Drawn),
        _ if args.armor => Ok(Form::Armored),
        _ => Ok(Form::Text),
    }
}

fn make(args: &CardArgs, name: &Name, public: &StoredIdentity, context: &Context) -> Result<Card> {
    let expires = match &args.expires {
        Some(Expiry::On(date)) => Some(date.clone()),
        Some(Expiry::In(time)) => Some(context.date_in(*time)),
        None => None,
    };
    if expires.as_ref().is_some_and(|date| *date < context.today()) {
        return Err(usage("The expiry date is in the past", None));
    }
    edit::check_own(name, context)?;
    let own = confirmed::own_keys(name, context, args.limit.max_work_factor)?;
    context.start_no_more_programs();
    let called = match &args.called {
        // A damaged card is reported when the next one is made.
        None if matches!(context.keyring()?.card(name), Ok(None)) => {
            // An identity without a passphrase is probably a script's.
            Some(own_card::first_name(name, public.encrypted, context)?)
        }
        called => called.clone(),
    };
    let next = NextCard {
        called: called.as_deref(),
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

/// Refuses to export a card that nobody accepts, because it was made by a clock that was ahead.
fn refuse_ahead(card: &Card, name: &Name, context: &Context) -> Result<()> {
    if card.is_ahead(context.unix_time()) {
        return Err(Refusal::CardAhead {
            name: name.clone(),
            renewal: own_card::renewal(name),
        }
        .into());
    }
    Ok(())
}

/// Opens the output before a card is made in vain; `None` if the output is not bytes.
fn output(args: &CardArgs, form: Form, context: &Context) -> Result<Option<Output>> {
    Ok(match form {
        Form::Drawn => None,
        // The text is in the JSON.
        _ if context.ui.is_json() && args.output.path().is_none() => None,
        _ => Some(args.output.create(Mode::Ciphertext)?),
    })
}

fn rendered(card: &Card, form: Form) -> Result<Vec<u8>> {
    Ok(match form {
        Form::Armored => card.armored().into_bytes(),
        Form::Png => picture(card)?.png()?,
        Form::Svg => picture(card)?.svg().into_bytes(),
        Form::Text | Form::Drawn => card.text().as_bytes().to_vec(),
    })
}

fn picture(card: &Card) -> Result<Picture> {
    Ok(Picture::of(card.text()).ok_or(Refusal::CardTooLongForQr)?)
}

fn write(bytes: &[u8], mut output: Output, args: &CardArgs, context: &Context) -> Result<()> {
    output.put(bytes)?;
    output.commit()?;
    if let Some(path) = args.output.path() {
        let path = Untrusted::from(path.as_path());
        context.ui.status(&format_args!(
            "Wrote your card to {path}. Send it to your contacts"
        ));
    }
    Ok(())
}

fn show(card: &Card, context: &Context) -> Result<()> {
    let drawn = picture(card)?;
    drawn.fits(
        "Make the window wider, or write a picture: bulla card --qr -o card.png",
        &context.ui,
    )?;
    Ok(drawn.draw(&context.ui)?)
}

fn as_json(card: &Card, form: Form, new: bool, name: &Name, args: &CardArgs) -> Result<CardJson> {
    let text = match form {
        Form::Png | Form::Svg => None,
        _ => Some(String::from_utf8_lossy(&rendered(card, form)?).into_owned()),
    };
    let output = args.output.path();
    Ok(CardJson {
        identity: name.to_string(),
        card_name: card.name().as_raw().to_owned(),
        signing_key: card.signing_key().to_string(),
        safety_number: safety_number(card.signing_key()),
        serial: card.serial(),
        created: card.created().to_owned(),
        expires: card.expires().to_owned(),
        recipients: card.recipients().iter().map(ToString::to_string).collect(),
        new,
        text,
        output: output.map(|path| Untrusted::from(path.as_path()).as_raw().to_owned()),
    })
}
