//! Credentials by their form: tokens with a published beginning, PEM keys, web tokens, password hashes, userinfo in URLs.
//!
//! One pass over the text finds every beginning; what follows is checked by hand, in time that grows with its length.

use std::ops::Range;

use super::beginnings::Beginnings;
use super::look::{Look, look};
use super::placeholder::is_drawn;
use super::{Kind, Suspect, Tier, Verdict};

/// The characters that a token is made of.
#[derive(Clone, Copy, Debug)]
enum Letters {
    /// `A-Z`, `0-9`.
    Upper,
    /// `0-9`, `a-f`.
    Hex,
    /// `A-Z`, `a-z`, `0-9`.
    Alnum,
    /// And `_`, `-`.
    Url,
    /// And `.`.
    Dotted,
    /// And `+`, `/`, `=`.
    Base64,
}

impl Letters {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Url => byte.is_ascii_alphanumeric() || b"_-".contains(&byte),
            Self::Dotted => byte.is_ascii_alphanumeric() || b"_-.".contains(&byte),
            Self::Base64 => byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte),
        }
    }
}

/// Beginning, what it is, letters behind it, how many at least and at most.
type Form = (&'static str, &'static str, Letters, usize, usize);

/// Tokens as their issuers document them; beginnings that are too short to be no accident are left out.
const FORMS: &[Form] = &[
    ("AKIA", "an AWS access key", Letters::Upper, 16, 16),
    ("ASIA", "an AWS access key", Letters::Upper, 16, 16),
    ("ghp_", "a GitHub token", Letters::Alnum, 36, 251),
    ("gho_", "a GitHub token", Letters::Alnum, 36, 251),
    ("ghu_", "a GitHub token", Letters::Alnum, 36, 251),
    ("ghs_", "a GitHub token", Letters::Alnum, 36, 251),
    ("ghr_", "a GitHub token", Letters::Alnum, 36, 251),
    ("github_pat_", "a GitHub token", Letters::Url, 50, 251),
    ("glpat-", "a GitLab token", Letters::Dotted, 20, 300),
    ("gldt-", "a GitLab token", Letters::Url, 20, 64),
    ("glrt-", "a GitLab runner token", Letters::Dotted, 20, 300),
    ("glptt-", "a GitLab trigger token", Letters::Url, 40, 64),
    ("glsoat-", "a GitLab token", Letters::Url, 20, 64),
    ("glagent-", "a GitLab agent token", Letters::Url, 40, 64),
    ("gloas-", "a GitLab application secret", Letters::Url, 60, 70),
    ("xoxb-", "a Slack token", Letters::Url, 20, 300),
    ("xoxp-", "a Slack token", Letters::Url, 20, 300),
    ("xoxa-", "a Slack token", Letters::Url, 20, 300),
    ("xoxr-", "a Slack token", Letters::Url, 20, 300),
    ("xoxs-", "a Slack token", Letters::Url, 20, 300),
    ("xapp-", "a Slack token", Letters::Url, 40, 300),
    ("hooks.slack.com/services/T", "a Slack webhook", Letters::Base64, 30, 100),
    ("discord.com/api/webhooks/", "a Discord webhook", Letters::Base64, 60, 120),
    ("sk_live_", "a Stripe key", Letters::Alnum, 16, 250),
    ("sk_test_", "a Stripe key", Letters::Alnum, 16, 250),
    ("rk_live_", "a Stripe key", Letters::Alnum, 16, 250),
    ("whsec_", "a Stripe webhook secret", Letters::Base64, 24, 100),
    ("AIza", "a Google API key", Letters::Url, 35, 35),
    ("GOCSPX-", "a Google client secret", Letters::Url, 28, 28),
    ("ya29.", "a Google access token", Letters::Dotted, 40, 2_000),
    ("npm_", "an npm token", Letters::Alnum, 36, 36),
    ("pypi-AgEIcHlwaS5vcmc", "a PyPI token", Letters::Url, 50, 300),
    ("rubygems_", "a RubyGems key", Letters::Hex, 48, 48),
    ("dckr_pat_", "a Docker Hub token", Letters::Url, 27, 27),
    ("dckr_oat_", "a Docker Hub token", Letters::Url, 27, 40),
    ("dop_v1_", "a DigitalOcean token", Letters::Hex, 64, 64),
    ("doo_v1_", "a DigitalOcean token", Letters::Hex, 64, 64),
    ("SG.", "a SendGrid key", Letters::Dotted, 66, 66),
    ("sk-ant-", "an Anthropic key", Letters::Url, 80, 200),
    ("sk-proj-", "an OpenAI key", Letters::Url, 40, 200),
    ("sk-svcacct-", "an OpenAI key", Letters::Url, 40, 200),
    ("hf_", "a Hugging Face token", Letters::Alnum, 34, 40),
    ("dapi", "a Databricks token", Letters::Hex, 32, 32),
    ("shpat_", "a Shopify token", Letters::Hex, 32, 32),
    ("shpss_", "a Shopify secret", Letters::Hex, 32, 32),
    ("glsa_", "a Grafana token", Letters::Url, 41, 41),
    ("glc_", "a Grafana Cloud token", Letters::Base64, 32, 400),
    ("hvs.", "a Vault token", Letters::Url, 24, 300),
    ("hvb.", "a Vault token", Letters::Url, 24, 300),
    ("hvr.", "a Vault token", Letters::Url, 24, 300),
    ("NRAK-", "a New Relic key", Letters::Upper, 27, 27),
    ("pscale_tkn_", "a PlanetScale token", Letters::Dotted, 32, 64),
    ("pscale_pw_", "a PlanetScale password", Letters::Dotted, 32, 64),
    ("lin_api_", "a Linear key", Letters::Alnum, 40, 40),
    ("ATATT3", "an Atlassian token", Letters::Base64, 150, 250),
    ("AGE-SECRET-KEY-1", "an age key", Letters::Upper, 58, 58),
    ("dt0c01.", "a Dynatrace token", Letters::Dotted, 89, 89),
    ("tskey-", "a Tailscale key", Letters::Url, 20, 80),
    ("dp.pt.", "a Doppler token", Letters::Alnum, 40, 44),
    ("dp.st.", "a Doppler token", Letters::Dotted, 40, 70),
    ("pul-", "a Pulumi token", Letters::Hex, 40, 40),
    ("PMAK-", "a Postman key", Letters::Url, 59, 59),
    ("sntrys_", "a Sentry token", Letters::Base64, 80, 400),
    ("sntryu_", "a Sentry token", Letters::Hex, 64, 64),
    ("figd_", "a Figma token", Letters::Url, 40, 50),
    ("ops_eyJ", "a 1Password token", Letters::Base64, 200, 2_000),
    ("CCIPAT_", "a CircleCI token", Letters::Url, 60, 70),
    ("ATCTT3", "an Atlassian token", Letters::Base64, 150, 250),
    ("tfp_", "a Typeform token", Letters::Url, 44, 64),
    ("nvapi-", "an NVIDIA key", Letters::Url, 64, 64),
    ("gsk_", "a Groq key", Letters::Alnum, 52, 52),
    ("xai-", "an xAI key", Letters::Alnum, 80, 80),
    ("ABIA", "an AWS access key", Letters::Upper, 16, 16),
    ("LTAI", "an Alibaba Cloud access key", Letters::Alnum, 12, 24),
    ("glcbt-", "a GitLab job token", Letters::Dotted, 20, 300),
    ("glimt-", "a GitLab mail token", Letters::Url, 20, 64),
    ("glft-", "a GitLab feed token", Letters::Url, 20, 64),
    ("GR1348941", "a GitLab runner token", Letters::Url, 20, 64),
    ("xoxe.", "a Slack token", Letters::Dotted, 40, 300),
    ("xoxe-", "a Slack token", Letters::Url, 40, 300),
    ("xoxd-", "a Slack cookie", Letters::Base64, 40, 300),
    ("rk_test_", "a Stripe key", Letters::Alnum, 16, 250),
    ("sq0atp-", "a Square token", Letters::Url, 22, 60),
    ("sq0csp-", "a Square secret", Letters::Url, 43, 60),
    ("shpca_", "a Shopify token", Letters::Hex, 32, 32),
    ("shppa_", "a Shopify token", Letters::Hex, 32, 32),
    ("dor_v1_", "a DigitalOcean token", Letters::Hex, 64, 64),
    ("xkeysib-", "a Brevo key", Letters::Url, 64, 100),
    ("dt0s16.", "a Dynatrace client secret", Letters::Dotted, 80, 100),
    ("dp.sa.", "a Doppler token", Letters::Alnum, 40, 44),
    ("squ_", "a SonarQube token", Letters::Hex, 40, 40),
    ("sqp_", "a SonarQube token", Letters::Hex, 40, 40),
    ("sqa_", "a SonarQube token", Letters::Hex, 40, 40),
    ("AKCp", "an Artifactory key", Letters::Alnum, 60, 80),
    ("cmVmdGtu", "an Artifactory token", Letters::Alnum, 50, 60),
    ("HRKU-", "a Heroku key", Letters::Url, 36, 70),
    ("sbp_", "a Supabase token", Letters::Hex, 40, 40),
    ("pscale_oauth_", "a PlanetScale token", Letters::Dotted, 32, 64),
    ("ntn_", "a Notion token", Letters::Alnum, 40, 60),
    ("nfp_", "a Netlify token", Letters::Alnum, 36, 40),
    ("r8_", "a Replicate token", Letters::Alnum, 37, 40),
    ("sgp_", "a Sourcegraph token", Letters::Url, 40, 80),
    ("CCIPRJ_", "a CircleCI token", Letters::Url, 60, 80),
    ("bkua_", "a Buildkite token", Letters::Hex, 40, 40),
    ("NRJS-", "a New Relic key", Letters::Hex, 19, 19),
    ("EAACEdEose0cBA", "a Facebook token", Letters::Alnum, 20, 300),
    ("amzn.mws.", "an Amazon MWS token", Letters::Url, 36, 36),
    ("K10", "a K3s token", Letters::Hex, 64, 64),
];

