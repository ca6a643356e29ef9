"""What instructors and maintainers run: building notebooks, editions, slides, grading."""
