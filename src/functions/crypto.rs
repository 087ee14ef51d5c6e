//! Sprig's checksums, password hashes and AES.

use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockDecryptMut as _, BlockEncryptMut as _, KeyIvInit as _};
use hmac::Mac as _;
use sha2::{Digest as _, Sha256, Sha512};

use super::encoding::{decode64, encode64, illegal64};
use super::{Outcome, fixed};
use crate::template::Type::{Int, String as Str};
use crate::template::{Call, CallError, Environment, Function};
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    fixed("adler32sum", &[Str], adler32sum),
    fixed("bcrypt", &[Str], bcrypt),
    fixed("decryptAES", &[Str, Str], decrypt_aes),
    fixed("derivePassword", &[Int, Str, Str, Str, Str], derive_password),
    fixed("encryptAES", &[Str, Str], encrypt_aes),
    fixed("htpasswd", &[Str, Str], htpasswd),
    fixed("sha1sum", &[Str], sha1sum),
    fixed("sha256sum", &[Str], sha256sum),
    fixed("sha512sum", &[Str], sha512sum),
];

/// Adler-32 as a decimal number.
fn adler32sum(call: &mut Call<'_>) -> Outcome {
    const PRIME: u32 = 65_521;
    let (mut a, mut b) = (1, 0);
    for byte in call.bytes(0) {
        a = (a + u32::from(*byte)) % PRIME;
        b = (b + a) % PRIME;
    }
    Ok(Value::str((b << 16 | a).to_string()))
}

/// A bcrypt hash with Go's default cost.
fn bcrypt(call: &mut Call<'_>) -> Outcome {
    Ok(Value::str(bcrypt_hash(call.environment(), call.bytes(0))?))
}

fn bcrypt_hash(environment: &Environment, password: &[u8]) -> Result<String, CallError> {
    const COST: u32 = 10;
    // Go refuses what the algorithm would cut.
    if password.len() > 72 {
        return Ok("failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes".to_owned());
    }
    environment.count_crypto_call()?;
    let mut salt = [0; 16];
    environment.fill_random(&mut salt);
    Ok(match bcrypt::hash_with_salt(password, COST, salt) {
        Ok(parts) => parts.format_for_version(bcrypt::Version::TwoA),
        Err(error) => format!("failed to encrypt string with bcrypt: {error}"),
    })
}

/// Decrypts what `encryptAES` made.
fn decrypt_aes(call: &mut Call<'_>) -> Outcome {
    if call.bytes(1).is_empty() {
        return Ok(Value::str(""));
    }
    let bytes = decode64(call.bytes(1)).map_err(illegal64)?;
    let Some((iv, text)) = bytes.split_first_chunk::<16>() else {
        return Err(format!("runtime error: slice bounds out of range [:16] with capacity {}", bytes.len()).into());
    };
    if text.is_empty() {
        return Err("runtime error: index out of range [-1]".into());
    }
    let key = aes_key(call.bytes(0));
    let text = cbc::Decryptor::<aes::Aes256>::new(&key.into(), iv.into())
        .decrypt_padded_vec_mut::<NoPadding>(text)
        .map_err(|_| "crypto/cipher: input not full blocks")?;
    let padding = text.last().map_or(0, |last| usize::from(*last));
    match text.len().checked_sub(padding).and_then(|end| text.get(..end)) {
        Some(text) => Ok(Value::str(text)),
        None => Err(format!("runtime error: slice bounds out of range [:-{}]", padding - text.len()).into()),
    }
}

/// A password of the Master Password algorithm: always the same for the same arguments.
fn derive_password(call: &mut Call<'_>) -> Outcome {
    const SEED: &[u8] = b"com.lyndir.masterpassword";
    let Some(templates) = password_templates(call.bytes(1)) else {
        return Ok(Value::str([b"cannot find password template ", call.bytes(1)].concat()));
    };
    let (password, user, site) = (call.bytes(2), call.bytes(3), call.bytes(4));
    let counter = u32::try_from(call.int(0)).map_err(|_| format!("{} overflows uint32", call.int(0)))?;
    call.environment().count_crypto_call()?;
    let length = |text: &[u8]| u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut key = [0; 64];
    let salt = [SEED, &length(user), user].concat();
    scrypt::Params::new(15, 8, 2, key.len())
        .map_err(|error| error.to_string())
        .and_then(|params| scrypt::scrypt(password, &salt, &params, &mut key).map_err(|error| error.to_string()))
        .map_err(|error| format!("failed to derive password: {error}"))?;
    let mut mac = hmac::Hmac::<Sha256>::new_from_slice(&key).map_err(|error| error.to_string())?;
    for part in [SEED, &length(site), site, &counter.to_be_bytes()] {
        mac.update(part);
    }
    let seed = mac.finalize().into_bytes();
    let pick = |number: usize, from: usize| usize::from(seed.get(number).copied().unwrap_or(0)) % from.max(1);
    let template = templates.get(pick(0, templates.len())).copied().unwrap_or("");
    let characters = template.chars().enumerate().filter_map(|(index, class)| {
        let set = password_characters(class).as_bytes();
        set.get(pick(index + 1, set.len())).copied().map(char::from)
    });
    Ok(Value::str(characters.collect::<String>()))
}

