"""Campaigns: whom they are for, what they say, when it goes out and what came of it. The front door."""
