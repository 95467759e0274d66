"""What happened: counted, as JSON, as a page of HTML, and as notifications."""
