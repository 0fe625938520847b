//! Shared by the unit tests: SSH keys made for them, a person who answers questions, and stanzas.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::file_key::FileKey;
use crate::format::Stanza;
use secrecy::SecretString;

use crate::identity::{Mismatch, Unwrapped};
use crate::key_file::KeyFileContext;
use crate::plugin::NoPlugins;
use crate::prompter::{AnswerError, Prompter, Question};
use crate::untrusted::Untrusted;

/// Answers questions, and records what was asked and said.
pub(crate) struct Person {
    /// The answers in turn; the last one is repeated.
    answers: Vec<&'static str>,
    asked: AtomicUsize,
    pub(crate) heard: Mutex<Vec<String>>,
}

impl Person {
    /// A person who always gives this answer, or nobody (`None`).
    pub(crate) fn who_says(answer: Option<&'static str>) -> Arc<Self> {
        Self::with(answer.into_iter().collect())
    }

    /// A person who gives these answers in turn, and who may be asked again until the last one.
    pub(crate) fn who_tries(answers: &[&'static str]) -> Arc<Self> {
        Self::with(answers.to_vec())
    }

    fn with(answers: Vec<&'static str>) -> Arc<Self> {
        Arc::new(Self {
            answers,
            asked: AtomicUsize::new(0),
            heard: Mutex::default(),
        })
    }

    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    fn hear(&self, what: String) -> Result<&'static str, AnswerError> {
        self.heard.lock().unwrap().push(what.clone());
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let answer = self.answers.get(asked).or(self.answers.last());
        answer.copied().ok_or(AnswerError::NoTerminal(what))
    }
}

impl Prompter for Person {
    fn passphrase(&self, question: &Question) -> Result<SecretString, AnswerError> {
        self.hear(question.to_string()).map(SecretString::from)
    }

    fn text(&self, plugin: &str, message: &Untrusted) -> Result<String, AnswerError> {
        self.hear(format!("{plugin} text {message}"))
            .map(str::to_owned)
    }

    fn confirm(
        &self,
        plugin: &str,
        message: &Untrusted,
        yes: &Untrusted,
        no: Option<&Untrusted>,
    ) -> Result<bool, AnswerError> {
        let no = no.map_or_else(|| "-".to_owned(), ToString::to_string);
        self.hear(format!("{plugin} {message}: {yes}/{no}"))
            .map(|answer| answer == yes.as_raw())
    }

    fn asks_again(&self, _: &Question) -> bool {
        self.asked.load(Ordering::Relaxed) < self.answers.len()
    }

    fn tell(&self, plugin: &str, message: &Untrusted) {
        self.heard
            .lock()
            .unwrap()
            .push(format!("{plugin} says {message}"));
    }
}

/// The context of an identity file called `key`, without plugins.
pub(crate) fn origin(ask: &Arc<Person>) -> KeyFileContext {
    KeyFileContext {
        name: Untrusted::new("key"),
        kept: crate::key_file::StoredIn::NamedFile,
        ask: ask.clone(),
        plugins: Arc::new(NoPlugins),
        max_work_factor: 12,
        public_key: None,
    }
}

pub(crate) fn file_key(byte: u8) -> FileKey {
    FileKey::new(&[byte; 16])
}

pub(crate) fn stanza(line: &str, body: &[u8]) -> Stanza {
    let mut words = line.split(' ').map(str::to_owned);
    Stanza {
        tag: words.next().unwrap(),
        args: words.collect(),
        body: body.to_vec(),
    }
}

/// Returns an outcome that can be compared: the key's first byte, or why there is none.
pub(crate) fn outcome(unwrapped: Unwrapped) -> Result<u8, String> {
    match unwrapped {
        Unwrapped::FileKey(key) => Ok(key.as_bytes()[0]),
        Unwrapped::NoMatch(Mismatch::Unanswered(why)) => Err(format!("unanswered: {why}")),
        Unwrapped::NoMatch(Mismatch::Unusable(why)) => Err(format!("unusable: {why}")),
        Unwrapped::NoMatch(reason) => Err(format!("{reason:?}")),
        Unwrapped::Failed(error) => Err(format!("bad: {error}")),
    }
}

