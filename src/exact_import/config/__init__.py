"""What the user wants: options, environment, `.env` and INI as one frozen whole."""
