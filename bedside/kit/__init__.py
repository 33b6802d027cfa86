"""What every room stands on. Nothing in here knows a word that only a hospital would use."""
