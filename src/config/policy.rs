//! Layers laid over each other for one file: which rules are reported, how loudly, how sure.

use super::chain::{Chain, Stated};
use super::keys::{FailOn, Keys, LevelWord, Override, RuleSetting, RuleTable, Sureness};
use super::read::Layer;
use super::tree::Step;
use super::trouble::Trouble;
use crate::book::Book;
use crate::book::rule::Rule;
use crate::book::spell;
use crate::book::words::Status;
use crate::program::Name;
use std::collections::BTreeMap;
use std::path::Path;

/// Flags of the command line, which win over every file.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub select: Vec<Name>,
    pub ignore: Vec<Name>,
    pub min_confidence: Option<Sureness>,
    pub pedantic: bool,
    pub fail_on: Option<FailOn>,
}

/// What holds for one file.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// `None`: all.
    pub select: Option<Vec<Stated<Name>>>,
    pub ignore: Vec<Stated<Name>>,
    pub min_confidence: Option<Stated<Sureness>>,
    pub pedantic: Option<Stated<bool>>,
    pub trust_names: Option<Stated<bool>>,
    pub preview: Option<Stated<bool>>,
    pub fail_on: Option<Stated<FailOn>>,
    pub rules: BTreeMap<Name, RulePolicy>,
}

/// What holds for one rule.
#[derive(Clone, Debug, Default)]
pub struct RulePolicy {
    pub level: Option<Stated<LevelWord>>,
    pub min_confidence: Option<Stated<Sureness>>,
    pub notes: Option<Stated<bool>>,
}

/// The keys that a file and an override share.
pub struct RuleKeys<'k> {
    pub select: Option<&'k [String]>,
    pub ignore: &'k [String],
    pub min_confidence: Option<Sureness>,
    pub pedantic: Option<bool>,
    pub trust_names: Option<bool>,
    pub preview: Option<bool>,
    pub fail_on: Option<FailOn>,
    pub rules: &'k BTreeMap<String, RuleSetting>,
}

/// A file and an override spell these keys alike.
macro_rules! rule_keys {
    ($($from:ty),*) => {$(
        impl<'k> From<&'k $from> for RuleKeys<'k> {
            fn from(keys: &'k $from) -> RuleKeys<'k> {
                RuleKeys {
                    select: keys.select.as_deref(),
                    ignore: &keys.ignore,
                    min_confidence: keys.min_confidence,
                    pedantic: keys.pedantic,
                    trust_names: keys.trust_names,
                    preview: keys.preview,
                    fail_on: keys.fail_on,
                    rules: &keys.rules,
                }
            }
        }
    )*};
}
rule_keys!(Keys, Override);

/// What a chain says of one file: all layers, then the overrides that speak of it, then the
/// command line's.
pub fn of(chain: &Chain, file: &Path, book: &Book) -> Policy {
    let mut policy = Policy::default();
    let is_over = |layer: &Layer| layer.folder.is_none();
    let top = |policy: &mut Policy, layer: &Layer| {
        policy.lay(layer, &[], &RuleKeys::from(layer.keys.as_ref()), book, &mut Vec::new());
    };
    chain.layers.iter().filter(|layer| !is_over(layer)).for_each(|layer| top(&mut policy, layer));
    for part in chain.parts_for(file).filter(|part| !is_over(&chain.layers[part.layer])) {
        policy.lay_part(&chain.layers[part.layer], part.at, book, &mut Vec::new());
    }
    chain.layers.iter().filter(|layer| is_over(layer)).for_each(|layer| top(&mut policy, layer));
    for part in chain.parts_for(file).filter(|part| is_over(&chain.layers[part.layer])) {
        policy.lay_part(&chain.layers[part.layer], part.at, book, &mut Vec::new());
    }
    policy
}

/// What the layers of a chain and their overrides say, one after the other.
pub fn all_keys(chain: &Chain) -> Vec<RuleKeys<'_>> {
    let mut all = Vec::new();
    for layer in &chain.layers {
        all.push(RuleKeys::from(layer.keys.as_ref()));
        all.extend(layer.keys.overrides.iter().map(RuleKeys::from));
    }
    all
}

/// Names of rules in a chain that no rule has, or had.
pub fn troubles(chain: &Chain, book: &Book) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    for layer in &chain.layers {
        let mut policy = Policy::default();
        policy.lay(layer, &[], &RuleKeys::from(layer.keys.as_ref()), book, &mut troubles);
        for at in 0..layer.keys.overrides.len() {
            policy.lay_part(layer, at, book, &mut troubles);
        }
    }
    troubles
}

impl Policy {
    fn lay_part(&mut self, layer: &Layer, at: usize, book: &Book, troubles: &mut Vec<Trouble>) {
        if let Some(part) = layer.keys.overrides.get(at) {
            let way = [Step::Key("overrides"), Step::Item(at)];
            self.lay(layer, &way, &RuleKeys::from(part), book, troubles);
        }
    }

