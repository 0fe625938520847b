
use builtin;
use str;

set edit:completion:arg-completer[bulla] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'bulla'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'bulla'= {
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more about what is done'
            cand --verbose 'Say more about what is done'
            cand --no-prompt 'Never ask: fail, naming the flag that would have answered'
            cand --no-progress 'Draw no progress'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand encrypt 'Encrypt files or standard input for people'
            cand decrypt 'Decrypt age files or standard input'
            cand inspect 'Show what age files say without any key'
            cand verify 'Authenticate whole age files, write nothing'
            cand identity 'Your own keys'
            cand bench 'Show how fast this machine encrypts'
            cand completions 'Print the completion file of a shell'
        }
        &'bulla;encrypt'= {
            cand -r 'For this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …" (repeatable)'
            cand --recipient 'For this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …" (repeatable)'
            cand -R 'For the recipients in this file; "-" is standard input (repeatable)'
            cand --recipients-file 'For the recipients in this file; "-" is standard input (repeatable)'
            cand -i 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input'
            cand --identity 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input'
            cand -j 'Use the data-less identity of this age plugin (repeatable)'
            cand --plugin 'Use the data-less identity of this age plugin (repeatable)'
            cand --max-work-factor 'Accept passphrase files up to this cost (2^N KiB of memory)'
            cand --work-factor 'The cost of the passphrase: 2^N KiB of memory to try it (below 18 is easier to guess)'
            cand --expect-recipients 'Fail unless the file would open for exactly this many keys'
            cand --passphrase-fd 'Read the first passphrase asked for from this descriptor (its first line)'
            cand --passphrase-file 'Read the first passphrase asked for from this file (its first line)'
            cand -o 'A file, or a folder that exists; "-" is standard output'
            cand --output 'A file, or a folder that exists; "-" is standard output'
            cand --jobs 'Files at a time (0: as many as cores)'
            cand --threads 'Threads of one file (0: all cores)'
            cand -p 'With a passphrase instead of recipients'
            cand --passphrase 'With a passphrase instead of recipients'
            cand -a 'Write text instead of bytes'
            cand --armor 'Write text instead of bytes'
            cand --again 'Encrypt once more what is an age file already'
            cand --json 'One JSON object for each file, on standard output (on standard error when that carries the data)'
            cand -f 'Replace what stands there'
            cand --force 'Replace what stands there'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more about what is done'
            cand --verbose 'Say more about what is done'
            cand --no-prompt 'Never ask: fail, naming the flag that would have answered'
            cand --no-progress 'Draw no progress'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'bulla;decrypt'= {
            cand -i 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input'
            cand --identity 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input'
            cand -j 'Use the data-less identity of this age plugin (repeatable)'
            cand --plugin 'Use the data-less identity of this age plugin (repeatable)'
            cand --max-work-factor 'Accept passphrase files up to this cost (2^N KiB of memory)'
            cand --passphrase-fd 'Read the first passphrase asked for from this descriptor (its first line)'
            cand --passphrase-file 'Read the first passphrase asked for from this file (its first line)'
            cand -o 'A file, or a folder that exists; "-" is standard output'
            cand --output 'A file, or a folder that exists; "-" is standard output'
            cand --jobs 'Files at a time (0: as many as cores)'
            cand --threads 'Threads of one file (0: all cores)'
            cand --stream 'Hand on authenticated chunks at once: what comes out may turn out to be cut short'
            cand --json 'One JSON object for each file, on standard output (on standard error when that carries the data)'
            cand -f 'Replace what stands there'
            cand --force 'Replace what stands there'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more about what is done'
            cand --verbose 'Say more about what is done'
            cand --no-prompt 'Never ask: fail, naming the flag that would have answered'
            cand --no-progress 'Draw no progress'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'bulla;inspect'= {
            cand --json 'One JSON object for each file'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more about what is done'
            cand --verbose 'Say more about what is done'
            cand --no-prompt 'Never ask: fail, naming the flag that would have answered'
            cand --no-progress 'Draw no progress'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'bulla;verify'= {
            cand -i 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input'
            cand --identity 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input'
            cand -j 'Use the data-less identity of this age plugin (repeatable)'
            cand --plugin 'Use the data-less identity of this age plugin (repeatable)'
            cand --max-work-factor 'Accept passphrase files up to this cost (2^N KiB of memory)'
            cand --passphrase-fd 'Read the first passphrase asked for from this descriptor (its first line)'
            cand --passphrase-file 'Read the first passphrase asked for from this file (its first line)'
            cand --jobs 'Files at a time (0: as many as cores)'
            cand --threads 'Threads of one file (0: all cores)'
            cand --json 'One JSON object for each file, on standard output'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more about what is done'
            cand --verbose 'Say more about what is done'
            cand --no-prompt 'Never ask: fail, naming the flag that would have answered'
            cand --no-progress 'Draw no progress'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'bulla;identity'= {
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more about what is done'
            cand --verbose 'Say more about what is done'
            cand --no-prompt 'Never ask: fail, naming the flag that would have answered'
            cand --no-progress 'Draw no progress'
            cand -h 'Print help'
            cand --help 'Print help'
            cand new 'Make a new identity file'
            cand show 'Print the recipients of an identity file'
        }
        &'bulla;identity;new'= {
            cand -o 'The identity file to write'
            cand --output 'The identity file to write'
            cand --work-factor 'The cost of the passphrase: 2^N KiB of memory to try it'
            cand --passphrase-fd 'Read the first passphrase asked for from this descriptor (its first line)'
            cand --passphrase-file 'Read the first passphrase asked for from this file (its first line)'
            cand --classic 'X25519 only: for people whose age cannot read post-quantum keys'
            cand --no-passphrase 'Do not encrypt the file: whoever can read it can open everything (for machines)'
            cand -a 'Write text instead of bytes'
            cand --armor 'Write text instead of bytes'
            cand -f 'Replace what stands there: a key that is replaced is lost'
            cand --force 'Replace what stands there: a key that is replaced is lost'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more about what is done'
            cand --verbose 'Say more about what is done'
            cand --no-prompt 'Never ask: fail, naming the flag that would have answered'
            cand --no-progress 'Draw no progress'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'bulla;identity;show'= {
            cand -i 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input'
            cand --identity 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input'
            cand -j 'Use the data-less identity of this age plugin (repeatable)'
            cand --plugin 'Use the data-less identity of this age plugin (repeatable)'
            cand --max-work-factor 'Accept passphrase files up to this cost (2^N KiB of memory)'
            cand --passphrase-fd 'Read the first passphrase asked for from this descriptor (its first line)'
            cand --passphrase-file 'Read the first passphrase asked for from this file (its first line)'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more about what is done'
            cand --verbose 'Say more about what is done'
            cand --no-prompt 'Never ask: fail, naming the flag that would have answered'
            cand --no-progress 'Draw no progress'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'bulla;bench'= {
            cand --threads 'The most threads to try (0: all cores)'
            cand --json 'One JSON object'
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more about what is done'
            cand --verbose 'Say more about what is done'
            cand --no-prompt 'Never ask: fail, naming the flag that would have answered'
            cand --no-progress 'Draw no progress'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'bulla;completions'= {
            cand -q 'Say only what went wrong'
            cand --quiet 'Say only what went wrong'
            cand -v 'Say more about what is done'
            cand --verbose 'Say more about what is done'
            cand --no-prompt 'Never ask: fail, naming the flag that would have answered'
            cand --no-progress 'Draw no progress'
            cand -h 'Print help'
            cand --help 'Print help'
        }
    ]
    $completions[$command]
}
