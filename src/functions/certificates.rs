//! Sprig's keys and certificates, laid out as Go's `crypto/x509` lays them out.

use std::net::IpAddr;
use std::rc::Rc;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use super::der::{self, Reader};
use super::encoding::decode64;
use super::keys::PrivateKey;
use super::print::{printed, quote_go};
use super::{Outcome, fixed};
use crate::origin::Mark;
use crate::template::Type::{Certificate, Int, List, String as Str};
use crate::template::{Call, CallError, Function};
use crate::text::Text;
use crate::value::{Native, Struct, Value};

pub(super) const TABLE: &[Function] = &[
    fixed("buildCustomCert", &[Str, Str], build_custom_cert),
    fixed("genCA", &[Str, Int], gen_ca),
    fixed("genCAWithKey", &[Str, Int, Str], gen_ca),
    fixed("genPrivateKey", &[Str], gen_private_key),
    fixed("genSelfSignedCert", &[Str, List, List, Int], gen_self_signed_cert),
    fixed("genSelfSignedCertWithKey", &[Str, List, List, Int, Str], gen_self_signed_cert),
    fixed("genSignedCert", &[Str, List, List, Int, Certificate], gen_signed_cert),
    fixed("genSignedCertWithKey", &[Str, List, List, Int, Certificate, Str], gen_signed_cert),
];

/// Extensions of certificates: the last byte of their OIDs `2.5.29.x`.
const SUBJECT_KEY_ID: u8 = 14;
const KEY_USAGE: u8 = 15;
const ALTERNATIVE_NAMES: u8 = 17;
const BASIC_CONSTRAINTS: u8 = 19;
const AUTHORITY_KEY_ID: u8 = 35;
const EXTENDED_KEY_USAGE: u8 = 37;

/// A certificate and its key out of base64.
fn build_custom_cert(call: &mut Call<'_>) -> Outcome {
    let certificate = decode64(call.bytes(0)).map_err(|_| "unable to decode base64 certificate")?;
    let key = decode64(call.bytes(1)).map_err(|_| "unable to decode base64 private key")?;
    let (_, der) = der::decode_pem(&certificate).ok_or("unable to decode certificate")?;
    Signer::read(&der).ok_or("error parsing certificate: decodedCert.Bytes: x509: malformed certificate")?;
    PrivateKey::from_pem(&key).map_err(|error| format!("error parsing private key: {error}"))?;
    Ok(pair(Value::str(certificate), Value::str(key)))
}

/// A certificate authority; with a key as third argument for that key.
fn gen_ca(call: &mut Call<'_>) -> Outcome {
    let key = key(call, 2)?;
    let request = Request {
        name: call.bytes(0).to_vec(),
        addresses: Vec::new(),
        hosts: Vec::new(),
        days: call.int(1),
        authority: true,
    };
    request.issue(call, &key, None)
}

/// A private key: `rsa` (also for an empty kind), `dsa`, `ecdsa` or `ed25519`.
fn gen_private_key(call: &mut Call<'_>) -> Outcome {
    let environment = call.environment();
    let key = match call.bytes(0) {
        b"" | b"rsa" => PrivateKey::rsa(environment, 4_096)?,
        b"dsa" => PrivateKey::dsa(environment)?,
        b"ecdsa" => PrivateKey::ecdsa(environment)?,
        b"ed25519" => PrivateKey::ed25519(environment)?,
        other => return Ok(Value::str([b"Unknown type ", other].concat())),
    };
    Ok(Value::str(key.to_pem()?))
}

/// A certificate signed with its own key; with a key as fifth argument for that key.
fn gen_self_signed_cert(call: &mut Call<'_>) -> Outcome {
    let key = key(call, 4)?;
    Request::of(call)?.issue(call, &key, None)
}

