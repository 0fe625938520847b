// Another implementation, age-encryption for TypeScript, for the interop tests. BULLA_NODE_MODULES names the folder
// that holds it.
//
//   node typescript.mjs new                                        an identity (post-quantum) and its recipient
//   node typescript.mjs encrypt recipient|passphrase KEY binary|armor IN OUT ...
//   node typescript.mjs decrypt identity|passphrase KEY binary|armor IN OUT ...
//
// What the library refuses is said on standard output, one file per line, and the exit code is 1.
import { webcrypto } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// Node 18, which Debian 12 has, does not offer it by itself.
globalThis.crypto ??= webcrypto;
const library = join(process.env.BULLA_NODE_MODULES, "age-encryption", "dist", "index.js");
const age = await import(pathToFileURL(library));
const [command, kind, key, form, ...files] = process.argv.slice(2);

async function encrypt(plaintext) {
  const encrypter = new age.Encrypter();
  if (kind === "passphrase") {
    encrypter.setScryptWorkFactor(10);
    encrypter.setPassphrase(key);
  } else {
    encrypter.addRecipient(key);
  }
  const file = await encrypter.encrypt(plaintext);
  return form === "armor" ? age.armor.encode(file) : file;
}

async function decrypt(file) {
  const decrypter = new age.Decrypter();
  if (kind === "passphrase") {
    decrypter.addPassphrase(key);
  } else {
    decrypter.addIdentity(key);
  }
  return decrypter.decrypt(form === "armor" ? age.armor.decode(file.toString("latin1")) : file);
}

if (command === "new") {
  const identity = await age.generateHybridIdentity();
  console.log(`${identity}\n${await age.identityToRecipient(identity)}`);
} else {
  const work = command === "encrypt" ? encrypt : decrypt;
  for (let at = 0; at < files.length; at += 2) {
    const input = readFileSync(files[at]);
    let output;
    try {
      output = await work(input);
    } catch (why) {
      console.log(`refused ${files[at]}: ${why.message}`);
      process.exitCode = 1;
      continue;
    }
    writeFileSync(files[at + 1], output);
  }
}