pub(crate) const ED25519_KEY: &str = "\
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACDZBEFzdezmlyMp0hvUI6l1pBYAtv7kO+N5b5+9VJhn/QAAAIiZZWysmWVs
rAAAAAtzc2gtZWQyNTUxOQAAACDZBEFzdezmlyMp0hvUI6l1pBYAtv7kO+N5b5+9VJhn/Q
AAAECqUPqEfPiLz1DpSvM09hrZzyjMw3e2fvgmWCcSbGyWqdkEQXN17OaXIynSG9QjqXWk
FgC2/uQ743lvn71UmGf9AAAABXBsYWlu
-----END OPENSSH PRIVATE KEY-----
";
pub(crate) const ED25519_PUB: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINkEQXN17OaXIynSG9QjqXWkFgC2/uQ743lvn71UmGf9 plain";
/// Its passphrase is `passphrase`.
pub(crate) const ED25519_LOCKED: &str = "\
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABBxPrQIxU
ahjJSc+H08sg1oAAAAAQAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIAtIBhizOXlOSNAO
zKa3RInI1EgDa6CPW2Lsy5PqmubUAAAAkDM5Uw79SuHAQiPV67TErFJle35r/b2FtPj3A2
IuRanBFrEAa46XIwWcf0OtuKSB/BUwgVtJrK5ugmpDLuZFvB5CYL4tBsysybGsOzsbqAJ4
p2fUoySk2ASMzcN2m3rP1vSq/OuZxMScV5Fr4tYxxsyKJbaZDDp4V3Ke79dlHNXlPWzvve
PD66DOaWmP3nkk4g==
-----END OPENSSH PRIVATE KEY-----
";
pub(crate) const ED25519_LOCKED_PUB: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAtIBhizOXlOSNAOzKa3RInI1EgDa6CPW2Lsy5PqmubU locked";
pub(crate) const RSA_KEY: &str = "\
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAABFwAAAAdzc2gtcn
NhAAAAAwEAAQAAAQEA48LWdtKYVFNONzf1wfE9wvNH24qfR8o7y/bp21CGRTATMFil8e0v
JMbsQ7HjPFV6bTCLYrio1vbhwJ230JVtGb1FcLJN2ltbvTjzYU+4yat60HWoRtw6cVZDGD
ixOA08q+F2GZjJZ8ECaRgxeOaNS5whKaBb+INexs/ciXK2zmdf/RPwVzp/ynSPOK6u2ZF3
jkkm/ZlaK1gM4Itd30KdCrT9sNFiHXYjwKLkJanDM+rIW6Xv+bsAebMiz/4oqvkJQK7Jgo
y21iLgZfjSAiA5UkjkhCOhGOkXcnI7yhLoq+kfJjnZ1Ji+AkAM5lkqmIl/sBPk4ccv2uHX
wCFo8tfgrwAAA8BrhdLNa4XSzQAAAAdzc2gtcnNhAAABAQDjwtZ20phUU043N/XB8T3C80
fbip9HyjvL9unbUIZFMBMwWKXx7S8kxuxDseM8VXptMItiuKjW9uHAnbfQlW0ZvUVwsk3a
W1u9OPNhT7jJq3rQdahG3DpxVkMYOLE4DTyr4XYZmMlnwQJpGDF45o1LnCEpoFv4g17Gz9
yJcrbOZ1/9E/BXOn/KdI84rq7ZkXeOSSb9mVorWAzgi13fQp0KtP2w0WIddiPAouQlqcMz
6shbpe/5uwB5syLP/iiq+QlArsmCjLbWIuBl+NICIDlSSOSEI6EY6RdycjvKEuir6R8mOd
nUmL4CQAzmWSqYiX+wE+Thxy/a4dfAIWjy1+CvAAAAAwEAAQAAAQBS7tW304wrHGBdI+/F
TGnwTDSMoOfJtL5cUQ6rUKFrnQtHrefS9UoWyqYqKiJzjC51htkiO9oi2Cewwt01QsvEtR
INbKeDjIOVnaClfOls6ZdhQ45gKv3O2hm5Pp9tKQjAD2s4+9TOhk2x5eDRxKWLdBDxPtZu
YauHmhWUKOSet/62cpjlpTJAWlhuRpbKeYXcKrtZXqCYsKzNE7n3j7JvqTZJbwohZQm3us
YJaAfHuuZDHifyA/WlfGZx8Bo0kZFPITEVuSan9jOWW7aOpfNs98XHO77Pp1zzIQnZ3D6e
TaUtN49eDF5kAcfpBJ9SdDcCP3MzLt8qf3tvBcrB11AtAAAAgQDsiePTTVjvsKnD1jTczL
T1hKRq6soEEbI8bxa6e7RVT37nyh3K+u7trnLMvepgsynDIiTrzhWOqjBvuGpb28k7f16v
Df4woc6Hmhum8U5r9uiDgiotA9h8tg7bnxbUadeQ+gkWqlaX6RSf6sfIcCAqik2xwXgzZM
13i+x3l6m+ZQAAAIEA8cyt2OljgsplG64K8fl/YfZXLm5Y63hsFrwmOm7F21NGTzUw7ezJ
6Gcgo9TaRQ0zlkH1qHgzYyEhDrIruN557bp4AyDjjo7+E1bpfFXH05CosI/V8MMsoa9TUs
FM9q3RTBjOMC2F3Ga4UU3JcnY7RHzjTuI0OaD2o+CrH6LwifUAAACBAPEjGTf4CGPuioAJ
uu+JO2i941U1RgWbbjjyMzCcIvHQy949sT9TJ7TLetHH9O+M/ctuTzWP5SckxCJ6K7X/uT
9bpCLOhdJXtXU4TfrX68om99Lxnw1ric7jSa6ILfNLoqFN5ZDX/Uw/VE4gouWPPqpw6BVd
3T9MmtOC7vLFP2WTAAAAA3JzYQECAwQFBgc=
-----END OPENSSH PRIVATE KEY-----
";
pub(crate) const RSA_PUB: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDjwtZ20phUU043N/XB8T3C80fbip9HyjvL9unbUIZFMBMwWKXx7S8kxuxDseM8VXptMItiuKjW9uHAnbfQlW0ZvUVwsk3aW1u9OPNhT7jJq3rQdahG3DpxVkMYOLE4DTyr4XYZmMlnwQJpGDF45o1LnCEpoFv4g17Gz9yJcrbOZ1/9E/BXOn/KdI84rq7ZkXeOSSb9mVorWAzgi13fQp0KtP2w0WIddiPAouQlqcMz6shbpe/5uwB5syLP/iiq+QlArsmCjLbWIuBl+NICIDlSSOSEI6EY6RdycjvKEuir6R8mOdnUmL4CQAzmWSqYiX+wE+Thxy/a4dfAIWjy1+Cv rsa";
pub(crate) const RSA_WEAK: &str = "\
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAlwAAAAdzc2gtcn
NhAAAAAwEAAQAAAIEA3UDQQMJY8NE0tW5ela0cjBostUTNnqffPAchW94B7HO4+T8QuHVn
YhxEJvCwe2frrEFdK7dObLIVgk4IcnHkdUKGZVFs/umZCBGuOj6zcIAPxxIzLbvXR/bXCY
r8mDYtpGCqdfXSvBTNiNjbPrE+RwBhh2zTAQoOO5L84zNwY2cAAAIAnsAKvZ7ACr0AAAAH
c3NoLXJzYQAAAIEA3UDQQMJY8NE0tW5ela0cjBostUTNnqffPAchW94B7HO4+T8QuHVnYh
xEJvCwe2frrEFdK7dObLIVgk4IcnHkdUKGZVFs/umZCBGuOj6zcIAPxxIzLbvXR/bXCYr8
mDYtpGCqdfXSvBTNiNjbPrE+RwBhh2zTAQoOO5L84zNwY2cAAAADAQABAAAAgQCHFKcQop
dCj7eqfXPp1gLz1pctJJCVKNC2CXRobiamghCQu9wtgiBYWgGR9KkK7uuIA3Aq3INZAXD4
WUP2+2oKup5w4cJoQdW3iTHpETTCOFSXcVHLkXLTYBBNDJlJ8rIs3/WC5m39fJPYc+m8bo
jZatUw0Phv38dmhUSMntVAIQAAAEBQB0bDaEPljWjGETwn2YQDfTG2z+zn9Z22FkivaN/F
zqH/wxObxN/gakDr305anOYlh+8U5Ux/CKt05pGT/+E5AAAAQQDzwEQgEixwRp2xddUN3x
0XhWT06dE41VRFWbzPk3idSICk/mQwbm4T7xu4bMGx/osRvviZpVbLzO0zhwZzTZpjAAAA
QQDoXx+ueu145lshOnQq+5ABBvfXxRg17w883ggWdAJsDnlTZM1WavWQxBXOpm5OKuBtyV
uteQ35nwKxLsE3lsAtAAAABHdlYWsBAgMEBQY=
-----END OPENSSH PRIVATE KEY-----
";
pub(crate) const RSA_WEAK_PUB: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDdQNBAwljw0TS1bl6VrRyMGiy1RM2ep988ByFb3gHsc7j5PxC4dWdiHEQm8LB7Z+usQV0rt05sshWCTghyceR1QoZlUWz+6ZkIEa46PrNwgA/HEjMtu9dH9tcJivyYNi2kYKp19dK8FM2I2Ns+sT5HAGGHbNMBCg47kvzjM3BjZw== weak";
pub(crate) const ECDSA: &str = "\
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS
1zaGEyLW5pc3RwMjU2AAAACG5pc3RwMjU2AAAAQQTjq/ybFveFNR/zdNDF8vzeLFXrAe5U
YcrfwrIj6jfClNe0tZq9jrs62fIWd2hXLuTLdnB+xJAw3l4g393HPhQ2AAAAoGRFvztkRb
87AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBOOr/JsW94U1H/N0
0MXy/N4sVesB7lRhyt/CsiPqN8KU17S1mr2OuzrZ8hZ3aFcu5Mt2cH7EkDDeXiDf3cc+FD
YAAAAhAJODtD4/ui8DZubsVI4TR0XU/AAnAZCRybTuY9xHFy1IAAAAAmVjAQIDBAU=
-----END OPENSSH PRIVATE KEY-----
";
pub(crate) const ECDSA_PUB: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBOOr/JsW94U1H/N00MXy/N4sVesB7lRhyt/CsiPqN8KU17S1mr2OuzrZ8hZ3aFcu5Mt2cH7EkDDeXiDf3cc+FDY= ec";
pub(crate) const RSA_OLD_PEM: &str = "\
-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,6301B32F8BE25513B5FF793C7C61AC31