/// A certificate signed by an authority; with a key as sixth argument for that key.
fn gen_signed_cert(call: &mut Call<'_>) -> Outcome {
    let key = key(call, 5)?;
    let field = |name: &str| match call.arg(4) {
        Value::Struct(_, of) => {
            of.fields.iter().find(|(other, _)| *other == name).and_then(|(_, value)| value.as_text().cloned())
        }
        _ => None,
    };
    let (certificate, signer_key) = (field("Cert").unwrap_or_default(), field("Key").unwrap_or_default());
    let (_, der) = der::decode_pem(certificate.as_bytes()).ok_or("unable to decode certificate")?;
    let signer =
        Signer::read(&der).ok_or("error parsing certificate: decodedSignerCert.Bytes: x509: malformed certificate")?;
    let signer_key =
        PrivateKey::from_pem(signer_key.as_bytes()).map_err(|error| format!("error parsing private key: {error}"))?;
    Request::of(call)?.issue(call, &key, Some((&signer, &signer_key)))
}

/// The key given as an argument, or a new one.
fn key(call: &Call<'_>, index: usize) -> Result<PrivateKey, CallError> {
    if call.args.len() <= index {
        return PrivateKey::rsa(call.environment(), 2_048);
    }
    call.environment().count_crypto_call()?;
    Ok(PrivateKey::from_pem(call.bytes(index)).map_err(|error| format!("parsing private key: {error}"))?)
}

fn pair(certificate: Value, key: Value) -> Value {
    let fields = vec![("Cert", certificate), ("Key", key)];
    let of = Struct { type_name: "sprig.certificate", fields, printed: None, native: Native::None };
    Value::Struct(Mark::NONE, Rc::new(of))
}

/// What the signer's certificate says.
struct Signer<'a> {
    subject: &'a [u8],
    public_key: &'a [u8],
    key_id: Option<&'a [u8]>,
}

impl<'a> Signer<'a> {
    fn read(der: &'a [u8]) -> Option<Self> {
        let mut fields = Reader(der).enter(der::SEQUENCE)?.enter(der::SEQUENCE)?;
        fields.optional(0xA0);
        fields.next(der::INTEGER)?;
        fields.next(der::SEQUENCE)?;
        fields.next(der::SEQUENCE)?;
        fields.next(der::SEQUENCE)?;
        let (_, subject) = fields.next(der::SEQUENCE)?;
        let (_, public_key) = fields.next(der::SEQUENCE)?;
        fields.optional(0x81);
        fields.optional(0x82);
        let mut key_id = None;
        if let Some(mut extensions) = fields.enter(0xA3).and_then(|mut outer| outer.enter(der::SEQUENCE)) {
            while let Some(mut extension) = extensions.enter(der::SEQUENCE) {
                let oid = extension.optional(der::OID)?;
                extension.optional(0x01);
                if oid == [0x55, 0x1D, SUBJECT_KEY_ID] {
                    key_id = extension.enter(der::OCTET_STRING)?.optional(der::OCTET_STRING);
                }
            }
        }
        Some(Self { subject, public_key, key_id })
    }
}

/// An item that must be a string.
fn text_of<'a>(call: &Call<'_>, value: &'a Value, what: &str) -> Result<&'a Text, CallError> {
    match value.as_text() {
        Some(text) => Ok(text),
        None => Err(format!("{what}: {} is not a string", String::from_utf8_lossy(&printed(call, value)?)).into()),
    }
}

/// What a certificate is to say.
struct Request {
    name: Vec<u8>,
    addresses: Vec<IpAddr>,
    hosts: Vec<Vec<u8>>,
    days: i64,
    authority: bool,
}

impl Request {
    /// The arguments name, addresses, host names, days.
    fn of(call: &Call<'_>) -> Result<Self, CallError> {
        let mut addresses = Vec::new();
        for value in call.list(1).items() {
            let text = text_of(call, value, "error parsing ip")?;
            let address = text.to_str().parse().map_err(|_| format!("error parsing ip: {}", text.to_str()))?;
            addresses.push(address);
        }
        let mut hosts = Vec::new();
        for value in call.list(2).items() {
            let text = text_of(call, value, "error processing alternate dns name")?;
            hosts.push(text.as_bytes().to_vec());
        }
        Ok(Self { name: call.bytes(0).to_vec(), addresses, hosts, days: call.int(3), authority: false })
    }

