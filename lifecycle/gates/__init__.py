"""What a gate asks, why it is due and what is recommended: pure, from facts that were loaded once."""
