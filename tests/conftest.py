"""What all rooms' tests share."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # `tune_main` is a module at the top
