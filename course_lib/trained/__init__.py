"""Networks that were trained: published ones, the course's own, and files that you write."""
