//! One provider's plan of a scenario.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use super::bystander::accompany;
use super::captured::{self, SignedWith};
use super::choice::{check_amount, policy, settings, wire};
use super::handshake::set_up_before;
use super::keys::{self, Site};
use super::notes::notes;
use super::order::{self, Order, arrange};
use super::sender::{PlanSender, faulty};
use super::single::alone;
use super::{Broadcast, PlanSettings, PlannedScenario};
use crate::callback::{Class, PlannedCallback, SendOrder};
use crate::fault::terms::Spec;
use crate::lifecycle::draw::{ALPHANUMERIC, Draws};
use crate::lifecycle::{Event, Fact, seen, simulate};

use crate::problem::Problem;
use crate::provider::signature::{self, ID, SignatureKeys, Unsigned};
use crate::provider::{
    self, EventContext, EventKind, Message, Policy, Provider, Revision, Wire, standard_webhooks,
};
use crate::request::WireFault;
use crate::scenario::{Jitter, Method, ProviderChoice, Scenario};
use crate::speed::LaneStarts;

/// Setting for the layout of a message without a key, for providers that have it. No vendor's page defines it.
const WITHOUT_KEY: &str = "without_key";

/// A provider in its part: names resolved, settings complete.
pub(super) struct Dialect {
    pub(super) provider: &'static Provider,
    pub(super) revision: &'static Revision,
    pub(super) wire: Wire,
    pub(super) settings: BTreeMap<&'static str, String>,
    /// Target, if the scenario sets one.
    pub(super) site: Option<Site>,
}

/// A scenario as one provider sends it once.
pub(super) struct SinglePlan<'a> {
    /// Index of the scenario among those that were planned.
    pub(super) index: usize,
    pub(super) name: String,
    /// Scope of the drawing of its ids.
    pub(super) scope: String,
    pub(super) scenario: &'a Scenario,
    /// Order of its callbacks; empty = in order of events.
    pub(super) order: Order,
}

impl Dialect {
    /// Resolves the names of a choice.
    ///
    /// # Errors
    /// Unknown names, and what the provider cannot do.
    pub(super) fn new(
        scenario: &Scenario,
        path: &str,
        choice: &ProviderChoice,
    ) -> Result<Self, Vec<Problem>> {
        let provider = provider::find(&choice.name, path).map_err(|problem| vec![*problem])?;
        let revision = match &choice.revision {
            None => provider.newest(),
            Some(name) => {
                provider::find_revision(provider, &name.0, path).map_err(|problem| vec![*problem])?
            }
        };
        let asked = scenario.signing.method.unwrap_or(provider.method_of(revision));
        let revision = standard_webhooks::under(revision, asked);
        let mut problems = (provider.check)(scenario, revision);
        // Whoever signs by Standard Webhooks does not sign as the vendor, nor with a key of its form.
        let own = asked != Method::StandardWebhooks;
        problems.retain(|problem| own || !problem.path.starts_with("signing."));
        problems.extend(check_amount(scenario, &(provider.rules)(scenario, revision)));
        let method = asked;
        // An edition without signatures is one by default; asked to sign, it cannot.
        let asked = scenario.signing.method.is_some() || !revision.signatures.is_empty();
        if problems.is_empty() && asked && method != Method::None && revision.signature(method).is_none() {
            let title = format!("{} {} does not sign with {method}", provider.name, revision.name);
            problems.push(Problem::at("signing.method", title));
        }
        let settings = settings(provider, path, choice, &mut problems);
        let site = Site::of(scenario, choice);
        let wire = wire(provider, revision, choice, path).map_err(|problem| problems.push(*problem));
        match (wire, problems.is_empty()) {
            (Ok(wire), true) => Ok(Self { provider, revision, wire, settings, site }),
            _ => Err(problems),
        }
    }

    /// Tells the scenario once, or once for each order of what there is to tell.
    ///
    /// # Errors
    /// The single callback that is wanted, a fault, or the number of orders does not fit.
    pub(super) fn plays(
        &self,
        plain: &SinglePlan<'_>,
        conditions: &PlanSettings,
        faults: &[Spec],
        schedule: &mut LaneStarts,
    ) -> Result<Vec<PlannedScenario>, Vec<Problem>> {
        let mut play = |part: &SinglePlan<'_>| self.play(part, conditions, faults, schedule);
        let scenario = plain.scenario;
        if scenario.delivery.orders.is_none() {
            return Ok(vec![play(plain)?]);
        }
        let orders = order::every(self.amount(scenario, conditions)).map_err(|problem| vec![*problem])?;
        let in_order = |order: Order| {
            let mut scenario = Scenario::clone(scenario);
            scenario.stream.name.push_str(&format!("-{}", order::show(&order, "")));
            play(&SinglePlan {
                index: plain.index,
                name: format!("{} in the order {}", plain.name, order::show(&order, " ")),
                scope: format!("{}/{}", plain.scope, order::show(&order, "")),
                scenario: &scenario,
                order,
            })
        };
        orders.into_iter().map(in_order).collect()
    }

