"""What hospitals earned, what owners are owed, and what they were paid. The front door."""

__all__: list[str] = []
