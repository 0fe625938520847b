# Completions of bulla, with your contacts, groups and identities. The program itself knows them.
COMPLETE=fish bulla | source