    fn lay(
        &mut self,
        layer: &Layer,
        way: &[Step<'_>],
        keys: &RuleKeys<'_>,
        book: &Book,
        troubles: &mut Vec<Trouble>,
    ) {
        let to = |steps: &[Step<'_>]| layer.place(&[way, steps].concat());
        let mut names = |key: &str, names: &[String]| -> Vec<Stated<Name>> {
            let named = |(at, name): (usize, &String)| {
                let at = to(&[Step::Key(key), Step::Item(at)]);
                let value = known(name, layer, at, book, troubles)?;
                Some(Stated { value, source: layer.source.clone(), at })
            };
            names.iter().enumerate().filter_map(named).collect()
        };
        if let Some(select) = keys.select {
            let select = names("select", select);
            // Whoever asks for a rule is not put off by what was said before.
            self.forget(&select.iter().map(|name| name.value.clone()).collect::<Vec<_>>());
            self.select = (!select.is_empty()).then_some(select);
        }
        self.ignore.extend(names("ignore", keys.ignore));
        let source = &layer.source;
        lay(&mut self.min_confidence, keys.min_confidence, source, to(&[Step::Key("min-confidence")]));
        lay(&mut self.pedantic, keys.pedantic, source, to(&[Step::Key("pedantic")]));
        lay(&mut self.trust_names, keys.trust_names, source, to(&[Step::Key("trust-names")]));
        lay(&mut self.preview, keys.preview, source, to(&[Step::Key("preview")]));
        lay(&mut self.fail_on, keys.fail_on, source, to(&[Step::Key("fail-on")]));
        for (name, setting) in keys.rules {
            let place = [Step::Key("rules"), Step::Key(name)];
            let Some(id) = known(name, layer, to(&place), book, troubles) else { continue };
            let rule = self.rules.entry(id).or_default();
            match setting {
                RuleSetting::Level(level) => lay(&mut rule.level, Some(*level), source, to(&place)),
                RuleSetting::Table(RuleTable { level, min_confidence, notes }) => {
                    let key = |key| to(&[place[0], place[1], Step::Key(key)]);
                    lay(&mut rule.level, *level, source, key("level"));
                    lay(&mut rule.min_confidence, *min_confidence, source, key("min-confidence"));
                    lay(&mut rule.notes, *notes, source, key("notes"));
                }
            }
        }
    }

    /// Rules that are asked for are neither ignored nor off.
    pub(super) fn forget(&mut self, names: &[Name]) {
        self.ignore.retain(|name| !names.contains(&name.value));
        for name in names {
            if let Some(rule) = self.rules.get_mut(name) {
                rule.level.take_if(|level| level.value == LevelWord::Off);
            }
        }
    }
}

fn lay<T>(
    slot: &mut Option<Stated<T>>,
    value: Option<T>,
    source: &std::sync::Arc<super::trouble::Source>,
    at: super::trouble::Place,
) {
    if let Some(value) = value {
        *slot = Some(Stated { value, source: source.clone(), at });
    }
}

/// What to say of a name that is taken and should not stay: a former one, or that of a rule on its
/// way out.
pub fn aging(name: &str, rule: &Rule) -> Option<String> {
    if *rule.id != *name.trim() {
        return Some(format!("rule `{}` is now `{}`", name.trim(), rule.id));
    }
    let is_leaving = rule.status == Status::Deprecated;
    is_leaving
        .then(|| format!("rule `{}` is deprecated; `toctou-lint explain {}` says why", rule.id, rule.id))
}

/// The id of a rule; a former name is taken, and told.
fn known(
    name: &str,
    layer: &Layer,
    at: super::trouble::Place,
    book: &Book,
    troubles: &mut Vec<Trouble>,
) -> Option<Name> {
    match find_rule(name, book) {
        Ok(rule) => {
            if let Some(message) = aging(name, rule) {
                troubles.push(Trouble::warning(&layer.source, at, message));
            }
            Some(rule.id.clone())
        }
        Err(message) => {
            let help = "`toctou-lint rules` lists them";
            troubles.push(Trouble::error(&layer.source, at, message).with_help(help));
            None
        }
    }
}

/// A rule by its name or a former one.
pub fn find_rule<'a>(name: &str, book: &'a Book) -> Result<&'a Rule, String> {
    let name = name.trim();
    let is_it = |rule: &&Rule| *rule.id == *name || rule.former.iter().any(|former| **former == *name);
    book.rules
        .iter()
        .find(is_it)
        .ok_or_else(|| spell::unknown("rule", name, book.rules.iter().map(|rule| rule.id.as_str())))
}
