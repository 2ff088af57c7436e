"""Configuration: TOML files and SQL, and what turns them into frozen, checked objects."""