/// Looks closer at the text from an offset on.
type Reader = fn(&str, usize) -> Option<Suspect>;

/// What else begins a credential, behind the forms.
const BEGINNINGS: [(&str, Reader); 36] = [
    ("-----BEGIN ", pem),
    ("eyJ", jwt),
    ("://", userinfo),
    ("$2a$", hash),
    ("$2b$", hash),
    ("$2y$", hash),
    ("$apr1$", hash),
    ("$1$", hash),
    ("$5$", hash),
    ("$6$", hash),
    ("$y$", hash),
    ("$argon2", hash),
    ("{SSHA}", hash),
    ("{SHA}", hash),
    ("pbkdf2_sha256$", hash),
    ("pbkdf2:sha", hash),
    ("scrypt:", hash),
    ("$scrypt$", hash),
    ("$pbkdf2-", hash),
    ("$7$", hash),
    ("$P$", hash),
    ("SCRAM-SHA-256$", hash),
    ("{SSHA256}", hash),
    ("{SSHA512}", hash),
    ("{PBKDF2-", hash),
    ("PuTTY-User-Key-File-", putty),
    ("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY", putty),
    ("Bearer ", header),
    ("bearer ", header),
    ("Basic ", header),
    ("basic ", header),
    ("Token ", header),
    ("token ", header),
    ("ApiKey ", header),
    ("GenieKey ", header),
    ("Splunk ", header),
];

