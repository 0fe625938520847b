# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_bulla_global_optspecs
    string join \n q/quiet v/verbose json no-prompt no-progress keep-cached h/help V/version
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

complete -c bulla -n "__fish_bulla_needs_command" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_needs_command" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_needs_command" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_needs_command" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_needs_command" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_needs_command" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_needs_command" -s V -l version -d 'Print version'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "encrypt" -d 'Encrypt files, folders or standard input'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "decrypt" -d 'Decrypt files or standard input'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "write" -d 'Write a short message to paste into a chat or mail'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "read" -d 'Decrypt a message that you paste'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "inspect" -d 'Show what can be seen without a key'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "verify" -d 'Check that files are intact, without writing anything'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "list" -d 'Show what is in an archive'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "extract" -d 'Extract some of the files in an archive'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "cat" -d 'Write part of the contents of a file to standard output'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "rescue" -d 'Write what is still intact in a damaged file'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "who" -d 'Show who encrypted a file, and who can open it'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "check" -d 'Check who can open files against the policies of their folders'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "drill" -d 'Prove that backups can be restored, with a key that is kept somewhere else'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "share" -d 'Let someone else open files that you can open'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "unshare" -d 'Remove someone\'s access to this copy of a file'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "reseal" -d 'Encrypt files again with a new key, for a new set of people'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "edit" -d 'Edit an encrypted file, for the same readers'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "identity" -d 'Manage your own keys'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "contact" -d 'Manage other people\'s keys'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "group" -d 'Manage groups of contacts'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "card" -d 'Print your contact card, to send to others'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "unlock" -d 'Unlock an identity for a while'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "lock" -d 'Lock one unlocked identity, or all'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "config" -d 'Show settings and where each one comes from, or set one'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "doctor" -d 'Find problems and risks, and say how to fix them'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "bench" -d 'Measure how fast this machine encrypts'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "age" -d 'Encrypt or decrypt with the command line of age'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "age-keygen" -d 'Create a key with the command line of age-keygen'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "age-inspect" -d 'Show what can be seen without a key, with the command line of age-inspect'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "completions" -d 'Print shell completions'
complete -c bulla -n "__fish_bulla_needs_command" -f -a "help" -d 'Show help for a command'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s t -l to -d 'Encrypt to this contact, group, identity or age1… key, and to yourself (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s r -l recipient -d 'Encrypt to this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …" (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s R -l recipients-file -d 'Encrypt to the recipients in this file; "-" is standard input (repeatable)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l expect-recipients -d 'Fail unless exactly N keys can open the file' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s o -l output -d 'Output file, or an existing folder ("-": standard output)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l status-file -d 'Write to this file, for monitoring, when the last file was encrypted (NAME.prom or NAME.json)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l files-from -d 'Encrypt the files in this list, one per line ("-": standard input); with --each, paths below the folder' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l zstd -d 'Compress folders with zstd, at a level from 1 (fast) to 19 (small) [default: 3]' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l exclude -d 'Leave out what matches this pattern, as in .gitignore (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l min-size -d 'Fail if the input is smaller than this: 4096, 64K, 10M, 2G (K is 1024)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l at-least -d 'Fail if the input is smaller than this part of what the replaced file contains: 50%' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l expect-end -d 'Fail unless the input ends with this text or line, and leave it out: for pipes without pipefail' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l as -d 'Use this identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l work-factor -d 'Work factor of the passphrase: 2^N KiB of memory for each guess (below 18 is easier to guess)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l jobs -d 'Process N files at once (default: one per core)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l threads -d 'Threads per file (default: all cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s p -l passphrase -d 'Encrypt with a passphrase instead'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l no-self -d 'Do not also encrypt to yourself'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l hide-recipients -d 'Hide from each recipient who the others are'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l require-post-quantum -d 'Fail unless every recipient has a post-quantum key'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s f -l force -d 'Overwrite existing files'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s a -l armor -d 'Write text (armor) instead of binary data'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l no-armor -d 'Write binary data even if the config says armor = true'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l plain -d 'Write a bare age file, without reader list or signature'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l again -d 'Encrypt even if the input is already encrypted'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l sign -d 'Sign, so that readers see it is from you (default with sign = true in the config)'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l no-sign -d 'Do not sign, even if the config says sign = true'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l recursive -d 'Encrypt every file below the folders, each beside its input'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l null -d 'Paths in --files-from end in zero bytes, as from find -print0'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l one-file-system -d 'Do not pack what is on other file systems'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l xattrs -d 'Also pack extended attributes and access control lists'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l no-pad -d 'Do not hide the length of a folder\'s archive with padding'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l each -d 'Encrypt every file below the folder into the folder of -o, under the same names'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l if-changed -d 'With --each: leave files whose contents, readers and name are as before'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l names -d 'With --each: hide the names of files and folders'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l delete -d 'With --each: remove outputs whose files are gone, up to half of all'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l delete-most -d 'With --delete: also if more than half of the outputs would be removed'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l allow-empty -d 'Accept a command that writes nothing'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand encrypt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -s o -l output -d 'Output file, or an existing folder ("-": standard output)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l from -d 'Fail with exit code 9 unless this contact (or your identity of this name) signed it, and nobody else could have made the contents' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l from-origin -d 'Like --from, but accept contents that one of the readers could have changed' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l as -d 'Use this identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l header -d 'Use this detached header (see bulla share --header-out)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l max-recipients -d 'Allow files with up to N recipients' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l max-arguments -d 'Allow recipients with up to N arguments in the header' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l jobs -d 'Process N files at once (default: one per core)' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l threads -d 'Threads per file (default: all cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -s f -l force -d 'Overwrite existing files'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l stream -d 'Write output as it is checked; the end may still turn out missing or unsigned'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l recursive -d 'Decrypt every file below the folders, each beside its input'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l no-unpack -d 'Write the archive instead of recreating its folder'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l preserve -d 'Restore exact modes (the umask is ignored), extended attributes and, as root, owners'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l each -d 'Decrypt every file below the folder into the folder of -o, under the names it had'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -s p -l passphrase -d 'The file was encrypted with a passphrase (bulla finds out by itself)'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand decrypt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand write" -s t -l to -d 'Encrypt to this contact, group, identity or age1… key, but not to yourself (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -s r -l recipient -d 'Encrypt to this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …" (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -s R -l recipients-file -d 'Encrypt to the recipients in this file; "-" is standard input (repeatable)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand write" -l expect-recipients -d 'Fail unless exactly N keys can open the file' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -s o -l output -d 'Write the message to this file ("-": standard output)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand write" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand write" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -l as -d 'Use this identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand write" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -l work-factor -d 'Work factor of the passphrase: 2^N KiB of memory for each guess (below 18 is easier to guess)' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand write" -l classic -d 'Use only classic keys, which make the message about 2,000 characters shorter for each reader, but do not resist quantum computers'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l edit -d 'Write the message in your editor (VISUAL or EDITOR)'
complete -c bulla -n "__fish_bulla_using_subcommand write" -s p -l passphrase -d 'Encrypt with a passphrase instead'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l self -d 'Also encrypt to yourself'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l hide-recipients -d 'Hide from each recipient who the others are'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l require-post-quantum -d 'Fail unless every recipient has a post-quantum key'
complete -c bulla -n "__fish_bulla_using_subcommand write" -s f -l force -d 'Overwrite existing files'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l qr -d 'Also draw a QR code, if the message is short enough for the terminal'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l plain -d 'Write a bare age file, without reader list or signature'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l no-sign -d 'Do not sign the message'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l post-quantum-signature -d 'Sign so that not even a quantum computer can forge it (makes the message 9,400 characters longer)'
complete -c bulla -n "__fish_bulla_using_subcommand write" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand write" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand write" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand write" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand read" -l from -d 'Fail with exit code 9 unless this contact (or your identity of this name) signed it, and nobody else could have made the contents' -r
complete -c bulla -n "__fish_bulla_using_subcommand read" -l from-origin -d 'Like --from, but accept contents that one of the readers could have changed' -r
complete -c bulla -n "__fish_bulla_using_subcommand read" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand read" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand read" -l as -d 'Use this identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand read" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand read" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand read" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand read" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand read" -l max-recipients -d 'Allow files with up to N recipients' -r
complete -c bulla -n "__fish_bulla_using_subcommand read" -l max-arguments -d 'Allow recipients with up to N arguments in the header' -r
complete -c bulla -n "__fish_bulla_using_subcommand read" -l reply -d 'Then write a reply to the contact who signed it. If standard output is not a terminal, it gets only the reply'
complete -c bulla -n "__fish_bulla_using_subcommand read" -l edit -d 'Write the reply in your editor (VISUAL or EDITOR)'
complete -c bulla -n "__fish_bulla_using_subcommand read" -s p -l passphrase -d 'The message was encrypted with a passphrase'
complete -c bulla -n "__fish_bulla_using_subcommand read" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand read" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand read" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand read" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand read" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand read" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand read" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand inspect" -l max-recipients -d 'Allow files with up to N recipients' -r
complete -c bulla -n "__fish_bulla_using_subcommand inspect" -l max-arguments -d 'Allow recipients with up to N arguments in the header' -r
complete -c bulla -n "__fish_bulla_using_subcommand inspect" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand inspect" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand inspect" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand inspect" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand inspect" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand inspect" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l from -d 'Fail with exit code 9 unless this contact (or your identity of this name) signed it, and nobody else could have made the contents' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l from-origin -d 'Like --from, but accept contents that one of the readers could have changed' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l require -d 'Fail with exit code 7 unless this contact, group or identity can open the file (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l sample -d 'Verify only some files: a number (3) or a percentage (5%) at random, or the oldest one, by the time of its last modification' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand verify" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l as -d 'Use this identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l header -d 'Use this detached header (see bulla share --header-out)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l max-recipients -d 'Allow files with up to N recipients' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l max-arguments -d 'Allow recipients with up to N arguments in the header' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l jobs -d 'Process N files at once (default: one per core)' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l threads -d 'Threads per file (default: all cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l structure -d 'Use no key, and check only what can be checked without one: header, armor and length'
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l recursive -d 'Include all age files in folders; symlinks are not followed'
complete -c bulla -n "__fish_bulla_using_subcommand verify" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand verify" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand verify" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand list" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand list" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand list" -l as -d 'Use this identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand list" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand list" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand list" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand list" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand list" -l max-recipients -d 'Allow files with up to N recipients' -r
complete -c bulla -n "__fish_bulla_using_subcommand list" -l max-arguments -d 'Allow recipients with up to N arguments in the header' -r
complete -c bulla -n "__fish_bulla_using_subcommand list" -l jobs -d 'Process N files at once (default: one per core)' -r
complete -c bulla -n "__fish_bulla_using_subcommand list" -l threads -d 'Threads per file (default: all cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand list" -s l -l long -d 'Also show modes, owners, sizes and times (UTC)'
complete -c bulla -n "__fish_bulla_using_subcommand list" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand list" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand list" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand list" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand list" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand list" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand extract" -s o -l output -d 'New folder (default: the name of the archive, beside it)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l from -d 'Fail with exit code 9 unless this contact (or your identity of this name) signed it, and nobody else could have made the contents' -r
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l from-origin -d 'Like --from, but accept contents that one of the readers could have changed' -r
complete -c bulla -n "__fish_bulla_using_subcommand extract" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand extract" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l as -d 'Use this identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l max-recipients -d 'Allow files with up to N recipients' -r
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l max-arguments -d 'Allow recipients with up to N arguments in the header' -r
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l jobs -d 'Process N files at once (default: one per core)' -r
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l threads -d 'Threads per file (default: all cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l preserve -d 'Restore exact modes (the umask is ignored), extended attributes and, as root, owners'
complete -c bulla -n "__fish_bulla_using_subcommand extract" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand extract" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand extract" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand extract" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand cat" -l offset -d 'Begin after this many bytes of the contents: 4096, 64K, 10M (K is 1024)' -r
complete -c bulla -n "__fish_bulla_using_subcommand cat" -l length -d 'Write this many bytes [default: all that follow]' -r
complete -c bulla -n "__fish_bulla_using_subcommand cat" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand cat" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand cat" -l as -d 'Use this identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand cat" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand cat" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand cat" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand cat" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand cat" -l max-recipients -d 'Allow files with up to N recipients' -r
complete -c bulla -n "__fish_bulla_using_subcommand cat" -l max-arguments -d 'Allow recipients with up to N arguments in the header' -r
complete -c bulla -n "__fish_bulla_using_subcommand cat" -l jobs -d 'Process N files at once (default: one per core)' -r
complete -c bulla -n "__fish_bulla_using_subcommand cat" -l threads -d 'Threads per file (default: all cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand cat" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand cat" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand cat" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand cat" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand cat" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand cat" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand cat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -s o -l output -d 'Output file, or an existing folder' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -l as -d 'Use this identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -l header -d 'Use this detached header (see bulla share --header-out)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -l max-recipients -d 'Allow files with up to N recipients' -r
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -l max-arguments -d 'Allow recipients with up to N arguments in the header' -r
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -s f -l force -d 'Overwrite existing files'
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand rescue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand who" -l from -d 'Fail with exit code 9 unless this contact (or your identity of this name) signed it, and nobody else could have made the contents' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l from-origin -d 'Like --from, but accept contents that one of the readers could have changed' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l require -d 'Fail with exit code 7 unless this contact, group or identity can open the file (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l can-open -d 'Show only files that this contact, identity or member of a group may be able to open' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l not-for -d 'Show only files that are not known to be open to this contact, group or identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand who" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l as -d 'Use this identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand who" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l max-recipients -d 'Allow files with up to N recipients' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l max-arguments -d 'Allow recipients with up to N arguments in the header' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l jobs -d 'Process N files at once (default: one per core)' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l threads -d 'Threads per file (default: all cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand who" -l csv -d 'Print a table (CSV) instead of text'
complete -c bulla -n "__fish_bulla_using_subcommand who" -l strict -d 'Exit with code 9 unless every reader is proved and there are no warnings'
complete -c bulla -n "__fish_bulla_using_subcommand who" -s r -l recursive -d 'Look at all age files in folders, one line each: only the headers, not the contents'
complete -c bulla -n "__fish_bulla_using_subcommand who" -l unproved -d 'Show only files with a reader who is not proved, or with a warning'
complete -c bulla -n "__fish_bulla_using_subcommand who" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand who" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand who" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand who" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand who" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand who" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand who" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand check" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand check" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand check" -l as -d 'Use this identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand check" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand check" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand check" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand check" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand check" -l max-recipients -d 'Allow files with up to N recipients' -r
complete -c bulla -n "__fish_bulla_using_subcommand check" -l max-arguments -d 'Allow recipients with up to N arguments in the header' -r
complete -c bulla -n "__fish_bulla_using_subcommand check" -l jobs -d 'Process N files at once (default: one per core)' -r
complete -c bulla -n "__fish_bulla_using_subcommand check" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand check" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand check" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand check" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand check" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand check" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l receipts -d 'Keep the receipts in this file (default: receipts.jsonl in the state folder)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l status-file -d 'Write to this file, for monitoring, when the last drill was (NAME.prom or NAME.json)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l signed-by -d 'Fail with exit code 9 unless this contact (or your identity of this name) signed the copy' -r
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l not-older -d 'Fail if the newest copy was made longer ago than this (36h, 2d)' -r
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l against -d 'Fail if the contents differ from this folder, or the modes or symlinks of an archive' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l sample -d 'Try only some copies: a number (3) or a percentage (5%) at random, or the oldest one' -r
complete -c bulla -n "__fish_bulla_using_subcommand drill" -s i -l identity -d 'The key that must open the copies: an identity of yours, or an identity file' -r
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l words -d 'Ask for the 24 backup words and try the key that they stand for, without storing it (=PATH: read them, or the sheet, from a file)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l epochs -d 'Number of key epochs of the words (1 if the keys were never rotated; the backup sheet says how many)' -r
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l max-recipients -d 'Allow files with up to N recipients' -r
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l max-arguments -d 'Allow recipients with up to N arguments in the header' -r
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l jobs -d 'Process N files at once (default: one per core)' -r
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l threads -d 'Threads per file (default: all cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l history -d 'List the receipts of earlier drills, and verify them'
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l daily -d 'Accept the identity that you use every day (without --identity: take it)'
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l classic -d 'The words are of an identity that was created with --classic (the backup sheet says so)'
complete -c bulla -n "__fish_bulla_using_subcommand drill" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand drill" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand drill" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand drill" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand share" -s t -l to -d 'Add this contact, group, identity or age1… key (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -s r -l recipient -d 'Add this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …" (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -s R -l recipients-file -d 'Add the recipients in this file; "-" is standard input (repeatable)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand share" -l header-out -d 'Write only the new header, for someone who already has the file; the file is not changed ("-": standard output)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand share" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand share" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -l as -d 'Use this identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand share" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -l max-recipients -d 'Allow files with up to N recipients' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -l max-arguments -d 'Allow recipients with up to N arguments in the header' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -l jobs -d 'Process N files at once (default: one per core)' -r
complete -c bulla -n "__fish_bulla_using_subcommand share" -l require-post-quantum -d 'Fail unless every recipient has a post-quantum key'
complete -c bulla -n "__fish_bulla_using_subcommand share" -s f -l force -d 'Overwrite an existing header file'
complete -c bulla -n "__fish_bulla_using_subcommand share" -l sign -d 'Sign the change, so that readers see it is from you (default with sign = true in the config)'
complete -c bulla -n "__fish_bulla_using_subcommand share" -l no-sign -d 'Do not sign the change, even if the config says sign = true'
complete -c bulla -n "__fish_bulla_using_subcommand share" -l recursive -d 'Include all age files in folders; symlinks are not followed'
complete -c bulla -n "__fish_bulla_using_subcommand share" -l dry-run -d 'Show what would be done, without doing it'
complete -c bulla -n "__fish_bulla_using_subcommand share" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand share" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand share" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand share" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand share" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand share" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand share" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -s d -l drop -d 'Remove this contact, group, identity or age1… key (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l as -d 'Use this identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l max-recipients -d 'Allow files with up to N recipients' -r
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l max-arguments -d 'Allow recipients with up to N arguments in the header' -r
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l jobs -d 'Process N files at once (default: one per core)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l sign -d 'Sign the change, so that readers see it is from you (default with sign = true in the config)'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l no-sign -d 'Do not sign the change, even if the config says sign = true'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l recursive -d 'Include all age files in folders; symlinks are not followed'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l dry-run -d 'Show what would be done, without doing it'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand unshare" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s t -l to -d 'Encrypt to this contact, group, identity or age1… key, and to yourself (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s r -l recipient -d 'Encrypt to this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …" (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s R -l recipients-file -d 'Encrypt to the recipients in this file; "-" is standard input (repeatable)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l expect-recipients -d 'Fail unless exactly N keys can open the file' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s o -l output -d 'Output file, or an existing folder ("-": standard output)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l as -d 'Use this identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l new-passphrase-fd -d 'Read the new passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l new-passphrase-file -d 'Read the new passphrase from this file (first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l work-factor -d 'Work factor of the passphrase: 2^N KiB of memory for each guess (below 18 is easier to guess)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l max-recipients -d 'Allow files with up to N recipients' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l max-arguments -d 'Allow recipients with up to N arguments in the header' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l jobs -d 'Process N files at once (default: one per core)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l threads -d 'Threads per file (default: all cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s p -l passphrase -d 'Encrypt with a passphrase instead'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l no-self -d 'Do not also encrypt to yourself; you may lose access'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l hide-recipients -d 'Hide from each recipient who the others are'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l require-post-quantum -d 'Fail unless every recipient has a post-quantum key'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s f -l force -d 'Overwrite existing files'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l plain -d 'Write a bare age file, without reader list or signature'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l sign -d 'Sign, so that readers see it is from you (default with sign = true in the config)'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l no-sign -d 'Do not sign, even if the config says sign = true'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l recursive -d 'Include all age files in folders; symlinks are not followed'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l dry-run -d 'Show what would be done, without doing it'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand reseal" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand edit" -s t -l to -d 'Encrypt to this contact, group, identity or age1… key, and to yourself, instead of the current readers (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand edit" -s r -l recipient -d 'Encrypt to this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …" (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand edit" -s R -l recipients-file -d 'Encrypt to the recipients in this file; "-" is standard input (repeatable)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l expect-recipients -d 'Fail unless exactly N keys can open the file' -r
complete -c bulla -n "__fish_bulla_using_subcommand edit" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand edit" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l as -d 'Use this identity' -r
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l new-passphrase-fd -d 'Read the new passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l new-passphrase-file -d 'Read the new passphrase from this file (first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l work-factor -d 'Work factor of the passphrase: 2^N KiB of memory for each guess (below 18 is easier to guess)' -r
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l max-recipients -d 'Allow files with up to N recipients' -r
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l max-arguments -d 'Allow recipients with up to N arguments in the header' -r
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l on-disk -d 'Edit on a disk if there is no folder in memory; the text stays on it while you edit'
complete -c bulla -n "__fish_bulla_using_subcommand edit" -s p -l passphrase -d 'Encrypt with a passphrase instead'
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l no-self -d 'With --to, do not also encrypt to yourself; you may lose access'
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l require-post-quantum -d 'Fail unless every recipient has a post-quantum key'
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l sign -d 'Sign, so that readers see it is from you (default with sign = true in the config)'
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l no-sign -d 'Do not sign, even if the config says sign = true'
complete -c bulla -n "__fish_bulla_using_subcommand edit" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand edit" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand edit" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -f -a "new" -d 'Create an identity'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -f -a "list" -d 'List your identities'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -f -a "show" -d 'Show an identity\'s public keys, safety number and check value'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -f -a "default" -d 'Show or choose the default identity'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -f -a "rename" -d 'Rename an identity (also in groups and the config)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -f -a "export" -d 'Print an identity\'s public key, or export its secret keys'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -f -a "import" -d 'Import keys from elsewhere'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -f -a "passphrase" -d 'Change the passphrase of an identity'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -f -a "remove" -d 'Delete an identity, also from groups and the config'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -f -a "backup" -d 'Write down the 24 backup words of an identity'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -f -a "restore" -d 'Restore an identity from its 24 backup words'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -f -a "rotate" -d 'Create new encryption keys from the same seed'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -f -a "succeed" -d 'Switch to new keys, announced and signed by the old ones'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -f -a "revoke" -d 'Create a revocation of an identity'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and not __fish_seen_subcommand_from new list show default rename export import passphrase remove backup restore rotate succeed revoke confirm" -f -a "confirm" -d 'Confirm on this machine that an identity is yours'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l card-name -d 'Your name on your card (default: the name of the identity)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -s o -l output -d 'Write an identity file outside the keyring ("-": standard output)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l work-factor -d 'Work factor of the passphrase: 2^N KiB of memory for each guess (below 18 is easier to guess)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l classic -d 'Create only a classic key (X25519), for people whose age cannot read post-quantum keys'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l signing-only -d 'Create an identity that signs and opens nothing: for a machine that only writes'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l no-passphrase -d 'Do not encrypt the identity file; anyone who can read it can open all your files (for servers)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -s f -l force -d 'Overwrite an existing file; any key in it is lost'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -s a -l armor -d 'Write text (armor) instead of binary data'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from list" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from list" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from list" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from list" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -s i -l identity -d 'Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -s j -l plugin -d 'Use this age plugin\'s default identity (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l number -d 'Print only the safety number, to read it to others in person or by phone'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from default" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from default" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from default" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from default" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from default" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from default" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from default" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rename" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rename" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rename" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rename" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rename" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -s o -l output -d 'Output file, or an existing folder ("-": standard output)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l secret -d 'Export the secret keys; anyone who has them can open all your files'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l classic -d 'Export the classic key (X25519)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l hybrid -d 'Export the post-quantum key (the default, if there is one)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -s f -l force -d 'Overwrite existing files'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l plugin -d 'Print what names this identity for age-plugin-bulla, without any secret'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -s r -l recipient -d 'Public key of a plugin identity, if the file does not contain it (repeatable)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l work-factor -d 'Work factor of the passphrase: 2^N KiB of memory for each guess (below 18 is easier to guess)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l no-passphrase -d 'Do not encrypt the identity file; anyone who can read it can open all your files (for servers)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l new-passphrase-fd -d 'Read the new passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l new-passphrase-file -d 'Read the new passphrase from this file (first line)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l work-factor -d 'Work factor of the passphrase: 2^N KiB of memory for each guess (below 18 is easier to guess)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l no-passphrase -d 'Remove the passphrase; anyone who can read the identity file can open all your files (for servers)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from passphrase" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Do not ask for confirmation'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -s f -l force -d 'Delete it even if it is your only identity'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -s o -l output -d 'Write a sheet for printing instead of showing the words' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -s f -l force -d 'Overwrite existing files'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from backup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l epochs -d 'Number of key epochs (1 if the keys were never rotated; the backup sheet says how many)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l work-factor -d 'Work factor of the passphrase: 2^N KiB of memory for each guess (below 18 is easier to guess)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l classic -d 'Restore an identity that was created with --classic (the backup sheet says so)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l signing-only -d 'Restore an identity that only signs'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l no-passphrase -d 'Do not encrypt the identity file; anyone who can read it can open all your files (for servers)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -s y -l yes -d 'Do not ask for confirmation'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from succeed" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -l reason -d 'The reason' -r -f -a "lost\t'The key is lost'
compromised\t'Someone else may have the key'
retired\t'The key is no longer used'
unspecified\t'No reason given; treated as compromised'"
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -s o -l output -d 'Output file, or an existing folder ("-": standard output)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -s y -l yes -d 'Do not ask for confirmation'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -s f -l force -d 'Overwrite existing files'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from confirm" -l check -d 'Confirm only keys with this safety number or check value. Look it up where they were made' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from confirm" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from confirm" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from confirm" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from confirm" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from confirm" -s y -l yes -d 'Do not ask for confirmation'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from confirm" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from confirm" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from confirm" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from confirm" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from confirm" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from confirm" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand identity; and __fish_seen_subcommand_from confirm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "add" -d 'Add someone, from their card or keys'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "list" -d 'List all contacts'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "show" -d 'Show everything about a contact'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "verify" -d 'Verify someone\'s keys with them'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "resolve" -d 'Decide which keys are right, after different ones arrived'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "revoke" -d 'Import someone\'s revocation of their key'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "rename" -d 'Rename a contact, also in groups'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "remove" -d 'Remove a contact (from groups too)'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and not __fish_seen_subcommand_from add list show verify resolve revoke rename remove export" -f -a "export" -d 'Write a contact\'s card or keys to a file'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from add" -s y -l yes -d 'Take the name on the card without asking'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from add" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from add" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from add" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from add" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from list" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from list" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from list" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from list" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from show" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from show" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from show" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from show" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from verify" -l check -d 'Use this safety number or check value instead of asking for it (for scripts)' -r
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from verify" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from verify" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from verify" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from verify" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -l check -d 'Use this safety number or check value instead of asking for it (for scripts)' -r
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -l keep -d 'Keep the saved keys and drop the new ones'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -l unverified -d 'Accept the new keys without verifying them; they could be anyone\'s'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from resolve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from revoke" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from revoke" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from revoke" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from revoke" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from rename" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from rename" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from rename" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from rename" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from rename" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from remove" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from remove" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from remove" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -s o -l output -d 'Output file, or an existing folder ("-": standard output)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -s f -l force -d 'Overwrite existing files'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand contact; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -f -a "create" -d 'Create a group'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -f -a "add" -d 'Add members to a group'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -f -a "drop" -d 'Remove members from a group'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -f -a "list" -d 'List all groups'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -f -a "show" -d 'Show the members of a group and their problems'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -f -a "rename" -d 'Rename a group, also in other groups'
complete -c bulla -n "__fish_bulla_using_subcommand group; and not __fish_seen_subcommand_from create add drop list show rename remove" -f -a "remove" -d 'Remove a group, also from other groups; its members stay'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from create" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from create" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from create" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from create" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from add" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from add" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from add" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from add" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from drop" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from drop" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from drop" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from drop" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from drop" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from drop" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from drop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from list" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from list" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from list" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from list" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from show" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from show" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from show" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from show" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from rename" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from rename" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from rename" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from rename" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from rename" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from remove" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from remove" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from remove" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand group; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand card" -l name -d 'Your name on the card, up to 64 characters (default: the name of the identity)' -r
complete -c bulla -n "__fish_bulla_using_subcommand card" -l expires -d 'Last day the card is valid: a date (2028-11-23) or a time from now (90d, 2y)' -r
complete -c bulla -n "__fish_bulla_using_subcommand card" -s o -l output -d 'Output file, or an existing folder ("-": standard output)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand card" -l as -d 'Use this identity (default: your default identity)' -r
complete -c bulla -n "__fish_bulla_using_subcommand card" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand card" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand card" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand card" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand card" -l renew -d 'Make a new card, valid for two more years'
complete -c bulla -n "__fish_bulla_using_subcommand card" -s f -l force -d 'Overwrite existing files'
complete -c bulla -n "__fish_bulla_using_subcommand card" -s a -l armor -d 'Write text that survives chats and mail, even quoted or wrapped'
complete -c bulla -n "__fish_bulla_using_subcommand card" -l qr -d 'Write a QR code: on the terminal (classic cards only), or as a picture with -o x.png or -o x.svg'
complete -c bulla -n "__fish_bulla_using_subcommand card" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand card" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand card" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand card" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand card" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand card" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand card" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l for -d 'How long: 90s, 15m, 8h (default: unlock_for in the config, or 15m)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l passphrase-fd -d 'Read the passphrase from file descriptor N (first line)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l passphrase-file -d 'Read the passphrase from this file (first line; "-": standard input)' -r -F
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l askpass -d 'Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal' -r
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l max-work-factor -d 'Allow passphrases with a work factor up to N (2^N KiB of memory)' -r
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l list -d 'List what is unlocked, and unlock nothing'
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand unlock" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand lock" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand lock" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand lock" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand lock" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand lock" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand lock" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand lock" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand config" -l unset -d 'Remove the setting, so that its default applies'
complete -c bulla -n "__fish_bulla_using_subcommand config" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand config" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand config" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand config" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand config" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand config" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand doctor" -l fix -d 'Remove what killed runs left behind, where no other machine can be using it'
complete -c bulla -n "__fish_bulla_using_subcommand doctor" -l strict -d 'Fail also if there is only advice'
complete -c bulla -n "__fish_bulla_using_subcommand doctor" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand doctor" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand doctor" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand doctor" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand doctor" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand doctor" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand bench" -l threads -d 'Largest number of threads to try (default: all cores)' -r
complete -c bulla -n "__fish_bulla_using_subcommand bench" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand bench" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand bench" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand bench" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand bench" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand bench" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand bench" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand age" -s h -l help -d 'Print the options of age'
complete -c bulla -n "__fish_bulla_using_subcommand age-keygen" -s h -l help -d 'Print the options of age-keygen'
complete -c bulla -n "__fish_bulla_using_subcommand age-inspect" -s h -l help -d 'Print the options of age-inspect'
complete -c bulla -n "__fish_bulla_using_subcommand completions" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand completions" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand completions" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand completions" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand completions" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand completions" -l keep-cached -d 'Keep large files in memory after they are read and written'
complete -c bulla -n "__fish_bulla_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bulla -n "__fish_bulla_using_subcommand help" -s q -l quiet -d 'Print only errors and warnings'
complete -c bulla -n "__fish_bulla_using_subcommand help" -s v -l verbose -d 'Print more details'
complete -c bulla -n "__fish_bulla_using_subcommand help" -l json -d 'Print JSON instead of text to standard output: an object per line (see docs/json.md)'
complete -c bulla -n "__fish_bulla_using_subcommand help" -l no-prompt -d 'Never ask questions; fail and say which option to use instead'
complete -c bulla -n "__fish_bulla_using_subcommand help" -l no-progress -d 'Hide the progress bar'
complete -c bulla -n "__fish_bulla_using_subcommand help" -l keep-cached -d 'Keep large files in memory after they are read and written'
