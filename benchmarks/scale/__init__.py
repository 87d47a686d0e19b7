"""How large fits can get: several processes, more rows than memory, searches, and on paper.

``shard_fit`` and ``network`` are programs that torchrun starts; ``torchrun`` starts them.
"""
