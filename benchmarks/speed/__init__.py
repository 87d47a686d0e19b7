"""What things cost: fits, single steps of training, many rows, scores, and steps on a GPU.

The libraries that are compared by the step have one file each, and in each of them functions of
one signature, ``(K, d, seed, device) -> Step``.
"""