K3WJCBWX2PF712YjThcxyHW1PnVC8ggl24QYJCz4dUevJPcyV/R7zshfYHJi0h3Y
AyI1/6xlHFBNYEMKJOdTKdA1bB1G0gQePp6HQB0b3U/gkLMdhgb5tZaYW4NQXLSz
Sl+iMRnyn4Frg7xie5uPdKoMWuFbMcS3ocK1IyfCxpxp6SKNbFhUUwHD2JpvVklV
MEHtXMxbuEDjCYkjydEqbOBDyFj4pm0yENNpag8qF4wRq4WdA5EgOg2uTQTVYuUI
0MMBGvOJU57G7WE0JShqgI/7PhM7BXh9JMQILW6nWZ2MZwcFs7Pl0kPZJ/2Vpq8N
sA73EcFuPlEZ2JU+gEd/Qdmkn0iiksuS1VNz+DL9ky+LMaTuFkhkHOlxDdpf7O4v
hKR1+v+/jik6//4KzG4dvokSSgJj12oNZNL8V5fJMX9IRqRHBrJxXD4JnjWRM5H3
2OrVlS1K12mwuEoV5VGSUi3KAcnS5idx02mGgSapAApxAFZsbY/Pys60V4hZ1LuU
VNIEIIB9TNJzb2f+qK3Dt0FcvXm8EaMHvOGuXhaZW7Ym+sUR3HqmRFnab4pNbY1F
7K30zkMX5kW4PV8f0YeTPzTF8S0KYTxOHAaHDfJ9QDw6sxxE7TJ37G1CXkQXQksK
/KhXBpz7fKz/xageDEZh4hSzSpNbyRCnmcxZ3r2B5Sd/Asou7L9mSX6md0YVNV8V
NNnLelMuoRTPsU46yDt8TWdP+S9Gd1+qPkcRsa3RwfCGchbLZP2QtetuIKwyVVYg
WS+t3TJXxiCOWXIn66YKnavhn1uZvWEb4vl21Wqxe5jMfC9qgaReaiVZsuXujEWM
J28upSpIxHeE/Itovq+mLGKwxsdDz08QCYYKgYao9TMqEXT8BmFa1BJTs3AbQu8e
6FeBg5E36+GmO1b+3AmJkK2sfafPcS8UXF0cJ4OXtRjbEw88ulD6/ODTjPXUtnlm
zgGw603qD492uwVBu0IlRhCID+DGmHsln25cV9nBeybeEG6sMV9+xTH3EqFpaUiF
cl4eQXaqxUM5meTq+kAUStPS1uCwc10CE9DZqgIWFVIbef8aE7Obex+mAlJLPLpy
B+dxb7xMKaiBGFDWmVy6rrJ6LDKugJEhO1GMKodacAugGFODJY+P5GUdqjyrpLFA
qsha+Wb+GhuS6OXGblxYM/YNybcl1sXa2nqqw9d2B55VvX9ttElckNzjtT7pxox/
e3OIyu8FiRhHFuhqWsATuoCloqdoqIFQyaGap858LAujZBPkvQcIHA8IWsYqvz8B
w4lWmzmtvZpbYEd/Kibjgfc27qwTAAhMSLxfgOrXF1bHRNf7BexFD4AYsizjjhCp
GQSTsaIARzQwgtalIU5PZRuW7jpczEfnIHtKqFquZ/aF0b8bsf2hZVbKuN/PrAIL
p3MQQ4oigyy49IEXAt5Hmt/Wg3fDnFcVOh05SrR/4F6tPvvmNw1HbbmjYlupBGYy
OV+KRPg49vg+LshmWpZoRLmhaBIIZflA1tdkF1wQ04Xxg9uvEMGxR1hR02sLPy/8
MbaSZ6vkgoBE5XfjxsZkfeWmefn7a9OXDL81ZnXkzHTShYgLpIr/pQG6JFmdGeuQ
-----END RSA PRIVATE KEY-----
";
