//! Private keys as Sprig makes and reads them, and signatures with them.

use ed25519_dalek::Signer as _;
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::rand_core::{CryptoRng, Error, RngCore};
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, Pkcs1v15Sign, RsaPrivateKey};
use sha2::{Digest as _, Sha256};

use super::der::{self, Reader};
use super::primes;
use crate::template::{CallError, Environment};

/// OIDs in DER.
const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
const SHA256_WITH_RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11];
const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
const ECDSA_WITH_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2];
const ED25519: &[u8] = &[0x2B, 0x65, 0x70];

/// A private key.
pub(super) enum PrivateKey {
    /// RSA.
    Rsa(Box<RsaPrivateKey>),
    /// ECDSA on P-256.
    Ecdsa(Box<p256::ecdsa::SigningKey>),
    /// Ed25519.
    Ed25519(Box<ed25519_dalek::SigningKey>),
    /// DSA, which certificates do not take: its DER.
    Dsa(Vec<u8>),
}

/// The environment's random bytes for the key crates.
struct Random<'a>(&'a Environment);

impl CryptoRng for Random<'_> {}

impl RngCore for Random<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, buffer: &mut [u8]) {
        self.0.fill_random(buffer);
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(buffer);
        Ok(())
    }
}

/// The public exponent of RSA keys.
const EXPONENT: u64 = 65_537;

/// A key of 4,096 bits costs about this many of 2,048 bits.
const LARGE_KEY_CALLS: u32 = 10;

impl PrivateKey {
    /// An RSA key. The budget `crypto-calls` pays for it by its size.
    pub(super) fn rsa(environment: &Environment, bits: usize) -> Result<Self, CallError> {
        for _ in 0..if bits > 2_048 { LARGE_KEY_CALLS } else { 1 } {
            environment.count_crypto_call()?;
        }
        let prime = || {
            let accept = |prime: &[u64]| primes::residue(prime, EXPONENT) != 1;
            let limbs = primes::random(bits / 128, &mut |buffer| environment.fill_random(buffer), accept);
            let bytes: Vec<u8> = limbs.unwrap_or_default().iter().flat_map(|limb| limb.to_le_bytes()).collect();
            BigUint::from_bytes_le(&bytes)
        };
        let key = RsaPrivateKey::from_p_q(prime(), prime(), BigUint::from(EXPONENT))
            .map_err(|error| format!("error generating rsa key: {error}"))?;
        Ok(Self::Rsa(Box::new(key)))
    }

    /// An ECDSA key on P-256.
    pub(super) fn ecdsa(environment: &Environment) -> Result<Self, CallError> {
        environment.count_crypto_call()?;
        Ok(Self::Ecdsa(Box::new(p256::ecdsa::SigningKey::random(&mut Random(environment)))))
    }

