"""Run an attempt in a confined process of its own, and send back what it answered."""
