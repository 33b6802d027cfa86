"""What each wire says. A folder a provider, the same files in each: wire.py, errors.py, webhooks.py."""
