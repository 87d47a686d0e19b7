"""The documentation site: its pages, how it is built, and how it is looked at.

==============  ===============================================================================
file            what is in it
==============  ===============================================================================
``*.rst``       pages; ``generated`` and ``examples`` are made beside copies of them
``conf``        the configuration that Sphinx reads
``building``    the build
``looking``     screenshots of the built pages, and pages that are wider than a screen
``quick``       examples with little training
``elsewhere``   addresses of what other libraries document
``formulas``    formulas as MathML, which browsers draw by themselves
==============  ===============================================================================

The examples are in ``benchmarks/examples``. Nothing here needs the internet, neither to build the
site nor to read it.
"""