/// Those of the forms, then the others.
static FINDER: Beginnings<{ FORMS.len() + BEGINNINGS.len() }> = {
    let mut texts = [""; FORMS.len() + BEGINNINGS.len()];
    let mut at = 0;
    while at < texts.len() {
        texts[at] = if at < FORMS.len() { FORMS[at].0 } else { BEGINNINGS[at - FORMS.len()].0 };
        at += 1;
    }
    Beginnings::new(texts)
};

/// Every credential that a text holds by its form, and what it holds in base64.
#[must_use]
pub(super) fn find(text: &str) -> Vec<Suspect> {
    let found = tokens(text);
    if !found.is_empty() {
        return found;
    }
    let Some(decoded) = decoded(text) else { return found };
    let inner = tokens(&decoded);
    let whole = |suspect: Suspect| Suspect { at: 0..text.len(), ..suspect };
    inner.into_iter().next().map(whole).into_iter().collect()
}

/// The credentials that a text of any length holds by their form, in order.
#[must_use]
pub fn tokens(text: &str) -> Vec<Suspect> {
    let mut found: Vec<Suspect> = Vec::new();
    for (at, number) in FINDER.find(text) {
        if found.last().is_some_and(|last| last.at.end > at) {
            continue;
        }
        let suspect = match FORMS.get(number) {
            Some(form) => token(form, text, at),
            None => BEGINNINGS.get(number - FORMS.len()).and_then(|(_, check)| check(text, at)),
        };
        found.extend(suspect);
    }
    found
}

