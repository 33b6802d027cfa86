"""What is said to owners and by them: communications, notices, satisfaction, their own pages. The front door."""

__all__: list[str] = []