    /// Facts of the broadcast, as the recorder saw it.
    pub(super) fn facts(&self, scenario: &Scenario, draws: &Draws) -> Vec<Fact> {
        let facts = simulate(&scenario.broadcast, &(self.provider.rules)(scenario, self.revision));
        match scenario.media.jitter {
            Jitter::On => seen(facts, draws),
            Jitter::Off => facts,
        }
    }

    /// Number of callbacks of the scenario that can come in another order, before its faults are applied.
    fn amount(&self, scenario: &Scenario, conditions: &PlanSettings) -> usize {
        let (settings, epoch, draws) = (&self.settings, conditions.now, Draws::new(conditions.seed));
        let facts = self.facts(scenario, &draws);
        let (revision, wire) = (self.revision, self.wire);
        let context = EventContext { scenario, revision, wire, settings, epoch, draws, facts: &facts };
        self.messages(&context).filter(|message| !message.sets_up).count()
    }

    /// Messages of the broadcast for all subscribed events.
    fn messages(&self, context: &EventContext<'_>) -> impl Iterator<Item = Message> {
        let subscribed = self.subscribed(context.scenario);
        let messages = (self.provider.messages)(context).into_iter();
        messages.filter(move |message| subscribed.contains(&message.event))
    }

    /// Plans the callbacks of a part, and applies the faults.
    fn play(
        &self,
        part: &SinglePlan<'_>,
        conditions: &PlanSettings,
        faults: &[Spec],
        schedule: &mut LaneStarts,
    ) -> Result<PlannedScenario, Vec<Problem>> {
        let scenario = part.scenario;
        let number = conditions.broadcast.map_or(0, |broadcast| broadcast.number);
        let draws = Draws::new(conditions.seed).broadcast(number).within(&part.scope);
        let facts = self.facts(scenario, &draws);
        let given = captured::times(scenario);
        let last_due = facts.iter().map(|fact| fact.at).chain(given).fold(Duration::ZERO, Duration::max);
        // At real time the broadcast of a later lane begins when its turn comes.
        let begins = schedule.next(conditions.speed.real(last_due));
        let begins = conditions.now.checked_add(begins).unwrap_or(conditions.now);
        let context = EventContext {
            scenario,
            revision: self.revision,
            wire: self.wire,
            settings: &self.settings,
            epoch: conditions
                .broadcast
                .and_then(|broadcast| Timestamp::from_second(broadcast.began).ok())
                .unwrap_or_else(|| whole(conditions.speed.epoch(begins, last_due))),
            draws,
            facts: &facts,
        };
        let policy = policy(scenario, self.revision);
        let signing = self.signing(scenario, conditions.key.as_ref())?;
        let mut callbacks = set_up_before(self.told(&context, &part.order), self.revision, conditions);
        if let Some(single) = &conditions.single {
            let alone = alone(self, callbacks, single, signing.as_ref());
            callbacks = alone.map_err(|why| vec![Problem::at("", why)])?;
        }
        let own = |broadcast: Broadcast| chance(&context.draws, broadcast.number);
        let draws = conditions.broadcast.map_or_else(|| context.draws.clone(), own);
        let told = callbacks.len();
        let sender = self.sender(signing.as_ref(), &policy);
        let mut callbacks = faulty(callbacks, &draws, faults, &sender)?;
        // One callback by itself comes alone.
        if conditions.single.is_none() {
            captured::insert_steps(&mut callbacks, self, scenario, signing.as_ref())?;
        }
        let callbacks = accompany(self, callbacks, &context, conditions.speed);
        Ok(PlannedScenario {
            scenario: part.index,
            name: part.name.clone(),
            order: order::show(&part.order, " "),
            provider: self.provider,
            revision: self.revision,
            shape: self.wire.shape(),
            settings: self.settings.clone(),
            signing,
            site: self.site.clone(),
            unsigned: self.unsigned(),
            policy,
            success: scenario.delivery.success.clone(),
            incomplete_answer: scenario.delivery.incomplete_answer,
            expect: scenario.expect.clone(),
            ordering: scenario.delivery.ordering,
            epoch: context.epoch,
            after: std::time::Duration::ZERO,
            stream: scenario.stream.clone(),
            notes: notes(&facts, faults, told, callbacks.len()),
            draws: context.draws,
            callbacks,
        })
    }

    /// Content of the fields for time and signature in an unsigned body.
    fn unsigned(&self) -> Unsigned {
        match self.settings.get(WITHOUT_KEY).map(String::as_str) {
            Some("empty") => Unsigned::Empty,
            _ => Unsigned::Absent,
        }
    }

    /// Callbacks of the broadcast for all subscribed events; in this order, if one is given. What sets the URL up comes before all others.
    fn told(&self, context: &EventContext<'_>, order: &[usize]) -> Vec<PlannedCallback> {
        let mut id = format!("{}-{}", self.provider.name, self.revision.name);
        id.extend(self.site.iter().flat_map(|site| ["-", &site.name]));
        if !order.is_empty() {
            id.push_str(&format!("-{}", order::show(order, "")));
        }
        let (mut set_up, mut others) = (Vec::new(), Vec::new());
        for (n, message) in self.messages(context).enumerate() {
            let Some(fact) = context.facts.get(message.fact) else { continue };
            let room = if message.sets_up { &mut set_up } else { &mut others };
            let mut told = callback(format!("{id}-{}", n + 1), fact, message);
            told.body.count_on(n as u64);
            self.stamp(&mut told, &context.draws, n + 1);
            room.push(told);
        }
        set_up.extend(if order.is_empty() { others } else { arrange(&others, order) });
        set_up
    }