/// The text behind base64, when it is one that people write.
#[must_use]
pub(super) fn decoded(text: &str) -> Option<String> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    if text.len() < 16 || !text.bytes().all(|byte| is_base64(byte) || byte == b'\n') {
        return None;
    }
    let joined: String = text.split('\n').collect();
    let bytes = STANDARD.decode(&joined).or_else(|_| STANDARD_NO_PAD.decode(&joined)).ok()?;
    let decoded = String::from_utf8(bytes).ok()?;
    decoded.chars().all(|c| !c.is_control() || c.is_whitespace()).then_some(decoded)
}

fn suspect(kind: Kind, verdict: Verdict, at: Range<usize>) -> Suspect {
    Suspect { kind, tier: Tier::Shape, verdict, at }
}

/// Whether a word ends before `at`.
fn is_start(text: &str, at: usize) -> bool {
    text.as_bytes().get(..at).and_then(<[u8]>::last).is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
}

/// How many bytes from `at` on pass a test.
fn run(text: &str, at: usize, test: impl Fn(u8) -> bool) -> usize {
    text.as_bytes().get(at..).map_or(0, |rest| rest.iter().take_while(|byte| test(**byte)).count())
}

fn token((beginning, kind, letters, least, most): &Form, text: &str, at: usize) -> Option<Suspect> {
    let from = at + beginning.len();
    let behind = run(text, from, |byte| letters.has(byte));
    let end = from + behind;
    let body = text.get(from..end)?;
    // A sentence may end behind a token.
    let body = body.trim_end_matches('.');
    let webhook = beginning.contains('/');
    if !(webhook || is_start(text, at)) || !(*least..=*most).contains(&body.len()) || !is_mixed(body) {
        return None;
    }
    let verdict = if is_drawn(body) { Verdict::Placeholder } else { Verdict::Secret };
    Some(suspect(Kind::Known(kind), verdict, at..from + body.len()))
}

/// Whether there is more in it than words: both letters and digits, or both cases.
fn is_mixed(body: &str) -> bool {
    let has = |of: fn(&u8) -> bool| body.bytes().any(|byte| of(&byte));
    let cases = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    is_drawn(body) || cases || has(u8::is_ascii_digit) || body.len() == 16 && has(u8::is_ascii_uppercase)
}

/// A private key in PEM: `-----BEGIN EC PRIVATE KEY-----`, and a body.
fn pem(text: &str, at: usize) -> Option<Suspect> {
    const LABEL: usize = 64;
    let rest = text.get(at + "-----BEGIN ".len()..)?;
    let label = rest.get(..rest.find("-----").filter(|end| *end < LABEL)?)?;
    if !(label.ends_with("PRIVATE KEY") || label.ends_with("PRIVATE KEY BLOCK")) {
        return None;
    }
    let body = rest.get(label.len() + 5..)?;
    let body = body.get(..body.find("-----END").unwrap_or(body.len()))?;
    let end = at + "-----BEGIN ".len() + label.len() + 5 + body.len();
    if body.contains("{{") {
        return None;
    }
    let letters = body.bytes().filter(u8::is_ascii_alphanumeric).count();
    if letters >= 40 && !is_drawn(body) {
        return Some(suspect(Kind::PrivateKey, Verdict::Secret, at..end));
    }
    let left_out = is_drawn(body) || body.contains('<') || body.contains("...");
    left_out.then(|| suspect(Kind::PrivateKey, Verdict::Placeholder, at..end))
}

