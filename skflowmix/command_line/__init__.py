"""The command line: ``skflowmix table.csv``, or ``python -m skflowmix table.csv``.

From the top down:

===============  ==============================================================================
module           what is in it
===============  ==============================================================================
``quick_start``  without a table: estimators on data that come with the package
``comparison``   estimators side by side
``answering``    with a table: the order in which it is read, told, fitted and written
``page``         the report
``pictures``     all pictures
``telling``      what was read and found, in words
``findings``     what fits say, as plain data
``fitting``      the fits
``writing``      files that are whole or not there
``tables``       rows and labels that can be fitted
``columns``      what columns are, and which are used
``reading``      files as pandas reads them
``requests``     what was asked for
===============  ==============================================================================
"""

import sys
from collections.abc import Sequence

from skflowmix.command_line.answering import answer
from skflowmix.command_line.quick_start import compare_data_sets
from skflowmix.command_line.reading import MissingPackageError
from skflowmix.command_line.requests import make_parser, read_request

__all__ = ["main"]

INTERRUPTED = 130
"""Exit code of what is stopped by Ctrl+C, as shells have it."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, default=None
        Arguments, those of the process by default.

    Raises
    ------
    SystemExit
        With code 2 and one line on stderr if something cannot be done.
    """
    parser = make_parser()
    try:
        request = read_request(parser, argv)
        if request.table is None:
            compare_data_sets(request)
        else:
            answer(request)
    except (ValueError, OSError, MissingPackageError) as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