    /// Gives a message its id, where such a thing proves it, and takes from its body what then stands in headers.
    pub(super) fn stamp(&self, told: &mut PlannedCallback, draws: &Draws, number: usize) {
        if self.revision.reading.proof.is_stamped() {
            let drawn = draws.named(&format!("message/{number}")).from_alphabet(ALPHANUMERIC, 24);
            told.head.id = format!("{ID}{drawn}");
            told.body.unsign();
        }
    }

    /// The sender of what is told.
    fn sender<'a>(&'a self, keys: Option<&'a SignatureKeys>, policy: &'a Policy) -> PlanSender<'a> {
        let Self { provider, revision, settings, .. } = self;
        PlanSender { provider, revision, settings, keys, policy }
    }

    /// Means by which captured bytes are signed anew.
    pub(super) fn signed_with<'a>(&'a self, keys: Option<&'a SignatureKeys>) -> SignedWith<'a> {
        SignedWith { keys, settings: &self.settings }
    }

    fn signing(
        &self,
        scenario: &Scenario,
        key: Option<&SecretString>,
    ) -> Result<Option<SignatureKeys>, Vec<Problem>> {
        let signing = self.signature_keys(scenario, key);
        match signing.as_ref().and_then(keys::unreadable) {
            Some(problem) => Err(vec![problem]),
            None => Ok(signing),
        }
    }

    fn signature_keys(&self, scenario: &Scenario, key: Option<&SecretString>) -> Option<SignatureKeys> {
        let method = scenario.signing.method.unwrap_or(self.provider.method_of(self.revision));
        let mut signature = self.revision.signature(method)?;
        let (key, others) = match keys::of(scenario, self.site.as_ref(), key) {
            Some(keys) => keys,
            None if self.settings.get(WITHOUT_KEY).is_some_and(|how| how == "time-alone") => {
                signature = &signature::TIME_ALONE;
                Default::default()
            }
            None => return None,
        };
        let own = match method {
            Method::StandardWebhooks => standard_webhooks::TOLERANCE,
            _ => self.provider.lifetime,
        };
        let lifetime = scenario.signing.lifetime.map_or(own, |span| span.0);
        let resign_retries = scenario.signing.resign_retries.unwrap_or(self.revision.policy.resigns);
        let time = self.revision.signed_time;
        Some(SignatureKeys { method, signature, key, others, lifetime, time, resign_retries })
    }

    /// Names of the events that are sent.
    fn subscribed(&self, scenario: &Scenario) -> Vec<&'static str> {
        let asked = |kind: &EventKind| match &scenario.subscribe {
            Some(words) => words.iter().any(|word| kind.is(&word.0)),
            None => kind.unasked,
        };
        let known = self.provider.events.iter().filter(|kind| kind.editions.contains(&self.revision.edition));
        known.filter(|kind| asked(kind)).map(|kind| kind.name).collect()
    }
}

/// The chance of the faults of one of many broadcasts.
pub(super) fn chance(draws: &Draws, broadcast: u64) -> Draws {
    draws.broadcast(0).within(&format!("broadcast/{broadcast}"))
}

/// The whole second: a broadcast begins on one, so that the fractions in its times are those that are drawn.
fn whole(time: Timestamp) -> Timestamp {
    let second = time.as_nanosecond().div_euclid(1_000_000_000).try_into();
    Timestamp::from_second(second.expect("the seconds of a time fit an i64")).unwrap_or(time)
}

pub(super) fn callback(id: String, fact: &Fact, message: Message) -> PlannedCallback {
    let subject = match fact.event {
        Event::FileBegan(file) | Event::FileComplete(file) | Event::Failed(_, Some(file)) => {
            fact.format.map_or_else(String::new, |format| format!("{format} file {}", file.number))
        }
        _ if message.sets_up => "URL".into(),
        _ => fact.format.map_or_else(|| "stream".into(), |format| format.to_string()),
    };
    PlannedCallback {
        id,
        event: message.event,
        class: Class::Legal,
        due: fact.at.saturating_add(message.later),
        subject,
        file_keys: message.file_keys,
        head: message.head,
        why: if message.sets_up { "the callback URL is set up".into() } else { fact.why.to_string() },
        step: format!("broadcast[{}]", fact.step),
        body: message.body,
        given: None,
        signed: None,
        taint: None,
        earlier: None,
        changed: Vec::new(),
        faults: Vec::new(),
        // Whoever sets up a URL sees at once that it is refused.
        wire_fault: WireFault { tries: message.sets_up.then_some(1), ..WireFault::default() },
        turn: SendOrder::Next,
    }
}