    /// An Ed25519 key.
    pub(super) fn ed25519(environment: &Environment) -> Result<Self, CallError> {
        environment.count_crypto_call()?;
        let mut seed = [0; 32];
        environment.fill_random(&mut seed);
        Ok(Self::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&seed))))
    }

    /// A DSA key of 2,048 and 256 bits.
    pub(super) fn dsa(environment: &Environment) -> Result<Self, CallError> {
        for _ in 0..LARGE_KEY_CALLS {
            environment.count_crypto_call()?;
        }
        let components = dsa::Components::generate(&mut Random(environment), dsa::KeySize::DSA_2048_256);
        let key = dsa::SigningKey::generate(&mut Random(environment), components);
        let public = key.verifying_key();
        let components = public.components();
        let numbers = [components.p(), components.q(), components.g(), public.y(), key.x()];
        let mut content = der::integer(&[]);
        for number in numbers {
            content.extend(der::integer(&number.to_bytes_be()));
        }
        Ok(Self::Dsa(der::element(der::SEQUENCE, &content)))
    }

    /// The first key in a PEM text, with Sprig's messages.
    pub(super) fn from_pem(text: &[u8]) -> Result<Self, String> {
        let (kind, der) = der::decode_pem(text).ok_or("no PEM data in input")?;
        match kind.as_str() {
            "PRIVATE KEY" => Self::from_pkcs8(&der).ok_or_else(|| {
                "decoding PEM as PKCS#8: x509: failed to parse private key (use ParsePKCS1PrivateKey or \
                 ParseECPrivateKey instead for this key format)"
                    .to_owned()
            }),
            "RSA PRIVATE KEY" => RsaPrivateKey::from_pkcs1_der(&der)
                .map(|key| Self::Rsa(Box::new(key)))
                .map_err(|error| format!("parsing RSA private key from PEM: {error}")),
            "EC PRIVATE KEY" => ec_key(&der)
                .map(|key| Self::Ecdsa(Box::new(key)))
                .ok_or_else(|| "parsing EC private key from PEM: x509: failed to parse EC private key".to_owned()),
            "DSA PRIVATE KEY" => Ok(Self::Dsa(der)),
            other => Err(match other.strip_suffix(" PRIVATE KEY") {
                Some(other) => format!("invalid private key type {other}"),
                None => format!("no private key data in PEM block of type {other}"),
            }),
        }
    }

    fn from_pkcs8(der: &[u8]) -> Option<Self> {
        if let Ok(key) = RsaPrivateKey::from_pkcs8_der(der) {
            return Some(Self::Rsa(Box::new(key)));
        }
        if let Ok(key) = p256::ecdsa::SigningKey::from_pkcs8_der(der) {
            return Some(Self::Ecdsa(Box::new(key)));
        }
        ed25519_dalek::SigningKey::from_pkcs8_der(der).ok().map(|key| Self::Ed25519(Box::new(key)))
    }

    /// The key as Go's Sprig prints it.
    pub(super) fn to_pem(&self) -> Result<String, String> {
        Ok(match self {
            Self::Rsa(key) => {
                der::pem("RSA PRIVATE KEY", key.to_pkcs1_der().map_err(|error| error.to_string())?.as_bytes())
            }
            Self::Ecdsa(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                let scalar = key.to_bytes();
                let curve = der::element(0xA0, &der::element(der::OID, P256));
                let public = der::element(0xA1, &der::bit_string(point.as_bytes()));
                let private = der::element(der::OCTET_STRING, &scalar);
                let parts = [der::integer(&[1]), private, curve, public];
                der::pem("EC PRIVATE KEY", &der::element(der::SEQUENCE, &parts.concat()))
            }
            Self::Ed25519(key) => {
                let private = der::element(der::OCTET_STRING, &der::element(der::OCTET_STRING, key.as_bytes()));
                let parts = [der::integer(&[0]), algorithm(ED25519, &[]), private];
                der::pem("PRIVATE KEY", &der::element(der::SEQUENCE, &parts.concat()))
            }
            Self::Dsa(key) => der::pem("DSA PRIVATE KEY", key),
        })
    }

    /// The bytes of the public key, and the whole `SubjectPublicKeyInfo`; none for DSA.
    pub(super) fn public(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let (algorithm, bytes) = match self {
            Self::Rsa(key) => {
                let numbers = [key.n(), key.e()].map(|number| der::integer(&number.to_bytes_be()));
                let null = der::element(der::NULL, &[]);
                (algorithm(RSA_ENCRYPTION, &null), der::element(der::SEQUENCE, &numbers.concat()))
            }
            Self::Ecdsa(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                (algorithm(EC_PUBLIC_KEY, &der::element(der::OID, P256)), point.as_bytes().to_vec())
            }
            Self::Ed25519(key) => (algorithm(ED25519, &[]), key.verifying_key().to_bytes().to_vec()),
            Self::Dsa(_) => return None,
        };
        let info = der::constructed(der::SEQUENCE, &[&algorithm, &der::bit_string(&bytes)]);
        Some((bytes, info))
    }

    /// The algorithm of signatures, as it stands in certificates; none for DSA.
    pub(super) fn signature_algorithm(&self) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(_) => Some(algorithm(SHA256_WITH_RSA, &der::element(der::NULL, &[]))),
            Self::Ecdsa(_) => Some(algorithm(ECDSA_WITH_SHA256, &[])),
            Self::Ed25519(_) => Some(algorithm(ED25519, &[])),
            Self::Dsa(_) => None,
        }
    }

    /// Signs a message.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        match self {
            Self::Rsa(key) => {
                key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)).map_err(|error| error.to_string())
            }
            Self::Ecdsa(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Self::Ed25519(key) => Ok(key.sign(message).to_bytes().to_vec()),
            Self::Dsa(_) => Err("x509: certificate private key does not implement crypto.Signer".to_owned()),
        }
    }
}

fn algorithm(oid: &[u8], parameters: &[u8]) -> Vec<u8> {
    der::constructed(der::SEQUENCE, &[&der::element(der::OID, oid), parameters])
}

/// `ECPrivateKey` of SEC 1 on P-256.
fn ec_key(der: &[u8]) -> Option<p256::ecdsa::SigningKey> {
    let mut fields = Reader(der).enter(der::SEQUENCE)?;
    fields.next(der::INTEGER)?;
    let scalar = fields.optional(der::OCTET_STRING)?;
    let curve = fields.enter(0xA0)?.optional(der::OID)?;
    p256::ecdsa::SigningKey::from_slice(scalar).ok().filter(|_| curve == P256)
}
