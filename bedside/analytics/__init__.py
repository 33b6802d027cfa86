"""What managers and the desk look at: read models over the rooms below. It writes nothing."""
