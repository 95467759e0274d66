"""Settings: options, environment, `.env` and INI as one frozen object."""
