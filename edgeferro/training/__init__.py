"""``edgeferro train``: a chip learns a task, sample by sample, and is measured."""
