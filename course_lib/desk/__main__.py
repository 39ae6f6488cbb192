"""`python -m course_lib.desk`, for where the command `learning-to-draw` is on no path."""

import sys

from course_lib.desk.command import main

sys.exit(main())
