"""Held-out log-likelihood of real tables, of scikit-learn, other libraries' flows, and ours.

One file a library, and in each of them functions of one signature,
``(split, seed, limit) -> Fitted``.
"""