/// A private key in the form of PuTTY or of SSH2, with a body.
fn putty(text: &str, at: usize) -> Option<Suspect> {
    let rest = text.get(at..)?;
    let body = rest.lines().skip(1).filter(|line| !line.contains(':') && line.len() >= 40).count();
    let drawn = is_drawn(rest) || rest.contains("{{");
    (body > 0 && !drawn).then(|| suspect(Kind::PrivateKey, Verdict::Secret, at..text.len()))
}

/// Three parts in base64url, the first one a header that names an algorithm.
fn jwt(text: &str, at: usize) -> Option<Suspect> {
    use base64::Engine as _;
    if !is_start(text, at) {
        return None;
    }
    let part = |from: usize| run(text, from, |byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let dot = |at: usize| text.as_bytes().get(at) == Some(&b'.');
    let header = at + part(at);
    let payload = header + 1 + part(header + 1);
    let signature = payload + 1 + part(payload + 1);
    if !(dot(header) && dot(payload)) || payload - header < 8 || signature - payload < 8 {
        return None;
    }
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text.get(at..header)?).ok()?;
    let header = String::from_utf8(header).ok()?;
    let verdict = if is_drawn(text.get(at..signature)?) { Verdict::Placeholder } else { Verdict::Secret };
    header.contains("\"alg\"").then(|| suspect(Kind::Jwt, verdict, at..signature))
}

/// `scheme://user:password@host`.
fn userinfo(text: &str, at: usize) -> Option<Suspect> {
    const LONGEST: usize = 1_000;
    let from = at + "://".len();
    let ends = |byte: u8| byte.is_ascii_whitespace() || b"/?#\"'`<>\\,|".contains(&byte) || byte < b' ';
    let length = run(text, from, |byte| !ends(byte)).min(LONGEST);
    let authority = text.get(from..from + length)?;
    let info = authority.get(..authority.rfind('@')?)?;
    let (user, password) = info.split_once(':')?;
    let start = from + user.len() + 1;
    let end = start + password.len();
    // The colon of `${PASSWORD:-}` parts nothing.
    if user.matches('{').count() > user.matches('}').count() {
        return None;
    }
    if password.is_empty() || !text.get(..at)?.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let says = ["password", "pass", "passwd", "pwd", "secret", "token", "pw", "key"]
        .contains(&&*password.to_ascii_lowercase());
    let somebody = ["user", "username", "login", "usr", "name", "admin", "foo"].contains(&&*user.to_ascii_lowercase());
    let variable = password.contains(['$', '{', '[', '%']) && !password.contains(|c: char| c.is_ascii_digit());
    let verdict = match look(password) {
        Look::Placeholder => Verdict::Placeholder,
        _ if says && somebody => Verdict::Placeholder,
        Look::Reference | Look::Nothing | Look::Text => return None,
        _ if variable => return None,
        _ => Verdict::Secret,
    };
    Some(suspect(Kind::UrlPassword, verdict, start..end))
}

