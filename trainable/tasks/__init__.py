"""The tasks that ship, each written just as a user would write one."""
