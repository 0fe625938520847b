//! Blocks that went through chats and mails: read right, or refused with what is wrong.
