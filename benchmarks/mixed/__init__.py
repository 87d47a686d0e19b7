"""Tables of numbers and categories: held-out probability, and what drawn rows are good for.

One file a library, and in each of them functions of one signature, ``(rows, seed) -> Model``.
"""