fn password_templates(kind: &[u8]) -> Option<&'static [&'static str]> {
    Some(match kind {
        b"maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        b"long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        b"medium" => &["CvcnoCvc", "CvcCvcno"],
        b"short" => &["Cvcn"],
        b"basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        b"pin" => &["nnnn"],
        _ => return None,
    })
}

fn password_characters(class: char) -> &'static str {
    match class {
        'V' => "AEIOU",
        'C' => "BCDFGHJKLMNPQRSTVWXYZ",
        'v' => "aeiou",
        'c' => "bcdfghjklmnpqrstvwxyz",
        'a' => "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        'n' => "0123456789",
        'o' => "@&%?,=[]_:-+*$#!'^~;()/.",
        _ => "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// AES-256 in CBC mode with a random start, as base64.
fn encrypt_aes(call: &mut Call<'_>) -> Outcome {
    let text = call.bytes(1);
    if text.is_empty() {
        return Ok(Value::str(""));
    }
    call.check_string(text.len().saturating_mul(2))?;
    let mut iv = [0; 16];
    call.environment().fill_random(&mut iv);
    let key = aes_key(call.bytes(0));
    let encrypted = cbc::Encryptor::<aes::Aes256>::new(&key.into(), &iv.into())
        .encrypt_padded_vec_mut::<aes::cipher::block_padding::Pkcs7>(text);
    Ok(Value::str(encode64(&[iv.as_slice(), &encrypted].concat())))
}

/// The first 32 bytes of a password, filled up with zeros.
fn aes_key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    key.iter_mut().zip(password).for_each(|(to, from)| *to = *from);
    key
}

/// A line of an htpasswd file.
fn htpasswd(call: &mut Call<'_>) -> Outcome {
    let user = call.bytes(0);
    if user.contains(&b':') {
        return Ok(Value::str([b"invalid username: ", user].concat()));
    }
    let hash = bcrypt_hash(call.environment(), call.bytes(1))?;
    Ok(Value::str([user, b":", hash.as_bytes()].concat()))
}

/// SHA-1 in hexadecimal.
fn sha1sum(call: &mut Call<'_>) -> Outcome {
    Ok(Value::str(hex(&sha1::Sha1::digest(call.bytes(0)))))
}

/// SHA-256 in hexadecimal.
fn sha256sum(call: &mut Call<'_>) -> Outcome {
    Ok(Value::str(hex(&Sha256::digest(call.bytes(0)))))
}

/// SHA-512 in hexadecimal.
fn sha512sum(call: &mut Call<'_>) -> Outcome {
    Ok(Value::str(hex(&Sha512::digest(call.bytes(0)))))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{i, s, show};

    #[test]
    fn checksums_are_known() {
        assert_eq!(show("adler32sum", &[s("Wikipedia")]), "300286872");
        assert_eq!(show("sha1sum", &[s("")]), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(show("sha256sum", &[s("abc")]), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(show("sha512sum", &[s("abc")]).starts_with("ddaf35a193617abacc417349ae204131"));
    }

    #[test]
    fn passwords_are_derived_as_in_sprig() {
        let arguments = |kind: &str| [i(1), s(kind), s("password"), s("user"), s("example.com")];
        for (kind, expected) in [
            ("long", "ZedaFaxcZaso9*"),
            ("maximum", "pf4zS1LjCg&LjhsZ7T2~"),
            ("medium", "ZedJuz8$"),
            ("basic", "pIS54PLs"),
            ("short", "Zed5"),
            ("pin", "6685"),
            ("x", "cannot find password template x"),
        ] {
            assert_eq!(show("derivePassword", &arguments(kind)), expected);
        }
    }

    #[test]
    fn what_aes_encrypts_it_decrypts() {
        for text in ["a", "0123456789abcdef", "0123456789abcdefg"] {
            assert_eq!(show("decryptAES", &[s("secret"), s(&show("encryptAES", &[s("secret"), s(text)]))]), text);
        }
        assert_eq!(
            show("decryptAES", &[s("secretkey"), s("30tEfhuJSVRhpG97XCuWgz2okj7L8vQ1s6V9zVUPeDQ=")]),
            "plaintext"
        );
        assert_eq!(show("decryptAES", &[s("k"), s("!")]), "ERROR illegal base64 data at input byte 0");
        assert_eq!(show("encryptAES", &[s("k"), s("")]), "");
    }

    #[test]
    fn htpasswd_lines_verify() {
        let line = show("htpasswd", &[s("user"), s("password")]);
        let hash = line.strip_prefix("user:").unwrap();
        assert!(hash.starts_with("$2a$10$") && bcrypt::verify("password", hash).unwrap(), "{line}");
        assert_eq!(show("htpasswd", &[s("a:b"), s("x")]), "invalid username: a:b");
    }
}
