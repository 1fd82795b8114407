"""Who asks and what they may: people, departments, roles, sign-ins, tokens, audit."""
