"""Whose turn it is to call what changes the state of the whole process. Uses no library."""

import threading

scikit_learn_turn = threading.RLock()
"""Held while a fit calls scikit-learn, which saves and restores the process's warning filters in
many places: where two threads overlap, one restores what the other has changed, and a filter
stays behind. Training takes no turns, and neither does `predict`."""