    /// The certificate in PEM, with its key.
    fn issue(&self, call: &Call<'_>, key: &PrivateKey, signer: Option<(&Signer<'_>, &PrivateKey)>) -> Outcome {
        let certificate =
            self.signed(call, key, signer).map_err(|error| format!("error creating certificate: {error}"))?;
        Ok(pair(Value::str(der::pem("CERTIFICATE", &certificate)), Value::str(key.to_pem()?)))
    }

    fn signed(
        &self,
        call: &Call<'_>,
        key: &PrivateKey,
        signer: Option<(&Signer<'_>, &PrivateKey)>,
    ) -> Result<Vec<u8>, String> {
        let signing_key = signer.map_or(key, |(_, key)| key);
        let algorithm = signing_key
            .signature_algorithm()
            .ok_or("x509: certificate private key does not implement crypto.Signer")?;
        let (public, public_info) = key.public().ok_or("x509: unsupported public key type: *dsa.PublicKey")?;
        let subject = self.subject()?;
        let issuer = signer.map_or(subject.as_slice(), |(signer, _)| signer.subject);
        if let Some((signer, key)) = signer
            && key.public().is_none_or(|(_, info)| info != signer.public_key)
        {
            return Err("x509: provided PrivateKey doesn't match parent's PublicKey".to_owned());
        }
        let authority_id = signer.and_then(|(signer, _)| signer.key_id).filter(|_| issuer != subject);
        let extensions = self.extensions(&public, authority_id, subject == der::element(der::SEQUENCE, &[]))?;
        let mut serial = [0; 16];
        call.environment().fill_random(&mut serial);
        let body = der::constructed(
            der::SEQUENCE,
            &[
                &der::element(0xA0, &der::integer(&[2])),
                &der::integer(&serial),
                &algorithm,
                issuer,
                &self.validity(call)?,
                &subject,
                &public_info,
                &der::element(0xA3, &extensions),
            ],
        );
        let signature = der::bit_string(&signing_key.sign(&body)?);
        Ok(der::constructed(der::SEQUENCE, &[&body, &algorithm, &signature]))
    }

    fn subject(&self) -> Result<Vec<u8>, String> {
        if self.name.is_empty() {
            return Ok(der::element(der::SEQUENCE, &[]));
        }
        if std::str::from_utf8(&self.name).is_err() {
            return Err("asn1: string not valid UTF-8".to_owned());
        }
        let printable = |byte: &u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(byte);
        let tag = if self.name.iter().all(printable) { der::PRINTABLE_STRING } else { der::UTF8_STRING };
        let oid = der::element(der::OID, &[0x55, 4, 3]);
        let attribute = der::constructed(der::SEQUENCE, &[&oid, &der::element(tag, &self.name)]);
        Ok(der::element(der::SEQUENCE, &der::element(der::SET, &attribute)))
    }

    fn validity(&self, call: &Call<'_>) -> Result<Vec<u8>, String> {
        const DAY: i64 = 24 * super::duration::SECOND * 3_600;
        let start = call.environment().now.with_time_zone(TimeZone::UTC);
        let end = start
            .checked_add(SignedDuration::from_nanos(DAY.wrapping_mul(self.days)))
            .map_err(|_| "asn1: structure error: cannot represent time as GeneralizedTime")?;
        let times = [start, end].map(|time| {
            let (tag, year) = match time.year() {
                year @ 1950..2050 => (der::UTC_TIME, format!("{:02}", year % 100)),
                year => (der::GENERALIZED_TIME, format!("{year:04}")),
            };
            der::element(tag, format!("{year}{}", time.strftime("%m%d%H%M%SZ")).as_bytes())
        });
        Ok(der::element(der::SEQUENCE, &times.concat()))
    }

    fn extensions(&self, public: &[u8], authority_id: Option<&[u8]>, nameless: bool) -> Result<Vec<u8>, String> {
        // Digital signature and key encipherment; an authority signs certificates too.
        let usage: &[u8] = if self.authority { &[2, 0xA4] } else { &[5, 0xA0] };
        let mut all = vec![extension(KEY_USAGE, true, &der::element(der::BIT_STRING, usage))];
        // Server and client authentication.
        let purposes = [1, 2].map(|last| der::element(der::OID, &[0x2B, 6, 1, 5, 5, 7, 3, last]));
        all.push(extension(EXTENDED_KEY_USAGE, false, &der::element(der::SEQUENCE, &purposes.concat())));
        let constraints: &[u8] = if self.authority { &[0x01, 0x01, 0xFF] } else { &[] };
        all.push(extension(BASIC_CONSTRAINTS, true, &der::element(der::SEQUENCE, constraints)));
        if self.authority {
            let id = Sha256::digest(public);
            all.push(extension(SUBJECT_KEY_ID, false, &der::element(der::OCTET_STRING, &id[..20])));
        }
        if let Some(id) = authority_id {
            let id = der::element(der::SEQUENCE, &der::element(0x80, id));
            all.push(extension(AUTHORITY_KEY_ID, false, &id));
        }
        let names = self.alternative_names()?;
        if !names.is_empty() {
            all.push(extension(ALTERNATIVE_NAMES, nameless, &der::element(der::SEQUENCE, &names)));
        }
        Ok(der::element(der::SEQUENCE, &all.concat()))
    }

    fn alternative_names(&self) -> Result<Vec<u8>, String> {
        let mut names = Vec::new();
        for host in &self.hosts {
            if !host.is_ascii() {
                return Err(format!("x509: {} cannot be encoded as an IA5String", quote_go(host)));
            }
            names.extend(der::element(0x82, host));
        }
        for address in &self.addresses {
            names.extend(match address.to_canonical() {
                IpAddr::V4(address) => der::element(0x87, &address.octets()),
                IpAddr::V6(address) => der::element(0x87, &address.octets()),
            });
        }
        Ok(names)
    }
}

