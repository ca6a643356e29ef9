"""What ships with the course beside its code; installed, this folder is `course_lib.bundled`."""
