"""What kind of source: classifiers, trained with scikit-learn, applied with numpy; ranking.

A model is arrays (`forest.py`), with what is to be known of them (`model.py`); it is read from
files and from the database by `stored.py`, which runs nothing of what it reads. `training.py`
makes one of examples (`examples.py`, `simulated.py`), `judging.py` tells how good it is, and
`applying.py` has sources classified. Which sources to look at first, `ranking.py` tells.
"""