/// A password hash of crypt(3), Apache, LDAP or argon2.
fn hash(text: &str, at: usize) -> Option<Suspect> {
    let rest = text.get(at..)?;
    // Where the name of the hash stands first, colons part its numbers; else one ends it.
    let colons = !rest.starts_with(['$', '{']);
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"$./+={},-_".contains(&byte) || colons && byte == b':';
    let length = run(text, at, is_part).min(300);
    let whole = rest.get(..length)?;
    let digest = whole.rsplit(['$', '}']).next()?;
    let salted = |least: usize, most: usize| {
        let digest = digest.trim_end_matches(['.', ',']);
        (least..=most).contains(&digest.len())
            && digest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./+=".contains(&byte))
    };
    let fits = match whole.split(['$', '}']).find(|part| !part.is_empty())? {
        "2a" | "2b" | "2y" => salted(53, 53),
        "apr1" | "1" => salted(20, 22) && whole.matches('$').count() == 3,
        "5" => salted(43, 43),
        "6" => salted(86, 86),
        "y" => salted(43, 43),
        "{SHA" => salted(27, 28),
        "{SSHA" => salted(32, 60),
        "{SSHA256" => salted(44, 80),
        "{SSHA512" => salted(88, 140),
        "P" => salted(31, 31),
        _ => digest.len() >= 22,
    };
    let verdict = if is_drawn(digest) { Verdict::Placeholder } else { Verdict::Secret };
    fits.then(|| suspect(Kind::PasswordHash, verdict, at..at + length))
}

/// `Bearer …` with something that is no word behind it, `Basic …` with a name and a password behind base64.
fn header(text: &str, at: usize) -> Option<Suspect> {
    let from = at + text.get(at..)?.find(' ')? + 1;
    let length = run(text, from, |byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)).min(2_000);
    let token = text.get(from..from + length)?;
    let fits = if text.get(at..from)?.eq_ignore_ascii_case("basic ") {
        decoded_pair(token).is_some()
    } else {
        token.len() >= 16 && look(token) == Look::Random
    };
    (fits && is_start(text, at)).then(|| suspect(Kind::Header, Verdict::Secret, from..from + length))
}

