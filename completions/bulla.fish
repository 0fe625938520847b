# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_bulla_global_optspecs
    string join \n q/quiet v/verbose no-prompt no-progress h/help V/version
end

function __fish_bulla_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_bulla_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_bulla_using_subcommand
    set -l cmd (__fish_bulla_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c bulla -n "__fish_bulla_needs_command" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_needs_command" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_needs_command" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_needs_command" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_needs_command" -s V -l version -d 'Print version'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "encrypt" -d 'Encrypt files or standard input for people'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "decrypt" -d 'Decrypt age files or standard input'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "write" -d 'Write a short message, as text to paste into any chat or mail'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "read" -d 'Open a message that was pasted'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "inspect" -d 'Show what age files say without any key'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "verify" -d 'Authenticate whole age files, write nothing'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "who" -d 'Show who closed age files, and who can open them'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "share" -d 'Let someone else open files that you can open'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "unshare" -d 'Take someone out of this copy of files'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "reseal" -d 'Encrypt files again, under a fresh key, for a new set of people'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "identity" -d 'Your own keys'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "contact" -d 'Other people\'s keys'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "group" -d 'Names for sets of contacts'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "card" -d 'Your contact card, to hand to others'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "unlock" -d 'Keep an identity open for a while'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "lock" -d 'Close an identity that is kept open, or all of them'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "config" -d 'Print every setting in force, and where it came from'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "doctor" -d 'Say what is wrong or risky here, and how to mend it'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "bench" -d 'Show how fast this machine encrypts'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "completions" -d 'Print the completion file of a shell'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "help" -d 'Show help for a command'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s t -l to -d 'For this contact, group or identity of the keyring, or this recipient; and for yourself (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s r -l recipient -d 'For this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …" (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s R -l recipients-file -d 'For the recipients in this file; "-" is standard input (repeatable)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l expect-recipients -d 'Fail unless the file would open for exactly this many keys' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s o -l output -d 'A file, or a folder that exists; "-" is standard output' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s i -l identity -d 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s j -l plugin -d 'Use the data-less identity of this age plugin (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l as -d 'Act as this identity of the keyring' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l work-factor -d 'The cost of the passphrase: 2^N KiB of memory to try it (below 18 is easier to guess)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l max-work-factor -d 'Accept passphrase files up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l jobs -d 'Files at a time (0: as many as cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l threads -d 'Threads of one file (0: all cores); the config\'s threads otherwise, which is 0 unless set' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l plain -d 'Nothing of ours in the header: no list of who can open it, and no signature'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l again -d 'Encrypt once more what is an age file already'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s p -l passphrase -d 'With a passphrase instead of recipients'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l no-self -d 'Not for yourself too'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l hide-recipients -d 'Recipients are not told of each other'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s f -l force -d 'Replace what stands there'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s a -l armor -d 'Write text instead of bytes (always, with armor = true in the config)'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l no-armor -d 'Write bytes, whatever the config says'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l json -d 'One JSON object for each file, on standard output (on standard error when that carries the data)'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l sign -d 'Sign it: whoever opens it sees that it is from you (always, with sign = true in the config)'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l no-sign -d 'Do not sign it, whatever the config says'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -s o -l output -d 'A file, or a folder that exists; "-" is standard output' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l from -d 'Refuse, with exit code 9, unless this contact, or your own identity of this name, signed it' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -s i -l identity -d 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -s j -l plugin -d 'Use the data-less identity of this age plugin (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l as -d 'Act as this identity of the keyring' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l header -d 'Open it by this header, which was sent apart (bulla share --header-out)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l max-work-factor -d 'Accept passphrase files up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l jobs -d 'Files at a time (0: as many as cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l threads -d 'Threads of one file (0: all cores); the config\'s threads otherwise, which is 0 unless set' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -s f -l force -d 'Replace what stands there'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l json -d 'One JSON object for each file, on standard output (on standard error when that carries the data)'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l stream -d 'Hand on authenticated chunks at once: what comes out may turn out to be cut short, or not to be what was signed'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand write" -s t -l to -d 'For this contact, group or identity of the keyring, or this recipient; not for yourself (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -s r -l recipient -d 'For this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …" (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -s R -l recipients-file -d 'For the recipients in this file; "-" is standard input (repeatable)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand write" -l expect-recipients -d 'Fail unless the file would open for exactly this many keys' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -s i -l identity -d 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand write" -s j -l plugin -d 'Use the data-less identity of this age plugin (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -l as -d 'Act as this identity of the keyring' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand write" -l work-factor -d 'The cost of the passphrase: 2^N KiB of memory to try it (below 18 is easier to guess)' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -l max-work-factor -d 'Accept passphrase files up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -l plain -d 'Nothing of ours in the header: no list of who can open it, and no signature'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l edit -d 'Type the text in the editor that VISUAL or EDITOR names'
complete -c bulla -n "__fish_bulla_using_subcommand write" -s p -l passphrase -d 'With a passphrase instead of recipients'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l self -d 'For yourself too'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l hide-recipients -d 'Recipients are not told of each other'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l qr -d 'Draw the block as a QR code, where it is short enough for the terminal'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l no-sign -d 'Without your name under it'
complete -c bulla -n "__fish_bulla_using_subcommand write" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand write" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand write" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand read" -l from -d 'Refuse, with exit code 9, unless this contact, or your own identity of this name, signed it' -r
complete -c bulla -n "__fish_bulla_using_subcommand read" -s i -l identity -d 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand read" -s j -l plugin -d 'Use the data-less identity of this age plugin (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand read" -l as -d 'Act as this identity of the keyring' -r
complete -c bulla -n "__fish_bulla_using_subcommand read" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand read" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand read" -l max-work-factor -d 'Accept passphrase files up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand read" -l reply -d 'Then write an answer, to the contact who signed it; where standard output is no terminal, it is the answer\'s alone'
complete -c bulla -n "__fish_bulla_using_subcommand read" -l edit -d 'Type the answer in the editor that VISUAL or EDITOR names'
complete -c bulla -n "__fish_bulla_using_subcommand read" -s p -l passphrase -d 'It was closed with a passphrase: no key is tried'
complete -c bulla -n "__fish_bulla_using_subcommand read" -l json -d 'One JSON object for each message, its text in a field'
complete -c bulla -n "__fish_bulla_using_subcommand read" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand read" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand read" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand read" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand read" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand inspect" -l json -d 'One JSON object for each file'
complete -c bulla -n "__fish_bulla_using_subcommand inspect" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand inspect" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand inspect" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand inspect" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l from -d 'Refuse, with exit code 9, unless this contact, or your own identity of this name, signed it' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -s i -l identity -d 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand verify" -s j -l plugin -d 'Use the data-less identity of this age plugin (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l as -d 'Act as this identity of the keyring' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l header -d 'Open it by this header, which was sent apart (bulla share --header-out)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l max-work-factor -d 'Accept passphrase files up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l jobs -d 'Files at a time (0: as many as cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l threads -d 'Threads of one file (0: all cores); the config\'s threads otherwise, which is 0 unless set' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l json -d 'One JSON object for each file, on standard output'
complete -c bulla -n "__fish_bulla_using_subcommand verify" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand verify" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand who" -l from -d 'Refuse, with exit code 9, unless this contact, or your own identity of this name, signed it' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -s i -l identity -d 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand who" -s j -l plugin -d 'Use the data-less identity of this age plugin (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l as -d 'Act as this identity of the keyring' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand who" -l max-work-factor -d 'Accept passphrase files up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l jobs -d 'Files at a time (0: as many as cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l threads -d 'Threads of one file (0: all cores); the config\'s threads otherwise, which is 0 unless set' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l strict -d 'Fail with exit code 9 unless every key is proved and there is nothing to warn of'
complete -c bulla -n "__fish_bulla_using_subcommand who" -l json -d 'One JSON object for each file'
complete -c bulla -n "__fish_bulla_using_subcommand who" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand who" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand who" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand who" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand who" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand share" -s t -l to -d 'Let in this contact, group or identity of the keyring, or this recipient (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -s r -l recipient -d 'Let in this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …" (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -s R -l recipients-file -d 'Let in the recipients in this file; "-" is standard input (repeatable)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand share" -l header-out -d 'Write the new header alone, for somebody who has the file: it stays as it is ("-": standard output)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand share" -s i -l identity -d 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand share" -s j -l plugin -d 'Use the data-less identity of this age plugin (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -l as -d 'Act as this identity of the keyring' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand share" -l max-work-factor -d 'Accept passphrase files up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -l jobs -d 'Files at a time (0: as many as cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -l recursive -d 'Take all age files below folders; symlinks are not followed'
complete -c bulla -n "__fish_bulla_using_subcommand share" -l dry-run -d 'Say what would be done, and do nothing'
complete -c bulla -n "__fish_bulla_using_subcommand share" -s f -l force -d 'Replace the header file that stands there'
complete -c bulla -n "__fish_bulla_using_subcommand share" -l json -d 'One JSON object for each file, on standard output'
complete -c bulla -n "__fish_bulla_using_subcommand share" -l sign -d 'Sign the change: whoever opens the file sees that it is from you (always, with sign = true in the config)'
complete -c bulla -n "__fish_bulla_using_subcommand share" -l no-sign -d 'Do not sign the change, whatever the config says'
complete -c bulla -n "__fish_bulla_using_subcommand share" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand share" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand share" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand share" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand share" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -s d -l drop -d 'Take out this contact, group or identity of the keyring, or this recipient (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -s i -l identity -d 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -s j -l plugin -d 'Use the data-less identity of this age plugin (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l as -d 'Act as this identity of the keyring' -r
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l max-work-factor -d 'Accept passphrase files up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l jobs -d 'Files at a time (0: as many as cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l recursive -d 'Take all age files below folders; symlinks are not followed'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l dry-run -d 'Say what would be done, and do nothing'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l json -d 'One JSON object for each file, on standard output'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l sign -d 'Sign the change: whoever opens the file sees that it is from you (always, with sign = true in the config)'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l no-sign -d 'Do not sign the change, whatever the config says'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s t -l to -d 'For this contact, group or identity of the keyring, or this recipient; and for yourself (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s r -l recipient -d 'For this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …" (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s R -l recipients-file -d 'For the recipients in this file; "-" is standard input (repeatable)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l expect-recipients -d 'Fail unless the file would open for exactly this many keys' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s o -l output -d 'A file, or a folder that exists; "-" is standard output' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s i -l identity -d 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s j -l plugin -d 'Use the data-less identity of this age plugin (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l as -d 'Act as this identity of the keyring' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l work-factor -d 'The cost of the passphrase: 2^N KiB of memory to try it (below 18 is easier to guess)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l max-work-factor -d 'Accept passphrase files up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l jobs -d 'Files at a time (0: as many as cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l threads -d 'Threads of one file (0: all cores); the config\'s threads otherwise, which is 0 unless set' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l plain -d 'Nothing of ours in the header: neither who can open it nor who closed it'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l recursive -d 'Take all age files below folders; symlinks are not followed'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l dry-run -d 'Say what would be done, and do nothing'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s p -l passphrase -d 'With a passphrase instead of recipients'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l no-self -d 'Not for yourself too, though you may then not open it any more'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l hide-recipients -d 'Recipients are not told of each other'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s f -l force -d 'Replace what stands there'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l json -d 'One JSON object for each file, on standard output (on standard error when that carries the data)'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l sign -d 'Sign it: whoever opens it sees that it is from you (always, with sign = true in the config)'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l no-sign -d 'Do not sign it, whatever the config says'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -f -a "new" -d 'Make a new identity'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -f -a "list" -d 'List your identities'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -f -a "show" -d 'Show what is public of an identity'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -f -a "default" -d 'Show or choose the identity that is used where none is named'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -f -a "rename" -d 'Call an identity otherwise, in groups and in the config too'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -f -a "export" -d 'Write an identity\'s recipient, for others, or its secret keys, for other tools'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -f -a "import" -d 'Take keys from elsewhere into the keyring'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -f -a "passphrase" -d 'Change the passphrase of an identity'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -f -a "remove" -d 'Remove an identity, from groups and from the config too'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -f -a "backup" -d 'Write down the 24 words of an identity'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -f -a "restore" -d 'Make an identity again from its 24 words'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -f -a "rotate" -d 'Make new encryption keys of the same seed'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -f -a "succeed" -d 'Begin a new seed, and tell your contacts so in the word of the old one'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke" -f -a "revoke" -d 'Write the text that revokes an identity'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -s o -l output -d 'Write an identity file outside the keyring' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l work-factor -d 'The cost of the passphrase: 2^N KiB of memory to try it (below 18 is easier to guess)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l classic -d 'X25519 only: for people whose age cannot read post-quantum keys'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l no-passphrase -d 'Do not encrypt it: whoever can read the file can open everything (for machines)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -s f -l force -d 'Replace what stands there: a key that is replaced is lost'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -s a -l armor -d 'Write text instead of bytes'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from list" -l json -d 'One JSON object a line'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from list" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from list" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -s i -l identity -d 'Use this identity file (age files, encrypted ones, OpenSSH keys); "-" is standard input' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -s j -l plugin -d 'Use the data-less identity of this age plugin (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l max-work-factor -d 'Accept passphrase files up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l number -d 'Print its safety number alone, to be read to others by voice or in person'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l json -d 'One JSON object'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from default" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from default" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from default" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from default" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from default" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rename" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rename" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rename" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -s o -l output -d 'A file, or a folder that exists; "-" is standard output' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l max-work-factor -d 'Accept a passphrase up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l secret -d 'The secret keys: whoever has them can open everything'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l classic -d 'The classic keys (X25519)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l hybrid -d 'The post-quantum keys; they are meant where neither is said and there are some'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -s f -l force -d 'Replace what stands there'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -s r -l recipient -d 'The recipient of a plugin\'s identity, where the file does not tell it (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l work-factor -d 'The cost of the passphrase: 2^N KiB of memory to try it (below 18 is easier to guess)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l max-work-factor -d 'Accept passphrase files up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l no-passphrase -d 'Do not encrypt it: whoever can read the file can open everything (for machines)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l work-factor -d 'The cost of the passphrase: 2^N KiB of memory to try it (below 18 is easier to guess)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l max-work-factor -d 'Accept a present passphrase up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l no-passphrase -d 'Take the passphrase away: whoever can read the file can open everything (for machines)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Do not ask'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -s f -l force -d 'Also the only one'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -s o -l output -d 'Write a sheet to be printed, instead of showing them' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -l max-work-factor -d 'Accept a passphrase up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -s f -l force -d 'Replace what stands there'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l epochs -d 'How many times its keys were made anew, with the first' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l work-factor -d 'The cost of the passphrase: 2^N KiB of memory to try it (below 18 is easier to guess)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l classic -d 'It was a classic one: X25519 only'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l no-passphrase -d 'Do not encrypt it: whoever can read the file can open everything (for machines)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -l max-work-factor -d 'Accept a passphrase up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -l max-work-factor -d 'Accept a passphrase up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -s y -l yes -d 'Do not ask'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -l reason -d 'Why' -r -f -a "lost\t'Nobody has the key any more'
compromised\t'Somebody else may have it'
retired\t'It is not used any more'
unspecified\t'Not said; counts as compromised'"
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -s o -l output -d 'A file, or a folder that exists; "-" is standard output' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -l max-work-factor -d 'Accept a passphrase up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -s y -l yes -d 'Do not ask'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -s f -l force -d 'Replace what stands there'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "add" -d 'Take in somebody\'s card, or keys'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "list" -d 'List all contacts'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "show" -d 'Show all that is known of a contact'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "verify" -d 'Check somebody\'s keys with them'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "resolve" -d 'Decide which keys are right, after others came for a contact'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "revoke" -d 'Take in the revocation of somebody\'s key'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "rename" -d 'Call a contact otherwise, in groups too'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "remove" -d 'Remove a contact, from groups too'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "export" -d 'Write a contact\'s card, or keys, as a recipients file'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from add" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from add" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from list" -l json -d 'One JSON object for each contact'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from list" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from list" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from show" -l json -d 'One JSON object'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from show" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from show" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from verify" -l check -d 'The number or check value that was read out, instead of typing it (for scripts)' -r
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from verify" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from verify" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -l check -d 'The number or check value of the other keys that was read out, instead of typing it (for scripts)' -r
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -l keep -d 'Keep the pinned keys, and forget the others'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -l unverified -d 'Take the other keys without a check: whoever sent them could have made them'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from revoke" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from revoke" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from rename" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from rename" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from rename" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from remove" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from remove" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -s o -l output -d 'A file, or a folder that exists; "-" is standard output' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -s f -l force -d 'Replace what stands there'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -f -a "create" -d 'Make a new group'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -f -a "add" -d 'Put somebody into a group'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -f -a "drop" -d 'Take somebody out of a group'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -f -a "list" -d 'List all groups'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -f -a "show" -d 'Show who is in a group, and what they lack'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -f -a "rename" -d 'Call a group otherwise, in other groups too'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -f -a "remove" -d 'Remove a group, from other groups too; its members stay'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from create" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from create" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from add" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from add" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from drop" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from drop" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from drop" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from drop" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from drop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from list" -l json -d 'One JSON object for each group'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from list" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from list" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from show" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from show" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from rename" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from rename" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from rename" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from remove" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from remove" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand card" -l name -d 'What others shall call you: up to 64 characters; the identity\'s name at first' -r
complete -c bulla -n "__fish_bulla_using_subcommand card" -l expires -d 'The last day it is good for: a date (2028-11-23) or a time from now (90d, 2y)' -r
complete -c bulla -n "__fish_bulla_using_subcommand card" -s o -l output -d 'A file, or a folder that exists; "-" is standard output' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand card" -l as -d 'Of this identity of the keyring; of the default one otherwise' -r
complete -c bulla -n "__fish_bulla_using_subcommand card" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand card" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand card" -l max-work-factor -d 'Accept a passphrase up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand card" -l renew -d 'Make the next card, with another serial number and two more years'
complete -c bulla -n "__fish_bulla_using_subcommand card" -s f -l force -d 'Replace what stands there'
complete -c bulla -n "__fish_bulla_using_subcommand card" -s a -l armor -d 'Text that survives chats and mail: quoted, wrapped, among other words'
complete -c bulla -n "__fish_bulla_using_subcommand card" -l qr -d 'A QR code: drawn on the terminal (classic cards), or a picture with -o x.png or -o x.svg'
complete -c bulla -n "__fish_bulla_using_subcommand card" -l json -d 'One JSON object'
complete -c bulla -n "__fish_bulla_using_subcommand card" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand card" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand card" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand card" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand card" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l for -d 'How long: 90s, 15m, 8h (15m unless the config\'s unlock_for says otherwise)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l passphrase-fd -d 'Read the first passphrase asked for from this descriptor (its first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l passphrase-file -d 'Read the first passphrase asked for from this file (its first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l max-work-factor -d 'Accept a passphrase up to this cost (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand lock" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand lock" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand lock" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand lock" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand lock" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand config" -l json -d 'One JSON object'
complete -c bulla -n "__fish_bulla_using_subcommand config" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand config" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand config" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand config" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand doctor" -l json -d 'One JSON object'
complete -c bulla -n "__fish_bulla_using_subcommand doctor" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand doctor" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand doctor" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand doctor" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand bench" -l threads -d 'The most threads to try (0: all cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand bench" -l json -d 'One JSON object'
complete -c bulla -n "__fish_bulla_using_subcommand bench" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand bench" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand bench" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand bench" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand bench" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand completions" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand completions" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand completions" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand completions" -l no-progress -d 'Draw no progress'
complete -c bulla -n "__fish_bulla_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand help" -s q -l quiet -d 'Say only what went wrong'
complete -c bulla -n "__fish_bulla_using_subcommand help" -s v -l verbose -d 'Say more about what is done'
complete -c bulla -n "__fish_bulla_using_subcommand help" -l no-prompt -d 'Never ask: fail, naming the flag that would have answered'
complete -c bulla -n "__fish_bulla_using_subcommand help" -l no-progress -d 'Draw no progress'