fn extension(last: u8, critical: bool, content: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { &[0x01, 0x01, 0xFF] } else { &[] };
    let oid = der::element(der::OID, &[0x55, 0x1D, last]);
    der::constructed(der::SEQUENCE, &[&oid, flag, &der::element(der::OCTET_STRING, content)])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call_in, exec, i, s, show, show_in};
    use super::*;
    use crate::limits::Limits;

    fn fields(value: &Value) -> (String, String) {
        let Value::Struct(_, of) = value else { panic!("{value:?}") };
        assert_eq!((of.type_name, of.fields[0].0, of.fields[1].0), ("sprig.certificate", "Cert", "Key"));
        let text = |index: usize| of.fields[index].1.as_text().unwrap().to_str().into_owned();
        (text(0), text(1))
    }

    fn strings(items: &[&str]) -> Value {
        Value::list(items.iter().map(|item| s(item)).collect())
    }

    #[test]
    fn an_authority_signs_certificates() {
        let mut exec = exec(Limits::default());
        let authority = call_in(&mut exec, "genCA", &[s("my ca"), i(365)]).unwrap();
        let names = [strings(&["10.0.0.1", "::1"]), strings(&["a.example", "*.b.example"])];
        let arguments = [s("*.example"), names[0].clone(), names[1].clone(), i(30), authority.clone()];
        let signed = call_in(&mut exec, "genSignedCert", &arguments).unwrap();
        let (certificate, key) = fields(&signed);
        assert!(
            key.starts_with("-----BEGIN RSA PRIVATE KEY-----\nMII") && key.ends_with("-----END RSA PRIVATE KEY-----\n")
        );
        let (_, authority_der) = der::decode_pem(fields(&authority).0.as_bytes()).unwrap();
        let (_, der) = der::decode_pem(certificate.as_bytes()).unwrap();
        let (read, signer) = (Signer::read(&der).unwrap(), Signer::read(&authority_der).unwrap());
        assert!(signer.key_id.is_some_and(|id| id.len() == 20) && read.key_id.is_none());
        let key = PrivateKey::from_pem(key.as_bytes()).unwrap();
        assert_eq!(read.public_key, key.public().unwrap().1);
        let mut outer = Reader(&der).enter(der::SEQUENCE).unwrap();
        let (_, body) = outer.next(der::SEQUENCE).unwrap();
        outer.next(der::SEQUENCE).unwrap();
        let signature = outer.optional(der::BIT_STRING).unwrap();
        let PrivateKey::Rsa(authority_key) = PrivateKey::from_pem(fields(&authority).1.as_bytes()).unwrap() else {
            panic!("no RSA key");
        };
        let verified = authority_key.to_public_key().verify(
            rsa::Pkcs1v15Sign::new::<Sha256>(),
            &Sha256::digest(body),
            &signature[1..],
        );
        assert!(verified.is_ok());
        let holds = |part: &[u8]| crate::text::find(&der, part).is_some();
        assert!(holds(b"\x31\x0E\x30\x0C\x06\x03\x55\x04\x03\x13\x05my ca"), "the issuer is printable");
        assert!(holds(b"\x06\x03\x55\x04\x03\x0C\x09*.example"), "an asterisk is not");
        assert!(holds(b"\x30\x1E\x17\x0D200304050607Z\x17\x0D200403050607Z"), "valid for 30 days");
        assert!(holds(b"\x82\x09a.example\x82\x0B*.b.example\x87\x04\x0A\0\0\x01\x87\x10"), "names before addresses");
        assert!(holds(b"\x55\x1D\x13\x01\x01\xFF\x04\x02\x30\x00"), "no authority");
    }

    #[test]
    fn every_kind_of_key_signs_and_is_read_back() {
        let mut exec = exec(Limits::default());
        for kind in ["ecdsa", "ed25519"] {
            let key = show_in(&mut exec, "genPrivateKey", &[s(kind)]);
            assert_eq!(PrivateKey::from_pem(key.as_bytes()).unwrap().to_pem().unwrap(), key);
            let authority = call_in(&mut exec, "genCAWithKey", &[s("ca"), i(1), s(&key)]).unwrap();
            assert_eq!(fields(&authority).1, key);
            let arguments = [s("x"), Value::list(vec![]), Value::list(vec![]), i(1), authority, s(&key)];
            let signed = call_in(&mut exec, "genSignedCertWithKey", &arguments).unwrap();
            assert!(fields(&signed).0.starts_with("-----BEGIN CERTIFICATE-----\n"));
        }
        assert_eq!(show("genPrivateKey", &[s("x")]), "Unknown type x");
    }

    #[test]
    fn faults_have_the_messages_of_sprig() {
        let mut exec = exec(Limits::default());
        let key = show_in(&mut exec, "genPrivateKey", &[s("ecdsa")]);
        let empty = || Value::list(vec![]);
        let with = |ips: Value, names: Value| [s("x"), ips, names, i(1), s(&key)];
        for (arguments, expected) in [
            (with(strings(&["1.2.3"]), empty()), "ERROR error parsing ip: 1.2.3"),
            (with(Value::list(vec![i(1)]), empty()), "ERROR error parsing ip: 1 is not a string"),
            (with(empty(), Value::list(vec![i(1)])), "ERROR error processing alternate dns name: 1 is not a string"),
            (
                with(empty(), strings(&["é"])),
                "ERROR error creating certificate: x509: \"é\" cannot be encoded as an IA5String",
            ),
        ] {
            assert_eq!(show_in(&mut exec, "genSelfSignedCertWithKey", &arguments), expected);
        }
        let authority = call_in(&mut exec, "genCAWithKey", &[s("ca"), i(1), s(&key)]).unwrap();
        let other = show_in(&mut exec, "genPrivateKey", &[s("ecdsa")]);
        let mixed = pair(Value::str(fields(&authority).0), Value::str(other));
        assert_eq!(
            show_in(&mut exec, "genSignedCertWithKey", &[s("x"), empty(), empty(), i(1), mixed, s(&key)]),
            "ERROR error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey"
        );
        assert_eq!(show("genCAWithKey", &[s("ca"), i(1), s("x")]), "ERROR parsing private key: no PEM data in input");
        assert_eq!(show("buildCustomCert", &[s("!"), s("")]), "ERROR unable to decode base64 certificate");
    }

    #[test]
    fn calls_are_counted() {
        let limits = Limits { crypto_calls: 2, ..Limits::default() };
        let mut exec = exec(limits);
        assert!(show_in(&mut exec, "genPrivateKey", &[s("ed25519")]).starts_with("-----BEGIN PRIVATE KEY"));
        assert!(show_in(&mut exec, "genPrivateKey", &[s("ed25519")]).starts_with("-----BEGIN PRIVATE KEY"));
        assert_eq!(show_in(&mut exec, "genPrivateKey", &[s("ed25519")]), "LIMIT crypto-calls");
    }
}
