"""What happens to calls and records when something fails: real faults on a real Asterisk, one by one."""
