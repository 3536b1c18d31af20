"""The tasks of compile as users of other tools write them, and in plain C."""