/// The name and the password behind base64 of `name:password`.
#[must_use]
pub(super) fn decoded_pair(text: &str) -> Option<(String, String)> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
    let decoded = String::from_utf8(bytes).ok()?;
    let (name, password) = decoded.split_once(':')?;
    let fits = text.len() >= 8 && decoded.chars().all(|c| !c.is_control()) && !name.is_empty() && !password.is_empty();
    fits.then(|| (name.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, Verdict)> {
        find(text).into_iter().map(|suspect| (suspect.kind, suspect.verdict)).collect()
    }

    /// Tokens are put together here, so that no scanner takes this file for a leak.
    fn made(beginning: &str, body: &str) -> String {
        format!("{beginning}{body}")
    }

    const ALNUM: &str = "q8Kf2LmZx0Vt7RwYb3Nc9Hd1AbC1dEf2GhI3";

    #[test]
    fn every_form_is_found_alone_and_not_inside_a_word() {
        for form in FORMS {
            let (beginning, kind, letters, least, _) = *form;
            let body: String =
                ALNUM.repeat(6).chars().filter(|c| letters.has(u8::try_from(*c).unwrap())).take(least).collect();
            let body = if body.len() < least { "0a1b2c3d".repeat(40)[..least].to_owned() } else { body };
            let text = made(beginning, &body);
            let found = tokens(&text);
            assert_eq!(found.len(), 1, "{kind}: {text}");
            assert_eq!((found[0].kind, found[0].verdict), (Kind::Known(kind), Verdict::Secret), "{text}");
            assert_eq!(found[0].at, 0..text.len());
            assert_eq!(tokens(&format!("see {text} there")).len(), 1, "{text}");
            if !beginning.contains('/') {
                assert_eq!(tokens(&format!("x{text}")), [], "{text}");
            }
            assert_eq!(tokens(&made(beginning, &body[..least - 1])), [], "too short: {text}");
        }
    }

    #[test]
    fn drawn_tokens_are_placeholders() {
        let text = made("ghp_", &"x".repeat(36));
        assert_eq!(kinds(&text), [(Kind::Known("a GitHub token"), Verdict::Placeholder)]);
    }

    #[test]
    fn keys_and_web_tokens() {
        let body = "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfnygf2LmZx0Vt7R\n".repeat(3);
        let key = format!("-----BEGIN RSA PRIVATE KEY-----\n{body}-----END RSA PRIVATE KEY-----\n");
        assert_eq!(kinds(&key), [(Kind::PrivateKey, Verdict::Secret)]);
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(&key);
        assert_eq!(kinds(&encoded), [(Kind::PrivateKey, Verdict::Secret)]);
        assert_eq!(kinds(&key.replace("PRIVATE", "PUBLIC")), []);
        assert_eq!(
            kinds("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----"),
            [(Kind::PrivateKey, Verdict::Placeholder)]
        );
        assert_eq!(kinds("-----BEGIN PRIVATE KEY-----\n{{ .Values.key }}\n-----END PRIVATE KEY-----"), []);
        let jwt = made("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", ".eyJzdWIiOiJhIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ");
        assert_eq!(kinds(&jwt), [(Kind::Jwt, Verdict::Secret)]);
        assert_eq!(kinds("eyJzdWIiOiJhIn0.eyJzdWIiOiJhIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"), []);
    }

    #[test]
    fn passwords_in_urls() {
        let secret = [(Kind::UrlPassword, Verdict::Secret)];
        let placeholder = [(Kind::UrlPassword, Verdict::Placeholder)];
        let cases: &[(&str, &[(Kind, Verdict)])] = &[
            ("postgres://app:EXAMPLE-af74c49c72@db:5432/app", &secret),
            ("redis://:hunter2@redis:6379/0", &secret),
            ("amqp://guest:guest@rabbitmq", &secret),
            ("see https://u:p4ss@host and more", &secret),
            ("http://user:password@host", &placeholder),
            ("http://app:<password>@host", &[]),
            ("postgres://app:changeme@db", &placeholder),
            ("postgres://app:{{ .Values.password }}@db", &[]),
            ("postgres://app:$(PASSWORD)@db", &[]),
            ("postgres://app:${PASSWORD}@db", &[]),
            ("postgres://app:%s@db", &[]),
            ("redis://${REDIS_PASSWORD:-}@redis", &[]),
            ("redis://${REDIS_USER}:hunter2@redis", &secret),
            ("https://git@github.com/a/b", &[]),
            ("http://localhost:9093", &[]),
            ("https://abcdef0123@sentry.io/1", &[]),
            ("registry:5000/app@sha256:00", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(kinds(text), *expected, "{text}");
        }
        let found = find("redis://:hunter2@redis");
        assert_eq!(found[0].at, 9..16);
    }

    #[test]
    fn password_hashes_and_headers() {
        let bcrypt = made("$2y$", "10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy");
        let scram = "SCRAM-SHA-256$4096:c2FsdHNhbHQ=$Zm9vYmFyYmF6cXV4cXV1eGZvb2Jhcg==:Zm9vYmFyYmF6cXV4cXV1eGZvb2Jhcg==";
        for text in [
            scram,
            "pbkdf2:sha256:260000$c2FsdHNhbHQ$0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d",
            bcrypt.as_str(),
            "admin:$apr1$EXAMPLE5$e231fc6bf906d03a52350a",
            "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
            "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$Zm9vYmFyYmF6cXV4cXV1eGZvb2Jhcg",
        ] {
            assert_eq!(kinds(text), [(Kind::PasswordHash, Verdict::Secret)], "{text}");
        }
        assert_eq!(kinds("costs $1$ or $5$ each"), []);
        assert_eq!(kinds("Bearer EXAMPLEe231fc6bf906d03a52350a11732d9f08"), [(Kind::Header, Verdict::Secret)]);
        assert_eq!(kinds("Basic YWRtaW46aHVudGVyMg=="), [(Kind::Header, Verdict::Secret)]);
        assert_eq!(kinds("Authorization: Token e231fc6bf906d03a52350a11"), [(Kind::Header, Verdict::Secret)]);
        assert_eq!(kinds("a scrypt:32768 cost, token budget"), []);
        for text in
            ["Bearer token authentication", "Bearer {{ .Values.token }}", "Basic authentication", "bearer my-token"]
        {
            assert_eq!(kinds(text), [], "{text}");
        }
    }
}
