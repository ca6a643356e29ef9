"""For all tests, the notebooks' too."""

import os
import tempfile

# Set before any kernel starts: each run begins with nothing solved, and a learner's own progress
# file is never touched.
scratch = tempfile.TemporaryDirectory()
os.environ["COURSE_PROGRESS"] = os.path.join(scratch.name, ".course_progress.json")

# Two workers share two cores. With more threads than cores, tiny networks crawl.
os.environ.setdefault("OMP_NUM_THREADS", "1")
