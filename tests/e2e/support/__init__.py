"""What the end-to-end tests share. Each module is about one thing and says what."""
