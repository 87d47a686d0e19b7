"""Hand-written forward and backward passes in place of autograd's, for speed.

`couplings` has one function for a chain of affine couplings, `splines` one for rational-quadratic
splines; `blocks` splits their work so that it stays in the cache.
"""
