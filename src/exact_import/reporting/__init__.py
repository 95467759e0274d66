"""What happened: counted, as JSON, and as a page of HTML."""
