"""What is signed, sent and verified: keys, tokens, OAuth, and the codes that go out by SMS."""
