"""What happened: counts, JSON, an HTML page, and notifications."""
