"""Generation: the output of each step is fed back as the next input."""
